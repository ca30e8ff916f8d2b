"""Defects of the total energy: what calorimetry is about."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from defects.conditions import expected
from metacalo.showers import Showers


def scaled(showers: Showers, factor: NDArray[np.float64] | float) -> Showers:
    """The same showers with all deposits times a factor, one for all or one for each, shape (N,)."""
    each = np.broadcast_to(np.asarray(factor, dtype=np.float64), len(showers))
    return Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
        offsets=showers.offsets,
        voxels=showers.voxels,
        energies_mev=showers.energies_mev * np.repeat(each, showers.n_hits),
        attributes=showers.attributes,
    )


def shifted_response(showers: Showers, shift: float = 0.02) -> Showers:
    """All deposits are larger by a share: a calibration that is off."""
    return scaled(showers, 1.0 + shift)


def narrower_resolution(showers: Showers, by: float = 0.1) -> Showers:
    """E_tot of each shower is nearer to its mean at that energy and angle, by a share of the distance.

    The shape of each shower and the mean response stay.
    """
    total = showers.total_energy_mev
    energy = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    mean = energy * expected(showers, total / energy)
    wanted = mean + (1.0 - by) * (total - mean)
    return scaled(showers, np.divide(wanted, total, out=np.ones_like(total), where=total > 0))
