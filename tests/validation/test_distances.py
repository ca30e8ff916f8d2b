"""Distances between samples whose distance is known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.validation import distances


def test_separation_of_equal_histograms_is_zero_whatever_their_size():
    assert distances.separation_power([1, 2, 3], [10, 20, 30]) == pytest.approx(0.0)


def test_separation_of_disjoint_histograms_is_one():
    assert distances.separation_power([1, 2, 0, 0], [0, 0, 5, 1]) == pytest.approx(1.0)


def test_separation_of_two_bins_by_hand():
    # (1/2, 1/2) and (3/4, 1/4): half of (1/16) / (5/4) + (1/16) / (3/4).
    assert distances.separation_power([1, 1], [3, 1]) == pytest.approx(1 / 15)


def test_separation_runs_over_the_last_axis_and_takes_an_empty_histogram():
    powers = distances.separation_power([[1, 1], [1, 0], [0, 0]], [[3, 1], [0, 1], [0, 0]])
    assert powers == pytest.approx([1 / 15, 1.0, 0.0])


@settings(deadline=None)  # a busy machine says nothing of the code
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=20).filter(
        lambda pairs: all(sum(side) for side in zip(*pairs, strict=True))
    )
)
def test_separation_is_symmetric_and_between_zero_and_one(pairs):
    first, second = np.array(pairs).T
    power = float(distances.separation_power(first, second))
    assert -1e-12 <= power <= 1 + 1e-12
    assert power == pytest.approx(float(distances.separation_power(second, first)))


def test_two_samples_of_one_distribution_separate_as_expected():
    rng = np.random.default_rng(2)
    first, second = (rng.multinomial(n, np.full(20, 0.05), size=500) for n in (400, 800))
    mean = distances.separation_power(first, second).mean()
    assert mean == pytest.approx(distances.expected_separation(20, 400, 800), rel=0.05)


def test_quantile_cuts_give_bins_of_equal_share():
    values = np.random.default_rng(3).permutation(np.arange(300.0))
    cuts = distances.quantile_cuts(values, bins=30)
    assert len(cuts) == 29
    # A value on a cut belongs to the upper bin.
    assert np.ptp(distances.binned(values, cuts)) <= 2


def test_quantile_cuts_make_the_separation_blind_to_the_choice_of_axis():
    rng = np.random.default_rng(4)
    first, second = rng.normal(size=500), rng.normal(0.5, 1.2, size=400)

    def separation(transform):
        cuts = distances.quantile_cuts(transform(first))
        return distances.separation_power(*(distances.binned(transform(s), cuts) for s in (first, second)))

    assert separation(np.exp) == pytest.approx(float(separation(lambda x: x)))


def test_a_value_that_fills_a_bin_gets_its_own():
    cuts = distances.quantile_cuts([0.0] * 70 + list(range(1, 31)), bins=10)
    contents = distances.binned([0.0, 0.0, 1e-9, 20.0], cuts)
    assert contents[distances.bin_of_each([0.0], cuts)[0]] == 2


def test_a_constant_reference_separates_from_anything_else():
    cuts = distances.quantile_cuts(np.ones(50))
    first, second = distances.binned(np.ones(50), cuts), distances.binned(np.full(9, 1.1), cuts)
    assert distances.separation_power(first, second) == pytest.approx(1.0)
    assert distances.separation_power(first, distances.binned([1.0], cuts)) == pytest.approx(0.0)


def test_log_cuts_are_equally_spaced_in_the_logarithm():
    cuts = distances.log_cuts(np.concatenate([[0.0, -1.0], np.geomspace(0.01, 100, 1000)]), bins=10)
    assert len(cuts) == 9
    assert np.diff(np.log(cuts)) == pytest.approx(np.full(8, np.log(cuts[-1] / cuts[0]) / 8))


@pytest.mark.parametrize("cuts", [distances.quantile_cuts, distances.log_cuts])
def test_bins_cannot_be_set_by_nothing(cuts):
    with pytest.raises(ValueError, match="bins are set by the reference"):
        cuts([])


def test_wasserstein_of_a_shifted_sample_is_the_shift_in_standard_deviations():
    values = np.random.default_rng(5).normal(3.0, 2.0, size=200)
    assert distances.wasserstein_distance(values, values + 0.5 * values.std()) == pytest.approx(0.5)
    assert distances.wasserstein_distance([1.0, 1.0], [3.0]) == pytest.approx(2.0)


def test_kolmogorov_smirnov_is_the_largest_gap_of_the_cumulatives():
    assert distances.kolmogorov_smirnov([1, 2, 3, 4], [1, 2, 3, 4]) == 0.0
    assert distances.kolmogorov_smirnov([1, 2, 3, 4], [3, 4, 5, 6]) == pytest.approx(0.5)
    assert distances.kolmogorov_smirnov([1, 2], [3, 4]) == pytest.approx(1.0)


def test_frechet_distance_of_a_shifted_sample_is_the_squared_shift():
    values = np.random.default_rng(6).normal(size=(300, 4))
    shift = np.array([1.0, -2.0, 0.0, 0.5])
    assert distances.frechet_distance(values, values + shift) == pytest.approx(5.25)


def test_frechet_distance_of_a_stretched_sample_is_known_from_its_variances():
    # Commuting covariances: the sum over features of the squared differences of the standard deviations.
    values = np.random.default_rng(7).normal(size=(300, 3))
    values -= values.mean(axis=0)
    spread = values.std(axis=0, ddof=1)
    assert distances.frechet_distance(values, 3 * values) == pytest.approx(float(np.sum((2 * spread) ** 2)))


def test_frechet_distance_of_a_sample_to_itself_is_zero_with_more_features_than_showers():
    values = np.random.default_rng(8).normal(size=(10, 40))
    assert distances.frechet_distance(values, values) == pytest.approx(0.0, abs=1e-5)


def test_a_weight_of_two_counts_a_shower_twice_in_the_frechet_distance():
    rng = np.random.default_rng(9)
    first, second = rng.normal(size=(20, 3)), rng.normal(0.4, 1.3, size=(30, 3))
    weights = np.ones(20)
    weights[[0, 1]] = 2, 0
    repeated = np.concatenate([first[:1], first[:1], first[2:]])
    assert distances.frechet_distance(first, second, weights=(weights, np.ones(30))) == pytest.approx(
        distances.frechet_distance(repeated, second)
    )


def test_standardised_features_are_in_the_references_deviations_and_end_at_the_clip():
    reference = np.array([[0.0, 7.0, 7.0], [2.0, 7.0, 7.0]])
    generated = np.array([[3.0, 7.0, 8.0], [100.0, 7.0, 6.0]])
    first, second = distances.standardise(reference, generated)
    assert first.tolist() == [[-1, 0, 0], [1, 0, 0]]
    assert second[:, 0].tolist() == [2, distances.CLIP]
    # Constant in both samples: says nothing. Constant in the reference alone: in the common spread.
    assert second[:, 1].tolist() == [0, 0]
    assert second[:, 2] == pytest.approx([2**0.5, -(2**0.5)])


def test_bootstrap_weights_draw_as_many_as_there_are():
    weights = distances.bootstrap_weights(40, 7, np.random.default_rng(1))
    assert weights.shape == (7, 40)
    assert weights.sum(axis=1).tolist() == [40.0] * 7
