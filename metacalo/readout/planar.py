"""Rectangular cells across the face of a calorimeter, one deep, in nested regions (LHCb-like)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.geometry import Detector
from metacalo.readout.cells import Cells
from metacalo.readout.checks import active_slabs, checked_depth, checked_fields, constant, packed
from metacalo.readout.edges import EdgeSearch
from metacalo.readout.readout import Floats, Indices, Readout
from metacalo.readout.regions import Tiling, tile
from metacalo.readout.settings import PlanarSettings


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PlanarReadout(Readout):
    """Nested rectangular regions of rectangular cells at a plane; final.

    The edges of all cells make a lattice, coarse where cells are large; a table has the cell of each of its
    boxes, so that a point needs two bins and one look-up, whatever the number of regions.

    Attributes:
        x_edges: lattice along x [mm].
        y_edges: lattice along y [mm].
        table: cell of each box of the lattice, with a border of -1 all around, flat, rows of y.
    """

    kind: ClassVar[str] = "planar"

    x_edges: EdgeSearch
    y_edges: EdgeSearch
    table: NDArray[np.int32]

    @property
    def has_depth(self) -> bool:
        """No: one cell from front to back."""
        return False

    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are between front and back, within the rectangle around all regions; any shape."""
        x, y, depth = np.asarray(x_mm), np.asarray(y_mm), self.depth_of(x_mm, y_mm, z_mm)
        (left, right), (low, high) = self.x_edges.edges[[0, -1]], self.y_edges.edges[[0, -1]]
        inside = (x >= left) & (x < right) & (y >= low) & (y < high)
        return np.asarray(inside & (depth >= 0.0) & (depth < self.depth_mm))

    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        box = self.y_edges.count(y_mm)
        box *= self.x_edges.intervals + 2
        box += self.x_edges.count(x_mm)
        cell[...] = self.table.take(box, mode="clip")
        back = self.front_mm + self.depth_mm
        if z_mm.strides == (0,):
            if not self.front_mm <= z_mm[0] < back:
                cell[...] = -1
            return
        inside = z_mm >= self.front_mm
        inside &= z_mm < back
        if not inside.all():
            cell[~inside] = -1


def planar_readout(settings: PlanarSettings, detector: Detector) -> PlanarReadout:
    """Build the cells of a planar readout.

    Args:
        settings: what the detector file says.
        detector: the detector that is read out.

    Returns:
        The readout; cells in the order of region, row and column.

    Raises:
        ReadoutError: regions that overlap or are no whole number of cells, a hole that is larger than its
            region, a missing cell that is none, a depth that is not the stack's, identifiers that do not fit.
    """
    name = detector.name
    ids = checked_fields(settings.id_bits, ("column", "row", "region"), name)
    depth_mm = checked_depth(settings.depth_mm, detector)
    tiling: Tiling = tile(settings, name)
    table = np.full((len(tiling.y_mm) + 1, len(tiling.x_mm) + 1), -1, dtype=np.int32)
    columns: list[tuple[Floats, ...]] = []
    numbers: list[tuple[Indices, Indices, Indices]] = []
    count = 0
    for index, region in enumerate(tiling.regions):
        row, column = np.nonzero(region.present)
        number = np.full(region.present.shape, -1, dtype=np.int32)
        number[row, column] = count + np.arange(len(row))
        count += len(row)
        table[1:-1, 1:-1][region.inner] = np.where(
            tiling.owner[region.inner] == index, number[np.ix_(region.row_of, region.column_of)], -1
        )
        x, y = region.x_mm, region.y_mm
        columns.append(
            (
                0.5 * (x[column] + x[column + 1]),
                0.5 * (y[row] + y[row + 1]),
                x[column + 1] - x[column],
                y[row + 1] - y[row],
            )
        )
        numbers.append((np.full(len(row), index), row, column))
    x_mm, y_mm, dx_mm, dy_mm = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    region_of, row, column = (np.concatenate(parts) for parts in zip(*numbers, strict=True))
    cells = Cells(
        id=packed(ids, name, column=column, row=row, region=region_of),
        layer=constant(0, count, np.int16),
        region=region_of.astype(np.int16),
        x_mm=x_mm,
        y_mm=y_mm,
        z_mm=constant(settings.front_z_mm + 0.5 * depth_mm, count, np.float64),
        dx_mm=dx_mm,
        dy_mm=dy_mm,
        dz_mm=constant(depth_mm, count, np.float64),
        layer_names=(name,),
        region_names=tuple(region.name for region in settings.regions),
    )
    return PlanarReadout(
        name=name,
        cells=cells,
        ids=ids,
        front_mm=settings.front_z_mm,
        depth_mm=depth_mm,
        default_position=settings.default_position_mm,
        collection=settings.collection,
        active_depths_mm=active_slabs(detector),
        x_edges=EdgeSearch(tiling.x_mm),
        y_edges=EdgeSearch(tiling.y_mm),
        table=table.reshape(-1),
    )
