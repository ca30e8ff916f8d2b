"""Defects of the tails: faint and far hits that are missing, and unusual showers that never come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from defects.conditions import pulls
from metacalo.showers import Showers
from metacalo.validation import observables


def without_faint_hits(showers: Showers, below_mev: float = 0.1) -> Showers:
    """Hits below a threshold [MeV] are missing."""
    return _with_hits(showers, showers.energies_mev >= below_mev)


def without_outer_rings(showers: Showers, rings: int = 2) -> Showers:
    """The outermost rings of the grid are empty."""
    n_r, n_phi, n_z = showers.grid.shape
    return _with_hits(showers, showers.voxels // (n_phi * n_z) < n_r - rings)


def without_unusual_response(showers: Showers, share: float = 0.05) -> Showers:
    """Showers in both tails of the response at their energy and angle are missing, a share of all."""
    found = pulls(showers, observables.response(showers))
    low, high = np.quantile(found, [share / 2, 1.0 - share / 2])
    return showers[(found >= low) & (found <= high)]


def without_late_showers(showers: Showers, share: float = 0.05) -> Showers:
    """The deepest showers at their energy and angle are missing."""
    found = pulls(showers, observables.depth(showers))
    return showers[found <= np.quantile(found, 1.0 - share)]


def _with_hits(showers: Showers, kept: NDArray[np.bool_]) -> Showers:
    """Showers with some of their hits only, of a mask of shape (M,)."""
    passed = np.concatenate([[0], np.cumsum(kept)])
    return Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
        offsets=passed[showers.offsets],
        voxels=showers.voxels[kept],
        energies_mev=showers.energies_mev[kept],
        attributes=showers.attributes,
    )
