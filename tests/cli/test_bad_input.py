"""Mistakes that a user makes: one message that says what to do, exit code 2, and nothing written."""

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from metacalo.checkpoint import ModelInfo
from metacalo.cli.app import run
from metacalo.generation import AdaptedModel
from metacalo.geometry import load_detector
from metacalo.models import build_generator

COMMANDS = {"adapt": ["--geometry", "lhcb_shashlik"], "generate": ["-n", "5", "--energy", "5"]}


@pytest.fixture
def showers_file(data_dir: Path, tmp_path: Path) -> Path:
    """A file of showers that a test may damage."""
    return Path(shutil.copy(data_dir / "lhcb_small.h5", tmp_path / "mine.h5"))


def everything_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object) -> str:
    """Run a command, which must fail for the user's mistake and leave the folder as it was."""
    before = everything_in(folder), sorted(folder.rglob("*"))
    code = run([str(argument) for argument in arguments])
    error = capsys.readouterr().err
    assert code == 2, error
    assert "Traceback" not in error
    assert error.count("error: ") == 1
    assert (everything_in(folder), sorted(folder.rglob("*"))) == before
    return error.split("error: ")[1]


def a_detector(**changes: object) -> dict[str, object]:
    """A detector of lead and scintillator, with changes of its first slab."""
    lead = {"material": "Pb", "thickness_mm": 2.0}
    scintillator = {"material": "polystyrene", "thickness_mm": 4.0, "active": True}
    return {
        "name": "mine",
        "sections": [{"repeat": 66, "stack": [{**lead, **changes}, scintillator]}],
        "grid": {"shape": [9, 16, 45], "dr_mm": "auto", "dz_mm": "auto"},
    }


NO_ACTIVE_LAYER = {
    "name": "mine",
    "sections": [{"repeat": 66, "stack": [{"material": "Pb", "thickness_mm": 2.0}]}],
    "grid": {"shape": [9, 16, 45], "dr_mm": 8.0, "dz_mm": 4.0},
}


@pytest.mark.parametrize("command", ["check", "adapt"])
@pytest.mark.parametrize(
    ("detector", "messages"),
    [
        (a_detector(material="polystirene"), ["'polystirene'", "'polystyrene'"]),
        (a_detector(thickness_mm=0.0), ["stack[0].thickness_mm", "above 0", "got 0.0", "millimetres"]),
        (a_detector(thickness_mm=-2.0), ["stack[0].thickness_mm", "above 0", "got -2.0", "millimetres"]),
        (a_detector(thickness_mm=float("nan")), ["stack[0].thickness_mm", "got nan"]),
        (a_detector(thickness_mm=1e9), ["millimetres"]),
        (a_detector(thicknes_mm=2.0), ["'thicknes_mm'", "'thickness_mm'"]),
        ({**a_detector(), "sectoins": []}, ["'sectoins'", "'sections'"]),
        (NO_ACTIVE_LAYER, ["at least one active slab", "active: true"]),
    ],
    ids=[
        "unknown material",
        "zero thickness",
        "negative thickness",
        "thickness not a number",
        "impossible thickness",
        "unknown key of a slab",
        "unknown key",
        "no active layer",
    ],
)
def test_a_stack_that_cannot_be_is_refused(
    detector: dict[str, object],
    messages: list[str],
    command: str,
    showers_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump(detector), encoding="utf-8")
    adapt = ["adapt", "--geometry", file, "--showers", showers_file, "--out", tmp_path / "out"]
    error = refused(capsys, tmp_path, *(["geometry", "check", file] if command == "check" else adapt))
    assert "mine.yaml" in error
    for message in messages:
        assert message in error


def damage_root_file(file: Path) -> None:
    file.write_bytes(b"root" + bytes(400))


def damage_foreign(file: Path) -> None:
    with h5py.File(file, "w") as hdf5:
        hdf5["hits"] = np.zeros(3)


def damage_emptied(file: Path) -> None:
    file.write_bytes(b"")


def damage_missing_dataset(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        del hdf5["voxel"]


def damage_no_showers(file: Path) -> None:
    with h5py.File(file, "r+") as hdf5:
        for name in ("incident_energy", "incident_theta", "incident_phi", "offset", "voxel", "energy"):
            data = hdf5[name][:1] if name == "offset" else hdf5[name][:0]
            del hdf5[name]
            hdf5[name] = data


def damage_removed(file: Path) -> None:
    file.unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (damage_root_file, "HDF5"),
        (damage_foreign, "schema"),
        (damage_emptied, "empty"),
        (damage_missing_dataset, "dataset voxel"),
        (damage_no_showers, "no showers"),
        (damage_removed, "mine.h5"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_file_without_showers_is_refused(
    damage: object, message: str, showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(showers_file)  # type: ignore[operator]
    error = refused(
        capsys, tmp_path, "adapt", *COMMANDS["adapt"], "--showers", showers_file, "--out", tmp_path / "out"
    )
    assert "mine.h5" in error
    assert message in error


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -3.0, 0.0])
def test_an_impossible_incident_energy_is_refused(
    value: float, showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(showers_file, "r+") as file:
        file["incident_energy"][7] = value
    error = refused(
        capsys, tmp_path, "adapt", *COMMANDS["adapt"], "--showers", showers_file, "--out", tmp_path / "out"
    )
    assert "mine.h5" in error
    assert f"incident_energy[7] is {value}, expected a " in error


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--n-showers", "0"),
        ("--n-showers", "-300"),
        ("--steps", "0"),
        ("--time-budget", "-1"),
        ("--time-budget", "0"),
        ("--time-budget", "nan"),
        ("--seed", "-1"),
    ],
)
def test_adapt_refuses_a_setting_that_makes_no_sense(
    option: str, value: str, showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*COMMANDS["adapt"], "--showers", showers_file, "--out", tmp_path / "out", option, value]
    error = refused(capsys, tmp_path, "adapt", *arguments)
    assert option[2:].replace("-", "_") in error
    assert value.lstrip("-") in error


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows what it was adapted to, without having been trained."""
    folder = tmp_path_factory.mktemp("adapted")
    generator = build_generator({"family": "field_vae", "latents": 2})
    detector = load_detector("lhcb_shashlik")
    AdaptedModel(generator, detector, ModelInfo.of(generator), (1.0, 100.0), (0.0, 40.0)).save(folder)
    return folder


@pytest.mark.parametrize(
    ("option", "value"), [("--number", "0"), ("--number", "-5"), ("--seed", "-1"), ("--batch", "-1")]
)
def test_generate_refuses_a_setting_that_makes_no_sense(
    option: str, value: str, adapted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", adapted, *COMMANDS["generate"], "--out", tmp_path / "made.h5", option, value]
    assert value in refused(capsys, tmp_path, "generate", *arguments)


@pytest.mark.parametrize("energy", ["0", "nan", "inf", "-50", "1:inf", "fifty"])
def test_generate_refuses_an_impossible_energy(
    energy: str, adapted: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", adapted, "-n", "5", f"--energy={energy}", "--out", tmp_path / "made.h5"]
    assert "GeV" in refused(capsys, tmp_path, "generate", *arguments)


def test_generate_refuses_conditions_that_are_impossible(
    adapted: Path, showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with h5py.File(showers_file, "r+") as file:
        file["incident_energy"][7] = np.nan
    arguments = ["--model", adapted, "--conditions", showers_file, "--out", tmp_path / "made.h5"]
    assert "incident_energy[7] is nan" in refused(capsys, tmp_path, "generate", *arguments)


def test_generate_refuses_a_folder_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--model", tmp_path, *COMMANDS["generate"], "--out", tmp_path / "made.h5"]
    assert str(tmp_path) in refused(capsys, tmp_path, "generate", *arguments)


@pytest.mark.parametrize("command", ["adapt", "generate"])
def test_a_place_below_a_file_is_refused(
    command: str, adapted: Path, showers_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing can be written, whoever runs it: the rights of a folder do not bind a superuser."""
    out = showers_file / "below" / "made.h5"
    own = ["--showers", showers_file] if command == "adapt" else ["--model", adapted]
    error = refused(capsys, tmp_path, command, *COMMANDS[command], *own, "--out", out)
    assert str(out) in error
    assert ("Choose another --out" if command == "adapt" else "make it first") in error
