"""How far two histograms are apart: separation power, chi-squared, Kullback-Leibler, Jensen-Shannon."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError

Array = NDArray[np.float64]

MIN_EXPECTED_CONTENT = 5.0
"""Fewest entries that a bin of a chi-squared must be expected to hold."""


def separation_power(first: ArrayLike, second: ArrayLike) -> Array:
    """Separation power of histograms, 0.5 sum (h1 - h2)^2 / (h1 + h2), over the last axis.

    Each is normalised to 1. It is 0 for equal and 1 for disjoint histograms; the figure of the CaloChallenge,
    arXiv:2410.21611. Two samples of n1 and n2 from one and the same distribution do not give 0 but
    `expected_separation` on average.

    Args:
        first: contents of the bins, not negative, shape (..., bins).
        second: the same, with which it is compared, shape (..., bins).
    """
    h1, h2 = _normalised(first), _normalised(second)
    both = h1 + h2
    return np.asarray(
        0.5 * np.divide((h1 - h2) ** 2, both, out=np.zeros_like(both), where=both > 0).sum(axis=-1)
    )


def expected_separation(bins: int, n_first: int, n_second: int) -> float:
    """Mean separation power of two samples of the same distribution, (bins - 1) / 4 (1 / n1 + 1 / n2).

    To first order in 1 / n: the bias that makes figures comparable only at equal sizes and binnings.
    """
    return (bins - 1) / 4 * (1 / n_first + 1 / n_second)


class ChiSquared(NamedTuple):
    """Chi-squared of two histograms; arrays of the shape of the histograms without their last axis.

    Attributes:
        value: the statistic.
        degrees_of_freedom: bins that are left after merging, less one; 0 if the histograms cannot differ.
        p_value: chance of so large a statistic for two samples of one distribution; 1 without any degree of
            freedom.
    """

    value: Array
    degrees_of_freedom: NDArray[np.int64]
    p_value: Array


def chi_squared(first: ArrayLike, second: ArrayLike, *, fewest: float = MIN_EXPECTED_CONTENT) -> ChiSquared:
    """Compare the shapes of two histograms of counts, which may have different totals, over the last axis.

    sum (sqrt(M/N) n - sqrt(N/M) m)^2 / (n + m) over the bins, N and M the totals (Gagunashvili,
    arXiv:physics/0605123): the statistic of the test of homogeneity, chi-squared distributed for two samples
    of one distribution. Bins that are empty in both are left out. From the left, neighbours are merged until
    each bin has an expected content, (n + m) N / (N + M) and the same with M, of at least `fewest` in both
    histograms; what remains at the right end joins the last bin. It is the p-value that is to be compared;
    it assumes that the counts are Poisson, so the spectrum of voxels, which come in showers, has none.

    Args:
        first: counts, shape (..., bins).
        second: counts, shape (..., bins).
        fewest: smallest expected content of a bin.

    Raises:
        SettingsError: if a histogram is empty.
    """
    from scipy.stats import chi2

    counts = np.stack(np.broadcast_arrays(np.asarray(first, float), np.asarray(second, float)))
    if not (counts.sum(axis=-1) > 0).all():
        raise SettingsError("chi-squared needs two histograms with entries, got an empty one; leave it out")
    shape = counts.shape[1:-1]
    value, freedom = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    for at in np.ndindex(*shape):
        n, m = _merged(counts[(slice(None), *at)], fewest)
        both = n + m
        difference = (n * m.sum() - m * n.sum()) ** 2 / (both * n.sum() * m.sum())
        value[at], freedom[at] = difference.sum(), len(both) - 1
    p_value = np.where(freedom > 0, chi2.sf(value, np.maximum(freedom, 1)), 1.0)
    return ChiSquared(value, freedom, p_value)


def kullback_leibler(first: ArrayLike, second: ArrayLike, *, pseudo_count: float = 0.5) -> Array:
    """Kullback-Leibler divergence of the second histogram from the first, in bits, over the last axis.

    sum p log2(p / q), p of the first (the reference), q of the second. It would be infinite for a bin that
    is filled in the first and empty in the second: before they are normalised, `pseudo_count` is added to
    each bin of both that is filled in either (Krichevsky and Trofimov's estimator); bins that are empty in
    both are left out. It is 0 for equal shapes, has no upper limit, and is biased upwards by about
    (bins - 1) (1 / n1 + 1 / n2) / (2 ln 2) in samples of one distribution.

    Args:
        first: counts, not normalised, shape (..., bins).
        second: counts, not normalised, shape (..., bins).
        pseudo_count: what is added to each bin; 0 for the definition itself, which may be infinite.
    """
    n, m = np.broadcast_arrays(np.asarray(first, float), np.asarray(second, float))
    filled = np.where((n > 0) | (m > 0), pseudo_count, 0.0)
    return _relative_entropy(_normalised(n + filled), _normalised(m + filled))


def jensen_shannon(first: ArrayLike, second: ArrayLike) -> Array:
    """Jensen-Shannon divergence of histograms, in bits, over the last axis: 0 for equal, 1 for disjoint ones.

    Half the Kullback-Leibler divergences of the mean of the two histograms from each of them. An empty bin
    adds nothing where it is empty (0 log 0 = 0), so that nothing has to be added to any.

    Args:
        first: contents of the bins, not negative, shape (..., bins).
        second: the same, with which it is compared, shape (..., bins).
    """
    p, q = _normalised(first), _normalised(second)
    mean = (p + q) / 2
    return np.asarray((_relative_entropy(p, mean) + _relative_entropy(q, mean)) / 2)


def _relative_entropy(p: Array, q: Array) -> Array:
    """Sum of p log2(p / q) over the last axis, infinite where q is empty and p is not."""
    filled, certain = p > 0, q > 0
    ratio = np.divide(p, q, out=np.ones(np.broadcast_shapes(p.shape, q.shape)), where=filled & certain)
    terms = np.where(filled & ~certain, np.inf, p * np.log2(ratio))
    return np.asarray(terms.sum(axis=-1))


def _merged(counts: Array, fewest: float) -> Array:
    """Neighbouring bins merged until each is expected to hold enough, (2, bins) to (2, fewer bins)."""
    counts = counts[:, counts.sum(axis=0) > 0]
    expected = counts.sum(axis=0) * counts.sum(axis=1).min() / counts.sum()
    ends, content = [], 0.0
    for k, more in enumerate(expected):
        content += more
        if content >= fewest:
            ends.append(k + 1)
            content = 0.0
    starts = np.array([0, *ends[:-1]], dtype=np.int64)
    return np.asarray(np.add.reduceat(counts, starts, axis=1))


def _normalised(contents: ArrayLike) -> Array:
    histogram = np.asarray(contents, dtype=np.float64)
    total = histogram.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(histogram, total, out=np.zeros_like(histogram), where=total > 0))
