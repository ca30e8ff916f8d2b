"""The area under the ROC curve of a classifier, and its error."""

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


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


def mean_area(areas: list[float], n_first: int, n_second: int) -> tuple[float, float]:
    """Mean of the areas of disjoint test samples, and its error.

    The error is the standard error of that mean, or that of an area found with so many showers
    (`area_error`), whichever is larger: a few test samples alone know it badly.

    Args:
        areas: one for each test sample.
        n_first: number of tested showers of label 0, in all test samples.
        n_second: the same of label 1.
    """
    area = float(np.mean(areas))
    of_samples = float(np.std(areas, ddof=1) / len(areas) ** 0.5) if len(areas) > 1 else 0.0
    return area, max(of_samples, area_error(area, n_first, n_second))
