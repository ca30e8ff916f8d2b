"""Residual correlations of showers whose energy dependence and fluctuations are known."""

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.correlations import correlation_errors, residual_layer_responses
from metacalo.validation.profiles import correlation, layer_correlations

GRID = CylinderGrid(shape=(1, 1, 3), dr_mm=10.0, dz_mm=10.0)
N = 4000


def showers_with(noise, *, seed=0, dependence=0.02, spread_gev=(1.0, 100.0)):
    """E_z / E_inc = 0.1 (1 +- dependence (ln E)^2 / 4 + theta^2 / 10) + 0.001 noise (n, 3)."""
    random = np.random.default_rng(seed)
    energy = np.exp(random.uniform(*np.log(spread_gev), len(noise)))
    theta = random.uniform(0.0, 0.7, len(noise))
    sign = np.array([-1.0, 0.0, 1.0])
    mean = 0.1 * (1 + sign * dependence * np.log(energy)[:, None] ** 2 / 4 + theta[:, None] ** 2 / 10)
    dense = 1000 * energy[:, None] * (mean + 0.001 * noise)
    return Showers.from_dense(dense, grid=GRID, incident_energy_gev=energy, theta_rad=theta)


@pytest.fixture
def noise():
    """Layers 0 and 2 with a correlation of 0.8, layer 1 with none."""
    first, second, third = np.random.default_rng(1).normal(size=(3, N))
    return np.stack([first, second, 0.8 * first + 0.6 * third], axis=1)


def test_residuals_keep_the_fluctuations_and_lose_the_dependence(noise):
    showers = showers_with(noise)
    assert layer_correlations(showers)[0, 2] < -0.5
    residuals = residual_layer_responses(showers)
    assert correlation(residuals) == pytest.approx(np.corrcoef(noise.T), abs=0.01)
    assert residuals.mean(axis=0) == pytest.approx(0.0, abs=1e-9)
    assert residuals.std(axis=0) == pytest.approx(0.001 * noise.std(axis=0), rel=0.01)


def test_a_law_in_energy_and_angle_alone_leaves_nothing():
    residuals = residual_layer_responses(showers_with(np.zeros((500, 3))))
    assert np.abs(residuals).max() < 1e-7  # deposits are float32


def test_showers_of_one_energy_and_angle_only_lose_their_mean(noise):
    dense = 50_000 * (0.1 + 0.001 * noise)
    showers = Showers.from_dense(dense, grid=GRID, incident_energy_gev=np.full(N, 50.0), theta_rad=0.3)
    responses = showers.layer_energies_mev / 50_000
    assert residual_layer_responses(showers) == pytest.approx(responses - responses.mean(axis=0), abs=1e-9)


def test_an_error_that_the_energy_dependence_hides_shows_in_the_residuals(noise):
    """Fluctuations of layer 2 turned round: -0.8 instead of 0.8, under a common growth with energy."""
    turned = noise * np.array([1.0, 1.0, -1.0])
    pair = [showers_with(n, dependence=0.15) for n in (noise, turned)]
    ones = np.ones((1, N))
    errors = correlation_errors(*pair, ones, ones)
    assert errors["layer_correlation_error"][0] < 0.05
    assert errors["residual_layer_correlation_error"][0] == pytest.approx(1.6, abs=0.05)
