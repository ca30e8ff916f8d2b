"""Frechet and kernel physics distance: closed forms, and the numbers of JetNet.

The latter were made with `fpd` and `kpd` of jetnet 0.2.5 (SciPy 1.17.1, NumPy 2.4.6) on the samples of
`jetnet_samples`, with the arguments of the tests.
"""

import numpy as np
import pytest
from scipy.special import ndtri

from metacalo.validation import distances


@pytest.fixture(scope="module")
def jetnet_samples():
    """Two samples of five features that need no random numbers: Weyl sequences, made normal."""

    def weyl(count, first):
        steps = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0])
        return ndtri(np.arange(first, first + count)[:, None] * steps % 1)

    reference, generated = weyl(600, 1), weyl(500, 5000) * [1, 1.2, 1, 0.8, 1] + [0.1, 0, 0, 0.2, 0]
    generated[:, 4] += 0.3 * generated[:, 0]
    return reference, generated


def test_frechet_physics_distance_agrees_with_jetnet(jetnet_samples):
    found = distances.frechet_physics_distance(*jetnet_samples, min_samples=200, max_samples=500)
    assert found.value == pytest.approx(0.018798790127218978, rel=1e-6)
    assert found.error == pytest.approx(0.002115479576820503, rel=1e-6)


def test_frechet_physics_distance_at_its_defaults_agrees_with_jetnet(jetnet_samples):
    found = distances.frechet_physics_distance(*jetnet_samples)
    assert found.value == pytest.approx(0.01985346512423158, rel=1e-6)
    assert found.error == pytest.approx(0.0002550773776351071, rel=1e-6)


def test_kernel_physics_distance_agrees_with_jetnet(jetnet_samples):
    found = distances.kernel_physics_distance(*jetnet_samples, batch_size=300)
    assert found.value == pytest.approx(0.00609420231214397, rel=1e-9)
    assert found.error == pytest.approx(0.0018666279800344677, rel=1e-9)
    other = distances.kernel_physics_distance(*jetnet_samples, num_batches=4, batch_size=200, seed=7)
    assert other.value == pytest.approx(0.00248357757304829, rel=1e-8)


def test_frechet_physics_distance_of_two_gaussians_is_known_in_closed_form():
    rng = np.random.default_rng(0)
    reference = rng.normal(size=(4000, 2))
    generated = rng.normal([0.5, 0.0], [1.0, 1.6], size=(4000, 2))
    largest = np.abs(reference).max(axis=0)
    expected = (0.5 / largest[0]) ** 2 + (0.6 / largest[1]) ** 2
    found = distances.frechet_physics_distance(
        reference, generated, min_samples=1000, max_samples=4000, num_points=5
    )
    assert found.value == pytest.approx(expected, rel=0.15)


def test_the_extrapolation_takes_away_what_small_samples_add():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(3000, 10))
    found = distances.frechet_physics_distance(values, values, min_samples=300, max_samples=1500)
    scaled = values / np.abs(values).max(axis=0)
    at_300 = np.mean(
        [distances.frechet_distance(*(scaled[rng.choice(3000, 300)] for _ in "ab")) for _ in range(10)]
    )
    assert found.value < 0.1 * at_300


def test_frechet_distance_of_weighted_showers_is_that_of_the_many_at_once():
    # The physics distance computes the covariances of all draws in one go.
    from metacalo.validation.distances.frechet import _mean_and_covariance, _means_and_covariances

    rng = np.random.default_rng(2)
    values, weights = rng.normal(5, 1, size=(30, 4)), rng.poisson(1.0, size=(3, 30)).astype(float)
    means, covariances = _means_and_covariances(values, weights)
    for k in range(3):
        mean, covariance = _mean_and_covariance(values, weights[k])
        assert means[k] == pytest.approx(mean)
        assert covariances[k] == pytest.approx(covariance)


def test_a_feature_that_is_zero_throughout_changes_nothing():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(200, 2)), rng.normal(0.5, 1, size=(200, 2))
    settings = {"min_samples": 100, "max_samples": 200, "num_batches": 2, "num_points": 4}
    padded = [np.column_stack([sample, np.zeros(200)]) for sample in (first, second)]
    assert distances.frechet_physics_distance(*padded, **settings) == pytest.approx(
        distances.frechet_physics_distance(first, second, **settings)
    )
