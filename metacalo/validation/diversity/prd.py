"""Precision and recall for distributions: what a generator can do, as a curve, and the area under it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features
from metacalo.validation.distances.resampling import bootstrap_weights

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_PRD = 100
"""Fewest showers of each kind: with 20 clusters, five a cluster."""

CLUSTERS = 20
"""Number of clusters that the pooled showers are put into."""

BETA = 8.0
"""F_8 weighs recall 8 times as much as precision, F_1/8 precision as recall."""


class PrecisionRecallCurve(NamedTuple):
    """Precision and recall of a generator for every trade-off between them, and what is read off the curve.

    Attributes:
        area: area under the curve, 1 for equal and 0 for disjoint samples.
        f8: largest F_8 score on the curve, which stands for recall: low if parts of the reference lack.
        f1_8: largest F_1/8 score, which stands for precision: low if some generated showers are impossible.
        precision: of the curve, shape (angles,), rising.
        recall: of the curve, shape (angles,), falling.
    """

    area: Estimate
    f8: Estimate
    f1_8: Estimate
    precision: Array
    recall: Array


def precision_recall_curve(
    reference: ArrayLike,
    generated: ArrayLike,
    *,
    clusters: int = CLUSTERS,
    runs: int = 10,
    resamples: int = 20,
    max_showers: int = 10_000,
    seed: int = 0,
) -> PrecisionRecallCurve:
    """PRD of Sajjadi et al. 2018, arXiv:1806.00035, with their settings: 20 clusters, mean of 10 clusterings.

    The pooled showers are clustered (mini-batch k-means), which makes a histogram p of the reference and q of
    the generated showers over the clusters; for each slope l, tan of 1,001 angles from 0 to 90 degrees, the
    precision is sum min(l p, q) and the recall that over l. As theirs it takes as many showers of either
    kind: of the larger sample, and of one larger than `max_showers`, some are chosen at random. The errors
    are those of the bootstrap over showers, with the clusters held fixed.

    Args:
        reference: standardised features, shape (N, F).
        generated: standardised features, shape (M, F).
        clusters: number of clusters.
        runs: number of clusterings, over which curves are averaged.
        resamples: number of bootstrap resamples.
        max_showers: largest number of showers of each kind.
        seed: of the choice, the clusterings and the bootstrap.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_PRD` showers of a kind, values that are not finite, or
            features that are not the same in number.
    """
    samples = checked_features("precision and recall", MIN_SHOWERS_FOR_PRD, reference, generated)
    rng = np.random.default_rng(seed)
    count = min(*map(len, samples), max_showers)
    pooled = np.concatenate([s if len(s) == count else rng.permutation(s)[:count] for s in samples])
    weights = [
        np.concatenate([np.ones((1, count)), bootstrap_weights(count, resamples, rng)]) / count
        for _ in samples
    ]
    curves = []
    for run in range(runs):
        member = np.eye(clusters)[_clusters(pooled, clusters, seed + run)]
        curves.append(_curve(weights[0] @ member[:count], weights[1] @ member[count:]))
    precision, recall = np.clip(np.mean(curves, axis=0), 0.0, 1.0)
    heights = (precision[:, 1:] + precision[:, :-1]) / 2
    areas = np.sum(heights * -np.diff(recall, axis=1), axis=1)
    return PrecisionRecallCurve(
        area=_estimate(areas),
        f8=_estimate(_largest_f(precision, recall, BETA)),
        f1_8=_estimate(_largest_f(precision, recall, 1 / BETA)),
        precision=precision[0],
        recall=recall[0],
    )


def _clusters(pooled: Array, clusters: int, seed: int) -> NDArray[np.int64]:
    """Cluster of each shower."""
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

    with threadpool_limits(1, user_api="openmp"):
        found = MiniBatchKMeans(n_clusters=clusters, n_init=10, random_state=seed).fit(pooled)
    return np.asarray(found.labels_, dtype=np.int64)


def _curve(p: Array, q: Array) -> Array:
    """Precision and recall of histograms (K, clusters) of the reference and the generated, (2, K, angles)."""
    angles = np.linspace(1e-10, np.pi / 2 - 1e-10, 1001)
    slope = np.tan(angles)
    precision = np.stack([np.minimum(s * p, q).sum(axis=1) for s in slope], axis=1)
    return np.stack([precision, precision / slope])


def _largest_f(precision: Array, recall: Array, beta: float) -> Array:
    """Largest F_beta on each curve, shape (K,)."""
    above = (1 + beta**2) * precision * recall
    below = beta**2 * precision + recall
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0).max(axis=1))


def _estimate(replicas: Array) -> Estimate:
    """Of a figure (first) and its resamples (rest)."""
    return Estimate(float(replicas[0]), float(np.std(replicas[1:], ddof=1)) if len(replicas) > 2 else None)
