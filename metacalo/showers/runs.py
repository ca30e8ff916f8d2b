"""Walking over hits in runs of whole showers, and picking showers out of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from metacalo.showers.hits import BLOCK_HITS, Hits, MemoryHits


def runs(offsets: NDArray[np.int64], start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut the showers ``start`` to ``stop`` into runs of up to `BLOCK_HITS` hits, or one shower."""
    while start < stop:
        limit = offsets[start] + BLOCK_HITS
        end = max(start + 1, int(np.searchsorted(offsets, limit, side="right")) - 1)
        yield start, min(end, stop)
        start = end


def gather(
    offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which hits belong to chosen showers.

    Args:
        offsets: Showers' slices of the hits, (N+1,).
        rows: Chosen showers, in the order wanted, (n,); one may be chosen twice.

    Returns:
        Offsets of the chosen showers (n+1,) and indices of their hits (m,).
    """
    starts, counts = offsets[rows], np.diff(offsets)[rows]
    chosen = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
    return chosen, np.repeat(starts - chosen[:-1], counts) + np.arange(chosen[-1])


def pick(
    hits: Hits, offsets: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], MemoryHits]:
    """Return offsets and hits of chosen showers, in memory; stored hits are read run by run.

    Args:
        hits: The hits to pick from.
        offsets: Showers' slices of them, (N+1,).
        rows: Chosen showers, in the order wanted, (n,).
    """
    chosen, wanted = gather(offsets, rows)
    if isinstance(hits, MemoryHits):
        return chosen, MemoryHits(hits.voxels[wanted], hits.energies_mev[wanted])
    voxels = np.empty(len(wanted), dtype=hits.read(0, 0)[0].dtype)
    energies = np.empty(len(wanted), dtype=np.float32)
    if len(wanted):
        for start, stop in runs(offsets, int(rows.min()), int(rows.max()) + 1):
            low, high = int(offsets[start]), int(offsets[stop])
            here = np.flatnonzero((wanted >= low) & (wanted < high))
            if len(here):
                run_voxels, run_energies = hits.read(low, high)
                voxels[here] = run_voxels[wanted[here] - low]
                energies[here] = run_energies[wanted[here] - low]
    return chosen, MemoryHits(voxels, energies)
