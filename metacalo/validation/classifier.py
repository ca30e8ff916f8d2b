"""Can trees tell the two samples apart? The classifier test on high-level features."""

import math

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError

Array = NDArray[np.float64]

MIN_SHOWERS = 50
"""Fewest showers of each kind for which an AUC is given."""


def classifier_auc(
    reference: Array,
    generated: Array,
    *,
    groups: tuple[NDArray[np.generic], NDArray[np.generic]] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> tuple[float, float]:
    """Area under the ROC curve of boosted trees that tell generated from reference showers, and its error.

    0.5: they cannot; 1: always. Mean over the folds of a cross-validation, each fold being scored by trees
    that were trained on all others; the error is the standard error of that mean
    or that of an area found with so many showers (`area_error`), whichever is larger: five folds alone know
    it badly. The trees are scikit-learn's `HistGradientBoostingClassifier` with fixed settings, so the figure
    depends on nothing but the showers and the seed. It grows with the number of showers that the trees may
    learn from: compare at equal sizes.

    Args:
        reference: features, shape (N, F).
        generated: features, shape (M, F).
        groups: a label of each shower, (N,) and (M,), that keeps those of one label in one fold. Showers
            generated at the incident energies of the reference must be grouped so with their twins: trees
            that have seen the one know that the other is of the other kind, which pulls the AUC below 0.5.
        folds: number of folds.
        seed: of the split in folds.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS` showers of a kind.
    """
    if min(len(reference), len(generated)) < MIN_SHOWERS:
        raise SettingsError(
            f"a classifier test needs at least {MIN_SHOWERS} showers of each kind, "
            f"got {len(reference)} and {len(generated)}; give it more showers or leave it out"
        )
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

    features = np.concatenate([reference, generated]).astype(np.float32)
    label = np.repeat([0, 1], [len(reference), len(generated)])
    fold = _folds(len(label), None if groups is None else np.concatenate(groups), folds, seed)
    areas = []
    for k in range(folds):
        trees = HistGradientBoostingClassifier(
            max_iter=100,
            learning_rate=0.1,
            max_leaf_nodes=15,
            max_bins=63,
            early_stopping=False,
            random_state=seed,
        )
        # So small a task gains little from threads, and on a busy machine they take 20 times as long as one.
        with threadpool_limits(1, user_api="openmp"):
            trees.fit(features[fold != k], label[fold != k])
            scores = trees.decision_function(features[fold == k])
        areas.append(area_under_curve(label[fold == k], scores))
    area = float(np.mean(areas))
    of_folds = float(np.std(areas, ddof=1) / folds**0.5)
    return area, max(of_folds, area_error(area, len(reference), len(generated)))


def area_error(area: float, n_first: int, n_second: int) -> float:
    """Standard error of an area under the ROC curve for samples of these sizes.

    Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747.
    """
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (n_first - 1) * (q1 - area**2) + (n_second - 1) * (q2 - area**2)
    return math.sqrt(max(variance, 0.0) / (n_first * n_second))


def area_under_curve(label: NDArray[np.integer], score: Array) -> float:
    """Share of pairs (one of label 0, one of label 1) in which the latter scores higher; ties count half."""
    from scipy.stats import rankdata

    ones = int(label.sum())
    zeros = len(label) - ones
    return float((rankdata(score)[label == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def _folds(n: int, groups: NDArray[np.generic] | None, folds: int, seed: int) -> NDArray[np.int64]:
    """Fold of each shower: equally filled with groups at random, shape (n,)."""
    group = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    count = int(group.max()) + 1
    return (np.random.default_rng(seed).permutation(count) % folds)[group]
