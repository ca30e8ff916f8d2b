"""Frechet distance of two samples of features, and the Frechet physics distance made of it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features
from metacalo.validation.distances.standardisation import scaled_by_largest

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_FPD = 100
"""Fewest showers of each kind for a Frechet physics distance; comparable with published ones from 50,000."""


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
    return _of_normals(m1, c1, m2, c2)


def frechet_physics_distance(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    min_samples: int = 20_000,
    max_samples: int = 50_000,
    num_batches: int = 20,
    num_points: int = 10,
    seed: int = 42,
) -> Estimate:
    """Frechet physics distance (FPD), with which the CaloChallenge compares high-level features.

    Kansal et al., arXiv:2211.10295, as JetNet 0.2.5 computes it and arXiv:2410.21611 gives it (times 1,000):
    each feature is divided by its largest absolute value in the reference; for `num_points` sizes n, equally
    spaced in 1/n, the mean Frechet distance of `num_batches` pairs of samples of n showers drawn with
    replacement; a straight line in 1/n through these, with neither a negative slope nor a negative intercept;
    the intercept at 1/n = 0, and its error from the fit. Same draws as JetNet's for the same seed: the
    results agree to 1e-6 of their value.

    The draws are from finite samples, whose own distance remains: for equally good generators it falls like
    1/N, so compare it at equal sizes, and with published values only at 50,000 showers or more. The error is
    that of the fit alone; it does not tell how the figure would change with other showers.

    Args:
        reference: features, not scaled in any way, shape (N, F).
        generated: features, shape (M, F).
        min_samples: smallest size that is drawn.
        max_samples: largest size that is drawn.
        num_batches: pairs of samples of each size.
        num_points: number of sizes.
        seed: of the draws.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_FPD` showers of a kind, values that are not finite, or
            features that are not the same in number.
    """
    from scipy.optimize import curve_fit

    name = "the Frechet physics distance"
    samples = scaled_by_largest(*checked_features(name, MIN_SHOWERS_FOR_FPD, reference, generated))
    rng = np.random.default_rng(seed)
    sizes = (1 / np.linspace(1 / min_samples, 1 / max_samples, num_points)).astype(np.int64)
    draws = tuple(np.zeros((num_points * num_batches, len(sample))) for sample in samples)
    for k, size in enumerate(np.repeat(sizes, num_batches)):
        # What is drawn several times is a weight: n showers cost no more than the sample has.
        for sample, drawn in zip(samples, draws, strict=True):
            drawn[k] = np.bincount(rng.choice(len(sample), size=size), minlength=len(sample))
    first, second = map(_means_and_covariances, samples, draws)
    found = [_of_normals(*moments) for moments in zip(*first, *second, strict=True)]
    distances = np.mean(np.reshape(found, (num_points, num_batches)), axis=1)
    # The same solver from the same start: where it stops moves the intercept by a per cent at these sizes.
    fitted, covariance = curve_fit(_line, 1 / sizes, distances, bounds=([0, 0], [np.inf, np.inf]))
    return Estimate(float(fitted[0]), float(np.sqrt(covariance[0, 0])))


def _line(x: Array, intercept: float, slope: float) -> Array:
    return intercept + slope * x


def _mean_and_covariance(values: Array, weights: Array) -> tuple[Array, Array]:
    total = weights.sum()
    mean = weights @ values / total
    centred = (values - mean) * np.sqrt(weights)[:, None]
    return np.asarray(mean), np.asarray(centred.T @ centred / (total - 1))


def _means_and_covariances(values: Array, weights: Array) -> tuple[Array, Array]:
    """The same for each row of weights (K, N): shapes (K, F) and (K, F, F)."""
    total = weights.sum(axis=1)[:, None]
    centre = values.mean(axis=0)
    centred = values - centre
    means = weights @ centred / total
    count, features = means.shape
    squares = np.empty((count, features, features))
    for k in range(features):
        # One product for all rows of weights: many times faster than a covariance for each.
        squares[:, k, k:] = weights @ (centred[:, k : k + 1] * centred[:, k:])
        squares[:, k:, k] = squares[:, k, k:]
    squares -= total[:, None] * means[:, :, None] * means[:, None, :]
    return means + centre, squares / (total - 1)[:, None]


def _of_normals(m1: Array, c1: Array, m2: Array, c2: Array) -> float:
    """Frechet distance of two normal distributions by their means and covariances."""
    values, vectors = np.linalg.eigh(c1)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ c2 @ root), 0.0)).sum()
    distance = float(np.sum((m1 - m2) ** 2) + np.trace(c1) + np.trace(c2) - 2 * cross)
    return max(distance, 0.0)
