"""Moments in bins of angle and energy of showers that follow a law."""

import numpy as np
import pytest

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.dependence import (
    FOLLOWED,
    angle_dependence,
    energy_dependence,
    moments_in_bins,
    theta_edges_rad,
)
from metacalo.validation.scales import Scales

GRID = CylinderGrid(shape=(1, 1, 4), dr_mm=10.0, dz_mm=10.0)


def leaning_showers(theta, energy_gev):
    """Half of the response, 0.2 cos(theta), in layer 0 and half in layer 2; alternately 5% more and less."""
    theta, energy_gev = np.broadcast_arrays(theta, np.asarray(energy_gev, dtype=float))
    wobble = 1 + 0.05 * (-1.0) ** np.arange(len(theta))
    dense = np.zeros((len(theta), 1, 1, 4))
    dense[..., 0, [0, 2]] = (100 * energy_gev * wobble * np.cos(theta))[:, None, None]
    return Showers.from_dense(dense, grid=GRID, incident_energy_gev=energy_gev, theta_rad=theta)


def test_response_falls_with_the_angle_as_it_was_made_to():
    angles = np.deg2rad([0.0, 20.0, 40.0])
    showers = leaning_showers(np.repeat(angles, 20), 10.0)
    edges = np.deg2rad([0.0, 10.0, 30.0, 45.0])
    bins = angle_dependence(showers, Scales.of(GRID), edges)
    assert [b.low for b in bins] == pytest.approx(edges[:-1])
    assert [b.high for b in bins] == pytest.approx(edges[1:])
    for angle, b in zip(angles, bins, strict=True):
        assert set(b.moments) == set(FOLLOWED)
        assert b.moments["response"].n == 20
        assert b.moments["response"].mean == pytest.approx(0.2 * np.cos(angle))
        # Ten above and ten below: the sample's standard deviation has 19 in its denominator.
        spread = 0.05 * (20 / 19) ** 0.5 * 0.2 * np.cos(angle)
        assert b.moments["response"].spread == pytest.approx(spread, rel=1e-5)
        assert b.moments["response"].mean_error == pytest.approx(spread / 20**0.5, rel=1e-5)
        assert b.moments["depth"].mean == pytest.approx(1.0)
        assert b.moments["width_in_depth"].mean == pytest.approx(1.0)


def test_energy_bins_are_those_of_the_profiles():
    showers = leaning_showers(0.0, np.repeat([1.0, 10.0, 100.0], 12))
    bins = energy_dependence(showers, Scales.of(GRID), np.array([1.0, 5.0, 50.0, 100.0]))
    assert [b.moments["response"].n for b in bins] == [12, 12, 12]
    # By itself: five bins equal in the logarithm, two of them empty.
    assert [b.moments["response"].n for b in energy_dependence(showers, Scales.of(GRID))] == [12, 12, 12]


def test_bins_with_too_few_showers_are_left_out():
    condition = np.array([0.1] * 5 + [0.9] * 3)
    found = moments_in_bins(condition, np.array([0.0, 0.5, 1.0]), {"x": np.arange(8.0)}, min_showers=4)
    assert [(b.low, b.high, b.moments["x"].mean) for b in found] == [(0.0, 0.5, 2.0)]
    assert moments_in_bins(condition[:1], np.array([0.0, 1.0]), {"x": np.ones(1)}, min_showers=0) == ()


def test_theta_edges_hold_every_shower():
    showers = leaning_showers(np.linspace(0.0, 0.7, 11), 1.0)
    edges = theta_edges_rad(showers, bins=4)
    assert np.diff(edges) == pytest.approx(np.full(4, 0.175))
    assert (
        sum(b.moments["response"].n for b in angle_dependence(showers, Scales.of(GRID), edges[[0, -1]])) == 11
    )


def test_showers_of_one_angle_are_one_bin():
    showers = leaning_showers(np.full(15, 0.3), 1.0)
    (b,) = angle_dependence(showers, Scales.of(GRID))
    assert b.moments["response"].n == 15
    assert (b.low, b.high) == pytest.approx((0.3 - np.pi / 360, 0.3 + np.pi / 360))
