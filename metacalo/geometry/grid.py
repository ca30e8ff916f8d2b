"""The regular cylinder around the particle's direction in which showers are scored."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import GeometryError

DEFAULT_SHAPE = (9, 16, 45)
"""Voxels in (r, phi, z) of CaloChallenge dataset 2, CaloDiT-2 and LEMURS."""

MAXIMUM_VOXELS = 10_000_000
MAXIMUM_VOXEL_MM = 10_000.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CylinderGrid:
    """Voxels of a cylinder along the direction of flight, in the order r, phi, z.

    The axis starts at the entry point; phi runs from -pi to pi; z is depth along the direction of flight.
    The flat index of a voxel is C order in (r, phi, z), as in Geant4's example Par04.

    Attributes:
        shape: number of voxels (n_r, n_phi, n_z).
        dr_mm: radial size of a voxel [mm].
        dz_mm: longitudinal size of a voxel [mm].

    Raises:
        GeometryError: a shape that is not three positive integers, or a size that is not a positive length.
    """

    shape: tuple[int, int, int]
    dr_mm: float
    dz_mm: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", checked_shape(self.shape))
        object.__setattr__(self, "dr_mm", _checked_size("dr_mm", self.dr_mm))
        object.__setattr__(self, "dz_mm", _checked_size("dz_mm", self.dz_mm))

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return math.prod(self.shape)

    @property
    def radius_mm(self) -> float:
        """Outer radius of the cylinder [mm]."""
        return self.shape[0] * self.dr_mm

    @property
    def depth_mm(self) -> float:
        """Length of the cylinder [mm]."""
        return self.shape[2] * self.dz_mm

    @property
    def r_edges_mm(self) -> Floats:
        """Radial edges [mm], shape (n_r + 1,)."""
        return np.arange(self.shape[0] + 1, dtype=np.float64) * self.dr_mm

    @property
    def phi_edges_rad(self) -> Floats:
        """Azimuthal edges from -pi to pi [rad], shape (n_phi + 1,)."""
        return np.linspace(-math.pi, math.pi, self.shape[1] + 1)

    @property
    def z_edges_mm(self) -> Floats:
        """Longitudinal edges from the entry point on [mm], shape (n_z + 1,)."""
        return np.arange(self.shape[2] + 1, dtype=np.float64) * self.dz_mm

    @property
    def r_centres_mm(self) -> Floats:
        """Radial centres (i + 0.5) dr [mm], shape (n_r,)."""
        return (np.arange(self.shape[0], dtype=np.float64) + 0.5) * self.dr_mm

    @property
    def phi_centres_rad(self) -> Floats:
        """Azimuthal centres (j + 0.5) 2 pi / n_phi - pi [rad], shape (n_phi,)."""
        return (np.arange(self.shape[1], dtype=np.float64) + 0.5) * (2.0 * math.pi / self.shape[1]) - math.pi

    @property
    def z_centres_mm(self) -> Floats:
        """Longitudinal centres (k + 0.5) dz [mm], shape (n_z,)."""
        return (np.arange(self.shape[2], dtype=np.float64) + 0.5) * self.dz_mm

    @property
    def voxel_volume_mm3(self) -> Floats:
        """Volume of a voxel in each ring, (2 i + 1) dr^2 dz pi / n_phi [mm3], shape (n_r,)."""
        rings = 2.0 * np.arange(self.shape[0], dtype=np.float64) + 1.0
        return rings * (self.dr_mm**2 * self.dz_mm * math.pi / self.shape[1])

    def to_dict(self) -> dict[str, Any]:
        """Describe the grid as JSON and the detector files do: shape, dr_mm, dz_mm."""
        return {"shape": list(self.shape), "dr_mm": self.dr_mm, "dz_mm": self.dz_mm}

    def __str__(self) -> str:
        n_r, n_phi, n_z = self.shape
        return f"{n_r} x {n_phi} x {n_z} (r, phi, z), dr = {self.dr_mm:g} mm, dz = {self.dz_mm:g} mm"


def automatic_spacing(
    x0_mm: float, moliere_radius_mm: float, layer_mm: float, *, homogeneous: bool
) -> tuple[float, float]:
    """Choose the size of the voxels that suits a calorimeter.

    dr is half a Moliere radius. dz is the whole number of layers nearest to 0.8 X0, so that every voxel
    sees the same sampling; in a homogeneous calorimeter, and where a layer is longer than 3 X0 (crystals
    in wrapping, rather than sampling), it is 0.8 X0 itself. Both are rounded to 0.1 um.

    Args:
        x0_mm: effective radiation length [mm].
        moliere_radius_mm: effective Moliere radius [mm].
        layer_mm: mean thickness of a layer [mm].
        homogeneous: whether every slab is active.

    Returns:
        dr and dz [mm].
    """
    wanted = 0.8 * x0_mm
    if not homogeneous and layer_mm <= 3.0 * x0_mm:
        wanted = max(1, round(wanted / layer_mm)) * layer_mm
    return round(0.5 * moliere_radius_mm, 4), round(wanted, 4)


def checked_shape(shape: object) -> tuple[int, int, int]:
    """Check the shape of a grid.

    Args:
        shape: what was given.

    Returns:
        Number of voxels (n_r, n_phi, n_z).

    Raises:
        GeometryError: not three positive whole numbers, or more than ten million voxels.
    """
    numbers = tuple(shape) if isinstance(shape, tuple | list | np.ndarray) else ()
    whole = [isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0 for n in numbers]
    if len(numbers) != 3 or not all(whole) or math.prod(int(n) for n in numbers) > MAXIMUM_VOXELS:
        raise GeometryError(
            f"expected a grid shape of three positive whole numbers (r, phi, z) with at most "
            f"{MAXIMUM_VOXELS} voxels in all, got {shape!r}; the usual one is {list(DEFAULT_SHAPE)}"
        )
    n_r, n_phi, n_z = (int(n) for n in numbers)
    return n_r, n_phi, n_z


def _checked_size(name: str, size: object) -> float:
    number = float(size) if isinstance(size, Real) and not isinstance(size, bool) else math.nan
    if not 0.0 < number <= MAXIMUM_VOXEL_MM:
        raise GeometryError(
            f"expected {name} above 0 and at most {MAXIMUM_VOXEL_MM:g} mm, got {size!r}; "
            "give the size of a voxel in millimetres"
        )
    return number
