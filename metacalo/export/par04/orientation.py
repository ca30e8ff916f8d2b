"""How Par04's angles and azimuths translate into those of a shower's grid.

Par04's calorimeter is a barrel and its theta the angle to the beam axis; a shower's angle here is that to the
normal of the front face, |90 degrees - theta|, for particles from the beam line. Both grids run along the
particle and count azimuths from -pi. Par04 turns its grid by ``rotateZ(-phi); rotateY(-theta)``, so that its
azimuth 0 lies in the plane of the beam and the particle, on the side that is deeper in the barrel if theta
is below 90 degrees and on the other side above. Azimuth 0 here is where the particle leans, which is the
less deep side. So below 90 degrees the two differ by half a turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.geometry import CylinderGrid

Floats = NDArray[np.float64]


def check_turns(grid: CylinderGrid) -> None:
    """Check that a grid stays on itself in half a turn.

    Raises:
        SettingsError: if its number of sectors is odd.
    """
    if grid.shape[1] % 2:
        raise SettingsError(
            f"expected an even number of sectors for Par04, whose azimuths differ by half a turn, got "
            f"{grid.shape[1]}; adapt the model on a grid with an even number"
        )


def theta_to_normal_rad(beam_theta_rad: ArrayLike) -> Floats:
    """Return the angle to the normal of the front face from Par04's theta, same shape [rad]."""
    return np.abs(np.pi / 2 - np.asarray(beam_theta_rad, dtype=np.float64))


def turned_voxels(voxels: ArrayLike, beam_theta_rad: ArrayLike, grid: CylinderGrid) -> NDArray[np.int64]:
    """Take voxels of Par04's grid to those of metacalo's, or back, which is the same.

    Args:
        voxels: flat indices in C order of (r, phi, z), shape (n,).
        beam_theta_rad: angle of the particle to the beam axis [rad], one for all or shape (n,).
        grid: with an even number of sectors.
    """
    flat = np.asarray(voxels, dtype=np.int64)
    _, n_phi, n_z = grid.shape
    sector = flat // n_z % n_phi
    turned = flat + ((sector + n_phi // 2) % n_phi - sector) * n_z
    return np.where(np.asarray(beam_theta_rad) < np.pi / 2, turned, flat)
