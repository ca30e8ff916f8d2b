"""Precision, recall, density and coverage: whether each sample lies where the other one is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.requirements import checked_features
from metacalo.validation.diversity.neighbours import neighbour_radius, squared_distance_blocks

Array = NDArray[np.float64]

MIN_SHOWERS_FOR_COVERAGE = 50
"""Fewest showers of each kind."""

NEIGHBOURS = 5
"""The neighbour that sets the radius of the ball about a shower."""

_ROUNDING = 1e-9
"""The balls are open: what lies on their edge must stay out, whatever the rounding."""


class Coverage(NamedTuple):
    """How far each sample lies where the other is.

    Attributes:
        precision: share of generated showers in a ball of the reference: how many are possible showers.
        recall: share of reference showers in a ball of the generated ones: how much of it can be generated.
        density: mean number of balls of the reference that a generated shower is in, over k; 1 on average for
            samples of one distribution, and not spoilt by single outliers.
        coverage: share of balls of the reference with a generated shower in them.
    """

    precision: Estimate
    recall: Estimate
    density: Estimate
    coverage: Estimate


def precision_recall_density_coverage(
    reference: ArrayLike, generated: ArrayLike, *, k: int = NEIGHBOURS
) -> Coverage:
    """Precision, recall, density and coverage of generated showers.

    Precision and recall are those of Kynkaanniemi et al., arXiv:1904.06991, density and coverage those of
    Naeem et al., arXiv:2002.09797. Each shower has a ball, open, that reaches to its k-th nearest neighbour
    in its own sample; all pairs of showers count, as in the package `prdc`. Two samples of one distribution
    do not reach 1: coverage is 1 - 0.5^k on average at equal sizes, and precision and recall fall with the
    number of features; read them beside the floor at the same sizes.

    The errors are those of the mean over the showers that are counted, with the balls held fixed: too small
    by up to a third.

    Args:
        reference: standardised features, shape (N, F).
        generated: standardised features, shape (M, F).
        k: which neighbour sets the radius.

    Raises:
        SettingsError: for fewer than `MIN_SHOWERS_FOR_COVERAGE` showers of a kind, values that are not
            finite, features that are not the same in number, or a k that is not below the number of showers.
    """
    name = "precision, recall, density and coverage"
    first, second = checked_features(name, MIN_SHOWERS_FOR_COVERAGE, reference, generated)
    if not 1 <= k < min(len(first), len(second)):
        raise SettingsError(f"the neighbour k must be at least 1 and below the number of showers, got {k}")
    squared_first, squared_second = (
        neighbour_radius(sample, k) ** 2 * (1 - _ROUNDING) for sample in (first, second)
    )
    balls = np.zeros(len(second))
    reached, covered = np.zeros(len(first), dtype=bool), np.zeros(len(first), dtype=bool)
    for rows, squares in squared_distance_blocks(first, second):
        inside = squares < squared_first[rows, None]
        balls += np.count_nonzero(inside, axis=0)
        covered[rows] = inside.any(axis=1)
        reached[rows] = (squares < squared_second).any(axis=1)
    return Coverage(
        precision=_mean(balls > 0), recall=_mean(reached), density=_mean(balls / k), coverage=_mean(covered)
    )


def _mean(values: NDArray[np.generic]) -> Estimate:
    found = np.asarray(values, dtype=np.float64)
    return Estimate(float(found.mean()), float(found.std(ddof=1) / len(found) ** 0.5))
