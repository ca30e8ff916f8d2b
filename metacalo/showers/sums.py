"""Sums over the hits of showers: energy per shower, layer, ring; the dense array."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Blocks = Iterator[tuple[int, NDArray[np.int64], NDArray[Any], NDArray[np.float32]]]
"""Runs of whole showers: index of the first, their offsets from 0 (n+1,), voxels (m,), energies (m,)."""

BinOfVoxel = Callable[[NDArray[Any]], NDArray[Any]]
"""Maps flat voxel indices to bins."""


def shower_of_hit(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each hit the index of its shower, (M,), from offsets (N+1,) that start at 0."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def binned_energy(
    blocks: Blocks, n_showers: int, n_bins: int, bin_of_voxel: BinOfVoxel
) -> NDArray[np.float64]:
    """Sum deposits per shower and bin, in double precision.

    Args:
        blocks: The hits, run by run.
        n_showers: Number of showers N.
        n_bins: Number of bins.
        bin_of_voxel: Maps flat voxel indices to bins.

    Returns:
        Energies [MeV], (N, n_bins).
    """
    energy = np.zeros((n_showers, n_bins))
    for first, offsets, voxels, energies in blocks:
        n = len(offsets) - 1
        target = shower_of_hit(offsets) * n_bins + bin_of_voxel(voxels)
        summed = np.bincount(target, weights=energies, minlength=n * n_bins)
        energy[first : first + n] = summed.reshape(n, n_bins)
    return energy


def dense_energy(
    blocks: Blocks, n_showers: int, shape: tuple[int, int, int], dtype: DTypeLike
) -> NDArray[Any]:
    """Return deposits [MeV] on the full grid, (N, n_r, n_phi, n_z), zero where no hit is."""
    n_voxels = int(np.prod(shape))
    dense = np.zeros((n_showers, n_voxels), dtype=dtype)
    flat = dense.reshape(-1)
    for first, offsets, voxels, energies in blocks:
        flat[(first + shower_of_hit(offsets)) * n_voxels + voxels] = energies
    return dense.reshape(n_showers, *shape)
