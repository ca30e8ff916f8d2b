import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from metacalo.adaptation.support import divide
from metacalo.cli.app import run
from metacalo.showers import open_showers, write_showers

PICTURES = {
    "longitudinal_profile",
    "radial_profile",
    "response_and_resolution",
    "voxel_spectrum",
    "hits",
    "shower_pictures",
    "loss_curve",
}


@pytest.fixture(scope="module")
def showers_file(data_dir: Path) -> Path:
    return data_dir / "lhcb_small.h5"


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory, showers_file: Path) -> Path:
    out = tmp_path_factory.mktemp("adapted") / "lhcb"
    arguments = ["adapt", "--geometry", "lhcb_shashlik", "--showers", str(showers_file), "--n-showers", "40"]
    assert run([*arguments, "--steps", "10", "--out", str(out)]) == 0
    return out


def refused(capsys: pytest.CaptureFixture[str], out: Path, *arguments: str) -> str:
    """Run `adapt`, which must fail for the user's mistake and leave nothing behind; return the message."""
    code = run(["adapt", "--steps", "2", "--out", str(out), *arguments])
    error = capsys.readouterr().err
    assert code == 2
    assert "Traceback" not in error
    assert error.count("error: ") == 1
    assert not out.exists()
    if out.parent.is_dir():
        assert not [p for p in out.parent.iterdir() if p.suffix == ".part"]
    return error


def test_everything_is_in_the_folder(adapted: Path) -> None:
    names = {path.name for path in adapted.iterdir()}
    assert {"model.safetensors", "model.json", "model.onnx", "adapted.json", "report.html"} <= names
    assert {f"{picture}.png" for picture in PICTURES} <= names
    assert not [path for path in adapted.parent.iterdir() if path.suffix == ".part"]


def test_the_showers_that_it_was_judged_by_are_kept_and_are_not_those_adapted_to(
    adapted: Path, showers_file: Path
) -> None:
    info = json.loads((adapted / "model.json").read_text())
    everything = open_showers(showers_file)
    division = divide(everything, 40, info["seeds"]["adapt"])
    test = open_showers(adapted / "test_showers.h5")
    assert test.sha256() == division.test.sha256()
    assert len(test) == 20
    assert open_showers(adapted / "support_showers.h5").sha256() == division.support.sha256()
    assert not set(test.incident_energy_gev) & set(division.support.incident_energy_gev)


@pytest.mark.parametrize("name", ["test_showers.h5", "support_showers.h5", "previous/mine.h5"])
def test_showers_that_would_be_moved_are_not_adapted_to(
    showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    out = tmp_path / "adapted"
    showers = out / name
    showers.parent.mkdir(parents=True)
    shutil.copy(showers_file, showers)
    assert run(["adapt", "--geometry", "lhcb_shashlik", "--showers", str(showers), "--out", str(out)]) == 2
    error = capsys.readouterr().err
    assert "expected showers outside of what this adaptation writes" in error
    assert "give another --out" in error
    assert showers.read_bytes() == showers_file.read_bytes()


def test_the_figures_say_what_was_done(adapted: Path) -> None:
    figures = json.loads((adapted / "adapted.json").read_text())
    assert figures["training"]["steps"] == 10
    assert figures["n_test"] == 20
    assert (figures["detector"], figures["n_support"], figures["seed"]) == ("lhcb_shashlik", 40, 0)
    assert figures["verdicts"]["response_ratio"]["light"] in {"good", "compatible", "fair", "poor"}
    names = {"separation_voxel_spectrum", "response_ratio", "layer_correlation_error", "frechet_distance"}
    for sample in ("adapted", "before adaptation", "floor"):
        assert names <= set(figures[sample]["estimates"])


def test_the_model_knows_where_it_comes_from(adapted: Path) -> None:
    info = json.loads((adapted / "model.json").read_text())
    assert info["extra"]["adapted_to"]["name"] == "lhcb_shashlik"
    assert info["training"]["adaptation"]["n_showers"] == 40
    assert "lhcb_shashlik" in info["data_sha256"]
    assert len(info["detectors"]) == 12
    assert info["validation"]["adapted"]["response_ratio"]


@pytest.fixture
def one_plot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report of one plot: to draw takes as long as all the rest of a small adaptation."""
    monkeypatch.setattr("metacalo.adaptation.run.MAIN_FIGURES", ("response",))


@pytest.mark.usefixtures("one_plot")
def test_a_second_adaptation_replaces_the_first(adapted: Path, showers_file: Path) -> None:
    arguments = ["--geometry", "lhcb_shashlik", "--showers", str(showers_file), "--n-showers", "30"]
    (adapted / "notes.txt").write_text("mine")
    assert run(["adapt", *arguments, "--steps", "2", "--out", str(adapted)]) == 0
    assert json.loads((adapted / "adapted.json").read_text())["training"]["steps"] == 2
    assert (adapted / "notes.txt").read_text() == "mine"


def test_showers_are_generated_like_those_of_a_file(
    adapted: Path, showers_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made.h5"
    arguments = ["generate", "--model", str(adapted), "--conditions", str(showers_file), "--out", str(out)]
    assert run(arguments) == 0
    made, asked = open_showers(out), open_showers(showers_file)
    np.testing.assert_array_equal(made.incident_energy_gev, asked.incident_energy_gev)
    np.testing.assert_array_equal(made.theta_rad, asked.theta_rad)
    response = made.total_energy_mev.sum() / asked.total_energy_mev.sum()
    assert response == pytest.approx(1.0, abs=0.2)


def test_showers_are_generated_in_ranges(adapted: Path, tmp_path: Path) -> None:
    out = tmp_path / "made.h5"
    arguments = ["generate", "--model", str(adapted), "-n", "20", "--energy", "2:8", "--theta", "0:30"]
    assert run([*arguments, "--out", str(out)]) == 0
    made = open_showers(out)
    assert len(made) == 20
    assert made.incident_energy_gev.min() >= 2.0
    assert made.incident_energy_gev.max() <= 8.0
    assert np.degrees(made.theta_rad.max()) <= 30.0


def test_energies_outside_the_trained_range_are_warned_of_and_marked(
    adapted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "made.h5"
    arguments = ["generate", "--model", str(adapted), "-n", "5", "--energy", "500", "--out", str(out)]
    assert run(arguments) == 0
    assert "warning: the model was adapted with" in capsys.readouterr().err
    assert open_showers(out).attributes["outside_trained_range"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "5"], "expected -n and --energy"),
        (["--energy", "50"], "expected -n and --energy"),
        (["-n", "5", "--energy", "50:1"], "low:high"),
        (["-n", "5", "--energy", "-1"], "above 0 GeV"),
        (["-n", "0", "--energy", "50"], "at least 1 shower"),
        (["-n", "5", "--energy", "50", "--theta", "95"], "below 90 degrees"),
        (["-n", "5", "--energy", "50", "--batch", "0"], "at least 1 shower"),
    ],
)
def test_impossible_requests_are_refused(
    adapted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    out = tmp_path / "made.h5"
    assert run(["generate", "--model", str(adapted), "--out", str(out), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_was_altered_is_refused(
    adapted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(adapted, model)
    data = bytearray((model / "model.safetensors").read_bytes())
    data[-1] ^= 1
    (model / "model.safetensors").write_bytes(data)
    out = tmp_path / "made.h5"
    assert run(["generate", "--model", str(model), "-n", "1", "--energy", "5", "--out", str(out)]) == 2
    assert "SHA-256" in capsys.readouterr().err
    assert not out.exists()


def test_a_checkpoint_of_another_version_is_refused(
    adapted: Path, tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(adapted, model)
    info = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps({**info, "format_version": 99}))
    message = refused(
        capsys, tmp_path / "out", "--geometry", "lhcb_shashlik", "--showers", str(showers_file),
        "--checkpoint", str(model),
    )  # fmt: skip
    assert "99" in message


def test_an_unknown_detector_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "lhcb_ecal" in refused(capsys, tmp_path / "out", "--geometry", "lhcb_ecl")


def test_showers_of_another_grid_are_refused(
    tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = refused(capsys, tmp_path / "out", "--geometry", "atlas_lar", "--showers", str(showers_file))
    assert f"{showers_file}: the showers have the grid" in message
    assert "dr = 17.9215 mm, dz = 12 mm, detector atlas_lar has" in message
    assert "dr = 18.6222 mm, dz = 12.34 mm" in message
    assert "grid: {shape: [9, 16, 45], dr_mm: 17.9215, dz_mm: 12}" in message


def test_a_truncated_file_is_refused(
    tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = tmp_path / "cut.h5"
    cut.write_bytes(showers_file.read_bytes()[:30_000])
    message = refused(capsys, tmp_path / "out", "--geometry", "lhcb_shashlik", "--showers", str(cut))
    assert "cut.h5" in message


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_impossible_energies_are_refused(
    tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str], value: float
) -> None:
    bad = tmp_path / "bad.h5"
    shutil.copy(showers_file, bad)
    with h5py.File(bad, "r+") as file:
        file["energy"][7] = value
    message = refused(capsys, tmp_path / "out", "--geometry", "lhcb_shashlik", "--showers", str(bad))
    assert "bad.h5" in message


@pytest.mark.usefixtures("one_plot")
@pytest.mark.parametrize(("n", "code"), [(10, 0), (4, 2)])
def test_a_few_showers_are_warned_of_and_a_handful_refused(
    tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str], n: int, code: int
) -> None:
    few = tmp_path / "few.h5"
    write_showers(few, open_showers(showers_file)[:16])
    arguments = ["--geometry", "lhcb_shashlik", "--showers", str(few), "--n-showers", str(n), "--steps", "2"]
    assert run(["adapt", *arguments, "--out", str(tmp_path / "out")]) == code
    assert f"warning: only {n} showers" in capsys.readouterr().err


def test_an_output_folder_that_is_a_file_is_refused_before_the_training(
    tmp_path: Path, showers_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.write_text("a file")
    arguments = ["--geometry", "lhcb_shashlik", "--showers", str(showers_file), "--n-showers", "40"]
    assert run(["adapt", *arguments, "--out", str(out)]) == 2
    assert "nothing was changed" in capsys.readouterr().err
    assert out.read_text() == "a file"


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, showers_file: Path) -> None:
    def small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    out = tmp_path / "out"
    arguments = ["--showers", str(showers_file), "--n-showers", "40", "--steps", "2", "--out", str(out)]
    done = subprocess.run(
        [sys.executable, "-c",
         "from metacalo.adaptation import run; from metacalo.cli import main\n"
         "run.MAIN_FIGURES = ('response',); main()",
         "adapt", "--geometry", "lhcb_shashlik", *arguments],
        capture_output=True, text=True, preexec_fn=small_files_only, check=False,
        env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "mpl")},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]
