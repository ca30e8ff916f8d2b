"""Which of many half-open intervals holds each of millions of values, without a binary search."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SAME_MM = 1e-6
"""Edges nearer than this are one: what is written as 3 x 40.4 and as 121.2 meets without a gap."""

_MARGIN = 1e-3
"""Share of a bin by which a first guess is kept low, far above what rounding may do to it."""

_MAXIMUM_BINS = 1_000_000


@dataclass(frozen=True, eq=False)
class EdgeSearch:
    """Ascending edges, and a way to count those at or below a value in a fixed number of steps.

    A value is first binned by arithmetic in bins narrower than any interval; a table has the number of edges
    below each bin, which is right or one too low; one comparison with the next edge itself decides. So the
    answer is exactly that of ``np.searchsorted(edges, values, side="right")``, whatever the rounding.

    Attributes:
        edges: strictly ascending, at least two, finite; shape (n + 1,).
    """

    edges: Floats
    _low: float = field(init=False, repr=False)
    _per_unit: float = field(init=False, repr=False)
    _bins: int = field(init=False, repr=False)
    _first: Indices | None = field(init=False, repr=False)
    _next: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        edges = np.ascontiguousarray(self.edges, dtype=np.float64)
        gaps = np.diff(edges)
        if len(edges) < 2 or not np.all(np.isfinite(edges)) or gaps.min() <= 0.0:
            raise ValueError("expected at least two finite edges that ascend strictly")
        edges.setflags(write=False)
        intervals = len(gaps)
        span = float(edges[-1] - edges[0])
        even = edges[0] + np.arange(intervals + 1) * (span / intervals)
        uniform = float(np.abs(edges - even).max()) < 0.1 * _MARGIN * span / intervals
        bins = intervals if uniform else int(np.ceil(1.01 * span / gaps.min()))
        first: Indices | None = None
        if not uniform:
            bins = min(bins, _MAXIMUM_BINS)
            # Bin 0 is everything below the first edge, bin k begins at (k - 1 + margin) widths.
            begins = edges[0] + (np.arange(1, bins + 1) - 1 + _MARGIN) * (span / bins)
            begins -= 0.01 * _MARGIN * span / bins
            counts = np.searchsorted(edges, begins, side="right")
            first = np.concatenate([[0], counts]).astype(np.int64)
            if np.any(np.diff(np.append(first, intervals + 1)) > 1):
                first = np.empty(0, dtype=np.int64)  # too uneven for a table
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "_low", float(edges[0]))
        object.__setattr__(self, "_per_unit", bins / span)
        object.__setattr__(self, "_bins", bins)
        object.__setattr__(self, "_first", first)
        object.__setattr__(self, "_next", np.append(edges, np.inf))

    @property
    def intervals(self) -> int:
        """Number of intervals."""
        return len(self.edges) - 1

    def count(self, values: NDArray[np.floating]) -> Indices:
        """Count the edges at or below each value.

        Args:
            values: shape (n,).

        Returns:
            0 below the first edge and for NaN, k in the k-th interval [edges[k - 1], edges[k]), and
            ``intervals + 1`` from the last edge on; shape (n,).
        """
        if self._first is not None and not self._first.size:
            found = np.searchsorted(self.edges, values, side="right")
            return np.where(np.isnan(values), 0, found).astype(np.int64)
        guess = np.subtract(values, self._low, dtype=np.float64)
        guess *= self._per_unit
        guess += 1.0 - _MARGIN
        np.fmax(guess, 0.0, out=guess)  # and NaN to 0
        np.fmin(guess, self._bins, out=guess)
        count: Indices = guess.astype(np.int64)
        if self._first is not None:
            count = self._first.take(count, mode="clip")
        edge = self._next.take(count, out=guess, mode="clip")
        np.add(count, np.greater_equal(values, edge), out=count)
        return count


def merged(*edges: Floats, tolerance: float = SAME_MM) -> Floats:
    """Unite edges, with those that differ by rounding taken as one.

    Args:
        *edges: arrays of edges, each of shape (n,).
        tolerance: what is nearer than this to the edge before it is the same edge.

    Returns:
        Ascending edges.
    """
    united: Floats = np.sort(np.concatenate(edges))
    distinct: Floats = united[np.concatenate([[True], np.diff(united) > tolerance])]
    return distinct


def snapped(values: Floats, tolerance: float = SAME_MM) -> Floats:
    """Give values that differ by rounding one value, the lowest of them.

    Args:
        values: any shape.
        tolerance: what is nearer than this to the next lower value is the same.

    Returns:
        The values, of the same shape.
    """
    distinct, place = np.unique(values, return_inverse=True)
    begins = np.concatenate([[True], np.diff(distinct) > tolerance])
    own: Floats = distinct[begins][np.cumsum(begins) - 1][place]
    return own.reshape(values.shape)
