"""Cells made from voxels against full simulation that is binned straight into the cells: a few showers.

The whole study is ``benchmarks/readout_truth.py``; these bounds are what so few showers can tell.
"""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from readout_study.aims import PLACES, barrel_aims, planar_aims
from readout_study.deposits import Deposits, open_deposits
from readout_study.observables import barrel_observables, planar_observables
from readout_study.study import Study, deviation, mean_depth_mm
from readout_study.tables import document
from readout_study.ways import dumped
from readout_timing.measure import Measured, Task, as_table, measure

from metacalo.readout.building import load_readout
from metacalo.readout.projection import Projector
from metacalo.readout.readout import Readout

pytestmark = pytest.mark.filterwarnings("ignore:shower .* was made for")
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def lhcb() -> tuple[Readout, Deposits]:
    return load_readout("lhcb_ecal"), open_deposits(DATA / "lhcb_hits_small.h5")


@pytest.fixture(scope="module")
def atlas() -> tuple[Readout, Deposits]:
    return load_readout("atlas_barrel"), open_deposits(DATA / "atlas_hits_small.h5")


@pytest.mark.parametrize("which", ["lhcb", "atlas"])
def test_deposits_scored_on_the_grid_are_the_simulation_s_own_voxels(
    which: str, request: pytest.FixtureRequest
) -> None:
    """Up to where in its box of 1 mm and its slab a deposit was."""
    deposits: Deposits = request.getfixturevalue(which)[1]
    again = deposits.on_grid(deposits.showers.grid)
    np.testing.assert_allclose(again.total_energy_mev, deposits.showers.total_energy_mev, rtol=0.005)
    rings = deposits.showers.ring_energies_mev.sum(axis=0)
    np.testing.assert_allclose(again.ring_energies_mev.sum(axis=0), rings, rtol=0.05)


@pytest.mark.parametrize("place", [*PLACES, "anywhere"])
def test_lhcb_s_hottest_cell_and_the_nine_around_it_are_those_of_full_simulation(
    lhcb: tuple[Readout, Deposits], place: str
) -> None:
    readout, deposits = lhcb
    projector = Projector(readout, deposits.showers.grid)
    for aim in planar_aims(readout, np.zeros(14), mean_depth_mm(deposits), 1, (place,)):
        truth = planar_observables(deposits.in_cells(readout, aim.placements), aim.target, 1.74)
        ours = planar_observables(projector.project(deposits.showers, aim.placements), aim.target, 1.74)
        assert ours["E hottest"].mean() == pytest.approx(truth["E hottest"].mean(), rel=0.03)
        assert ours["E 3x3"].mean() == pytest.approx(truth["E 3x3"].mean(), rel=0.005)
        assert ours["cells > 10 MeV"].mean() == pytest.approx(truth["cells > 10 MeV"].mean(), rel=0.08)
        assert np.abs(ours["centroid x"] - truth["centroid x"]).mean() < 0.03


def test_centres_of_voxels_would_not_do(lhcb: tuple[Readout, Deposits]) -> None:
    readout, deposits = lhcb
    aim = planar_aims(readout, np.zeros(14), 150.0, 1, ("centre",))[-1]
    truth = planar_observables(deposits.in_cells(readout, aim.placements), aim.target, 1.74)
    naive = planar_observables(dumped(deposits.showers, readout, aim.placements), aim.target, 1.74)
    assert abs(naive["E hottest"].mean() / truth["E hottest"].mean() - 1.0) > 0.03


def test_atlas_s_layers_and_shower_shapes_are_those_of_full_simulation(
    atlas: tuple[Readout, Deposits],
) -> None:
    readout, deposits = atlas
    theta = deposits.showers.theta_rad.astype(np.float64)
    projector = Projector(readout, deposits.showers.grid)
    for aim in barrel_aims(readout, theta, mean_depth_mm(deposits), 1, dict(PLACES)):
        truth = barrel_observables(deposits.in_cells(readout, aim.placements), aim.target, 2.0)
        ours = barrel_observables(projector.project(deposits.showers, aim.placements), aim.target, 2.0)
        for name, bound in {
            "E hottest": 0.05,
            "E strips": 0.01,
            "E middle": 0.01,
            "R_eta": 0.005,
            "w_eta2": 0.05,
            "strip width": 0.06,
        }.items():
            assert ours[name].mean() == pytest.approx(truth[name].mean(), rel=bound), (name, aim.place)
        assert np.abs(ours["centroid x"] - truth["centroid x"]).mean() < 0.05


def test_a_deviation_is_known_by_hand() -> None:
    truth = np.array([1.0, 3.0, 1.0, 3.0])
    far = deviation(truth, 1.5 * truth, 2, "E hottest")
    assert (far.mean, far.spread) == (pytest.approx(50.0), pytest.approx(50.0))
    assert far.mean_error == pytest.approx(0.0, abs=1e-9)
    assert deviation(truth, truth + 0.01, 2, "centroid x").mean == pytest.approx(1.0)
    assert not math.isnan(deviation(np.ones(4), np.ones(4), 2, "E 3x3").spread)


def test_a_study_without_records_still_has_its_headings() -> None:
    assert "# Cells from voxels" in document(Study(notes=["a note"]))


@pytest.mark.parametrize("part", ["streamed", "normal", "one place", "spots", "naive"])
def test_a_measurement_of_speed_runs_and_checks_the_energy_that_it_projects(part: str) -> None:
    found = measure(Task("lhcb_ecal", str(DATA / "lhcb_small.h5"), 5.0, 2, part))
    assert min(found.values()) > 0.0


def test_the_table_of_speeds_states_the_ratio_to_the_naive_loop() -> None:
    found = [
        Measured("lhcb_ecal", part, 10, 1, 1000.0, 2.0 * ms, ms, 99.0)
        for part, ms in (("streamed", 0.5), ("naive", 50.0))
    ]
    assert "| lhcb_ecal | streamed | 10 | 1 | 1000 | 1.000 | 0.500 | 99 | 100 |" in as_table(found, 2.0)
