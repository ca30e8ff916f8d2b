from pathlib import Path

import numpy as np
import pytest

from metacalo.cli.app import run
from metacalo.showers import open_showers
from metacalo.simulation import registry


def simulate(*arguments: object) -> int:
    return run(["simulate", "--workers", "1", *map(str, arguments)])


def test_simulate_writes_the_showers_that_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.h5"
    arguments = ["--geometry", "par04_siw", "-n", 12, "--energy", "2:4", "--theta", "10", "--seed", 5]
    assert simulate(*arguments, "--particle", "gamma", "--out", out) == 0
    said = capsys.readouterr().out
    assert "12 showers of par04_siw, gamma, 2 to 4 GeV, 10 degrees, engine parametric" in said
    assert "(seed 5)" in said
    showers = open_showers(out)
    assert len(showers) == 12
    assert 2 <= showers.incident_energy_gev.min() < showers.incident_energy_gev.max() <= 4
    np.testing.assert_allclose(np.degrees(showers.theta_rad), 10.0, rtol=1e-6)
    assert showers.attributes["particle"] == "gamma"


def test_without_a_range_the_detectors_own_is_taken_and_without_a_seed_a_new_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert simulate("--geometry", "hgcal_si", "-n", 6, "--out", tmp_path / f"{name}.h5") == 0
    one, two = (open_showers(tmp_path / f"{name}.h5") for name in ("one", "two"))
    assert one != two
    assert one.attributes["energy_range_gev"] == (1.0, 100.0)
    assert one.attributes["theta_range_deg"] == (0.0, 40.0)


def test_the_same_command_goes_on_with_an_interrupted_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from metacalo.simulation.shards import Shards

    monkeypatch.setitem(registry.SHOWERS_PER_SHARD, "parametric", 4)
    make = Shards.make

    def interrupted(shards: Shards, shard: int) -> None:
        if shard == 2:
            raise KeyboardInterrupt
        make(shards, shard)

    out = tmp_path / "mine.h5"
    arguments = ["--geometry", "par04_siw", "-n", 10, "--energy", "1", "--out", out]
    monkeypatch.setattr(Shards, "make", interrupted)
    assert simulate(*arguments) == 130
    said = capsys.readouterr().err
    assert f"8 of 10 showers are kept in {out}.parts; the same command goes on" in said
    seed = said.split("--seed ")[1].split()[0]
    assert f"(seed {seed})" in said
    monkeypatch.setattr(Shards, "make", make)
    assert simulate(*arguments) == 0  # finds its seed again
    assert len(open_showers(out)) == 10
    assert open_showers(out).attributes["seed"] == int(seed)
    assert sorted(tmp_path.iterdir()) == [out]
    capsys.readouterr()


def test_a_finished_file_is_left_as_it_is_and_another_is_not_lost_without_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.h5"
    arguments = ["--geometry", "par04_siw", "--energy", "1", "--out", out]
    assert simulate(*arguments, "-n", 4) == 0
    before = (out.read_bytes(), out.stat().st_mtime_ns)
    capsys.readouterr()
    assert simulate(*arguments, "-n", 4) == 0
    assert "already there: 4 showers" in capsys.readouterr().out
    for other, what in (
        (["-n", 5], "number"),
        (["-n", 4, "--seed", 3], "seed differs"),
        (["-n", 4, "--theta", "5"], "theta_range_deg differs"),
        (["-n", 4, "--deposits"], "file of deposits differs"),
    ):
        assert simulate(*arguments, *other) == 2
        error = capsys.readouterr().err
        assert what in error
        assert "--restart" in error
    assert (out.read_bytes(), out.stat().st_mtime_ns) == before
    assert sorted(tmp_path.iterdir()) == [out]
    assert simulate(*arguments, "-n", 5, "--restart") == 0
    assert len(open_showers(out)) == 5
    notes = tmp_path / "notes.h5"
    notes.write_text("mine")
    assert simulate("--geometry", "par04_siw", "-n", 4, "--out", notes) == 2
    assert notes.read_text() == "mine"


def test_a_replacement_that_was_interrupted_goes_on_without_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from metacalo.simulation.shards import Shards

    out = tmp_path / "mine.h5"
    arguments = ["--geometry", "par04_siw", "--energy", "1", "--out", out]
    assert simulate(*arguments, "-n", 2) == 0

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Shards, "make", interrupted)
        assert simulate(*arguments, "-n", 3, "--restart") == 130
    assert len(open_showers(out)) == 2
    assert simulate(*arguments, "-n", 3) == 0
    assert len(open_showers(out)) == 3


def test_random_detectors_of_another_run_are_not_lost_without_restart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--random-detectors", 1, "--energy", "1", "--out", tmp_path]
    assert simulate(*arguments, "-n", 2) == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert simulate(*arguments, "-n", 2, "--seed", 9) == 2
    assert "--restart" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert simulate(*arguments, "-n", 3, "--restart") == 0
    assert len(open_showers(tmp_path / "random_0000.h5")) == 3


def test_what_the_stack_does_is_told_at_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.h5"
    assert simulate("--geometry", "par04_siw", "-n", 30, "--energy", "2", "--seed", 1, "--out", out) == 0
    said = {
        line.split("  ")[0].strip(): line for line in capsys.readouterr().out.splitlines() if "  " in line
    }
    showers = open_showers(out)
    fraction = (showers.total_energy_mev / 2000.0).mean()
    assert f"{fraction:.4g}" in said["visible fraction"]
    assert "estimate of the stack: 0.03166" in said["visible fraction"]
    assert f"{showers.n_hits.mean():.0f}" in said["voxels hit"]
    assert {"resolution", "mean depth", "R90", "outside of the grid"} <= said.keys()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--energy", "0.5"], "energies of 0.5 GeV go beyond the 1 to 100 GeV"),
        (["--energy", "1", "--theta", "0:41"], "angles of 0 to 41 degrees go beyond the 0 to 40 degrees"),
    ],
)
def test_particles_beyond_the_ranges_of_the_detector_are_warned_of(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate("--geometry", "par04_siw", "-n", 2, *options, "--out", tmp_path / "a.h5") == 0
    error = capsys.readouterr().err
    assert message in error
    assert error.count("warning: ") == 1


def test_random_detectors_are_written_with_their_showers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "set"
    assert simulate("--random-detectors", 2, "-n", 3, "--energy", "1", "--seed", 4, "--out", out) == 0
    assert "6 showers of 2 random detectors" in capsys.readouterr().out
    names = ["random_0000.h5", "random_0000.yaml", "random_0001.h5", "random_0001.yaml"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert open_showers(out / "random_0001.h5").attributes["detector"] == "random_0001"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "5"], "expected either --geometry or --random-detectors, got neither"),
        (["-n", "5", "--geometry", "scw", "--random-detectors", "3"], "got both"),
        (["-n", "5", "--geometry", "scv"], "scw"),
        (["-n", "0", "--geometry", "scw"], "at least 1 shower, got n = 0; choose"),
        (["-n", "-3", "--geometry", "scw"], "at least 1 shower, got n = -3"),
        (
            ["-n", "5", "--geometry", "scw", "--energy", "10:1"],
            "lower value comes first, write `--energy 1:10`",
        ),
        (["-n", "5", "--geometry", "scw", "--energy", "ten"], "low:high in GeV, got 'ten'"),
        (["-n", "5", "--geometry", "scw", "--energy", "0:1"], "above 0 GeV"),
        (["-n", "5", "--geometry", "scw", "--theta", "0:90"], "below 90 degrees"),
        (["-n", "5", "--geometry", "scw", "--engine", "geant3"], "one of parametric, geant4, got 'geant3'"),
        (
            ["-n", "5", "--geometry", "scw", "--cut", "1"],
            "expected no --cut with the engine parametric, which tracks nothing; leave it",
        ),
        (["-n", "5", "--geometry", "scw", "--particle", "pi-"], "e-, e+, gamma, got 'pi-'"),
        (["-n", "5", "--geometry", "scw", "--seed", "-1"], "a seed of at least 0"),
        (["-n", "5", "--geometry", "scw", "--workers", "many"], "--workers auto or a number"),
        (["-n", "5", "--random-detectors", "0"], "at least 1 random detector"),
    ],
)
def test_mistakes_are_told_in_one_message(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", *arguments, "--out", str(tmp_path / "out.h5")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("error: ") == 1
    assert list(tmp_path.iterdir()) == []
