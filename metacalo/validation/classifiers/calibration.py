"""How far the probabilities of a classifier can be believed: reliability, calibration error, divergence."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RELIABILITY_BINS = 10
"""Bins of the probability, as in the CaloChallenge's script."""

SMALLEST_PROBABILITY = 1e-6
"""Calibrated probabilities are kept this far from 0 and 1, as in the CaloChallenge's script."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """What a classifier says and what is so, in bins of what it says; empty bins are left out.

    Attributes:
        predicted: mean probability of label 1 in each bin, shape (B,).
        observed: share of label 1 in each bin, shape (B,).
        error: standard error of that share, shape (B,).
        count: number of showers in each bin, shape (B,).
    """

    predicted: Array
    observed: Array
    error: Array
    count: NDArray[np.int64]

    @property
    def expected_calibration_error(self) -> float:
        """Mean of |observed - predicted| over the showers (Guo et al. 2017, arXiv:1706.04599).

        A perfectly calibrated score gives not 0 but about the mean of `error`, as counts fluctuate.
        """
        return float(np.average(np.abs(self.observed - self.predicted), weights=self.count))


def reliability(label: NDArray[np.integer], probability: Array, bins: int = RELIABILITY_BINS) -> Reliability:
    """Reliability curve in bins of equal width between 0 and 1.

    Args:
        label: 0 or 1, shape (N,).
        probability: of label 1, shape (N,).
        bins: number of bins.
    """
    which = np.minimum((probability * bins).astype(np.int64), bins - 1)
    count = np.bincount(which, minlength=bins)
    filled = count > 0
    said = np.bincount(which, weights=probability, minlength=bins)[filled] / count[filled]
    seen = np.bincount(which, weights=label.astype(np.float64), minlength=bins)[filled] / count[filled]
    # The spread is that of a share as predicted: one shower in a bin shows a share of 0 or 1, without spread.
    error = np.sqrt(said * (1 - said) / count[filled])
    return Reliability(said, seen, error, count[filled])


def calibrated(label: NDArray[np.integer], probability: Array, wanted: Array) -> Array:
    """Probabilities corrected by isotonic regression (Zadrozny and Elkan 2002) on other showers.

    Args:
        label: 0 or 1 of the showers to learn the correction from, shape (K,).
        probability: their probabilities of label 1, shape (K,).
        wanted: probabilities to correct, shape (N,).

    Returns:
        The corrected ones, within `SMALLEST_PROBABILITY` of 0 and 1, shape (N,).
    """
    from sklearn.isotonic import IsotonicRegression

    regression = IsotonicRegression(
        out_of_bounds="clip", y_min=SMALLEST_PROBABILITY, y_max=1 - SMALLEST_PROBABILITY
    )
    return np.asarray(regression.fit(probability, label).predict(wanted), dtype=np.float64)


def jensen_shannon_bound(label: NDArray[np.integer], probability: Array) -> tuple[float, float]:
    """Lower bound of the Jensen-Shannon divergence of the two samples, and its error [bit].

    1 - BCE / ln 2 with the binary cross-entropy BCE: 0 for a classifier that knows nothing, 1 for one that is
    sure and right, negative for one that is wrongly sure. With labels of equal weight the bound is reached
    by the best classifier (Goodfellow et al. 2014, arXiv:1406.2661); the two samples are weighted so here.

    Args:
        label: 0 or 1, shape (N,).
        probability: of label 1, shape (N,).
    """
    said = np.where(label == 1, probability, 1 - probability)
    loss = -np.log2(np.maximum(said, 1e-300))
    kinds = [loss[label == kind] for kind in (0, 1)]
    bound = 1 - float(np.mean([kind.mean() for kind in kinds]))
    variance = float(np.mean([kind.var() / len(kind) for kind in kinds])) / 2
    return bound, variance**0.5
