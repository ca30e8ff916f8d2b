"""What a detector file may say of grid and ranges, before it is resolved to numbers."""

import math
from numbers import Real
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from metacalo.errors import GeometryError
from metacalo.geometry.composition import Composition
from metacalo.geometry.grid import (
    DEFAULT_SHAPE,
    MAXIMUM_VOXEL_MM,
    CylinderGrid,
    automatic_spacing,
    checked_shape,
)

MAXIMUM_ENERGY_GEV = 1e6
MAXIMUM_THETA_DEG = 85.0


def _checked_size(value: object) -> object:
    if value == "auto":
        return None
    if isinstance(value, Real) and not isinstance(value, bool) and 0.0 < float(value) <= MAXIMUM_VOXEL_MM:
        return float(value)
    raise ValueError(
        f"expected `auto` or a length above 0 and at most {MAXIMUM_VOXEL_MM:g} mm, got {value!r}; "
        "give the size of a voxel in millimetres, or leave it to `auto`"
    )


class GridRequest(BaseModel):
    """The grid as a detector file asks for it; None stands for ``auto``.

    Attributes:
        shape: number of voxels (n_r, n_phi, n_z).
        dr_mm: radial size of a voxel [mm]; ``auto`` is half a Moliere radius.
        dz_mm: longitudinal size of a voxel [mm]; ``auto`` is the whole number of layers nearest to 0.8 X0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shape: Annotated[tuple[int, int, int], BeforeValidator(checked_shape)] = DEFAULT_SHAPE
    dr_mm: Annotated[float | None, BeforeValidator(_checked_size)] = None
    dz_mm: Annotated[float | None, BeforeValidator(_checked_size)] = None

    def grid(self, composition: Composition) -> CylinderGrid:
        """Resolve ``auto`` for a calorimeter.

        Args:
            composition: what the calorimeter is made of.

        Returns:
            The grid in numbers.

        Raises:
            GeometryError: what is to be automatic would be beyond 10 m.
        """
        dr_mm, dz_mm = automatic_spacing(
            composition.x0_mm,
            composition.moliere_radius_mm,
            composition.layers_mm / composition.n_layers,
            homogeneous=composition.homogeneous,
        )
        for size_mm, given in ((dr_mm, self.dr_mm), (dz_mm, self.dz_mm)):
            if given is None and size_mm > MAXIMUM_VOXEL_MM:
                raise GeometryError(
                    f"expected voxels of at most {MAXIMUM_VOXEL_MM / 1000:g} m, got {size_mm / 1000:.3g} m "
                    f"from an effective X0 of {composition.x0_mm / 1000:.3g} m; "
                    "check the materials, is the absorber missing?"
                )
        return CylinderGrid(self.shape, self.dr_mm or dr_mm, self.dz_mm or dz_mm)


def checked_energy_range(value: object) -> tuple[float, float]:
    """Check a range of incident energies [GeV].

    Args:
        value: what was written.

    Returns:
        Lowest and highest energy [GeV].

    Raises:
        ValueError: not two numbers with 0 < lowest < highest <= 1 PeV.
    """
    low, high = _pair(value)
    if 0.0 < low < high <= MAXIMUM_ENERGY_GEV:
        return low, high
    raise ValueError(
        f"expected two energies [lowest, highest] in GeV with 0 < lowest < highest <= "
        f"{MAXIMUM_ENERGY_GEV:g}, got {value!r}; the usual range is [1, 100]"
    )


def checked_theta_range(value: object) -> tuple[float, float]:
    """Check a range of angles to the normal of the front face [deg].

    Args:
        value: what was written.

    Returns:
        Lowest and highest angle [deg].

    Raises:
        ValueError: not two numbers with 0 <= lowest <= highest <= 85.
    """
    low, high = _pair(value)
    if 0.0 <= low <= high <= MAXIMUM_THETA_DEG:
        return low, high
    raise ValueError(
        f"expected two angles [lowest, highest] in degrees with 0 <= lowest <= highest <= "
        f"{MAXIMUM_THETA_DEG:g}, got {value!r}; "
        "0 is perpendicular to the front face, the usual range is [0, 40]"
    )


def _pair(value: object) -> tuple[float, float]:
    numbers = value if isinstance(value, tuple | list) else ()
    if len(numbers) != 2 or not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers):
        return math.nan, math.nan
    return float(numbers[0]), float(numbers[1])
