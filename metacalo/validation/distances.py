"""How far two samples are apart: separation power, Wasserstein, Kolmogorov-Smirnov, Frechet."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

CLIP = 5.0
"""Where standardised features end in the Frechet distance [standard deviations of the reference]."""


def quantile_cuts(reference: ArrayLike, bins: int = 30) -> Array:
    """Cuts between bins that hold equal shares of the reference, bins - 1 of them for distinct values.

    The two end bins are open, so that nothing over- or underflows. Bins of equal share make the separation
    power the same for an observable and any increasing function of it, so that nobody has to choose a range
    or an axis, and they give every bin the same statistical noise. A value that the reference repeats so
    often that it fills a whole bin (the zeros of a layer, a constant) gets a bin of its own.

    Args:
        reference: values of the reference, shape (N,).
        bins: wanted number of bins.

    Raises:
        ValueError: for an empty reference.
    """
    values = np.asarray(reference, dtype=np.float64)
    if values.size == 0:
        raise ValueError("bins are set by the reference, which is empty")
    # A quantile that is an observed value, not one between two: repeated values are then repeated exactly.
    cuts = np.quantile(values, np.linspace(0, 1, bins + 1)[1:-1], method="inverted_cdf")
    repeated = cuts[1:][np.diff(cuts) == 0]
    return np.unique(np.concatenate([cuts, np.nextafter(repeated, np.inf)]))


def log_cuts(reference: ArrayLike, bins: int = 50) -> Array:
    """Cuts between bins of equal width in the logarithm, for a spectrum, shape (bins - 1,).

    They run from the 0.1 to the 99.99 per cent quantile of the positive values of the reference; the two end
    bins are open.

    Args:
        reference: values of the reference, shape (M,).
        bins: number of bins.

    Raises:
        ValueError: for a reference without positive values.
    """
    values = np.asarray(reference, dtype=np.float64)
    values = values[values > 0]
    if values.size == 0:
        raise ValueError("bins are set by the reference, which has no positive value")
    low, high = np.quantile(values, [1e-3, 1 - 1e-4])
    return np.unique(np.geomspace(low, high, bins - 1))


def bin_of_each(values: ArrayLike, cuts: Array) -> NDArray[np.int64]:
    """Bin of each value, 0 to len(cuts), in the shape of values; a value on a cut is in the upper bin."""
    return np.searchsorted(cuts, np.asarray(values, dtype=np.float64), side="right").astype(np.int64)


def binned(values: ArrayLike, cuts: Array) -> Array:
    """Numbers of values in each bin, shape (len(cuts) + 1,)."""
    return np.bincount(bin_of_each(values, cuts).ravel(), minlength=len(cuts) + 1).astype(np.float64)


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


def standardise(reference: Array, generated: Array) -> tuple[Array, Array]:
    """Features of both samples, (N, F) and (M, F), in standard deviations of the reference about its mean.

    They are clipped at `CLIP` standard deviations, so that no single feature of a tiny spread decides the
    Frechet distance. A feature that is constant in the reference is measured in the spread of both samples
    together, and is 0 in both if constant there too.
    """
    centre = reference.mean(axis=0)
    both = np.concatenate([reference, generated])
    size = np.abs(both).max(axis=0)
    spread, common = reference.std(axis=0), both.std(axis=0)
    unit = np.where(spread > 1e-9 * size, spread, common)
    inverse = np.divide(1.0, unit, out=np.zeros_like(unit), where=unit > 1e-9 * size)
    first, second = ((sample - centre) * inverse for sample in (reference, generated))
    return np.clip(first, -CLIP, CLIP), np.clip(second, -CLIP, CLIP)


def frechet_distance(first: Array, second: Array, *, weights: tuple[Array, Array] | None = None) -> float:
    """Frechet distance of the normal distributions fitted to two samples of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2), Heusel et al. 2017, arXiv:1706.08500; with physical
    features as in arXiv:2211.10295. No covariance is inverted, so it is stable with more features than
    showers, but it is biased upwards by about F^2 / N for F features: read it beside the floor at the same
    sizes.

    Args:
        first: standardised features, shape (N, F).
        second: standardised features, shape (M, F).
        weights: weights of the rows, (N,) and (M,), for the bootstrap; all alike by default.
    """
    w1, w2 = weights or (np.ones(len(first)), np.ones(len(second)))
    (m1, c1), (m2, c2) = _mean_and_covariance(first, w1), _mean_and_covariance(second, w2)
    values, vectors = np.linalg.eigh(c1)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root), 0.0)).sum()
    distance = float(np.sum((m1 - m2) ** 2) + np.trace(c1) + np.trace(c2) - 2 * cross)
    return max(distance, 0.0)


def bootstrap_weights(n: int, resamples: int, rng: np.random.Generator) -> Array:
    """How often each of n showers is drawn in each resample of n with replacement, shape (resamples, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=resamples).astype(np.float64)


def _mean_and_covariance(values: Array, weights: Array) -> tuple[Array, Array]:
    total = weights.sum()
    mean = weights @ values / total
    centred = (values - mean) * np.sqrt(weights)[:, None]
    return np.asarray(mean), np.asarray(centred.T @ centred / (total - 1))


def _normalised(contents: ArrayLike) -> Array:
    histogram = np.asarray(contents, dtype=np.float64)
    total = histogram.sum(axis=-1, keepdims=True)
    return np.asarray(np.divide(histogram, total, out=np.zeros_like(histogram), where=total > 0))
