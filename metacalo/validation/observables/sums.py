"""Reading the hits of sparse showers: sums and maxima of each shower in bins of its voxels, run by run."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


def hit_arrays(showers: Showers) -> tuple[Indices, Indices, Array]:
    """Read the hits: index of the shower, flat index of the voxel, energy [MeV], each of shape (M,)."""
    return (
        np.asarray(showers.shower_of_hit, dtype=np.int64),
        np.asarray(showers.voxels, dtype=np.int64),
        np.asarray(showers.energies_mev, dtype=np.float64),
    )


def layer_of_voxel(grid: CylinderGrid) -> Indices:
    """Layer of each voxel, by its flat index, shape (n_voxels,)."""
    return np.arange(grid.n_voxels) % grid.shape[2]


def column_of_voxel(grid: CylinderGrid) -> Indices:
    """Column (one for each ring and sector) of each voxel, by its flat index, shape (n_voxels,)."""
    return np.arange(grid.n_voxels) // grid.shape[2]


def energy_sums(
    showers: Showers, bin_of_voxel: Indices, bins: int, factors: Sequence[Array | None] = (None,)
) -> list[Array]:
    """Sums over the hits of each shower in bins of the voxels, of E times a factor of the voxel.

    All sums are taken in one walk over the hits, which are read a million at a time.

    Args:
        showers: N showers.
        bin_of_voxel: bin of each voxel, shape (n_voxels,).
        bins: number of bins.
        factors: what the energies are multiplied with in each of the sums, shape (n_voxels,); None for 1.

    Returns:
        For every factor the sums [MeV times its unit], shape (N, bins).
    """
    sums = [np.zeros((len(showers), bins)) for _ in factors]
    for rows, shower, voxel, energy in runs_of_hits(showers):
        target = shower * bins + bin_of_voxel[voxel]
        size = (rows.stop - rows.start) * bins
        for total, factor in zip(sums, factors, strict=True):
            weight = energy if factor is None else energy * factor[voxel]
            total[rows] = np.bincount(target, weights=weight, minlength=size).reshape(-1, bins)
    return sums


def hit_counts(showers: Showers, bin_of_voxel: Indices, bins: int, threshold_mev: float = 0.0) -> Array:
    """Number of voxels of each shower with more energy than the threshold, in bins, shape (N, bins)."""
    counts = np.zeros((len(showers), bins))
    for rows, shower, voxel, energy in runs_of_hits(showers):
        target = (shower * bins + bin_of_voxel[voxel])[energy > threshold_mev]
        size = (rows.stop - rows.start) * bins
        counts[rows] = np.bincount(target, minlength=size).reshape(-1, bins)
    return counts


def two_hottest(showers: Showers, bin_of_voxel: Indices, bins: int) -> tuple[Array, Array]:
    """Energies of the hottest and the second hottest voxel of each shower in bins [MeV], (N, bins) each.

    Two equally hot voxels are the hottest and the second; 0 where there is none.
    """
    first, second = np.zeros((2, len(showers), bins))
    for rows, shower, voxel, energy in runs_of_hits(showers):
        target = shower * bins + bin_of_voxel[voxel]
        top, next_top = first[rows].reshape(-1), second[rows].reshape(-1)
        np.maximum.at(top, target, energy)
        at_top = np.flatnonzero(energy == top[target])
        # Only one voxel is taken out of each bin: of several at the top, the one that is written last.
        taken = np.full(len(top), -1)
        taken[target[at_top]] = at_top
        rest = energy.copy()
        rest[taken[taken >= 0]] = 0.0
        np.maximum.at(next_top, target, rest)
    return first, second


def quotient(numerator: Array, denominator: Array) -> Array:
    """Quotient of two arrays that broadcast, 0 where the denominator is not positive."""
    shape = np.broadcast_shapes(numerator.shape, denominator.shape)
    return np.divide(numerator, denominator, out=np.zeros(shape), where=denominator > 0)


def runs_of_hits(showers: Showers) -> Iterator[tuple[slice, Indices, NDArray[np.integer], Array]]:
    """Yield runs of whole showers: which, and of each hit its shower (from 0), voxel and energy [MeV].

    A run has up to a million hits, so that a walk over all of them takes little memory.
    """
    for start, offsets, voxels, energies in showers.blocks():
        n = len(offsets) - 1
        shower = np.repeat(np.arange(n), np.diff(offsets))
        yield slice(start, start + n), shower, voxels, energies.astype(np.float64)
