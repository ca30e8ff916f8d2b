"""Precision, recall, density, coverage, and the PRD curve, on samples whose answer is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from metacalo.errors import SettingsError
from metacalo.validation import diversity


def values_of(found) -> list[float]:
    return [estimate.value for estimate in found]


def test_a_sample_covers_itself():
    values = np.random.default_rng(0).normal(size=(700, 4))
    # A shower is in its own ball and, strictly, in those of the k - 1 that it is nearer to than their k-th.
    found = diversity.precision_recall_density_coverage(values, values)
    assert values_of(found) == pytest.approx([1, 1, 1, 1])


def test_disjoint_samples_do_not_cover_each_other():
    values = np.random.default_rng(1).normal(size=(60, 3))
    assert values_of(diversity.precision_recall_density_coverage(values, values + 50)) == [0, 0, 0, 0]


def test_balls_on_a_line_are_counted_by_hand():
    # Reference at 0, 1, ..., 59 with k = 1: open balls of radius 1. Generated at 0.5, 2.5, ..., 118.5, k = 1:
    # radius 2. Those up to 58.5 (30 of 60) are in two balls each, the one at 60.5 in none, nor the others.
    reference, generated = np.arange(60.0)[:, None], np.arange(0.5, 120, 2)[:, None]
    found = diversity.precision_recall_density_coverage(reference, generated, k=1)
    assert values_of(found) == pytest.approx([0.5, 1.0, 1.0, 1.0])


def test_the_four_agree_with_the_package_prdc():
    # compute_prdc of prdc 0.2 with nearest_k=5 on these samples.
    def weyl(count, first):
        return ndtri(np.arange(first, first + count)[:, None] * np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0]) % 1)

    reference, generated = weyl(600, 1), weyl(500, 5000) * [1, 1.2, 1, 0.8, 1] + [0.1, 0, 0, 0.2, 0]
    generated[:, 4] += 0.3 * generated[:, 0]
    found = diversity.precision_recall_density_coverage(reference, generated)
    assert values_of(found) == pytest.approx([0.978, 0.9516666666666667, 1.1928, 0.9766666666666667])


def test_coverage_of_one_distribution_is_one_less_a_half_to_the_k():
    rng = np.random.default_rng(2)
    found = [
        diversity.precision_recall_density_coverage(
            rng.normal(size=(500, 3)), rng.normal(size=(500, 3)), k=3
        ).coverage.value
        for _ in range(10)
    ]
    assert np.mean(found) == pytest.approx(1 - 0.5**3, abs=0.02)


def test_a_planted_mode_collapse_is_found_by_recall_and_coverage_not_by_precision():
    rng = np.random.default_rng(3)
    reference = np.concatenate([rng.normal(size=(300, 3)), rng.normal(8, 1, size=(300, 3))])
    generated = rng.normal(size=(600, 3))
    found = diversity.precision_recall_density_coverage(reference, generated)
    assert found.precision.value > 0.9
    assert found.recall.value == pytest.approx(0.5, abs=0.05)
    assert found.coverage.value == pytest.approx(0.5, abs=0.05)


def test_the_neighbour_must_be_one_of_the_showers():
    values = np.zeros((60, 2))
    for k in (0, 60):
        with pytest.raises(SettingsError, match="the neighbour k"):
            diversity.precision_recall_density_coverage(values, values, k=k)


def clusters(first: int, second: int, seed: int) -> np.ndarray:
    """So many showers about 0 and so many about 100."""
    return np.random.default_rng(seed).normal(np.repeat([0.0, 100.0], [first, second])[:, None])


def test_the_prd_curve_of_equal_samples_is_a_square_and_of_disjoint_ones_nothing():
    values = np.random.default_rng(4).normal(size=(300, 3))
    same = diversity.precision_recall_curve(values, values, runs=2)
    assert [same.area.value, same.f8.value, same.f1_8.value] == pytest.approx([1, 1, 1], abs=1e-3)
    apart = diversity.precision_recall_curve(values, values + 100, runs=2)
    assert [apart.area.value, apart.f8.value, apart.f1_8.value] == pytest.approx([0, 0, 0], abs=1e-9)


def test_the_prd_curve_of_a_lost_mode_is_known_by_hand():
    # p = (1/2, 1/2), q = (1, 0): precision up to 1, recall up to 1/2.
    found = diversity.precision_recall_curve(clusters(100, 100, 5), clusters(200, 0, 6), clusters=2, runs=2)
    assert found.area.value == pytest.approx(0.5, abs=1e-3)
    assert found.f8.value == pytest.approx(65 * 0.5 / (64 + 0.5), abs=1e-3)
    assert found.f1_8.value == pytest.approx((1 + 1 / 64) * 0.5 / (1 / 64 + 0.5), abs=1e-3)
    assert (found.precision.max(), found.recall.max()) == pytest.approx((1, 0.5), abs=1e-3)


def test_an_invented_mode_lowers_precision_as_a_lost_one_lowers_recall():
    lost = diversity.precision_recall_curve(clusters(100, 100, 5), clusters(200, 0, 6), clusters=2, runs=2)
    invented = diversity.precision_recall_curve(
        clusters(200, 0, 6), clusters(100, 100, 5), clusters=2, runs=2
    )
    assert invented.f1_8.value == pytest.approx(lost.f8.value, abs=1e-3)
    assert invented.f8.value == pytest.approx(lost.f1_8.value, abs=1e-3)


def test_a_larger_sample_does_not_shift_the_prd_curve():
    # With all 1,400 generated showers against 100 the clusters would be theirs alone.
    few, many = clusters(50, 50, 7), clusters(700, 700, 8)
    found = diversity.precision_recall_curve(few, many, clusters=2, runs=2)
    assert found.area.value == pytest.approx(1.0, abs=0.02)
    assert 0 < found.area.error < 0.02
    again = diversity.precision_recall_curve(few, many, clusters=2, runs=2)
    assert again.area == found.area


def test_the_error_of_the_prd_area_is_the_spread_of_repeated_samples():
    rng = np.random.default_rng(9)
    found = [
        diversity.precision_recall_curve(
            rng.normal(size=(300, 2)), rng.normal(0.6, 1, size=(300, 2)), runs=2, seed=k
        ).area
        for k in range(25)
    ]
    spread = np.std([estimate.value for estimate in found], ddof=1)
    assert np.mean([estimate.error for estimate in found]) == pytest.approx(spread, rel=0.5)
