"""Kernel physics distance: the maximum mean discrepancy with a polynomial kernel, in batches."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features
from metacalo.validation.distances.standardisation import scaled_by_largest

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_KPD = 100
"""Fewest showers of each kind for a kernel physics distance; comparable with published ones from 50,000."""

DEGREE = 4
"""Power of the polynomial kernel."""

_ROWS = 250


def kernel_physics_distance(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    num_batches: int = 10,
    batch_size: int = 5_000,
    seed: int = 42,
) -> Estimate:
    """Kernel physics distance (KPD), with which the CaloChallenge compares high-level features.

    Kansal et al., arXiv:2211.10295, as JetNet 0.2.5 computes it and arXiv:2410.21611 gives it (times 1,000):
    each feature is divided by its largest absolute value in the reference; the squared maximum mean
    discrepancy, unbiased, with the kernel (x.y / F + 1)^4, of `num_batches` pairs of samples of `batch_size`
    showers drawn with replacement; their median, and half the distance of the 16 and 84 per cent quantiles
    as error. Same draws as JetNet's for the same seed: the results agree to 1e-9.

    A shower that is drawn twice counts as two, which adds about 1/N of the kernel's spread to the figure:
    compare it at equal sizes. It may be negative.

    Args:
        reference: features, not scaled in any way, shape (N, F).
        generated: features, shape (M, F).
        num_batches: number of pairs of samples.
        batch_size: showers in each sample.
        seed: of the draws.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_KPD` showers of a kind, values that are not finite, or
            features that are not the same in number.
    """
    name = "the kernel physics distance"
    first, second = scaled_by_largest(*checked_features(name, MIN_SHOWERS_FOR_KPD, reference, generated))
    found = []
    for k in range(num_batches):
        rng = np.random.default_rng(seed + 1000 * k)
        x, in_x = _drawn(first, rng.choice(len(first), size=batch_size))
        y, in_y = _drawn(second, rng.choice(len(second), size=batch_size))
        pairs = batch_size * (batch_size - 1)
        within = _within(x, in_x) + _within(y, in_y)
        found.append(within / pairs - 2 * _between(x, in_x, y, in_y) / batch_size**2)
    low, high = np.percentile(found, [16.275, 83.725])
    return Estimate(float(np.median(found)), float(high - low) / 2)


def _drawn(values: Array, rows: NDArray[np.int64]) -> tuple[Array, Array]:
    """The rows that are drawn at all, and how often each is."""
    chosen, times = np.unique(rows, return_counts=True)
    return values[chosen], times.astype(np.float64)


def _between(x: Array, in_x: Array, y: Array, in_y: Array) -> float:
    """Sum of the kernel over all pairs of a row of x and a row of y, as often as they were drawn."""
    total = 0.0
    for start in range(0, len(x), _ROWS):
        values = x[start : start + _ROWS] @ y.T
        values /= x.shape[1]
        values += 1.0
        values *= values
        values *= values
        total += float(in_x[start : start + _ROWS] @ (values @ in_y))
    return total


def _within(x: Array, in_x: Array) -> float:
    """Sum of the kernel over all ordered pairs of two different draws of x."""
    total = 0.0
    for start in range(0, len(x), _ROWS):
        stop = start + _ROWS
        block, in_block = x[start:stop], in_x[start:stop]
        total += _between(block, in_block, block, in_block)
        total += 2 * _between(block, in_block, x[stop:], in_x[stop:])
    norms = np.einsum("ij,ij->i", x, x)
    return total - float(in_x @ (norms / x.shape[1] + 1.0) ** DEGREE)
