"""The same rectangular cells behind each active slab (ILD, CLIC, CALICE, ODD, FCC-ee)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.geometry import Detector
from metacalo.readout.cells import Cells
from metacalo.readout.checks import (
    checked_count,
    checked_fields,
    constant,
    even_edges,
    packed,
    slabs_of_layers,
    whole_cells,
)
from metacalo.readout.edges import EdgeSearch
from metacalo.readout.readout import Floats, Indices, Readout
from metacalo.readout.settings import StackSettings

_NOWHERE = np.int64(-(1 << 40))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StackReadout(Readout):
    """Layers of equal rectangular cells, each layer one or more of the detector's active slabs; final.

    Between active slabs there is no cell.

    Attributes:
        x_edges: edges of the columns [mm].
        y_edges: edges of the rows [mm].
        z_edges: begin and end of the active slabs [mm].
        first_of_column: what each interval of `x_edges` adds to the number of a cell; far below 0 outside.
        first_of_row: likewise for `y_edges`.
        first_of_slab: likewise for `z_edges`, also in passive slabs.
    """

    kind: ClassVar[str] = "stack"

    x_edges: EdgeSearch
    y_edges: EdgeSearch
    z_edges: EdgeSearch
    first_of_column: Indices
    first_of_row: Indices
    first_of_slab: Indices

    @property
    def has_depth(self) -> bool:
        """Yes: layers."""
        return True

    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are between the first and the last active slab, within the face; any shape."""
        inside = np.bool_(True)
        for values, edges in ((x_mm, self.x_edges), (y_mm, self.y_edges), (z_mm, self.z_edges)):
            inside = inside & (np.asarray(values) >= edges.edges[0]) & (np.asarray(values) < edges.edges[-1])
        return np.asarray(inside)

    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        np.take(self.first_of_column, self.x_edges.count(x_mm), out=cell, mode="clip")
        cell += self.first_of_row.take(self.y_edges.count(y_mm), mode="clip")
        cell += self.first_of_slab.take(self.z_edges.count(z_mm), mode="clip")
        np.maximum(cell, -1, out=cell)


def slab_search(slabs_mm: Floats, cells_of_layer: int) -> tuple[EdgeSearch, Indices]:
    """Make the search in depth: edges of slabs, and the first cell of each interval between them.

    Args:
        slabs_mm: begin and end of each slab of each layer [mm], ascending, shape (layers, slabs, 2).
        cells_of_layer: number of cells in one layer.

    Returns:
        The edges, and for each count of edges the number of the layer's first cell, far below 0 in between.
    """
    edges = EdgeSearch(np.unique(slabs_mm))
    first = np.full(edges.intervals + 2, _NOWHERE)
    for layer, slabs in enumerate(slabs_mm):
        first[edges.count(slabs.mean(axis=1))] = layer * cells_of_layer
    return edges, first


def stack_readout(settings: StackSettings, detector: Detector) -> StackReadout:
    """Build the cells of a stack.

    Args:
        settings: what the detector file says.
        detector: the detector that is read out.

    Returns:
        The readout; cells in the order of layer, row (from the lowest y) and column (from the lowest x).

    Raises:
        ReadoutError: a face that is no whole number of cells, layers that are not the detector's, identifiers
            that do not fit.
    """
    name = detector.name
    ids = checked_fields(settings.id_bits, ("column", "row", "layer"), name)
    slabs = slabs_of_layers(detector, settings.slabs_per_layer, settings.layers)
    path = f"{name}: readout"
    n_x, n_y = (whole_cells(path, settings.size_mm[k], settings.cell_mm[k], "xy"[k]) for k in (0, 1))
    per_layer, n_layers = n_x * n_y, len(slabs)
    count = checked_count(per_layer * n_layers, name)
    x, y = (even_edges(settings.centre_mm[k], settings.size_mm[k], n) for k, n in enumerate((n_x, n_y)))
    z_edges, first_of_slab = slab_search(settings.front_z_mm + slabs, per_layer)
    begin, end = settings.front_z_mm + slabs[:, 0, 0], settings.front_z_mm + slabs[:, -1, 1]
    layer, row, column = (m.reshape(-1) for m in np.indices((n_layers, n_y, n_x), dtype=np.int32))
    cells = Cells(
        id=packed(ids, name, column=column, row=row, layer=layer),
        layer=layer.astype(np.int16),
        region=constant(0, count, np.int16),
        x_mm=(0.5 * (x[1:] + x[:-1]))[column],
        y_mm=(0.5 * (y[1:] + y[:-1]))[row],
        z_mm=(0.5 * (begin + end))[layer],
        dx_mm=constant(settings.cell_mm[0], count, np.float64),
        dy_mm=constant(settings.cell_mm[1], count, np.float64),
        dz_mm=(end - begin)[layer],
        layer_names=tuple(f"layer_{i}" for i in range(n_layers)),
        region_names=(name,),
    )
    return StackReadout(
        name=name,
        cells=cells,
        ids=ids,
        front_mm=settings.front_z_mm,
        depth_mm=detector.depth_mm,
        default_position=settings.default_position_mm,
        collection=settings.collection,
        active_depths_mm=slabs.reshape(-1, 2),
        x_edges=EdgeSearch(x),
        y_edges=EdgeSearch(y),
        z_edges=z_edges,
        first_of_column=_bordered(np.arange(n_x)),
        first_of_row=_bordered(n_x * np.arange(n_y)),
        first_of_slab=first_of_slab,
    )


def _bordered(values: Indices) -> Indices:
    return np.concatenate([[_NOWHERE], values, [_NOWHERE]])
