"""How far two samples of one observable are apart: Wasserstein-1 and Kolmogorov-Smirnov."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.distances.requirements import checked_values

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_KS_TEST = 20
"""Fewest showers of each kind for the p-value, which is that of large samples."""


def wasserstein_distance(reference: ArrayLike, generated: ArrayLike) -> float:
    """Wasserstein-1 distance of two samples of one observable, in standard deviations of the reference.

    A reference without spread leaves it in the unit of the observable.
    """
    from scipy.stats import wasserstein_distance as distance

    first = np.asarray(reference, dtype=np.float64)
    return float(distance(first, np.asarray(generated, dtype=np.float64))) / (float(np.std(first)) or 1.0)


def kolmogorov_smirnov(reference: ArrayLike, generated: ArrayLike) -> float:
    """Largest difference of the two cumulative distributions, 0 to 1."""
    first, second = np.sort(np.asarray(reference).ravel()), np.sort(np.asarray(generated).ravel())
    points = np.concatenate([first, second])
    below = [np.searchsorted(sample, points, side="right") / len(sample) for sample in (first, second)]
    return float(np.max(np.abs(below[0] - below[1])))


class KolmogorovSmirnov(NamedTuple):
    """Largest difference of the cumulative distributions, and the chance of one so large by accident."""

    statistic: float
    p_value: float


def kolmogorov_smirnov_test(reference: ArrayLike, generated: ArrayLike) -> KolmogorovSmirnov:
    """Two-sample Kolmogorov-Smirnov test, with the p-value of large samples (Kolmogorov's distribution).

    For an observable with repeated values, such as the number of hits, the p-value is too large, never too
    small.

    Args:
        reference: values, shape (N,).
        generated: values, shape (M,).

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_KS_TEST` of a kind, or values that are not finite.
    """
    from scipy.stats import ks_2samp

    samples = checked_values("the Kolmogorov-Smirnov test", MIN_SHOWERS_FOR_KS_TEST, reference, generated)
    found = ks_2samp(*samples, method="asymp")
    return KolmogorovSmirnov(float(found.statistic), float(found.pvalue))


def weighted_wasserstein(
    reference: ArrayLike, generated: ArrayLike, weights: tuple[Array, Array], *, unit: float | None = None
) -> Array:
    """`wasserstein_distance` of weighted samples, for the bootstrap: one for each row of weights.

    Args:
        reference: values, shape (N,).
        generated: values, shape (M,).
        weights: weights of the two samples, shapes (..., N) and (..., M).
        unit: in which it is given; the standard deviation of the whole reference by default.
    """
    first, second = np.asarray(reference, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    points, difference = cumulative_difference(first, second, weights)
    distance = np.abs(difference[..., :-1]) @ np.diff(points)
    return np.asarray(distance / ((float(np.std(first)) or 1.0) if unit is None else unit))


def weighted_kolmogorov_smirnov(
    reference: ArrayLike, generated: ArrayLike, weights: tuple[Array, Array]
) -> Array:
    """`kolmogorov_smirnov` of weighted samples, for the bootstrap: one for each row of weights.

    Args:
        reference: values, shape (N,).
        generated: values, shape (M,).
        weights: weights of the two samples, shapes (..., N) and (..., M).
    """
    first, second = np.asarray(reference, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    points, difference = cumulative_difference(first, second, weights)
    # Between two equal values there is no point at which the distributions could be compared.
    last_of_equals = np.append(np.diff(points) > 0, True)
    return np.asarray(np.abs(difference[..., last_of_equals]).max(axis=-1))


def cumulative_difference(first: Array, second: Array, weights: tuple[Array, Array]) -> tuple[Array, Array]:
    """All values in order, (N + M,), and the difference of the cumulative distributions, (..., N + M).

    The difference at an index is that after the value at that index, up to the next.
    """
    pooled = np.concatenate([first, second])
    order = np.argsort(pooled)
    w1, w2 = (w / w.sum(axis=-1, keepdims=True) for w in weights)
    steps = np.concatenate([w1, -w2], axis=-1)[..., order]
    return pooled[order], np.cumsum(steps, axis=-1)
