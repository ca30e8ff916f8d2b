"""Geant4 itself, run on stand-in data: energy, positions, seeds, angles, particles, and how it fails."""

import gc
import importlib.util
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from metacalo.errors import MissingExtraError, SimulationError
from metacalo.showers import open_showers, write_showers
from metacalo.simulation.geant4 import Geant4Engine, session
from metacalo.simulation.geant4 import engine as engine_module
from metacalo.simulation.geant4.session import Session
from metacalo.simulation.particles import Particles

ELECTRON_MEV = 0.51099895


def particles(n, energy_gev=1.0, theta_deg=0.0, phi_deg=0.0, species="e-"):
    return Particles(
        species, np.full(n, energy_gev), np.full(n, np.radians(theta_deg)), np.full(n, np.radians(phi_deg))
    )


def run(engine, detector, shots, seed=1, **options):
    return engine.simulate(detector, shots, np.random.default_rng(seed), **options)


@pytest.fixture(scope="module")
def shot(engine, sampling, stand_in):
    """12 electrons of 1 GeV along the normal, with their deposits."""
    os.environ["GEANT4_DATA_DIR"] = str(stand_in)  # a fixture of a module is older than that of a test
    return run(engine, sampling, particles(12), deposits=True)


@pytest.fixture(scope="module")
def copied(engine):
    """A copy of the engine, with a process of its own, for tests that end it."""
    made = pickle.loads(pickle.dumps(engine))  # noqa: S301 - made here
    yield made
    made.close()


@pytest.mark.parametrize(("species", "at_rest"), [("e-", 0), ("gamma", 0), ("e+", 2)])
def test_where_all_is_active_the_energy_is_kept(species, at_rest, engine, crystal):
    found = run(engine, crystal, particles(6, 0.5, species=species))
    total = found.showers.total_energy_mev + found.outside_grid_mev
    available = 500.0 + at_rest * ELECTRON_MEV
    assert np.all(total <= available * (1 + 1e-6))
    assert total.mean() > 0.98 * available  # some photons fly back out of the front face


def test_another_detector_gets_another_geant4(engine, crystal, sampling):
    assert run(engine, crystal, particles(1)).showers.grid == crystal.grid
    first = engine._session._process
    found = run(engine, sampling, particles(1), deposits=True)
    assert found.showers.grid == sampling.grid
    assert found.deposits.energy_mev.sum() < 500.0  # the crystal would have kept all of it
    assert first.poll() is not None


def test_in_a_sampling_calorimeter_the_visible_fraction_is_near_the_estimate(shot, sampling):
    visible = (shot.showers.total_energy_mev + shot.outside_grid_mev) / 1000.0
    assert visible.mean() == pytest.approx(sampling.sampling_fraction, rel=0.15)
    assert 0.03 < visible.std() / visible.mean() < 0.3


def test_deposits_lie_in_active_slabs_only(shot, sampling):
    slab = np.searchsorted(sampling.slab_edges_mm, shot.deposits.z_mm, side="right") - 1
    at_an_edge = np.abs(shot.deposits.z_mm[:, None] - sampling.slab_edges_mm).min(axis=1) < 1e-6
    assert np.all(sampling.slab_active[slab] | at_an_edge)
    assert at_an_edge.mean() < 0.05
    within = shot.deposits.z_mm - sampling.slab_edges_mm[slab]
    assert within[~at_an_edge].mean() == pytest.approx(0.15, abs=0.01)  # evenly in 0.3 mm of silicon


def test_deposits_and_voxels_hold_the_same_energy(shot, sampling):
    deposits, showers = shot.deposits, shot.showers
    total = np.bincount(deposits.event, deposits.energy_mev, len(showers))
    np.testing.assert_allclose(total, showers.total_energy_mev + shot.outside_grid_mev, rtol=1e-5)
    inside = np.hypot(deposits.x_mm, deposits.y_mm) < sampling.grid.radius_mm
    layer = (deposits.z_mm / sampling.grid.dz_mm).astype(int)
    by_hand = np.zeros((len(showers), 35))
    np.add.at(by_hand, (deposits.event[inside], layer[inside]), deposits.energy_mev[inside])
    np.testing.assert_allclose(by_hand, showers.layer_energies_mev, rtol=1e-4, atol=1e-4)


def test_the_same_seed_gives_the_same_showers_in_another_process(shot, copied, sampling):
    again = run(copied, sampling, particles(12))
    assert again.showers == shot.showers
    assert np.array_equal(again.outside_grid_mev, shot.outside_grid_mev)
    assert run(copied, sampling, particles(2), seed=2).showers != shot.showers[:2]


def test_a_shower_depends_on_no_other(shot, engine, sampling, monkeypatch):
    assert run(engine, sampling, particles(5)).showers == shot.showers[:5]
    monkeypatch.setattr(engine_module, "SCORED_AT_ONCE", 1)  # each on its own
    assert run(engine, sampling, particles(12)).showers == shot.showers


def test_an_oblique_shower_follows_its_particle(engine, sampling):
    found = run(engine, sampling, particles(10, theta_deg=40.0, phi_deg=120.0), deposits=True)
    deposits = found.deposits
    depth = np.average(deposits.z_mm, weights=deposits.energy_mev)
    across = [np.average(value, weights=deposits.energy_mev) for value in (deposits.x_mm, deposits.y_mm)]
    ahead = np.tan(np.radians(40.0)) * depth
    assert across[0] == pytest.approx(ahead * np.cos(np.radians(120.0)), abs=0.1 * depth)
    assert across[1] == pytest.approx(ahead * np.sin(np.radians(120.0)), abs=0.1 * depth)
    # Along the particle, the shower is as narrow as one along the normal, and lies on the axis.
    assert found.showers.ring_energies_mev[:, :2].sum() > 0.6 * found.showers.total_energy_mev.sum()
    assert found.showers.phi_rad == pytest.approx(np.radians(120.0))


def test_a_photon_showers_later_than_an_electron(shot, engine, sampling):
    z = sampling.grid.z_centres_mm
    photons = run(engine, sampling, particles(12, species="gamma"))
    depth = [
        (s.layer_energies_mev @ z).sum() / s.total_energy_mev.sum() for s in (photons.showers, shot.showers)
    ]
    assert depth[0] > depth[1] + 0.3 * sampling.x0_mm


def test_no_particles_are_no_showers(engine, sampling):
    found = run(engine, sampling, particles(0), deposits=True)
    assert (len(found.showers), len(found.outside_grid_mev), len(found.deposits)) == (0, 0, 0)


def test_the_production_cut_reaches_geant4(shot, sampling):
    coarse = Geant4Engine(cut_mm=50.0)
    found = run(coarse, sampling, particles(6), deposits=True)
    coarse.close()
    # Without secondary electrons below 50 mm of range, most deposits are gone; their energy is not.
    assert len(found.deposits) / 6 < 0.75 * len(shot.deposits) / 12


def test_what_the_showers_say_of_themselves(shot, tmp_path):
    write_showers(tmp_path / "showers.h5", shot.showers)
    said = open_showers(tmp_path / "showers.h5").attributes
    assert said["stand_in_data"] is True
    assert re.match(
        r"Geant4 \d+\.\d+\.\d+ on stand-in data, for tests only \(geant4-pybind", str(said["engine"])
    )
    assert "option0" in str(said["physics"])
    options = json.loads(str(said["engine_options"]))
    assert (options["physics"], options["cut_mm"]) == ("option0", 0.7)
    assert options["data_sets"]["G4LEDATA"] == "G4EMLOW0"


def test_a_fatal_exception_of_geant4_is_an_error_with_its_message(sampling, stand_in, tmp_path, monkeypatch):
    broken = tmp_path / "broken"
    shutil.copytree(stand_in, broken)
    (broken / "G4EMLOW0" / "epics2017" / "rayl" / "re-cs-74.dat").unlink()
    monkeypatch.setenv("GEANT4_DATA_DIR", str(broken))
    with pytest.raises(SimulationError, match=r"Geant4 stopped: .*re-cs-74\.dat.*issued by G4Livermore"):
        Geant4Engine().check(sampling)


def test_physics_that_wants_more_than_the_stand_in_is_an_error_with_geant4s_message(sampling):
    with pytest.raises(SimulationError, match=r"Geant4 stopped: .*issued by G4.*option0 to option2 only"):
        Geant4Engine(physics="option4").check(sampling)


def test_a_list_with_nuclear_reactions_runs_where_its_data_are(sampling, tmp_path, monkeypatch):
    with pytest.raises(SimulationError, match="G4PARTICLEXS"):
        Geant4Engine(physics="FTFP_BERT").check(sampling)
    nothing = "0 150 2\n2\n0 0\n150 0\n"  # no reactions
    folder = tmp_path / "G4PARTICLEXS0"
    for particle in ("gamma", "neutron", "proton", "deuteron", "triton", "he3", "alpha"):
        (folder / particle).mkdir(parents=True)
        for z in range(1, 95):
            for kind in ("inel", "el", "cap") if particle == "neutron" else ("inel",):
                (folder / particle / f"{kind}{z}").write_text(nothing)
    monkeypatch.setenv("G4PARTICLEXSDATA", str(folder))
    own = Geant4Engine(physics="FTFP_BERT")
    found = run(own, sampling, particles(2), deposits=True)
    own.close()
    assert found.deposits.energy_mev.sum() / 2000.0 == pytest.approx(sampling.sampling_fraction, rel=0.3)


def test_what_a_killed_process_was_at_is_made_again_by_another_one(copied, sampling, shot):
    copied.check(sampling)
    os.kill(copied._session._process.pid, signal.SIGKILL)
    assert run(copied, sampling, particles(2)).showers == shot.showers[:2]


def test_an_interrupt_between_showers_leaves_no_answer_for_the_next_question(
    copied, sampling, shot, monkeypatch
):
    copied.check(sampling)
    answers = copied._session.deposits

    def interrupted(species, shots):
        yield next(answers(species, shots))
        raise KeyboardInterrupt

    monkeypatch.setattr(copied._session, "deposits", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(copied, sampling, particles(3, 0.2), seed=5)
    assert run(copied, sampling, particles(2)).showers == shot.showers[:2]


def test_a_process_that_is_killed_twice_is_an_error(copied, sampling, monkeypatch):
    def killed(own, _species, _shots):
        os.kill(own._process.pid, signal.SIGKILL)
        yield own._receive()

    monkeypatch.setattr(Session, "deposits", killed)
    with pytest.raises(SimulationError, match=r"killed by signal 9.*fewer --workers"):
        run(copied, sampling, particles(1))


def test_a_process_that_crashes_is_an_error_that_names_the_signal(copied, sampling):
    copied.check(sampling)
    os.kill(copied._session._process.pid, signal.SIGSEGV)
    with pytest.raises(SimulationError, match="Geant4 stopped by signal SIGSEGV"):
        run(copied, sampling, particles(1))


def test_without_a_folder_for_temporary_files_no_process_is_an_error(sampling, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(SimulationError, match="no process for Geant4 can be started"):
        Geant4Engine().check(sampling)


def test_geant4_prints_nothing_and_ends_with_whoever_started_it(sampling):
    code = (
        "from metacalo.geometry import Detector; "
        "from metacalo.simulation.geant4 import Geant4Engine; engine = Geant4Engine(); "
        f"engine.check(Detector.from_dict({sampling.to_dict()!r})); "
        "print(engine._session._process.pid, flush=True); input()"
    )
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", code], **streams) as parent:
        geant4 = int(parent.stdout.readline())  # the first that is printed
        os.kill(geant4, 0)
        parent.kill()
        assert (parent.stdout.read(), parent.stderr.read()) == (b"", b"")
    deadline = time.monotonic() + 20.0
    while is_running(geant4) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(geant4)


def is_running(process):
    """Whether a process is there; one that has ended and waits for its parent is not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_geant4_ends_with_the_engine(sampling):
    own = Geant4Engine()
    own.check(sampling)
    process = own._session._process
    assert process.poll() is None
    del own
    gc.collect()
    assert process.poll() is not None


def test_without_the_wheel_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"metacalo\[geant4\]"):
        Geant4Engine()


def test_a_wheel_that_cannot_be_imported_is_an_error(monkeypatch):
    monkeypatch.setattr(session, "MODULE", "geant4_broken")
    with pytest.raises(SimulationError, match=r"No module named 'geant4_broken'.*force-reinstall"):
        session.geant4_version.__wrapped__()
