"""Maximum mean discrepancy with Gaussian kernels, its error, and the chance of so large a one."""

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_MMD = 50
"""Fewest showers of each kind."""

_Float = TypeVar("_Float", np.float32, np.float64)
_ROWS = 500
_FOR_BANDWIDTH = 1000


def mmd_squared(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    bandwidth: float | None = None,
    octaves: int = 2,
    seed: int = 0,
) -> Estimate:
    """Squared maximum mean discrepancy, unbiased, with its standard error.

    Mean kernel of pairs within the reference plus that within the generated showers less twice that between
    them (Gretton et al. 2012, jmlr.org/papers/v13/gretton12a.html): 0 on average for two samples of one
    distribution, so it may be negative. The kernel is the mean of exp(-d^2 / (2 s^2)) over
    s^2 = 2^k `bandwidth`^2, k from -`octaves` to `octaves`. The error is that of a two-sample U-statistic to
    second order (Hoeffding's decomposition), so that it holds for equal distributions too, where the first
    order vanishes; there it is too large by up to a fifth. All pairs count; they are computed in blocks, in
    single precision, which changes the figure by less than 1e-6.

    Args:
        reference: standardised features, shape (N, F).
        generated: standardised features, shape (M, F).
        bandwidth: of the middle kernel, in the unit of the features; by default `median_distance`.
        octaves: how many times it is doubled and halved (in s^2); 0 for a single Gaussian.
        seed: of the choice of showers for the median distance.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_MMD` showers of a kind, values that are not finite, or
            features that are not the same in number.
    """
    first, second = _checked(reference, generated)
    width = median_distance(first, second, seed=seed) if bandwidth is None else bandwidth
    centre = first.mean(axis=0)
    x, y = (np.asarray(sample - centre, dtype=np.float32) for sample in (first, second))
    n, m = len(x), len(y)
    within_x, squares_x = _within(x, width, octaves)
    within_y, squares_y = _within(y, width, octaves)
    of_x, of_y, squares_xy = _between(x, y, width, octaves)
    a, b, c, d = within_x / (n - 1), of_x / m, within_y / (m - 1), of_y / n
    value = float(a.mean() + c.mean() - b.mean() - d.mean())
    # What of the kernel's variance is of pairs, not of single showers.
    pairs_x = max(squares_x / (n * (n - 1)) - a.mean() ** 2 - 2 * a.var(), 0.0)
    pairs_y = max(squares_y / (m * (m - 1)) - c.mean() ** 2 - 2 * c.var(), 0.0)
    pairs_xy = max(squares_xy / (n * m) - b.mean() ** 2 - b.var() - d.var(), 0.0)
    single_x = float(np.var(a - b, ddof=1)) - pairs_x / n - pairs_xy / m
    single_y = float(np.var(c - d, ddof=1)) - pairs_y / m - pairs_xy / n
    variance = max(4 * single_x / n + 4 * single_y / m, 0.0)
    variance += 2 * pairs_x / (n * (n - 1)) + 2 * pairs_y / (m * (m - 1)) + 4 * pairs_xy / (n * m)
    return Estimate(value, float(np.sqrt(variance)))


def mmd_p_value(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    bandwidth: float | None = None,
    octaves: int = 2,
    permutations: int = 500,
    max_showers: int = 2000,
    seed: int = 0,
) -> float:
    """Chance of so large a maximum mean discrepancy for two samples of one distribution, by permutation.

    The labels of the showers are exchanged at random; (1 + number of at least so large) / (1 + permutations),
    so it is never below 1 / (1 + permutations).

    Args:
        reference: standardised features, shape (N, F).
        generated: standardised features, shape (M, F).
        bandwidth: as of `mmd_squared`.
        octaves: as of `mmd_squared`.
        permutations: number of permutations.
        max_showers: of more showers of a kind, so many are chosen at random.
        seed: of the choice and the permutations.

    Raises:
        SettingsError: as `mmd_squared`.
    """
    rng = np.random.default_rng(seed)
    first, second = (
        rng.permutation(sample)[:max_showers] if len(sample) > max_showers else sample
        for sample in _checked(reference, generated)
    )
    width = median_distance(first, second, seed=seed) if bandwidth is None else bandwidth
    n, m = len(first), len(second)
    pooled = np.concatenate([first, second])
    kernel = _kernel(pooled, pooled, width, octaves)
    np.fill_diagonal(kernel, 0.0)
    label = np.zeros((n + m, 1 + permutations))
    label[:n, 0] = 1.0
    for k in range(1, 1 + permutations):
        label[rng.permutation(n + m)[:n], k] = 1.0
    inside_first = np.einsum("ij,ij->j", label, kernel @ label)
    from_first = kernel.sum(axis=0) @ label
    inside_second = kernel.sum() - 2 * from_first + inside_first
    values = inside_first / (n * (n - 1)) + inside_second / (m * (m - 1))
    values -= 2 * (from_first - inside_first) / (n * m)
    # Permutations that change nothing must count as equal whatever the rounding.
    return float(np.mean(values >= values[0] - 1e-12))


def median_distance(first: Array, second: Array, *, seed: int = 0) -> float:
    """Median distance of two showers of the pooled samples, of at most 1,000 of each; 1 if it is 0.

    The usual choice of a kernel's width (Gretton et al. 2012).
    """
    from scipy.spatial.distance import pdist

    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(sample)[:_FOR_BANDWIDTH] for sample in (first, second)]
    return float(np.median(pdist(np.concatenate(chosen)))) or 1.0


def _checked(reference: ArrayLike, generated: ArrayLike) -> tuple[Array, ...]:
    name = "the maximum mean discrepancy"
    return checked_features(name, MIN_SHOWERS_FOR_MMD, reference, generated)


def _kernel(x: NDArray[_Float], y: NDArray[_Float], width: float, octaves: int) -> NDArray[_Float]:
    """Mean of the Gaussian kernels of all pairs, shape (rows of x, rows of y)."""
    exponent: NDArray[_Float] = x @ y.T
    exponent *= 2
    exponent -= np.einsum("ij,ij->i", x, x)[:, None]
    exponent -= np.einsum("ij,ij->i", y, y)
    np.minimum(exponent, 0, out=exponent)
    exponent *= 1 / (2 * width**2 * 2**octaves)
    widest = np.exp(exponent, out=exponent)
    total = widest.copy()
    for _ in range(2 * octaves):
        # Half of s^2 is the square of the kernel.
        widest *= widest
        total += widest
    total /= 2 * octaves + 1
    return total


def _within(x: NDArray[np.float32], width: float, octaves: int) -> tuple[Array, float]:
    """Sums of the kernel of each row with the others, and of its square over all pairs, without the row."""
    rows, squares = np.zeros(len(x)), 0.0
    for start in range(0, len(x), _ROWS):
        stop = start + _ROWS
        kernel = _kernel(x[start:stop], x[start:], width, octaves)
        block = kernel[:, :_ROWS]
        np.fill_diagonal(block, 0.0)
        rows[start:stop] += kernel.sum(axis=1)
        rows[stop:] += kernel[:, _ROWS:].sum(axis=0, dtype=np.float64)
        squares += 2 * _sum_of_squares(kernel) - _sum_of_squares(np.ascontiguousarray(block))
    return rows, squares


def _between(
    x: NDArray[np.float32], y: NDArray[np.float32], width: float, octaves: int
) -> tuple[Array, Array, float]:
    """Sums of the kernel of each row of x with all of y, of each of y with all of x, and of its square."""
    of_x, of_y, squares = np.zeros(len(x)), np.zeros(len(y)), 0.0
    for start in range(0, len(x), _ROWS):
        kernel = _kernel(x[start : start + _ROWS], y, width, octaves)
        of_x[start : start + _ROWS] = kernel.sum(axis=1)
        of_y += kernel.sum(axis=0, dtype=np.float64)
        squares += _sum_of_squares(kernel)
    return of_x, of_y, squares


def _sum_of_squares(kernel: NDArray[np.float32]) -> float:
    return float(np.einsum("ij,ij->i", kernel, kernel).sum(dtype=np.float64))
