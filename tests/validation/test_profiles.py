"""Means, spectra and correlations of showers whose sums are known."""

import numpy as np
import pytest

from metacalo.validation import profiles


def test_every_shower_counts_alike_in_the_longitudinal_profile(hand_made_showers):
    profile = profiles.longitudinal_profile(hand_made_showers)
    assert profile.mean == pytest.approx(np.array([6e-3, 8e-5, 0, 1e-3 + 16e-5]) / 3)
    # Of 6e-3, 0, 0: the standard deviation is 6e-3 / sqrt(3), its error that over sqrt(3).
    assert profile.error[0] == pytest.approx(2e-3)


def test_the_radial_profile_sums_to_the_mean_response(hand_made_showers):
    profile = profiles.radial_profile(hand_made_showers)
    assert profile.mean == pytest.approx(np.array([3e-3 + 8e-5, 4e-3 + 16e-5]) / 3)


def test_a_profile_of_one_shower_has_no_error(hand_made_showers):
    assert profiles.longitudinal_profile(hand_made_showers[:1]).error == pytest.approx(np.zeros(4))


def test_the_spectrum_counts_voxels_between_the_edges(hand_made_showers):
    edges = np.array([1.5, 3.0, 10.0])
    counted = profiles.spectrum_of_each(hand_made_showers, edges)
    assert counted.tolist() == [[1, 1], [0, 0], [0, 1]]
    everything = profiles.spectrum_of_each(hand_made_showers, edges, keep_outside=True)
    assert everything.tolist() == [[2, 1], [0, 0], [0, 2]]
    assert profiles.voxel_spectrum(hand_made_showers, edges).mean == pytest.approx([1 / 3, 2 / 3])


def test_moments_have_their_textbook_errors():
    found = profiles.moments(np.array([1.0, 2.0, 3.0, 6.0]))
    spread = (14 / 3) ** 0.5
    assert found.mean == pytest.approx(3.0)
    assert found.spread == pytest.approx(spread)
    assert found.mean_error == pytest.approx(spread / 2)
    assert found.spread_error == pytest.approx(spread / 6**0.5)
    assert found.relative_spread == pytest.approx(spread / 3)
    assert found.relative_spread_error == pytest.approx(found.spread_error / 3)


def test_one_value_has_no_spread():
    with pytest.raises(ValueError, match="at least 2 values, got 1"):
        profiles.moments(np.array([1.0]))


def test_correlations_of_columns_that_follow_oppose_or_ignore_each_other():
    x = np.array([1.0, 2.0, 3.0, 4.0])
    values = np.stack([x, 5 + 2 * x, -x, np.full(4, 0.1), [1.0, -1.0, -1.0, 1.0]], axis=1)
    expected = [
        [1, 1, -1, 0, 0],
        [1, 1, -1, 0, 0],
        [-1, -1, 1, 0, 0],
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
    ]
    assert profiles.correlation(values) == pytest.approx(np.array(expected, dtype=float), abs=1e-12)


def test_a_weight_of_two_counts_a_row_twice():
    values = np.random.default_rng(1).normal(size=(6, 3))
    weights = np.array([2.0, 1, 0, 1, 1, 1])
    repeated = values[[0, 0, 1, 3, 4, 5]]
    assert profiles.correlation(values, weights) == pytest.approx(profiles.correlation(repeated))


def test_energy_bins_hold_every_shower(hand_made_showers):
    edges = profiles.energy_edges_gev(hand_made_showers, bins=2)
    assert edges == pytest.approx([1.0, 10.0, 100.0])
    assert profiles.energy_bin_of_each(hand_made_showers, edges).tolist() == [0, 1, 1]
    assert profiles.energy_bin_of_each(hand_made_showers, np.array([2.0, 50.0])).tolist() == [-1, 0, -1]


def test_showers_of_one_energy_get_bins_about_it(hand_made_showers):
    edges = profiles.energy_edges_gev(hand_made_showers[[1, 1]], bins=1)
    assert edges == pytest.approx([9.95, 10.05])
