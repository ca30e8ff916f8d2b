"""The cells of a readout: what they are called, where they are and how large they are."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Cells:
    """All cells of a readout that exist, as read-only columns of the same length.

    A cell's number is its place in these columns, 0 <= number < len(cells). Columns that are the same for
    every cell may be views of one value (stride 0).

    Attributes:
        id: packed identifier, unique, shape (n_cells,).
        layer: layer in depth, index into `layer_names`, shape (n_cells,).
        region: region or type within the layer, index into `region_names`, shape (n_cells,).
        x_mm: centre [mm], shape (n_cells,).
        y_mm: centre [mm], shape (n_cells,).
        z_mm: centre [mm], shape (n_cells,).
        dx_mm: full size along x [mm], or of the enclosing box if the cell is none, shape (n_cells,); of a
            barrel along the radius.
        dy_mm: full size along y [mm], likewise; of a barrel along phi at the centre.
        dz_mm: full size along z [mm], likewise.
        layer_names: names of the layers.
        region_names: names of the regions.
        eta: pseudorapidity of the centre, shape (n_cells,); barrels only.
        phi_rad: azimuth of the centre from -pi to pi [rad], shape (n_cells,); barrels only.
        deta: full size in pseudorapidity, shape (n_cells,); barrels only.
        dphi_rad: full size in azimuth [rad], shape (n_cells,); barrels only.
    """

    id: NDArray[np.uint64]
    layer: NDArray[np.int16]
    region: NDArray[np.int16]
    x_mm: Floats
    y_mm: Floats
    z_mm: Floats
    dx_mm: Floats
    dy_mm: Floats
    dz_mm: Floats
    layer_names: tuple[str, ...]
    region_names: tuple[str, ...]
    eta: Floats | None = None
    phi_rad: Floats | None = None
    deta: Floats | None = None
    dphi_rad: Floats | None = None

    def __post_init__(self) -> None:
        for name, column in self.columns().items():
            if column.shape != self.id.shape:
                raise ValueError(f"expected {len(self)} values of {name}, got shape {column.shape}")
            column.setflags(write=False)

    def __len__(self) -> int:
        return int(self.id.size)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Name -> column, for all columns that this readout has."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
