"""Development along the depth: two-point profiles have moments that are known on paper."""

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.scales import Scales


@pytest.fixture
def scales(tiny_grid):
    return Scales.of(tiny_grid)


def in_layers(energies):
    """One shower with these energies in layers of a grid of one column."""
    energies = np.atleast_2d(energies)
    grid = CylinderGrid(shape=(1, 1, energies.shape[1]), dr_mm=1.0, dz_mm=1.0)
    showers = Showers.from_dense(
        energies[:, None, None], grid=grid, incident_energy_gev=np.ones(len(energies)), theta_rad=0.0
    )
    return showers, Scales.of(grid)


def test_moments_of_energy_in_two_layers_are_those_of_a_coin(hand_made_showers, scales):
    # A share p at the deeper of two layers d apart: width d sqrt(pq), skewness (1 - 2p) / sqrt(pq), excess
    # kurtosis (1 - 6pq) / pq; here p = 1/7, d = 3, and p = 2/3, d = 2.
    found = observables.longitudinal_moments(hand_made_showers, scales)
    assert found.mean == pytest.approx([3 / 7, 0, 7 / 3])
    assert found.width == pytest.approx([3 * 6**0.5 / 7, 0, 2 * 2**0.5 / 3])
    assert found.skewness == pytest.approx([5 / 6**0.5, 0, -1 / 2**0.5])
    assert found.kurtosis == pytest.approx([13 / 6, 0, -1.5])


def test_depth_and_width_are_the_first_two_moments(real_showers, detector):
    found = observables.longitudinal_moments(real_showers, Scales.of(real_showers.grid))
    assert found.mean == pytest.approx(observables.depth(real_showers))
    assert found.width == pytest.approx(observables.width_in_depth(real_showers))
    in_x0 = observables.longitudinal_moments(real_showers, Scales.of(real_showers.grid, detector))
    assert in_x0.mean == pytest.approx(observables.depth_x0(real_showers, detector))
    assert in_x0.width == pytest.approx(observables.width_in_depth_x0(real_showers, detector))
    assert in_x0.skewness == pytest.approx(found.skewness)


def test_a_gaussian_profile_has_neither_skewness_nor_excess_kurtosis():
    showers, scales = in_layers(np.exp(-0.5 * ((np.arange(200) - 100.0) / 9.0) ** 2))
    found = observables.longitudinal_moments(showers, scales)
    assert found.width == pytest.approx([9.0], rel=1e-6)
    assert found.skewness == pytest.approx([0.0], abs=1e-6)
    assert found.kurtosis == pytest.approx([0.0], abs=1e-5)


def test_a_gamma_profile_has_the_skewness_and_kurtosis_of_its_shape():
    # Longo and Sestili's t^(a-1) exp(-b t): mean a / b, skewness 2 / sqrt(a), excess kurtosis 6 / a.
    t = np.arange(600) + 0.5
    showers, scales = in_layers(t**3.0 * np.exp(-t / 15.0))
    found = observables.longitudinal_moments(showers, scales)
    assert found.mean == pytest.approx([59.5], rel=1e-4)
    assert found.skewness == pytest.approx([1.0], rel=1e-3)
    assert found.kurtosis == pytest.approx([1.5], rel=1e-3)


def test_energy_in_one_layer_has_no_width_and_no_shape():
    # Layer 3 of many thirds: the square of the mean is not exactly the mean square.
    showers, scales = in_layers([[0, 0, 0, 1 / 3, 0], [0, 0, 0, 1e-3, 0]])
    found = observables.longitudinal_moments(showers, scales)
    assert found.mean == pytest.approx([3, 3])
    assert found.width.tolist() == found.skewness.tolist() == found.kurtosis.tolist() == [0, 0]


def test_the_maximum_is_the_layer_with_the_most_energy(hand_made_showers, scales):
    assert observables.depth_of_maximum(hand_made_showers, scales).tolist() == [0, 0, 3]


def test_the_start_is_the_first_layer_above_a_share_of_the_maximum(hand_made_showers, scales):
    assert observables.depth_of_start(hand_made_showers, scales).tolist() == [0, 0, 1]
    # Layer 1 has exactly half of the maximum: not above it.
    assert observables.depth_of_start(hand_made_showers, scales, share=0.5).tolist() == [0, 0, 3]
    showers, one_column = in_layers([[0.5, 0.5625, 10, 3]])
    assert observables.depth_of_start(showers, one_column).tolist() == [1]


def test_maximum_and_start_stand_at_the_centres_of_layers(hand_made_showers, tiny_grid, detector):
    in_x0 = Scales.of(tiny_grid, detector)
    expected = np.array([5.0, 0.0, 35.0]) / detector.x0_mm  # nothing for the shower without energy
    assert observables.depth_of_maximum(hand_made_showers, in_x0) == pytest.approx(expected)
