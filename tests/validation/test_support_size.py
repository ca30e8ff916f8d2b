"""The birthday paradox, on samples whose support is known."""

import numpy as np
import pytest

from metacalo.validation import diversity


def test_twenty_three_people_share_a_birthday_with_a_chance_of_one_half():
    birthdays = np.random.default_rng(0).integers(365, size=(4000, 1)).astype(float)
    found = diversity.support_size(birthdays, 0.5)
    assert found.estimate.value**0.5 == pytest.approx(23, abs=1)
    assert not found.is_lower_bound


def test_the_support_of_equally_frequent_showers_is_found_within_its_error():
    rng = np.random.default_rng(1)
    found = diversity.support_size(rng.integers(20_000, size=(3000, 1)).astype(float), 0.5)
    assert found.estimate.value == pytest.approx(2 * np.log(2) * 20_000, abs=3 * found.estimate.error)
    assert found.pairs == pytest.approx(3000**2 / 2 / 20_000, rel=0.2)
    assert found.estimate.error < 0.3 * found.estimate.value


def test_a_bound_is_given_where_no_two_are_alike():
    found = diversity.support_size(np.arange(500.0)[:, None], 0.5)
    assert found.is_lower_bound
    assert found.pairs == 0
    # 3.0 pairs would have been expected with a support of so many.
    assert found.estimate.value == pytest.approx(np.log(2) * 500 * 499 / 2.9957, rel=1e-4)


def test_a_single_pair_gives_a_number_without_an_error():
    points = np.append(np.arange(499.0), 7.1)[:, None]
    found = diversity.support_size(points, 0.5)
    assert (found.pairs, found.is_lower_bound) == (1, False)
    assert found.estimate.error is None
    assert found.estimate.value == pytest.approx(500**2 / 2, rel=0.2)


def test_showers_that_are_all_the_same_have_a_support_of_four():
    # Two of two are alike: a batch of 2, squared.
    found = diversity.support_size(np.zeros((5000, 3)), 0.0)
    assert found.estimate.value == 4
    assert found.showers < 5000


def test_a_planted_mode_collapse_is_found():
    rng = np.random.default_rng(2)
    reference, generated = rng.normal(size=(2, 1500, 8))
    cut = diversity.similarity_cut(reference)
    collapsed = generated.copy()
    collapsed[:150] = generated[0] + 0.01 * rng.normal(size=(150, 8))
    full, healthy, poor = (diversity.support_size(s, cut) for s in (reference, generated, collapsed))
    assert healthy.estimate.value > 0.2 * full.estimate.value
    # A mode of weight w is met twice in 1.68 / w showers.
    assert poor.estimate.value == pytest.approx((1.68 / 0.1) ** 2, rel=0.25)
    assert poor.estimate.value < 0.01 * full.estimate.value


def test_the_cut_is_the_distance_that_one_in_a_hundred_has_a_nearer_neighbour_at():
    # Neighbours at 1, 2, ..., 300: half of the points have each of these as the nearest distance.
    gaps = np.zeros(600)
    gaps[1::2], gaps[2::2] = np.arange(1, 301), 1000
    points = np.cumsum(gaps)[:, None]
    assert diversity.similarity_cut(points) == pytest.approx(np.quantile(np.arange(1, 301), 0.01), abs=1)


def test_half_of_the_showers_at_random_give_the_same_support():
    sample = np.random.default_rng(3).integers(1000, size=(4000, 1)).astype(float)
    whole, half = (diversity.support_size(sample, 0.5, max_showers=n).estimate for n in (4000, 2000))
    assert half.value == pytest.approx(whole.value, rel=0.25)


def test_the_error_of_the_support_is_not_below_the_spread_of_repeated_samples():
    rng = np.random.default_rng(4)
    found = [
        diversity.support_size(rng.integers(400, size=(700, 1)).astype(float), 0.5, draws=100).estimate
        for _ in range(30)
    ]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    assert spread < np.mean([estimate.error for estimate in found]) < 2.5 * spread


def test_without_a_tenth_of_the_showers_no_more_than_the_rest_can_be_drawn():
    from metacalo.validation.diversity.support_size import _sizes_until_alike

    # 0 and 1 are alike, and nothing else of 20: the tenth of 0 (0 and 10) and that of 1 leave no pair.
    sizes = _sizes_until_alike(np.array([[0, 1]]), 20, 200, np.random.default_rng(5))
    assert (sizes[:, 0].min() >= 2, sizes[:, 0].max()) == (True, 20)
    assert np.isinf(sizes[:, [1, 2]]).all()
    assert (sizes[:, 3:] <= sizes[:, :1]).all()
    assert sizes[:, 3:].max() == 18
