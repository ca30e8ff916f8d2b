"""The density within voxels, points and depths: closed forms and conservation."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.geometry import CylinderGrid
from metacalo.readout.building import load_readout
from metacalo.readout.projection.bins import all_points, collect, points_of
from metacalo.readout.projection.density import RadialDensity, depth_gradient, ring_sums
from metacalo.readout.projection.depth import ActiveDepth
from metacalo.readout.projection.quadrature import Quadrature, usual_radius, usual_share
from metacalo.showers import Showers, open_showers

GRID = CylinderGrid((9, 16, 5), 10.0, 12.0)
DATA = Path(__file__).parents[1] / "data"


def log_logistic(slope: float, half_mm: float, edges_mm: np.ndarray) -> np.ndarray:
    """Share of the energy within a radius whose log odds are a line in ln r."""
    return np.asarray(1.0 / (1.0 + (np.maximum(edges_mm, 1e-12) / half_mm) ** -slope))


def ring_sums_of(slope: float, half_mm: float, grid: CylinderGrid = GRID) -> np.ndarray:
    rings = np.diff(log_logistic(slope, half_mm, grid.r_edges_mm))
    return np.broadcast_to(rings, (1, grid.shape[2], grid.shape[0])) * 100.0


@pytest.mark.parametrize("ring", [1, 2, 4])
def test_a_straight_line_of_log_odds_is_found_again_within_the_rings(ring: int) -> None:
    """But for what is beyond the grid, of which the density can only guess."""
    density = RadialDensity.of(ring_sums_of(1.4, 6.0), GRID)
    edges = ring * 10.0 + np.array([0.0, 2.0, 5.0, 10.0])
    parts = np.column_stack([edges[:-1], edges[1:]])
    shares = density.shares(parts, np.full(3, ring))
    expected = np.diff(log_logistic(1.4, 6.0, edges))
    np.testing.assert_allclose(shares[0, 2], expected / expected.sum(), rtol=0.04)


@pytest.mark.parametrize("slope", [1.0, 1.4, 1.6])
def test_the_innermost_ring_follows_the_slope_around_it(slope: float) -> None:
    density = RadialDensity.of(ring_sums_of(slope, 6.0), GRID)
    s, odds = density.slope[0, 2, 0], density.odds[0, 2, 0]
    assert s == pytest.approx(0.53 + 0.57 * slope, abs=0.08)
    share = density.shares(np.array([[0.0, 3.0], [3.0, 10.0]]), np.zeros(2, dtype=np.int64))
    within = 1.0 / (1.0 + math.exp(-(odds + s * math.log(0.3))))
    assert share[0, 2, 0] == pytest.approx(within * (1.0 + math.exp(-odds)), rel=1e-6)


@settings(max_examples=30)
@given(st.lists(st.floats(0.0, 1e4), min_size=45, max_size=45), st.integers(1, 8))
def test_parts_of_a_ring_hold_all_of_it_whatever_the_shower(sums: list[float], cuts: int) -> None:
    density = RadialDensity.of(np.array(sums).reshape(1, 5, 9), GRID)
    ring = np.repeat(np.arange(9), cuts)
    low = ring + np.tile(np.arange(cuts) / cuts, 9)
    shares = density.shares(np.column_stack([low, low + 1.0 / cuts]) * 10.0, ring)
    assert shares.min() >= 0.0
    np.testing.assert_allclose(shares.reshape(1, 5, 9, cuts).sum(axis=3), 1.0, rtol=1e-9)


@settings(max_examples=30)
@given(st.lists(st.floats(0.0, 1e4), min_size=45, max_size=45), st.integers(0, 8))
def test_radii_are_the_inverse_of_shares(sums: list[float], ring: int) -> None:
    density = RadialDensity.of(np.array(sums).reshape(1, 5, 9), GRID)
    quantile = np.linspace(0.0, 1.0, 9)
    zero, rings = np.zeros(9, dtype=np.int64), np.full(9, ring)
    radius = density.radius_mm(zero, zero + 2, rings, quantile)
    assert np.all(np.diff(radius) >= 0.0)
    assert radius.min() >= 10.0 * ring
    assert radius.max() <= 10.0 * (ring + 1)
    if density.share[0, 2, ring + 1] - density.share[0, 2, ring] > 1e-4 and 10.0 * ring < radius[4]:
        half = np.array([[10.0 * ring, radius[4]], [radius[4], 10.0 * (ring + 1)]])
        np.testing.assert_allclose(density.shares(half, rings[:2])[0, 2], 0.5, atol=1e-4)


def test_one_ring_has_the_usual_slope() -> None:
    grid = CylinderGrid((1, 4, 5), 10.0, 12.0)
    density = RadialDensity.of(np.full((1, 5, 1), 3.0), grid)
    np.testing.assert_allclose(density.slope, 1.4)
    np.testing.assert_allclose(density.share[0, :, 1], 1.0 / 1.1)


def test_an_empty_shower_has_a_density_without_numbers_that_are_none() -> None:
    density = RadialDensity.of(np.zeros((1, 5, 9)), GRID)
    assert np.all(np.isfinite(density.slope))
    halves = np.array([[0.0, 5.0], [5.0, 10.0]])
    assert np.all(np.isfinite(density.shares(halves, np.zeros(2, dtype=np.int64))))


def test_the_gradient_in_depth_is_that_of_the_bins_around() -> None:
    sums = np.array([1.0, 2.0, 3.0, 2.0, 0.0])[None, :, None]
    np.testing.assert_allclose(depth_gradient(sums)[0, 1:4], [0.5, 0.0, -0.9])


@pytest.mark.parametrize("flat", [True, False])
def test_bins_hold_all_energy_of_their_showers(flat: bool) -> None:
    showers = open_showers(DATA / "lhcb_small.h5")[:10].load()
    rule = Quadrature.of(showers.grid, 40.4, 396.0, flat=flat, halves=not flat)
    count, bins, energy = collect(showers, rule)
    shower = np.repeat(np.arange(10), count)
    np.testing.assert_allclose(np.bincount(shower, energy), showers.total_energy_mev, rtol=1e-6)
    points = points_of(rule, count, bins, energy)
    shower = np.repeat(np.arange(10), points.count)
    np.testing.assert_allclose(np.bincount(shower, points.energy_mev), showers.total_energy_mev, rtol=1e-6)


@pytest.mark.parametrize("flat", [True, False])
def test_points_are_in_the_voxels_that_they_stand_for(flat: bool) -> None:
    rule = Quadrature.of(GRID, 20.0, 60.0, flat=flat, halves=False)
    full = Showers.from_dense(np.ones((1, *GRID.shape)), grid=GRID, incident_energy_gev=[1.0], theta_rad=0.0)
    points = points_of(rule, *collect(full, rule))
    ring = (np.hypot(points.x_mm, points.y_mm) / 10.0).astype(int)
    sector = ((np.arctan2(points.y_mm, points.x_mm) / (2.0 * math.pi) + 0.5) * 16).astype(int)
    found = np.zeros((9, 16))
    np.add.at(found, (ring, sector), points.energy_mev)
    np.testing.assert_allclose(found, 5.0, rtol=1e-9)


def test_a_plan_has_every_point_once() -> None:
    rule = Quadrature.of(GRID, 20.0, 60.0, flat=False, halves=True)
    points = all_points(rule)
    assert len(points.x_mm) == len(rule.x_mm)
    assert points.energy_mev.sum() == pytest.approx(rule.n_bins)


def test_finer_cells_get_more_points() -> None:
    coarse, fine = (Quadrature.of(GRID, size, 60.0, flat=True, halves=False) for size in (120.0, 5.0))
    assert len(fine.x_mm) > 1.4 * len(coarse.x_mm)


@given(st.floats(0.0, 0.999))
def test_the_usual_profile_and_its_inverse_agree(share: float) -> None:
    assert usual_share(usual_radius(np.array(share))) == pytest.approx(share, abs=1e-9)


def test_depths_between_are_in_active_slabs_only() -> None:
    active = ActiveDepth(np.array([[1.0, 2.0], [5.0, 6.0]]))
    share = np.linspace(0.01, 0.99, 50)
    depth = active.between(np.zeros(50), np.full(50, 7.0), share)
    np.testing.assert_allclose(depth, np.where(share < 0.5, 1.0 + 2.0 * share, 4.0 + 2.0 * share), atol=1e-3)


def test_a_way_that_ends_in_an_absorber_stays_in_the_slab_before() -> None:
    active = ActiveDepth(np.array([[1.0, 2.0], [5.0, 6.0]]))
    depth = active.between(np.array([0.0]), np.array([4.0]), np.array([0.99]))
    assert depth[0] == pytest.approx(1.99, abs=1e-3)


def test_what_is_before_or_behind_all_slabs_stays_there() -> None:
    active = ActiveDepth(np.array([[1.0, 2.0], [5.0, 6.0]]))
    low, high = np.array([-3.0, 7.0]), np.array([0.5, 9.0])
    np.testing.assert_allclose(active.between(low, high, np.array([0.5, 0.5])), [-1.25, 8.0])


def test_slabs_go_on_to_the_back_of_the_detector() -> None:
    readout = load_readout("atlas_barrel")
    slabs = ActiveDepth.of(readout).slabs_mm
    assert len(slabs) == 72
    assert slabs[-1, 1] == pytest.approx(readout.depth_mm)
    np.testing.assert_allclose(np.diff(slabs[:, 0]), 6.17, atol=1e-9)


def test_ring_sums_are_those_of_the_showers() -> None:
    showers = open_showers(DATA / "lhcb_small.h5")[:10].load()
    sums = ring_sums(showers)
    np.testing.assert_allclose(sums.sum(axis=1), showers.ring_energies_mev, rtol=1e-6)
    np.testing.assert_allclose(sums.sum(axis=2), showers.layer_energies_mev, rtol=1e-6)


def test_halves_of_a_voxel_in_depth_follow_the_gradient() -> None:
    """Depths of 1, 2, 3, 4, 5 MeV: g = 1/3 in the third, so that its halves hold 1/2 -+ 1/24."""
    full = np.broadcast_to(np.arange(1.0, 6.0), (1, *GRID.shape)) / (9 * 16)
    showers = Showers.from_dense(full, grid=GRID, incident_energy_gev=[1.0], theta_rad=0.0)
    rule = Quadrature.of(GRID, 20.0, 60.0, flat=False, halves=True)
    _, bins, energy = collect(showers, rule)
    halves = np.bincount(bins % 10, energy)
    np.testing.assert_allclose(halves[4:6], [3.0 * (0.5 - 1 / 24), 3.0 * (0.5 + 1 / 24)], rtol=1e-6)
