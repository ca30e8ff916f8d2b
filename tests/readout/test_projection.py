"""From voxels to cells: nothing is lost, and what must not matter does not."""

import math
import warnings
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metacalo.errors import GridMismatchError, MetacaloWarning, PlacementError, ReadoutError, SettingsError
from metacalo.geometry import CylinderGrid, load_detector
from metacalo.readout.building import load_readout
from metacalo.readout.hits import CellHits, concatenate
from metacalo.readout.placement import Placements, place
from metacalo.readout.projection import Projector, Spots, project, project_stream
from metacalo.readout.readout import Readout
from metacalo.showers import Showers, open_showers

pytestmark = pytest.mark.filterwarnings("ignore:shower .* was made for")
DATA = Path(__file__).parents[1] / "data"
RELATIVE = 1e-6
LHCB, ATLAS = "lhcb_ecal", "atlas_barrel"
FILES = {LHCB: "lhcb_hits_small.h5", ATLAS: "atlas_hits_small.h5"}


@cache
def readout_of(name: str) -> Readout:
    return load_readout(name)


@cache
def showers_of(name: str) -> Showers:
    """Showers of 2 to 8 GeV at 0 to 40 degrees."""
    return open_showers(DATA / FILES[name]).load()


@cache
def projector_of(name: str) -> Projector:
    return Projector(readout_of(name), showers_of(name).grid)


def dense(hits: CellHits) -> np.ndarray:
    energy = np.zeros((len(hits), len(hits.readout)))
    energy[hits.event, hits.cell] = hits.energy_mev
    return energy


def accounted(hits: CellHits) -> np.ndarray:
    return np.asarray(hits.total_energy_mev + hits.lost_mev["gap"] + hits.lost_mev["outside"])


def single(energy_mev: float, voxel: tuple[int, int, int], grid: CylinderGrid, theta: float = 0.0) -> Showers:
    """A shower of one voxel."""
    full = np.zeros((1, *grid.shape), dtype=np.float32)
    full[(0, *voxel)] = energy_mev
    return Showers.from_dense(full, grid=grid, incident_energy_gev=[1.0], theta_rad=theta)


@settings(max_examples=25)
@given(
    name=st.sampled_from([LHCB, ATLAS]),
    first=st.floats(-1.0, 1.0),
    second=st.floats(-1.0, 1.0),
    theta=st.floats(0.0, 1.4),
    phi=st.floats(-3.2, 3.2),
    sampling=st.booleans(),
    one_for_all=st.booleans(),
)
def test_energy_in_is_energy_in_cells_and_energy_lost(
    name: str, first: float, second: float, theta: float, phi: float, sampling: bool, one_for_all: bool
) -> None:
    showers = showers_of(name)[:4]
    scale = (3900.0, 3200.0) if name == LHCB else (1.5, math.pi)
    position = [first * scale[0], second * scale[1]]
    where = position if one_for_all else [position] * 4
    placed = place(readout_of(name), where, theta_rad=theta, phi_rad=phi, only_on_cells=False)
    hits = projector_of(name).project(showers, placed, spots=Spots(3) if sampling else None)
    np.testing.assert_allclose(accounted(hits), showers.total_energy_mev, rtol=RELATIVE)
    assert hits.energy_mev.size == 0 or hits.energy_mev.min() > 0.0
    assert min(lost.min() for lost in hits.lost_mev.values()) >= 0.0


@settings(max_examples=15)
@given(steps=st.tuples(st.integers(-9, 9), st.integers(-9, 9)), theta=st.sampled_from([0.0, 0.2]))
def test_a_shift_by_whole_cells_shifts_the_cells(steps: tuple[int, int], theta: float) -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)[:3]
    start = np.array([3000.0 + 13.0, 20.0])
    shift = 121.2 * np.array([steps[0] // 9, steps[1]])
    here, there = (
        project(showers, readout, place(readout, [at] * 3, theta_rad=theta, phi_rad=0.4))
        for at in (start, start + shift)
    )
    np.testing.assert_array_equal(here.offsets, there.offsets)
    cells = readout.cells
    same = np.lexsort((cells.y_mm[here.cell], cells.x_mm[here.cell], here.event))
    moved = np.lexsort((cells.y_mm[there.cell], cells.x_mm[there.cell], there.event))
    for axis, column in enumerate((cells.x_mm, cells.y_mm)):
        step = column[there.cell[moved]] - column[here.cell[same]]
        np.testing.assert_allclose(step, shift[axis], atol=1e-6)
    np.testing.assert_allclose(there.energy_mev[moved], here.energy_mev[same], rtol=1e-4, atol=1e-4)


@settings(max_examples=4)
@given(modules=st.integers(1, 63), eta=st.floats(-1.2, 1.2))
def test_a_turn_by_whole_modules_turns_the_cells_of_a_barrel(modules: int, eta: float) -> None:
    readout, showers = readout_of(ATLAS), showers_of(ATLAS)[:2]
    turn = modules * 2.0 * math.pi / 64.0
    here, there = (
        project(showers, readout, place(readout, [(eta, azimuth)] * 2)) for azimuth in (0.013, 0.013 + turn)
    )
    for layer in range(len(readout.cells.layer_names)):
        eta_sums = [
            np.bincount(
                np.round((readout.cells.eta[h.cell] + 2.0) * 640.0).astype(int),
                weights=np.where(readout.cells.layer[h.cell] == layer, h.energy_mev, 0.0),
                minlength=2600,
            )
            for h in (here, there)
        ]
        np.testing.assert_allclose(*eta_sums, rtol=2e-3, atol=2e-3)
    turned = np.sort(np.angle(np.exp(1j * (readout.cells.phi_rad[here.cell] + turn))))
    np.testing.assert_allclose(turned, np.sort(readout.cells.phi_rad[there.cell]), atol=1e-6)


def test_neither_chunks_nor_order_matter() -> None:
    readout, showers = readout_of(ATLAS), showers_of(ATLAS)
    n = len(showers)
    position = np.column_stack([np.linspace(0.1, 0.9, n), np.linspace(-3.0, 3.0, n)])
    placed = place(readout, position, theta_rad=showers.theta_rad, phi_rad=0.0)
    whole = dense(project(showers, readout, placed))
    for chunk in (1, 5, n):
        parts = list(project_stream(showers, readout, placed, chunk=chunk))
        np.testing.assert_array_equal(dense(concatenate(parts)), whole)
    order = np.random.default_rng(2).permutation(n)
    mixed = dense(project(showers[order], readout, placed[order]))
    np.testing.assert_array_equal(mixed, whole[order])


def test_chunks_do_not_matter_to_spots_either() -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)
    placed = place(readout, theta_rad=showers.theta_rad)
    whole = project(showers, readout, placed, sampling=True, seed=4)
    parts = concatenate(list(project_stream(showers, readout, placed, sampling=True, seed=4, chunk=3)))
    np.testing.assert_array_equal(dense(parts), dense(whole))
    other = project(showers, readout, placed, sampling=True, seed=5)
    assert np.abs(dense(other) - dense(whole)).max() > 0.1


@pytest.mark.parametrize("theta", [0.0, 0.2])
def test_a_plan_and_the_points_themselves_agree(theta: float) -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)
    projector = projector_of(LHCB)
    once = place(readout, (1550.0, 160.0), theta_rad=theta)
    planned = dense(projector.project(showers, once))
    each = dense(projector.project(showers, once[np.zeros(len(showers), dtype=np.int64)]))
    share = np.abs(planned - each).max(axis=1) / showers.total_energy_mev
    assert share.max() < (1e-6 if theta == 0.0 else 0.005)
    assert projector.plan(once) is projector.plan(place(readout, (1550.0, 160.0), theta_rad=theta))


def test_normal_and_inclined_showers_go_together() -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)[:6]
    theta = np.array([0.0, 0.2, 0.0, 0.1, 0.0, 0.3])
    placed = place(readout, [(1550.0, 160.0)] * 6, theta_rad=theta)
    together = dense(project(showers, readout, placed))
    for k in range(6):
        rows = np.array([k, k])
        alone = dense(project(showers[rows], readout, placed[rows]))
        np.testing.assert_allclose(together[k], alone[0], rtol=1e-6)


@pytest.mark.parametrize(("name", "median", "worst"), [(LHCB, 0.003, 0.006), (ATLAS, 0.004, 0.03)])
def test_shares_are_right_within_half_a_percent_of_a_shower(name: str, median: float, worst: float) -> None:
    """Against 16 times as many points; at ATLAS a strip's edge may cross the very axis of a 2 GeV shower."""
    readout, showers = readout_of(name), showers_of(name)[:8]
    rng = np.random.default_rng(0)
    if name == LHCB:
        position = rng.uniform((-900.0, 300.0), (900.0, 600.0), (len(showers), 2))
    else:
        eta = np.arcsinh(np.tan(showers.theta_rad))
        position = np.column_stack([eta, rng.uniform(-3, 3, len(showers))])
    for theta in (0.0, None) if name == LHCB else (None,):
        angle = showers.theta_rad if theta is None else theta
        placed = place(readout, position, theta_rad=angle, phi_rad=0.0)
        usual, fine = (
            dense(Projector(readout, showers.grid, fineness=k).project(showers, placed)) for k in (1.0, 4.0)
        )
        off = np.abs(usual - fine).max(axis=1) / showers.total_energy_mev
        assert np.median(off) < median
        assert off.max() < worst


def test_a_voxel_in_the_middle_of_a_cell_is_all_in_it() -> None:
    readout = readout_of(LHCB)
    grid = CylinderGrid((3, 4, 2), 10.0, 198.0)
    k = int(np.argmax(readout.cells.dx_mm > 121.0))
    placed = place(readout, (readout.cells.x_mm[k], readout.cells.y_mm[k]))
    hits = project(single(8.0, (2, 1, 1), grid), readout, placed)
    np.testing.assert_array_equal(hits.cell, [k])
    np.testing.assert_allclose(hits.energy_mev, [8.0])


def test_a_ring_on_a_corner_is_shared_by_four() -> None:
    readout = readout_of(LHCB)
    grid = CylinderGrid((2, 8, 1), 15.0, 396.0)
    corner = np.array([121.2 * 25, 121.2 * 10])
    ring = np.zeros((1, *grid.shape), dtype=np.float32)
    ring[0, 1] = 1.0
    showers = Showers.from_dense(ring, grid=grid, incident_energy_gev=[1.0], theta_rad=0.0)
    hits = project(showers, readout, place(readout, corner))
    np.testing.assert_allclose(hits.energy_mev, [2.0] * 4, rtol=1e-6)


def test_energy_behind_the_detector_is_told_as_outside() -> None:
    readout = readout_of(LHCB)
    grid = CylinderGrid((2, 4, 45), 15.0, 12.0)  # 540 mm for 396 mm
    deep = single(5.0, (0, 0, 44), grid)
    for theta in (0.0, 0.1):
        hits = project(deep, readout, place(readout, [readout.default_position] * 1, theta_rad=theta))
        np.testing.assert_allclose(hits.lost_mev["outside"], [5.0])
        assert len(hits.cell) == 0


def test_energy_in_the_beam_pipe_is_told_as_a_gap() -> None:
    readout = readout_of(LHCB)
    grid = CylinderGrid((2, 4, 33), 15.0, 12.0)
    hits = project(single(5.0, (1, 2, 3), grid), readout, place(readout, (0.0, 0.0), only_on_cells=False))
    np.testing.assert_allclose(hits.lost_mev["gap"], [5.0])


def test_layers_of_a_stack_get_the_energy_of_their_own_slabs() -> None:
    """A bin of depth of two layers, all of it silicon's: half of it to each, none in the tungsten between."""
    readout = load_readout("odd_siw")
    layers = readout.active_depths_mm[:2]
    grid = CylinderGrid((1, 4, 30), 1.0, readout.depth_mm / 24)
    begin = int(layers[0, 0] // grid.dz_mm)
    end = int(layers[1, 1] // grid.dz_mm)
    hits = project(single(6.0, (0, 1, begin), grid), readout, place(readout, readout.default_position))
    assert accounted(hits) == pytest.approx(6.0)
    assert hits.total_energy_mev == pytest.approx(6.0)
    assert set(readout.cells.layer[hits.cell]) <= set(range(end + 2))
    depth = readout.depth_of(0.0, 0.0, readout.cells.z_mm[hits.cell])
    assert np.all(readout.is_active(depth))


@pytest.mark.parametrize("name", ["clic_siw", "odd_siw", "hgcal_si"])
@pytest.mark.parametrize("theta", [0.0, 0.4])
def test_every_shipped_readout_in_depth_accounts_for_all_energy(name: str, theta: float) -> None:
    """A shower as wide and deep as the grid, with most of its energy where a shower has it."""
    grid, readout = load_detector(name).grid, load_readout(name)
    r, _, z = np.meshgrid(
        grid.r_centres_mm / grid.dr_mm, grid.phi_centres_rad, np.arange(grid.shape[2]), indexing="ij"
    )
    full = np.exp(-r) * (z + 1.0) ** 2 * np.exp(-z / 4.0)
    showers = Showers.from_dense(full[None], grid=grid, incident_energy_gev=[10.0], theta_rad=theta)
    placed = place(readout, theta_rad=theta)
    for sampling in (False, True):
        hits = project(showers, readout, placed, sampling=sampling)
        np.testing.assert_allclose(accounted(hits), showers.total_energy_mev, rtol=RELATIVE)
        assert hits.total_energy_mev[0] > 0.8 * showers.total_energy_mev[0]
        assert len(np.unique(readout.cells.layer[hits.cell])) > 15


def test_two_halves_of_a_shower_are_the_whole() -> None:
    """Energy is shared in proportion: a shower of twice the energy has twice in each cell."""
    readout, showers = readout_of(LHCB), showers_of(LHCB)[:3]
    double = Showers.from_dense(
        2.0 * showers.dense(), grid=showers.grid, incident_energy_gev=[1.0] * 3, theta_rad=showers.theta_rad
    )
    placed = place(readout, theta_rad=showers.theta_rad)
    once, twice = (dense(project(some, readout, placed)) for some in (showers, double))
    np.testing.assert_allclose(twice, 2.0 * once, rtol=1e-5)


def test_a_shower_without_hits_hits_no_cell() -> None:
    readout = readout_of(LHCB)
    grid = CylinderGrid((2, 4, 33), 15.0, 12.0)
    nothing = np.zeros((2, *grid.shape))
    empty = Showers.from_dense(nothing, grid=grid, incident_energy_gev=[1.0, 2.0], theta_rad=0.0)
    for sampling in (False, True):
        hits = project(empty, readout, place(readout), sampling=sampling)
        assert len(hits) == 2
        assert len(hits.cell) == 0
    assert len(project(empty[:0], readout, place(readout))) == 0


def test_a_tilt_moves_the_centroid_by_its_tangent_times_the_depth() -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)
    depth = (showers.layer_energies_mev * showers.grid.z_centres_mm).sum(axis=1) / showers.total_energy_mev
    at = np.array([500.0, 300.0]) + np.linspace(0.0, 40.4, len(showers), endpoint=False)[:, None]
    straight, bent = (
        dense(project(showers, readout, place(readout, at, tilt_rad=tilt))) @ readout.cells.x_mm
        for tilt in (0.0, 0.3)
    )
    moved = (bent - straight) / showers.total_energy_mev
    np.testing.assert_allclose(moved.mean(), (depth * math.sin(0.3)).mean(), rtol=0.1)


@pytest.mark.parametrize("number", [0, 2, 5])
def test_another_number_of_places_than_of_showers_is_refused(number: int) -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)[:3]
    placed: Placements = place(readout, theta_rad=[0.1] * 6)[np.arange(number)]
    with pytest.raises(PlacementError, match=f"one for each.* of 3 showers, got {number}|got {number} and"):
        project(showers, readout, placed)
    with pytest.raises(PlacementError, match=f"got {number} and at least"):
        list(project_stream(showers, readout, placed, chunk=2))


def test_showers_at_another_angle_than_their_place_are_told() -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)
    with pytest.warns(MetacaloWarning, match=r"was made for .* degrees to the normal and is placed at 60"):
        project(showers, readout, place(readout, theta_rad=math.radians(60.0)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        project(showers, readout, place(readout, theta_rad=showers.theta_rad))


def test_a_grid_that_ends_half_way_is_not_of_this_detector() -> None:
    grid = CylinderGrid((2, 4, 10), 15.0, 12.0)
    with pytest.raises(ReadoutError, match=r"lhcb_ecal, 396 mm deep, got a grid of 120 mm"):
        project(single(1.0, (0, 0, 0), grid), readout_of(LHCB), place(readout_of(LHCB)))


def test_showers_on_another_grid_than_the_projector_s_are_refused() -> None:
    with pytest.raises(GridMismatchError, match="the projector"):
        projector_of(LHCB).project(showers_of(ATLAS), place(readout_of(LHCB)))


@pytest.mark.parametrize(("seed", "energy"), [(-1, 4.0), (True, 4.0), (1.5, 4.0), (1, 0.0), (1, math.nan)])
def test_spots_need_a_seed_and_an_energy(seed: object, energy: float) -> None:
    with pytest.raises(SettingsError, match="expected"):
        Spots(seed, energy)  # type: ignore[arg-type]


def test_spots_share_as_the_rule_does_on_average() -> None:
    readout, showers = readout_of(LHCB), showers_of(LHCB)
    placed = place(readout, [(1550.0, 160.0)] * len(showers), theta_rad=showers.theta_rad)
    shared = dense(projector_of(LHCB).project(showers, placed)).sum(axis=0)
    spots = sum(dense(projector_of(LHCB).project(showers, placed, spots=Spots(k))) for k in range(20))
    np.testing.assert_allclose(spots.sum(axis=0) / 20 / shared.sum(), shared / shared.sum(), atol=2e-3)
