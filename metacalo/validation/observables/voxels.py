"""What is measured on the voxels of a shower: how many are hit, and the hottest."""

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.observables.sums import Indices, hit_counts, quotient, two_hottest
from metacalo.validation.observables.totals import total_energy_mev

Array = NDArray[np.float64]


def hits(showers: Showers, threshold_mev: float = 0.0) -> Array:
    """Number of voxels with more energy than the threshold [MeV], shape (N,)."""
    return hit_counts(showers, _all_in_one(showers), 1, threshold_mev)[:, 0]


def sparsity(showers: Showers, threshold_mev: float = 0.0) -> Array:
    """Share of the voxels of the grid with more energy than the threshold [MeV], shape (N,)."""
    return hits(showers, threshold_mev) / showers.grid.n_voxels


def hottest_fraction(showers: Showers) -> Array:
    """Share of the visible energy in the voxel with the most, shape (N,)."""
    return two_hottest_fractions(showers)[:, 0]


def second_hottest_fraction(showers: Showers) -> Array:
    """Share of the visible energy in the voxel with the second most, shape (N,)."""
    return two_hottest_fractions(showers)[:, 1]


def two_hottest_fractions(showers: Showers) -> Array:
    """Shares of the visible energy in the two hottest voxels, the hottest first, shape (N, 2)."""
    energies = np.concatenate(two_hottest(showers, _all_in_one(showers), 1), axis=1)
    return quotient(energies, total_energy_mev(showers)[:, None])


def e_ratio(showers: Showers) -> Array:
    """Difference over sum of the energies of the two hottest voxels, (E1 - E2) / (E1 + E2), shape (N,).

    1 for a shower of one hit, 0 for one of none.
    """
    first, second = two_hottest(showers, _all_in_one(showers), 1)
    return quotient(first - second, first + second)[:, 0]


def _all_in_one(showers: Showers) -> Indices:
    return np.zeros(showers.grid.n_voxels, dtype=np.int64)
