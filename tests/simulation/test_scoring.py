import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metacalo.geometry import CylinderGrid
from metacalo.simulation import Deposits, Particles, score, scoring
from metacalo.simulation.scoring import along_flight

GRID = CylinderGrid((3, 4, 5), dr_mm=2.0, dz_mm=10.0)
ANGLES = st.tuples(st.floats(0.0, 1.5), st.floats(-3.0, 3.0))


def deposits_at(points, energies=None, events=None):
    x, y, z = np.array(points, dtype=float).T
    n = len(x)
    return Deposits(
        np.zeros(n, dtype=np.int64) if events is None else np.asarray(events),
        x, y, z, np.ones(n) if energies is None else np.asarray(energies, dtype=float),
    )  # fmt: skip


@given(ANGLES, st.floats(0.0, 49.0))
def test_a_deposit_on_the_axis_is_in_the_innermost_ring_at_its_depth(angles, depth):
    particle = Particles("e-", [1.0], [angles[0]], [angles[1]])
    u, v, w = along_flight(particle, np.zeros(1, int), *(depth * particle.direction).T)
    np.testing.assert_allclose([u[0], v[0], w[0]], [0.0, 0.0, depth], atol=1e-9)


@given(ANGLES, st.integers(0, 2), st.integers(0, 3), st.integers(0, 4))
def test_a_deposit_at_the_centre_of_a_voxel_is_scored_there(angles, ring, sector, depth):
    theta, phi = angles
    particle = Particles("e-", [1.0], [theta], [phi])
    radius, along = (ring + 0.5) * 2.0, (depth + 0.5) * 10.0
    azimuth = (sector + 0.5) / 4 * 2 * np.pi - np.pi
    across = np.array([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), -np.sin(theta)])
    beside = np.array([-np.sin(phi), np.cos(phi), 0.0])
    point = radius * (np.cos(azimuth) * across + np.sin(azimuth) * beside) + along * particle.direction[0]
    showers = score(GRID, particle, deposits_at([point], [3.0])).showers
    assert showers.voxels.tolist() == [(ring * 4 + sector) * 5 + depth]
    assert showers.energies_mev.tolist() == [3.0]


def test_deposits_of_one_voxel_are_added_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(scoring, "BLOCK_VOXELS", 2 * GRID.n_voxels)  # blocks of two events
    rng = np.random.default_rng(3)
    events = np.sort(rng.integers(0, 7, 4000))
    points = rng.normal([0.0, 0.0, 20.0], 4.0, (4000, 3))
    energies = rng.exponential(1.0, 4000)
    particles = Particles("e-", np.ones(7), np.full(7, 0.2), np.full(7, 0.5))
    simulated = score(GRID, particles, deposits_at(points, energies, events), {"engine": "hand"}, keep=True)
    assert simulated.showers.attributes["engine"] == "hand"
    assert len(simulated.deposits) == 4000
    inside = simulated.showers.total_energy_mev
    np.testing.assert_allclose(inside + simulated.outside_grid_mev, np.bincount(events, energies), rtol=1e-5)
    assert simulated.outside_grid_mev.min() > 0
    u, v, w = along_flight(particles, events, *points.T)
    near = np.hypot(u, v) < 2.0
    rings = simulated.showers.ring_energies_mev
    np.testing.assert_allclose(
        rings[:, 0], np.bincount(events[near], energies[near] * ((w[near] >= 0) & (w[near] < 50))), rtol=1e-5
    )


def test_events_without_deposits_are_empty_showers():
    particles = Particles("e-", np.ones(3), np.zeros(3), np.zeros(3))
    showers = score(GRID, particles, deposits_at([[0, 0, 1]], [2.0], [1])).showers
    assert showers.n_hits.tolist() == [0, 1, 0]
    nothing = score(GRID, particles[:0], deposits_at(np.zeros((0, 3)), [], np.zeros(0, int)))
    assert len(nothing.showers) == 0


def test_deposits_in_front_of_the_face_are_outside_the_grid():
    particle = Particles("e-", [1.0], [0.0], [0.0])
    simulated = score(GRID, particle, deposits_at([[0, 0, -0.1], [0, 0, 50.1], [6.1, 0, 5]], [1, 2, 4]))
    assert simulated.outside_grid_mev == pytest.approx([7.0])
    assert simulated.showers.n_hits.tolist() == [0]
