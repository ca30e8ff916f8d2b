"""The features of a shower, by name."""

import numpy as np
import pytest

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import high_level_features, observables, plots
from metacalo.validation.features import DEPTH_RANGES_X0, depth_range_of_layer


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


def test_layers_fall_in_depth_ranges_by_their_centres(real_showers, detector):
    ranges = depth_range_of_layer(real_showers, detector)
    step = real_showers.grid.dz_mm / detector.x0_mm
    for layer, k in enumerate(ranges):
        centre = (layer + 0.5) * step
        assert DEPTH_RANGES_X0[k] <= centre
        assert k == len(DEPTH_RANGES_X0) - 1 or centre < DEPTH_RANGES_X0[k + 1]


def test_an_empty_shower_has_features_that_are_all_zero(hand_made_showers, detector):
    values, _ = high_level_features(hand_made_showers, detector)
    assert values[1].tolist() == [0.0] * values.shape[1]


def graded_detector(real_showers):
    """20 layers of 2 mm W and 4 mm polystyrene, then lead: two sections of very different X0."""
    plastic = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}
    sections = [
        {"repeat": n, "stack": [{"material": m, "thickness_mm": t}, plastic]}
        for n, m, t in ((20, "W", 2.0), (60, "Al", 6.0))
    ]
    grid = real_showers.grid.to_dict()
    return Detector.from_dict({"name": "graded", "sections": sections, "grid": grid})


def test_each_section_counts_with_its_own_radiation_length(real_showers):
    """120 mm of the first section are 11.6 X0; behind them a millimetre counts a thirteenth as much."""
    graded = graded_detector(real_showers)
    ranges = depth_range_of_layer(real_showers, graded)
    depth = depth_in_x0(graded, real_showers.grid.z_centres_mm)
    assert (ranges == np.searchsorted(DEPTH_RANGES_X0, depth, side="right") - 1).all()
    effective = real_showers.grid.z_centres_mm / graded.x0_mm
    assert (ranges != np.searchsorted(DEPTH_RANGES_X0, effective, side="right") - 1).any()
    one_layer = real_showers.grid.shape[2]
    dense = np.zeros((one_layer, *real_showers.grid.shape))
    dense[np.arange(one_layer), 0, 0, np.arange(one_layer)] = 1.0
    single = Showers.from_dense(
        dense, grid=real_showers.grid, incident_energy_gev=[1.0] * one_layer, theta_rad=0.0
    )
    assert observables.depth_x0(single, graded) == pytest.approx(depth)
    assert observables.width_in_depth_x0(single, graded) == pytest.approx(0.0, abs=1e-6)
    plots.longitudinal_profile({"Geant4": real_showers}, graded).canvas.draw()
