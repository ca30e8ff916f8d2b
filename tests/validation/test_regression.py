"""Regressors that find a planted shift of the response, and none where there is none."""

import numpy as np
import pytest

from metacalo.errors import GridMismatchError, SettingsError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.regression import regression_test, visible_features

GRID = CylinderGrid(shape=(2, 4, 6), dr_mm=5.0, dz_mm=10.0)


def made(seed, n=600, response=0.1, resolution=0.05, theta_spread=0.7):
    """Showers with E_vis = E response (1 + resolution g), whose share in layer 0 tells the angle."""
    rng = np.random.default_rng(seed)
    energy = np.exp(rng.uniform(0, np.log(100), n))
    theta = theta_spread * rng.uniform(size=n)
    visible = 1000 * energy * response * (1 + resolution * rng.normal(size=n))
    share = np.stack([0.1 + theta, *np.full((5, n), 1.0)], axis=1)
    share *= np.exp(0.02 * rng.normal(size=share.shape))
    layers = visible[:, None] * share / share.sum(axis=1, keepdims=True)
    rings = np.array([0.8, 0.2])[None, :, None, None] / 4
    dense = np.broadcast_to(layers[:, None, None, :] * rings, (n, *GRID.shape))
    return Showers.from_dense(dense, grid=GRID, incident_energy_gev=energy, theta_rad=theta)


@pytest.fixture(scope="module")
def planted():
    """Generated showers have 2% more response."""
    return regression_test(made(1), made(2, response=0.102))


def test_a_response_shift_of_two_percent_is_found(planted):
    for case, shift in ((("full", "generated"), 0.02), (("generated", "full"), -0.02)):
        bias = planted.cases[case].energy_bias
        assert bias.value == pytest.approx(shift, abs=3 * bias.error)
        assert 0.001 < bias.error < 0.004


def test_each_sample_measures_itself_without_bias_and_with_its_resolution(planted):
    for case in (("full", "full"), ("generated", "generated")):
        figures = planted.cases[case]
        assert figures.energy_bias.value == pytest.approx(0.0, abs=3 * figures.energy_bias.error)
        # The visible energy is all that tells E: no regressor can do better than the planted 5%.
        assert figures.energy_resolution.value == pytest.approx(0.055, abs=0.006)


def test_the_angle_is_measured(planted):
    figures = planted.cases["full", "full"]
    assert figures.theta_bias_rad.value == pytest.approx(0.0, abs=3 * figures.theta_bias_rad.error)
    # Far better than the spread 0.7 / sqrt(12) = 0.2 of angles that are not measured.
    assert figures.theta_resolution_rad.value < 0.07


def test_every_figure_has_a_name(planted):
    names = planted.estimates()
    assert len(names) == 16
    assert names["regressor_full_to_generated_energy_bias"] == planted.cases["full", "generated"].energy_bias


def test_an_angle_that_does_not_vary_is_left_out_with_a_reason():
    test = regression_test(made(1, 120, theta_spread=0.0), made(2, 120, theta_spread=0.0))
    assert test.cases["full", "full"].theta_bias_rad is None
    assert len(test.estimates()) == 8
    assert "same" in test.notes[0]


def test_features_do_not_know_the_incident_energy():
    showers = made(1, 20)
    other = Showers(
        grid=GRID,
        incident_energy_gev=showers.incident_energy_gev * 3,
        theta_rad=0.0,
        offsets=showers.offsets,
        voxels=showers.voxels,
        energies_mev=showers.energies_mev,
    )
    assert np.array_equal(visible_features(showers), visible_features(other))
    assert visible_features(showers).shape == (20, 6 + 6 + 2)


def test_an_empty_shower_is_measured_too():
    empty = Showers.from_dense(
        np.zeros((1, *GRID.shape)), grid=GRID, incident_energy_gev=[1.0], theta_rad=0.0
    )
    assert np.isfinite(visible_features(empty)).all()


def test_too_few_showers_and_two_grids_are_refused():
    with pytest.raises(SettingsError, match="at least 100 showers of each kind, got 99 of full"):
        regression_test(made(1, 99), made(2, 120))
    other = CylinderGrid(shape=(2, 4, 6), dr_mm=6.0, dz_mm=10.0)
    moved = Showers.from_dense(made(2, 5).dense(), grid=other, incident_energy_gev=np.ones(5), theta_rad=0.0)
    with pytest.raises(GridMismatchError, match="compare on one grid"):
        regression_test(made(1, 120), moved)
