"""Whether probabilities can be believed: scores whose calibration is known."""

import numpy as np
import pytest

from metacalo.validation.classifiers import reliability
from metacalo.validation.classifiers.calibration import calibrated, jensen_shannon_bound


def calibrated_by_construction(n=40_000, seed=0):
    """Labels that are drawn with the probabilities that are said of them."""
    rng = np.random.default_rng(seed)
    probability = rng.uniform(size=n)
    return (rng.uniform(size=n) < probability).astype(np.int64), probability


def test_a_score_that_is_calibrated_has_no_calibration_error():
    curve = reliability(*calibrated_by_construction())
    # 4,000 showers a bin: shares fluctuate by less than 0.008, on average by about 0.005.
    assert curve.expected_calibration_error < 0.01
    assert np.all(np.abs(curve.observed - curve.predicted) < 4 * curve.error)
    assert curve.count.sum() == 40_000


def test_a_score_that_is_too_sure_has_the_error_by_hand():
    # Says 0.9 and 0.1 where it is right three times of four: wrong by 0.15 everywhere.
    label = np.array([1, 1, 1, 0, 0, 0, 0, 1])
    probability = np.array([0.9] * 4 + [0.1] * 4)
    curve = reliability(label, probability)
    assert curve.predicted == pytest.approx([0.1, 0.9])
    assert curve.observed == pytest.approx([0.25, 0.75])
    assert curve.error == pytest.approx([(0.1 * 0.9 / 4) ** 0.5] * 2)
    assert curve.expected_calibration_error == pytest.approx(0.15)


def test_certainty_falls_in_the_last_bin():
    curve = reliability(np.array([0, 1]), np.array([0.0, 1.0]))
    assert curve.count.tolist() == [1, 1]
    assert curve.expected_calibration_error == 0.0


def test_isotonic_regression_takes_a_distortion_back():
    label, probability = calibrated_by_construction()
    distorted = probability**3
    assert reliability(label, distorted).expected_calibration_error > 0.1
    other_label, other = calibrated_by_construction(seed=1)
    mended = calibrated(label, distorted, other**3)
    assert reliability(other_label, mended).expected_calibration_error < 0.02
    assert np.abs(mended - other).mean() < 0.02
    assert np.all((mended > 0) & (mended < 1))


def test_the_divergence_is_one_bit_for_certainty_and_none_for_ignorance():
    label = np.array([0, 0, 1, 1])
    assert jensen_shannon_bound(label, np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx((1.0, 0.0))
    assert jensen_shannon_bound(label, np.full(4, 0.5)) == pytest.approx((0.0, 0.0))
    # Right with probability 3/4: 1 + log2(3/4) for each shower.
    assert jensen_shannon_bound(label, np.array([0.25, 0.25, 0.75, 0.75]))[0] == pytest.approx(0.5849625)


def test_the_best_classifier_finds_the_divergence_of_two_gaussians():
    from scipy.integrate import quad
    from scipy.special import expit
    from scipy.stats import norm

    def bits(density, x):
        return density * np.log2(2 * density / (norm.pdf(x) + norm.pdf(x, 1.0)))

    truth = 0.5 * quad(lambda x: bits(norm.pdf(x), x) + bits(norm.pdf(x, 1.0), x), -8, 9)[0]
    rng = np.random.default_rng(0)
    label = np.repeat([0, 1], 20_000)
    ratio = expit(rng.normal(size=40_000) + label - 0.5)
    bound, error = jensen_shannon_bound(label, ratio)
    assert bound == pytest.approx(truth, abs=3 * error)
    assert error < 0.01
