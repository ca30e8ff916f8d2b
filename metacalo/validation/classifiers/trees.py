"""Can trees tell the two samples apart? The classifier test on high-level features."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.validation.classifiers.area import area_under_curve, mean_area
from metacalo.validation.classifiers.split import check_sizes, folds_of
from metacalo.validation.comparison import Estimate
from metacalo.validation.curves import Scores

Array = NDArray[np.float64]


class TreeTest(NamedTuple):
    """Area under the ROC curve, and what trees that had not seen a shower say of it."""

    auc: Estimate
    scores: Scores


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
    found = tree_test(reference, generated, groups=groups, folds=folds, seed=seed).auc
    return found.value, found.error or 0.0


def tree_test(
    reference: Array,
    generated: Array,
    *,
    groups: tuple[NDArray[np.generic], NDArray[np.generic]] | None = None,
    folds: int = 5,
    seed: int = 0,
) -> TreeTest:
    """The same as `classifier_auc`, with the probability of being generated that each shower got.

    Args:
        reference: features, shape (N, F).
        generated: features, shape (M, F).
        groups: as in `classifier_auc`.
        folds: number of folds.
        seed: of the split in folds.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS` showers of a kind.
    """
    check_sizes(len(reference), len(generated))
    from scipy.special import expit
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

    features = np.concatenate([reference, generated]).astype(np.float32)
    label = np.repeat([0, 1], [len(reference), len(generated)])
    fold = folds_of(len(label), None if groups is None else np.concatenate(groups), folds, seed)
    areas = []
    said = np.zeros(len(label))
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
        said[fold == k] = expit(scores)
    area = Estimate(*mean_area(areas, len(reference), len(generated)))
    return TreeTest(area, Scores(said[label == 0], said[label == 1]))
