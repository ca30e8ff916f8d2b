"""A simulation from end to end: shards, workers, interruptions, deaths."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from metacalo.errors import OutputError, SettingsError, SimulationError
from metacalo.geometry import load_detector
from metacalo.showers import open_showers
from metacalo.showers.incident import Range
from metacalo.simulation import Job, engine, simulate_to_file
from metacalo.simulation.deposits import open_deposits
from metacalo.simulation.parametric import ParametricEngine
from metacalo.simulation.run import checked_workers, holds_showers_of
from metacalo.simulation.shards import Shards, earlier_seed, parts_folder

MORTAL = """
import os, signal
from pathlib import Path
from metacalo.errors import SimulationError
from metacalo.simulation.parametric import ParametricEngine


class Mortal:
    name, own_processes = "mortal", True

    def __init__(self, notes, deaths, how="die"):
        self.notes, self.deaths, self.how = Path(notes), deaths, how

    def provenance(self):
        return {"engine": "mortal"}

    def check(self, detector):
        pass

    def close(self):
        pass

    def simulate(self, detector, particles, generator, *, deposits=False):
        died = len(list(self.notes.iterdir()))
        if self.how == "refuse":
            raise SimulationError("the detector is on fire")
        if died < self.deaths and len(particles) == 3:
            (self.notes / str(died)).touch()
            print("last words on standard output", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return ParametricEngine().simulate(detector, particles, generator, deposits=deposits)
"""


class Interrupted:
    """The parametric engine, with a Ctrl-C after some shards."""

    name, own_processes = "parametric", False

    def __init__(self, shards_until_interrupt):
        self.left = shards_until_interrupt

    def provenance(self):
        return ParametricEngine().provenance()

    def check(self, detector):
        pass

    def close(self):
        pass

    def simulate(self, detector, particles, generator, *, deposits=False):
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return ParametricEngine().simulate(detector, particles, generator, deposits=deposits)


def job_of(engine=None, **changes):
    given = {"n": 11, "energy_gev": Range(1.0, 2.0), "theta_deg": Range(0.0, 30.0), "seed": 7, "per_shard": 4}
    detector = load_detector("par04_siw")
    return Job(detector=detector, engine=engine or ParametricEngine(), **{**given, **changes})


@pytest.fixture
def mortal(tmp_path, monkeypatch):
    """Build an engine that kills its process some times, in a module that workers can import."""
    (tmp_path / "mortal_engine.py").write_text(MORTAL)
    (tmp_path / "deaths").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    import mortal_engine

    monkeypatch.delitem(sys.modules, "mortal_engine", raising=False)
    sys.modules["mortal_engine"] = mortal_engine
    return lambda deaths, how="die": mortal_engine.Mortal(tmp_path / "deaths", deaths, how)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The showers of `job_of()`, made in one go."""
    path = tmp_path_factory.mktemp("whole") / "showers.h5"
    simulate_to_file(job_of(), path, workers=1)
    return path


def test_the_file_has_all_showers_and_says_how_they_were_made(whole):
    showers = open_showers(whole, detector=load_detector("par04_siw"))
    assert len(showers) == 11
    assert 1.0 <= showers.incident_energy_gev.min() < showers.incident_energy_gev.max() <= 2.0
    told = showers.attributes
    assert (told["detector"], told["particle"], told["seed"]) == ("par04_siw", "e-", 7)
    assert told["energy_range_gev"] == (1.0, 2.0)
    assert told["parametric"] is True
    assert 0 <= told["energy_outside_grid_mev"] < 0.1 * showers.total_energy_mev.sum()
    assert not parts_folder(whole).exists()


def test_the_number_of_workers_changes_nothing(whole, tmp_path):
    told = []
    simulate_to_file(job_of(), tmp_path / "two.h5", workers=2, on_done=told.append)
    assert (tmp_path / "two.h5").read_bytes() == whole.read_bytes()
    assert sorted(told) == [3, 4, 4]


def test_each_shard_has_a_stream_of_its_own():
    job = job_of()
    first, second = (job.simulate(shard).showers for shard in (0, 1))
    assert first != second
    assert first == job_of(n=4).simulate(0).showers  # whatever follows
    assert first.incident_energy_gev[0] != second.incident_energy_gev[0]


def test_an_interrupted_simulation_goes_on_where_it_stopped(whole, tmp_path):
    out = tmp_path / "showers.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate_to_file(job_of(Interrupted(2)), out, workers=1)
    assert not out.exists()
    assert sorted(path.name[:7] for path in parts_folder(out).glob("*.h5")) == ["000000-", "000001-"]
    assert earlier_seed(out) == 7
    told = []
    simulate_to_file(job_of(Interrupted(1)), out, workers=1, on_done=told.append)
    assert told == [8, 3]
    assert out.read_bytes() == whole.read_bytes()
    assert earlier_seed(out) == 7  # of the finished file
    assert earlier_seed(tmp_path / "another.h5") is None


@pytest.mark.parametrize("changes", [{"seed": 8}, {"n": 12}, {"energy_gev": Range(1.0, 3.0)}])
def test_a_part_of_other_showers_is_not_mixed_in(changes, whole, tmp_path):
    out = tmp_path / "showers.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate_to_file(job_of(Interrupted(1), **changes), out, workers=1)
    with pytest.raises(SettingsError, match=rf"other showers: {next(iter(changes))}.*--restart"):
        simulate_to_file(job_of(), out, workers=1)
    simulate_to_file(job_of(), out, workers=1, restart=True)
    assert out.read_bytes() == whole.read_bytes()


def test_a_shard_whose_worker_dies_is_made_again(mortal, tmp_path):
    out = tmp_path / "showers.h5"
    simulate_to_file(job_of(mortal(1)), out, workers=2)
    assert len(list((tmp_path / "deaths").iterdir())) == 1
    simulate_to_file(job_of(mortal(0)), tmp_path / "alive.h5", workers=1)
    assert open_showers(out) == open_showers(tmp_path / "alive.h5")


def test_a_shard_over_which_workers_keep_dying_is_told_with_their_last_words(mortal, tmp_path):
    out = tmp_path / "showers.h5"
    with pytest.raises(SimulationError) as caught:
        simulate_to_file(job_of(mortal(99)), out, workers=1)
    message = str(caught.value)
    assert "2 workers died" in message
    assert "signal SIGKILL" in message
    assert "last words on standard output" in message
    assert str(parts_folder(out)) in message
    assert len(list(parts_folder(out).glob("*.h5"))) == 2  # the two shards of four showers


def test_what_an_engine_refuses_in_a_worker_is_told_as_it_is(mortal, tmp_path):
    with pytest.raises(SimulationError, match="the detector is on fire"):
        simulate_to_file(job_of(mortal(0, "refuse")), tmp_path / "showers.h5", workers=2)


def test_deposits_are_written_beside_the_showers(tmp_path):
    simulate_to_file(job_of(deposits=True), tmp_path / "showers.h5", workers=1)
    n, deposits = open_deposits(tmp_path / "showers.deposits.h5")
    showers = open_showers(tmp_path / "showers.h5")
    assert n == len(showers) == 11
    inside = np.bincount(deposits.event, deposits.energy_mev, minlength=11) - showers.total_energy_mev
    assert inside.sum() == pytest.approx(showers.attributes["energy_outside_grid_mev"], rel=0.02)
    with h5py.File(tmp_path / "showers.deposits.h5") as file:
        assert file["x"].attrs["unit"] == "mm"
        assert file.attrs["detector"] == "par04_siw"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n": 0}, "expected at least 1 shower, got n = 0"),
        ({"n": -5}, "expected at least 1 shower, got n = -5"),
        ({"seed": -1}, "a seed of at least 0"),
        ({"seed": 2**63}, r"below 2\^63"),
        ({"species": "proton"}, "electromagnetic shower.*'proton'"),
        ({"theta_deg": Range(0.0, 90.0)}, "below 90 degrees"),
        ({"energy_gev": Range(0.0, 1.0)}, "above 0 GeV"),
    ],
)
def test_an_impossible_job_is_refused(changes, message):
    with pytest.raises(SettingsError, match=message):
        job_of(**changes)


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    with pytest.raises(OutputError, match="there is no folder"):
        simulate_to_file(job_of(Interrupted(0)), tmp_path / "no" / "showers.h5")
    with pytest.raises(OutputError, match="it is a folder"):
        simulate_to_file(job_of(Interrupted(0)), tmp_path)


def test_damaged_notes_are_told(tmp_path):
    out = tmp_path / "showers.h5"
    parts_folder(out).mkdir()
    (parts_folder(out) / "job.json").write_text("{")
    with pytest.raises(OutputError, match=r"cannot be read.*--restart"):
        simulate_to_file(job_of(), out, workers=1)
    simulate_to_file(job_of(), out, workers=1, restart=True)


def test_a_full_disk_leaves_finished_shards(tmp_path):
    def small_files_only():
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))

    out = tmp_path / "showers.h5"
    command = [
        sys.executable, "-c", "from metacalo.cli import main; main()", "simulate", "--geometry", "par04_siw",
        "-n", "600", "--energy", "1", "--seed", "3", "--workers", "1", "--out", str(out),
    ]  # fmt: skip
    script = "from metacalo.simulation import registry; registry.SHOWERS_PER_SHARD['parametric'] = 100\n"
    command[2] = script + command[2]
    failed = subprocess.run(command, preexec_fn=small_files_only, capture_output=True, text=True, check=False)
    assert failed.returncode == 2, failed.stderr
    assert "Traceback" not in failed.stderr
    assert not out.exists()
    kept = list(parts_folder(out).glob("*.h5"))
    assert len(kept) == 6  # each is small enough, the whole is not
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]
    command[2] = "from metacalo.simulation import Job\nJob.simulate = lambda *_: 1 / 0\n" + command[2]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(open_showers(out)) == 600


def test_a_file_tells_whether_it_holds_the_showers_of_a_job(whole, tmp_path):
    assert holds_showers_of(job_of(), whole)
    assert not holds_showers_of(job_of(seed=8), whole)
    assert not holds_showers_of(job_of(n=12), whole)
    assert not holds_showers_of(job_of(), tmp_path / "none.h5")
    (tmp_path / "bad.h5").write_text("no HDF5")
    assert not holds_showers_of(job_of(), tmp_path / "bad.h5")


def test_the_number_of_workers_is_read_from_text():
    assert checked_workers("auto") is None
    assert checked_workers("3") == 3
    for text in ("0", "-1", "two", "1.5"):
        with pytest.raises(SettingsError, match="--workers auto or a number"):
            checked_workers(text)


def test_engines_are_found_by_name():
    assert engine("parametric").name == "parametric"
    with pytest.raises(SettingsError, match=r"one of parametric, geant4, got 'parametrik'.*parametric"):
        engine("parametrik")
    with pytest.raises(SettingsError, match="expected no --cut with the engine parametric"):
        engine("parametric", cut_mm=1.0, physics=None)


def test_a_job_is_told_in_json():
    notes = json.loads(json.dumps(job_of().identity()))
    assert notes["detector"] == load_detector("par04_siw").fingerprint
    assert Shards(job_of(), Path("a.h5")).path(3).name.startswith("000003-")


def test_a_shard_of_another_job_is_never_taken_even_if_the_notes_are_gone(whole, tmp_path):
    out = tmp_path / "showers.h5"
    with pytest.raises(KeyboardInterrupt):
        simulate_to_file(job_of(Interrupted(2), seed=8), out, workers=1)
    (parts_folder(out) / "job.json").unlink()  # as a crash leaves it while the folder is removed
    simulate_to_file(job_of(), out, workers=1)
    assert out.read_bytes() == whole.read_bytes()


def test_workers_do_not_import_what_lies_in_the_folder(tmp_path, monkeypatch, whole):
    (tmp_path / "secrets.py").write_text("raise SystemExit('a module of the user')")
    monkeypatch.chdir(tmp_path)
    simulate_to_file(job_of(), tmp_path / "showers.h5", workers=2)
    assert (tmp_path / "showers.h5").read_bytes() == whole.read_bytes()


def test_an_engine_keeps_no_process_of_its_own_while_others_work(tmp_path):
    closed = []

    class Kept(Interrupted):
        def __reduce__(self):
            return ParametricEngine, ()

        def close(self):
            closed.append(True)

    simulate_to_file(job_of(Kept(99)), tmp_path / "one.h5", workers=1)
    assert closed == []
    simulate_to_file(job_of(Kept(0)), tmp_path / "two.h5", workers=2)
    assert closed == [True]
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "two.h5").read_bytes()


def test_a_file_without_the_deposits_that_are_wanted_is_not_the_jobs(whole):
    assert not holds_showers_of(job_of(deposits=True), whole)
