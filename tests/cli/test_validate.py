import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from metacalo.cli.app import run
from metacalo.showers import Showers, open_showers, write_showers


def scaled(showers: Showers, factor: float) -> Showers:
    return Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        offsets=showers.offsets,
        voxels=showers.voxels,
        energies_mev=np.asarray(showers.energies_mev) * factor,
    )


@pytest.fixture(scope="module")
def full(data_dir: Path) -> Path:
    return data_dir / "lhcb_small.h5"


@pytest.fixture(scope="module")
def fast(full: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth more energy than full simulation."""
    path = tmp_path_factory.mktemp("fast") / "fast.h5"
    write_showers(path, scaled(open_showers(full), 1.1))
    return path


@pytest.fixture(scope="module")
def validated(full: Path, fast: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("validated") / "out"
    arguments = ["validate", "--reference", str(full), "--generated", str(fast), "--baseline", str(full)]
    arguments += ["--label", "louder", "--label", "copy", "--energy-bins", "1:3,3:12", "--quick"]
    assert run([*arguments, "--out", str(out)]) == 0
    return out


def test_everything_is_in_the_folder(validated: Path) -> None:
    assert {path.name for path in validated.iterdir()} == {"metrics.json", "report.html", "plots"}
    plots = {path.stem for path in (validated / "plots").iterdir()}
    assert {"response", "longitudinal_profile", "hits", "layer_correlations", "shower_pictures"} <= plots
    assert [path.name for path in validated.parent.iterdir()] == ["out"]


def test_the_figures_say_what_was_compared_and_how_it_was_judged(validated: Path) -> None:
    found = json.loads((validated / "metrics.json").read_text())
    assert (found["schema"], found["schema_version"]) == ("metacalo-validation", 1)
    assert found["detector"] == "lhcb_shashlik"
    assert any("which" in note and "names" in note for note in found["notes"])
    assert list(found["comparisons"]) == ["louder", "copy"]
    louder = found["comparisons"]["louder"]["estimates"]["response_ratio"]
    assert louder["value"] == pytest.approx(1.1, abs=4 * louder["error"])
    assert louder["error"] > 0
    assert found["verdicts"]["louder"]["response_ratio"]["light"] == "poor"
    assert found["sizes"] == "30 showers against 30 (halves of the reference)"
    assert [b["low_gev"] for b in found["comparisons"]["louder"]["energy_bins"]] == [1.0, 3.0]
    assert found["files"]["Geant4"]["n_showers"] == 60
    assert len(found["files"]["louder"]["sha256"]) == 64
    assert found["settings"]["scope"]["max_showers"] == 2000
    assert {"metacalo", "numpy", "scikit-learn"} <= set(found["versions"])


def test_a_copy_of_the_reference_is_told_and_scores_as_the_floor(validated: Path) -> None:
    found = json.loads((validated / "metrics.json").read_text())
    assert any("copy has the very showers of Geant4" in note for note in found["notes"])
    for name, figure in found["comparisons"]["copy"]["estimates"].items():
        assert figure == found["floor"]["estimates"][name]


def test_the_report_shows_samples_side_by_side(validated: Path) -> None:
    report = (validated / "report.html").read_text()
    assert "louder, copy against Geant4" in report
    assert report.count("data:image/png;base64") >= 12


def test_the_verdict_is_printed_and_its_exit_code_is_asked_for(
    full: Path,
    fast: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("metacalo.validation.run.MAIN_FIGURES", ("response",))
    arguments = ["validate", "--reference", str(full), "--generated", str(fast), "--quick"]
    assert run([*arguments, "--out", str(tmp_path / "out"), "--fail-on", "poor"]) == 3
    printed = capsys.readouterr().out
    assert "response ratio" in printed
    assert "poor" in printed
    assert "report.html" in printed
    assert (tmp_path / "out" / "metrics.json").exists()


def refused(capsys: pytest.CaptureFixture[str], out: Path, *arguments: object) -> str:
    """Run `validate`, which must fail for the user's mistake and leave nothing; return the message."""
    code = run(["validate", "--quick", "--out", str(out), *map(str, arguments)])
    error = capsys.readouterr().err
    assert code == 2, error
    assert "Traceback" not in error
    assert error.count("error: ") == 1
    assert not out.is_dir()
    if out.parent.is_dir():
        assert not [path for path in out.parent.iterdir() if path.suffix == ".part"]
    return error


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:30_000])


def not_a_number(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        hdf5["energy"][7] = np.nan


def removed(file: Path) -> None:
    file.unlink()


def on_another_grid(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        hdf5.attrs["dr_mm"] = 5.0


def in_gev(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        hdf5["energy"][...] = hdf5["energy"][()] / 1000


def of_mev_particles(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        hdf5["incident_energy"][...] = hdf5["incident_energy"][()] * 1000


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (emptied, "bad.h5"),
        (truncated, "bad.h5"),
        (not_a_number, "energy[7] is nan"),
        (removed, "bad.h5"),
        (on_another_grid, "on one grid"),
        (in_gev, "difference of units"),
        (of_mev_particles, "are some in MeV"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_that_cannot_be_compared_is_refused(
    damage: object, message: str, full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = Path(shutil.copy(full, tmp_path / "bad.h5"))
    damage(bad)  # type: ignore[operator]
    out = tmp_path / "out"
    assert message in refused(capsys, out, "--reference", full, "--generated", bad)


def test_too_few_showers_are_refused(full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = tmp_path / "few.h5"
    write_showers(few, open_showers(full)[:3])
    error = refused(capsys, tmp_path / "out", "--reference", full, "--generated", few)
    assert "few: expected at least 4 showers, got 3" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--energy-bins", "1:5,6:20"], "each beginning where the one before it ends"),
        (["--energy-bins", "5"], "1:5,5:20,20:100"),
        (["--energy-bins", "5:1"], "that increase"),
        (["--energy-bins", "one:two"], "'one:two'"),
        (["--fail-on", "bad"], "--fail-on poor or fair"),
        (["--thorough"], "--quick or --thorough"),
        (["--label", "a", "--label", "b"], "no more labels than files"),
        (["--label", "Geant4"], "a label other than 'Geant4'"),
        (["--label", "$x$"], "no dollar sign"),
        (["--geometry", "lhcb_eca"], "lhcb_eca"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(
    arguments: list[str], message: str, full: Path, fast: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    error = refused(capsys, tmp_path / "out", "--reference", full, "--generated", fast, *arguments)
    assert message in " ".join(error.split())


def test_the_reference_as_its_own_floor_is_refused(
    full: Path, fast: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--reference", full, "--generated", fast, "--floor", full]
    assert "other showers of full simulation" in refused(capsys, tmp_path / "out", *arguments)


def test_a_place_that_is_a_file_is_refused(
    full: Path, fast: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.write_text("a file")
    error = refused(capsys, out, "--reference", full, "--generated", fast)
    assert "Choose another --out" in error
    assert out.read_text() == "a file"
