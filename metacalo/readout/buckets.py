"""A spatial index: boxes sorted into buckets of space, so that a point asks few of them.

The nearest centre (a k-d tree) is not the cell around a point where cells differ in size, and a tree of
rectangles is asked point by point. Buckets are found by arithmetic for all points at once, and leave the
decision at a border to the cells' own half-open shapes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.edges import EdgeSearch

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

_MAXIMUM_BUCKETS = 4_000_000
_MAXIMUM_SLABS = 2_048
_MAXIMUM_PER_AXIS = 4_096


@dataclass(frozen=True, eq=False)
class Buckets:
    """Members of each bucket of a lattice in x, y and z.

    Attributes:
        axes: lines of the lattice along x, y, z.
        begins: first place of each bucket in `members`, and the end of the last, shape (n_buckets + 1,).
        members: boxes that reach into each bucket.
        most: largest number of boxes in one bucket.
    """

    axes: tuple[EdgeSearch, EdgeSearch, EdgeSearch]
    begins: Indices
    members: Indices
    most: int

    def bucket_of(self, x: Floats, y: Floats, z: Floats) -> Indices:
        """Bucket of each point, also outside of the lattice, where buckets are empty; all of shape (n,)."""
        bucket = self.axes[2].count(z)
        for axis, values in ((self.axes[1], y), (self.axes[0], x)):
            bucket *= axis.intervals + 2
            bucket += axis.count(values)
        return bucket


def sort_into_buckets(low: Floats, high: Floats) -> Buckets:
    """Sort boxes into buckets half as large as most; in z, between their ends, if these are few.

    Args:
        low: least x, y, z of each box, shape (3, n).
        high: largest x, y, z of each box, shape (3, n).

    Returns:
        The buckets.
    """
    ends = np.unique(np.concatenate([low[2], high[2]]))
    slabs = ends if len(ends) <= _MAXIMUM_SLABS else _even(low[2], high[2], _MAXIMUM_PER_AXIS)
    per_axis = int((_MAXIMUM_BUCKETS / (len(slabs) + 1)) ** 0.5)
    limit = max(1, min(per_axis, _MAXIMUM_PER_AXIS))
    axes = (
        EdgeSearch(_even(low[0], high[0], limit)),
        EdgeSearch(_even(low[1], high[1], limit)),
        EdgeSearch(slabs),
    )
    first = [axis.count(values) for axis, values in zip(axes, low, strict=True)]
    last = [axis.count(values) for axis, values in zip(axes, high, strict=True)]
    spans = [b - a + 1 for a, b in zip(first, last, strict=True)]
    copies = spans[0] * spans[1] * spans[2]
    box = np.repeat(np.arange(low.shape[1]), copies)
    place = np.arange(len(box)) - np.repeat(np.cumsum(copies) - copies, copies)
    bucket, size = np.zeros(len(box), dtype=np.int64), 1
    for k, axis in enumerate(axes):
        bucket += size * (first[k][box] + place % spans[k][box])
        place //= spans[k][box]
        size *= axis.intervals + 2
    order = np.argsort(bucket, kind="stable")
    counts = np.bincount(bucket, minlength=size)
    begins = np.concatenate([[0], np.cumsum(counts)])
    return Buckets(axes, begins, box[order], int(counts.max()))


def _even(low: Floats, high: Floats, limit: int) -> Floats:
    begin, end = float(low.min()), float(high.max())
    number = int(np.clip(np.ceil(2.0 * (end - begin) / np.median(high - low)), 1, limit))
    return np.linspace(begin, end, number + 1)
