"""What every readout is: cells, and the way from a point in the detector to the cell that holds it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.cells import Cells

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

BLOCK = 16_384
"""Points that are located together: few enough for their temporaries to stay in the cache."""


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Readout(ABC):
    """The cells of a detector, and where they are; abstract.

    Detector coordinates are in mm. The front face of the sampling stack, where the showers' grid begins, is
    the plane z = `front_mm`, with z along its normal into the calorimeter; or, if `cylindrical`, the cylinder
    of radius `front_mm` around the beam axis z. Cells are half-open, [low, high): each point of the covered
    volume is in exactly one.

    Attributes:
        name: the detector's.
        cells: all cells that exist.
        ids: bit fields of the cells' identifiers.
        front_mm: place of the front face [mm]: z, or the radius if `cylindrical`.
        depth_mm: depth of the detector's stack behind the front face [mm].
        default_position: where showers enter if nothing is said: (x, y) [mm], or (eta, phi [rad]) if
            `cylindrical`.
        collection: what its hits are called in files with the layout of EDM4hep.
        active_depths_mm: begin and end of each slab that is read out [mm behind the front face], ascending,
            shape (n, 2). Showers hold the energy of these slabs only.
    """

    kind: ClassVar[str]
    cylindrical: ClassVar[bool] = False

    name: str
    cells: Cells
    ids: IdFields
    front_mm: float
    depth_mm: float
    default_position: tuple[float, float]
    collection: str
    active_depths_mm: Floats

    @property
    @abstractmethod
    def has_depth(self) -> bool:
        """Whether cells follow each other in depth; if not, depth does not matter between front and back."""

    @abstractmethod
    def _locate_block(self, x_mm: Floats, y_mm: Floats, z_mm: Floats, cell: Indices) -> None:
        """Write the cells of at most BLOCK points, all of shape (n,), into `cell`."""

    @abstractmethod
    def contains(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether points are within the outer bounds of the readout; what is there and in no cell is a gap.

        Args:
            x_mm: positions [mm], with y and z of shapes that broadcast.
            y_mm: positions [mm].
            z_mm: positions [mm].

        Returns:
            Whether, of the broadcast shape. False for NaN.
        """

    def locate(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> Indices:
        """Find the cells that hold points.

        Args:
            x_mm: positions [mm], with y and z of shapes that broadcast; float32 or float64.
            y_mm: positions [mm].
            z_mm: positions [mm].

        Returns:
            Number of the cell in `cells`, -1 where there is none (and for NaN), of the broadcast shape.
        """
        given = [np.asarray(values) for values in (x_mm, y_mm, z_mm)]
        shape = np.broadcast_shapes(*(values.shape for values in given))
        cell = np.empty(shape, dtype=np.int64)
        # What is of the full shape and contiguous is not copied; one value for all points stays one value.
        flat = [
            np.broadcast_to(values.reshape(-1), (cell.size,))
            if values.size == 1
            else np.broadcast_to(values, shape).reshape(-1)
            for values in given
        ]
        out = cell.reshape(-1)
        for start in range(0, cell.size, BLOCK):
            block = slice(start, start + BLOCK)
            self._locate_block(flat[0][block], flat[1][block], flat[2][block], out[block])
        return cell

    def index_of(self, ids: ArrayLike) -> Indices:
        """Find the cells with given identifiers: the inverse of ``cells.id``.

        Args:
            ids: identifiers, any shape.

        Returns:
            Number of each cell in `cells`, of the same shape.

        Raises:
            ReadoutError: an identifier that no cell has; the message unpacks it into its fields.
        """
        wanted = np.asarray(ids)
        if wanted.dtype.kind not in "iu" and wanted.size:
            raise ReadoutError(
                f"expected identifiers as whole numbers, got {wanted.dtype}; "
                "read them as 64-bit integers, floats lose digits"
            )
        order, ascending = self._ascending_ids
        unsigned = wanted.astype(np.uint64)
        place = np.minimum(np.searchsorted(ascending, unsigned), len(ascending) - 1)
        unknown = ascending[place] != unsigned
        if np.any(unknown):
            first = int(wanted[unknown].flat[0])
            raise ReadoutError(
                f"expected identifiers of cells of {self.name}, got {first} ({self.ids.describe(first)}); "
                "was the file written for another readout?"
            )
        return order[place]

    def depth_of(self, x_mm: ArrayLike, y_mm: ArrayLike, z_mm: ArrayLike) -> Floats:
        """Depth of points behind the front face, along its normal [mm]; negative before it."""
        x, y, z = (np.asarray(values, dtype=np.float64) for values in (x_mm, y_mm, z_mm))
        along = np.hypot(x, y) if self.cylindrical else z
        return np.broadcast_to(along - self.front_mm, np.broadcast_shapes(x.shape, y.shape, z.shape))

    def is_active(self, depth_mm: ArrayLike) -> NDArray[np.bool_]:
        """Whether depths behind the front face [mm] are in a slab that is read out; any shape."""
        depth = np.asarray(depth_mm, dtype=np.float64)
        slab = np.searchsorted(self.active_depths_mm[:, 0], depth, side="right") - 1
        return np.asarray((slab >= 0) & (depth < self.active_depths_mm[slab, 1]))

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        layers, regions = len(self.cells.layer_names), len(self.cells.region_names)
        return (
            f"{self.name}: {self.kind} readout of {len(self)} cells "
            f"in {layers} layer{'s' * (layers > 1)} and {regions} region{'s' * (regions > 1)}"
        )

    @cached_property
    def _ascending_ids(self) -> tuple[Indices, NDArray[np.uint64]]:
        order = np.argsort(self.cells.id, kind="stable")
        return order, self.cells.id[order]
