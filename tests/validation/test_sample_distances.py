"""Distances of samples of one observable, and along random directions of many."""

from math import gamma, pi

import numpy as np
import pytest
import scipy.sparse
from scipy.special import kolmogorov
from scipy.stats import norm
from scipy.stats import wasserstein_distance as wasserstein_of_scipy

from metacalo.validation import distances


def test_wasserstein_of_two_gaussians_is_known_in_closed_form():
    # Quantiles of the distributions themselves: no statistics. Equal widths: the shift; equal means: the
    # difference of the widths times E|z|.
    quantiles = norm.ppf((np.arange(4000) + 0.5) / 4000)
    assert distances.wasserstein_distance(quantiles, quantiles + 0.3) == pytest.approx(0.3, rel=1e-3)
    assert distances.wasserstein_distance(quantiles, 1.5 * quantiles) == pytest.approx(
        0.5 * (2 / pi) ** 0.5, rel=1e-2
    )


def test_weights_of_one_leave_wasserstein_and_kolmogorov_smirnov_as_they_are():
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=30).round(1), rng.normal(0.5, 1.3, size=50).round(1)
    ones = (np.ones((1, 30)), np.ones((1, 50)))
    assert distances.weighted_wasserstein(first, second, ones)[0] == pytest.approx(
        distances.wasserstein_distance(first, second)
    )
    assert distances.weighted_kolmogorov_smirnov(first, second, ones)[0] == pytest.approx(
        distances.kolmogorov_smirnov(first, second)
    )


def test_a_weight_of_two_counts_a_shower_twice():
    first, second = np.array([0.0, 1.0, 5.0, 2.0]), np.array([1.0, 3.0, 4.0])
    repeated = np.array([0.0, 1.0, 1.0, 2.0])
    weights = (np.array([[1.0, 2.0, 0.0, 1.0]]), np.ones((1, 3)))
    assert distances.weighted_wasserstein(first, second, weights, unit=1.0)[0] == pytest.approx(
        wasserstein_of_scipy(repeated, second)
    )
    assert distances.weighted_kolmogorov_smirnov(first, second, weights)[0] == pytest.approx(
        distances.kolmogorov_smirnov(repeated, second)
    )


def test_the_p_value_of_kolmogorov_smirnov_is_that_of_kolmogorovs_distribution():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=3000), rng.normal(0.03, 1, size=2000)
    found = distances.kolmogorov_smirnov_test(first, second)
    assert found.statistic == pytest.approx(distances.kolmogorov_smirnov(first, second))
    assert found.p_value == pytest.approx(kolmogorov(found.statistic * 1200**0.5), rel=0.1)
    assert distances.kolmogorov_smirnov_test(first, first).p_value == 1.0
    assert distances.kolmogorov_smirnov_test(first, first + 9).p_value < 1e-100


def test_sliced_wasserstein_of_equal_samples_is_zero():
    values = np.random.default_rng(2).normal(size=(40, 5))
    assert distances.sliced_wasserstein(values, values[::-1]).value == pytest.approx(0.0, abs=1e-12)


def test_sliced_wasserstein_of_one_feature_is_wasserstein():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(40, 1)), rng.normal(0.5, 2, size=(70, 1))
    assert distances.sliced_wasserstein(first, second, projections=3).value == pytest.approx(
        wasserstein_of_scipy(first[:, 0], second[:, 0])
    )


@pytest.mark.parametrize("features", [2, 3, 10])
def test_sliced_wasserstein_of_a_shift_is_the_mean_of_its_projections(features):
    # E|u . m| = |m| Gamma(d/2) / (sqrt(pi) Gamma((d + 1)/2)) for u on the unit sphere in d dimensions.
    rng = np.random.default_rng(4)
    values, shift = rng.normal(size=(50, features)), rng.normal(size=features)
    expected = np.linalg.norm(shift) * gamma(features / 2) / (pi**0.5 * gamma((features + 1) / 2))
    found = distances.sliced_wasserstein(values, values + shift, projections=2000, resamples=2)
    assert found.value == pytest.approx(expected, rel=0.05)


def test_sliced_wasserstein_of_sparse_voxels_is_that_of_dense_ones():
    rng = np.random.default_rng(5)
    first, second = (
        scipy.sparse.random(60, 300, density=0.1, format="csr", random_state=rng) for _ in range(2)
    )
    sparse = distances.sliced_wasserstein(first, second)
    assert sparse == pytest.approx(distances.sliced_wasserstein(first.toarray(), second.toarray()))


def test_the_error_of_sliced_wasserstein_is_the_spread_of_repeated_samples():
    rng = np.random.default_rng(6)
    found = [
        distances.sliced_wasserstein(rng.normal(size=(80, 4)), rng.normal(1, 1, size=(60, 4)), projections=10)
        for _ in range(60)
    ]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    assert np.mean([estimate.error for estimate in found]) == pytest.approx(spread, rel=0.35)
