"""Maximum mean discrepancy: closed forms for Gaussians, and what its error and p-value promise."""

import numpy as np
import pytest

from metacalo.validation import distances


def expected_kernel(features: int, width: float, shift: float, first: float, second: float) -> float:
    """Mean of exp(-d^2 / (2 w^2)) for two Gaussians of these spreads at this distance, in closed form."""
    total = width**2 + first**2 + second**2
    return (width**2 / total) ** (features / 2) * np.exp(-(shift**2) / (2 * total))


@pytest.mark.parametrize(("shift", "spread"), [(0.0, 1.0), (0.5, 1.0), (0.0, 1.4), (0.3, 0.8)])
def test_mmd_of_two_gaussians_is_known_in_closed_form(shift, spread):
    features, width = 3, 1.7
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(1500, features)), rng.normal(0, spread, size=(1200, features))
    second[:, 0] += shift
    expected = (
        expected_kernel(features, width, 0, 1, 1)
        + expected_kernel(features, width, 0, spread, spread)
        - 2 * expected_kernel(features, width, shift, 1, spread)
    )
    found = distances.mmd_squared(first, second, bandwidth=width, octaves=0)
    assert found.value == pytest.approx(expected, abs=3 * found.error)
    assert found.error < 0.005


def test_mmd_is_that_of_all_pairs_and_kernels_one_by_one():
    rng = np.random.default_rng(1)
    # More rows than a block, so that blocks meet.
    first, second = rng.normal(size=(640, 2)), rng.normal(0.2, 1, size=(530, 2))

    def kernel(x, y):
        squares = ((x[:, None] - y[None]) ** 2).sum(axis=2)
        return np.mean([np.exp(-squares / (2 * 0.9**2 * 2.0**k)) for k in (-1, 0, 1)], axis=0)

    within = sum((kernel(x, x).sum() - len(x)) / (len(x) * (len(x) - 1)) for x in (first, second))
    expected = within - 2 * kernel(first, second).mean()
    found = distances.mmd_squared(first, second, bandwidth=0.9, octaves=1)
    assert found.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("shift", "n", "m"), [(0.0, 150, 130), (0.4, 60, 120)])
def test_mmd_is_unbiased_and_its_error_is_the_spread_of_repeated_samples(shift, n, m):
    rng = np.random.default_rng(2)
    found = [
        distances.mmd_squared(
            rng.normal(size=(n, 4)), rng.normal(size=(m, 4)) + shift, bandwidth=1.0, octaves=0
        )
        for _ in range(400)
    ]
    values = np.array([estimate.value for estimate in found])
    expected = 2 * (expected_kernel(4, 1, 0, 1, 1) - expected_kernel(4, 1, 2 * shift, 1, 1))
    assert values.mean() == pytest.approx(expected, abs=4 * values.std() / 400**0.5)
    ratio = np.mean([estimate.error for estimate in found]) / values.std(ddof=1)
    # Where the first order vanishes, what is left of its noise makes the error larger, never smaller.
    assert (0.9 < ratio < 1.1) if shift else (1.0 < ratio < 1.25)


def test_the_median_distance_of_points_on_a_square_is_its_side():
    corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert distances.median_distance(corners[:2], corners[2:]) == 1.0
    assert distances.median_distance(corners[:1], corners[:1]) == 1.0  # no scale: any will do


def test_p_values_are_small_for_a_shift_and_anything_without():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(80, 3)), rng.normal(size=(60, 3))
    assert distances.mmd_p_value(first, second + 1, permutations=99) == pytest.approx(0.01)
    found = [
        distances.mmd_p_value(rng.normal(size=(50, 3)), rng.normal(size=(50, 3)), permutations=49, seed=k)
        for k in range(100)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(found) <= 0.1) == pytest.approx(0.1, abs=0.09)


def test_the_p_value_of_equal_samples_is_not_small():
    values = np.random.default_rng(4).normal(size=(60, 3))
    assert distances.mmd_p_value(values, values, permutations=99) > 0.9


def test_kernel_physics_distance_of_two_coins_is_known_in_closed_form():
    # (x y + 1)^4 = sum of binomial(4, k) x^k y^k: of values +1 and -1 the odd powers tell, 4 + 4 times the
    # square of the difference of the means, here 0.4 and -0.4.
    first, second = (np.repeat([1.0, -1.0], counts)[:, None] for counts in ((1400, 600), (600, 1400)))
    found = distances.kernel_physics_distance(first, second, batch_size=2000)
    assert found.value == pytest.approx(8 * 0.8**2, rel=0.1)
    assert 0 < found.error < 0.6


def test_kernel_physics_distance_of_equal_samples_is_compatible_with_zero():
    values = np.random.default_rng(5).normal(size=(800, 6))
    found = distances.kernel_physics_distance(values, values, batch_size=400)
    assert abs(found.value) < 3 * found.error
