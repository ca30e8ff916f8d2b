"""The features of a shower, by name."""

import numpy as np
import pytest

from metacalo.showers import Showers
from metacalo.validation import high_level_features, observables
from metacalo.validation.scales import DEPTH_RANGES_X0, Scales


@pytest.fixture(scope="module")
def named(real_showers, detector):
    values, names = high_level_features(real_showers, detector)
    return dict(zip(names, values.T, strict=True))


def test_there_is_one_column_for_every_name(real_showers, detector):
    values, names = high_level_features(real_showers, detector)
    n_r, _, n_z = real_showers.grid.shape
    assert values.shape == (len(real_showers), 1 + n_z + n_r + 5 + 4 + 3 + 6 * len(DEPTH_RANGES_X0))
    assert len(set(names)) == len(names) == values.shape[1]
    assert np.isfinite(values).all()


def test_the_squares_of_layers_sum_to_the_response_and_those_of_rings_to_one(named):
    layers = sum(named[name] ** 2 for name in named if name.startswith("layer_"))
    rings = sum(named[name] ** 2 for name in named if name.startswith("ring_"))
    np.testing.assert_allclose(layers, named["response"], rtol=1e-5)
    np.testing.assert_allclose(rings, 1.0, rtol=1e-5)


def test_hits_in_the_depth_ranges_sum_to_all_hits(named):
    ranges = sum(10 ** named[name] - 1 for name in named if name.startswith("hits_from_"))
    np.testing.assert_allclose(ranges, 10 ** named["hits"] - 1, rtol=1e-9)


def test_the_detector_or_its_scales_give_the_same_features(real_showers, detector):
    values, names = high_level_features(real_showers, detector)
    by_scales, its_names = high_level_features(real_showers, Scales.of(real_showers.grid, detector))
    assert names == its_names
    assert (values == by_scales).all()


def test_without_a_detector_fifths_of_the_layers_take_the_place_of_the_depth_ranges(real_showers, detector):
    values, names = high_level_features(real_showers)
    known, their_names = high_level_features(real_showers, detector)
    assert values.shape == known.shape
    assert np.isfinite(values).all()
    without_ranges = [k for k, name in enumerate(names) if "_from_" not in name]
    assert [names[k] for k in without_ranges] == [n for n in their_names if "_from_" not in n]
    assert (values[:, without_ranges] == known[:, without_ranges]).all()
    assert names[-1] == "hits_from_fifth5"


def test_the_first_depth_range_is_measured_as_a_shower_of_those_layers_alone(real_showers, detector):
    values, names = high_level_features(real_showers, detector)
    named = dict(zip(names, values.T, strict=True))
    dense = real_showers.dense()
    dense[..., Scales.of(real_showers.grid, detector).range_of_layer != 0] = 0.0
    front = Showers.from_dense(dense, grid=real_showers.grid, incident_energy_gev=[1.0] * 60, theta_rad=0.0)
    centre, width = observables.transverse_moments_mm(front)
    np.testing.assert_allclose(named["x_from_0X0"], centre[:, 0], atol=1e-6)
    np.testing.assert_allclose(named["width_y_from_0X0"], width[:, 1], atol=1e-5)
    np.testing.assert_allclose(named["mean_radius_from_0X0"], observables.mean_radius_mm(front), rtol=1e-6)
    np.testing.assert_allclose(named["hits_from_0X0"], np.log10(1 + front.n_hits))


def test_an_empty_shower_has_features_that_are_all_zero(hand_made_showers, detector):
    values, _ = high_level_features(hand_made_showers, detector)
    assert values[1].tolist() == [0.0] * values.shape[1]
