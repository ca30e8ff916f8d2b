"""`metacalo project`, and `metacalo generate --readout`: from showers to events on cells."""

import json
import shutil
import sys
from itertools import product
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
import yaml

from metacalo.checkpoint import ModelInfo
from metacalo.cli.app import run
from metacalo.errors import SettingsError
from metacalo.generation import AdaptedModel, Range, Request
from metacalo.generation.onto_cells import pointing_conditions
from metacalo.geometry import load_detector
from metacalo.models import build_generator
from metacalo.readout import load_readout
from metacalo.readout.entries import Entries
from metacalo.readout.formats import open_events
from metacalo.showers import Showers, open_showers


@pytest.fixture(scope="module")
def showers(data_dir: Path) -> Showers:
    return open_showers(data_dir / "lhcb_small.h5")


@pytest.fixture
def command(data_dir: Path) -> list[str]:
    return ["project", "--showers", str(data_dir / "lhcb_small.h5"), "--geometry", "lhcb_ecal", "--out"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model that says it was adapted to lhcb_ecal."""
    detector = load_detector("lhcb_ecal")
    generator = build_generator({"family": "field_vae", "latents": 2})
    info = ModelInfo.of(generator)
    folder = tmp_path_factory.mktemp("model") / "lhcb"
    AdaptedModel(generator, detector, info, (1.0, 100.0), (0.0, 40.0)).save(folder)
    return folder


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object) -> str:
    """Run a command, which must fail for the user's mistake and leave the folder as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code = run([str(argument) for argument in arguments])
    error = capsys.readouterr().err
    assert code == 2, error
    assert "Traceback" not in error
    assert error.count("error: ") == 1, error
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return error.split("error: ")[1]


@pytest.mark.parametrize("name", ["events.root", "events.parquet", "events.h5"])
def test_no_energy_is_lost_between_showers_and_file(
    command: list[str], showers: Showers, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, str(tmp_path / name)]) == 0
    with open_events(tmp_path / name) as file:
        events, detector = file.read(), file.metadata.detector
    assert len(events) == len(showers) == 60
    assert detector["readout"]["kind"] == "planar"
    owner = np.repeat(np.arange(60), np.diff(events.offsets))
    in_cells = np.bincount(owner, weights=events.hit["energy_mev"], minlength=60)
    lost = events.event["lost_gap_mev"] + events.event["lost_outside_mev"]
    np.testing.assert_allclose(in_cells + lost, showers.total_energy_mev, rtol=2e-6)
    np.testing.assert_array_equal(events.event["theta_rad"], showers.theta_rad)
    printed = capsys.readouterr().out
    assert f"60 events of lhcb_ecal in {tmp_path / name} (seed 0)" in printed
    assert "in cells" in printed
    assert "in gap" in printed
    assert "in outside" in printed


def test_showers_enter_at_the_default_position(command: list[str], tmp_path: Path) -> None:
    assert run([*command, str(tmp_path / "events.h5")]) == 0
    with open_events(tmp_path / "events.h5") as file:
        event = file.read().event
    default = load_readout("lhcb_ecal").default_position
    assert {*event["impact_x_mm"]} == {default[0]}
    assert {*event["impact_y_mm"]} == {default[1]}


def test_a_shifted_position_shifts_the_events(command: list[str], tmp_path: Path) -> None:
    one, other = tmp_path / "one.h5", tmp_path / "other.h5"
    assert run([*command, str(one), "--position=1545.3,151.5"]) == 0
    assert run([*command, str(other), "--position=1424.1,30.3"]) == 0  # by two cells to either side
    with open_events(one) as first, open_events(other) as second:
        a, b = first.read(), second.read()
    order_a, order_b = (
        np.lexsort((e.hit["x_mm"], e.hit["y_mm"], np.repeat(np.arange(60), np.diff(e.offsets))))
        for e in (a, b)
    )
    inside = a.hit["y_mm"][order_a].min() > -1000
    assert inside
    np.testing.assert_allclose(a.hit["x_mm"][order_a] - 121.2, b.hit["x_mm"][order_b], atol=1e-3)
    np.testing.assert_allclose(
        a.hit["energy_mev"][order_a], b.hit["energy_mev"][order_b], rtol=1e-4, atol=1e-5
    )


def test_positions_of_a_file_are_taken_one_for_one(command: list[str], tmp_path: Path) -> None:
    x = np.linspace(500.0, 3000.0, 60)
    rows = "\n".join(f"{value},{-0.5 * value}" for value in x)
    (tmp_path / "positions.csv").write_text(f"x_mm,y_mm\n{rows}\n")
    out = tmp_path / "events.h5"
    assert run([*command, str(out), "--positions", str(tmp_path / "positions.csv")]) == 0
    with open_events(out) as file:
        event = file.read().event
    np.testing.assert_allclose(event["impact_x_mm"], x)
    np.testing.assert_allclose(event["impact_y_mm"], -0.5 * x)


def test_a_scan_spreads_them_over_a_region(command: list[str], tmp_path: Path) -> None:
    out = tmp_path / "events.h5"
    assert run([*command, str(out), "--scan", "inner", "--seed", "4"]) == 0
    with open_events(out) as file:
        event, metadata = file.read().event, file.metadata
    readout = load_readout("lhcb_ecal")
    cell = readout.locate(event["impact_x_mm"], event["impact_y_mm"], event["impact_z_mm"] + 1.0)
    assert {readout.cells.region_names[k] for k in readout.cells.region[cell]} == {"inner"}
    assert len(set(cell.tolist())) > 40
    assert (metadata.seed, metadata.projection["scan"]) == (4, "inner")


def test_another_angle_than_the_showers_own_is_warned_of_once(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "events.h5"
    assert run([*command, str(out), "--theta", "20", "--phi", "90"]) == 0
    assert capsys.readouterr().err.count("warning: ") == 1
    with open_events(out) as file:
        event = file.read().event
    np.testing.assert_allclose(event["direction_y"], np.sin(np.radians(20.0)))
    np.testing.assert_allclose(event["direction_x"], 0.0, atol=1e-12)


def test_uproot_reads_the_edm4hep_layout(command: list[str], showers: Showers, tmp_path: Path) -> None:
    out = tmp_path / "events.root"
    assert run([*command, str(out), "--layout", "edm4hep", "--collection", "EcalHits"]) == 0
    with uproot.open(out) as file:
        energy_gev = ak.sum(file["events"]["EcalHits.energy"].array(), axis=1)
        assert file["events"]["MCParticles.PDG"].array().tolist() == [[11]] * 60
    np.testing.assert_allclose(1e3 * energy_gev, showers.total_energy_mev, rtol=2e-3)


def test_the_collection_of_the_detector_file_is_taken(data_dir: Path, tmp_path: Path) -> None:
    content = load_detector("lhcb_ecal").to_dict()
    content["readout"] = {**content["readout"], "collection": "EcalHits"}
    (tmp_path / "named.yaml").write_text(yaml.safe_dump(content))
    out = tmp_path / "events.root"
    arguments = ["project", "--showers", str(data_dir / "lhcb_small.h5"), "--out", str(out)]
    assert run([*arguments, "--geometry", str(tmp_path / "named.yaml"), "--layout", "edm4hep"]) == 0
    with uproot.open(out) as file:
        assert "EcalHits.energy" in file["events"].keys()  # noqa: SIM118 # a TTree is no dict


@pytest.mark.parametrize("options", [[], ["--theta", "10", "--phi", "20"], ["--sampling", "--noise", "1"]])
def test_events_do_not_depend_on_how_many_showers_are_read_at_a_time(
    command: list[str], options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for batch in (1, 7, 59, 512):  # the last shower alone, too
        monkeypatch.setattr("metacalo.readout.production.BATCH", batch)
        assert run([*command, str(tmp_path / "events.h5"), *options]) == 0
        with open_events(tmp_path / "events.h5") as file:
            found.append(file.read())
    for other in found[1:]:
        np.testing.assert_array_equal(other.hit["cell_id"], found[0].hit["cell_id"])
        np.testing.assert_array_equal(other.hit["energy_mev"], found[0].hit["energy_mev"])


def test_electronics_are_applied_and_told(command: list[str], showers: Showers, tmp_path: Path) -> None:
    out = tmp_path / "events.root"
    options = [
        "--em-scale",
        "auto",
        "--adc-count",
        "2.5",
        "--adc-bits",
        "16",
        "--threshold",
        "inner=5,middle=10,outer=20",
    ]
    assert run([*command, str(out), *options]) == 0
    with open_events(out) as file:
        read, electronics = file.read(), file.metadata.electronics
    fraction = load_detector("lhcb_ecal").sampling_fraction
    assert electronics is not None
    assert electronics["sampling_fraction"] == pytest.approx(fraction)
    assert read.hit["energy_mev"].min() >= 10.0
    np.testing.assert_allclose(read.hit["energy_mev"], 2.5 * read.hit["adc"])
    total = read.hit["energy_mev"].sum()
    assert total == pytest.approx(showers.total_energy_mev.sum() / fraction, rel=0.1)


def test_the_seed_decides_spots_and_noise(command: list[str], tmp_path: Path) -> None:
    energies = []
    for name, seed in (("a.h5", "1"), ("b.h5", "1"), ("c.h5", "2")):
        assert run([*command, str(tmp_path / name), "--sampling", "--noise", "1", "--seed", seed]) == 0
        with open_events(tmp_path / name) as file:
            energies.append(file.read().hit["energy_mev"])
    np.testing.assert_array_equal(energies[0], energies[1])
    assert len(energies[0]) != len(energies[2]) or not np.array_equal(energies[0], energies[2])


def with_table(folder: Path) -> Path:
    """A detector file whose readout is a table of four cells, named relative to it."""
    content = load_detector("lhcb_ecal").to_dict()
    content.pop("showers", None)
    rows = [f"{k},{100 * x},{100 * y},198,200,200,396" for k, (x, y) in enumerate(product((-1, 1), (-1, 1)))]
    (folder / "cells.csv").write_text("\n".join(["id,x,y,z,dx,dy,dz", *rows, ""]))
    content["readout"] = {"kind": "table", "file": "cells.csv", "default_position_mm": [50.0, 50.0]}
    path = folder / "table.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_table_of_cells_is_found_beside_the_detector_file_and_again_from_the_events(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "detector").mkdir()
    (tmp_path / "elsewhere").mkdir()
    geometry = with_table(tmp_path / "detector")
    monkeypatch.chdir(tmp_path / "elsewhere")
    showers = str(data_dir / "lhcb_small.h5")
    assert run(["project", "--showers", showers, "--geometry", str(geometry), "--out", "events.h5"]) == 0
    assert run(["show", "events.h5", "--event", "2", "--out", "event.png"]) == 0
    assert (tmp_path / "elsewhere" / "event.png").is_file()


@pytest.mark.parametrize(
    ("out", "options", "messages"),
    [
        ("events.txt", [], ["ends in .root, .parquet or .h5", "'events.txt'"]),
        ("events.h5", ["--layout", "edm4hep"], ["layout hdf5", "'edm4hep'"]),
        (
            "events.h5",
            ["--position=9000,0"],
            ["x_mm = 9000", "outside the acceptance", "choose another place"],
        ),
        ("events.h5", ["--position=0,0"], ["in a hole", "choose another place"]),
        ("events.h5", ["--position=nan,0"], ["x,y in mm", "'nan,0'"]),
        ("events.h5", ["--position=5"], ["x,y in mm", "'5'", "write for example"]),
        ("events.h5", ["--position=500,500", "--scan", "inner"], ["--position and --scan", "leave one out"]),
        ("events.h5", ["--scan", "iner"], ["'iner'", "did you mean 'inner'"]),
        ("events.h5", ["--positions", "none.csv"], ["none.csv", "check name"]),
        ("events.h5", ["--theta", "95"], ["0 to 89 degrees", "got 95"]),
        ("events.h5", ["--noise", "iner=3"], ["'iner'", "'inner'"]),
        ("events.h5", ["--noise", "loud"], ["'loud'", "write for example"]),
        ("events.h5", ["--threshold", "inner=3"], ["one value for each cell", "'outer'"]),
        ("events.h5", ["--em-scale", "0"], ["sampling_fraction", "greater than 0"]),
        ("events.h5", ["--seed", "-1"], ["seed of at least 0"]),
        ("events.root", ["--collection", "my hits"], ["letters, digits and _", "'my hits'"]),
        ("events.h5", ["--adc-count", "1", "--adc-pedestal", "4096"], ["below 2^12 = 4096"]),
    ],
)
def test_impossible_requests_are_refused(
    command: list[str],
    out: str,
    options: list[str],
    messages: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / out).write_bytes(b"old")
    error = refused(capsys, tmp_path, *command, tmp_path / out, *options)
    for message in messages:
        assert message in error


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\n1,2\n", "header with x_mm,y_mm"),
        ("x_mm,y_mm\n1000,nan\n", "row 1: expected 2 finite numbers"),
        ("x_mm,y_mm\n1000,500\n1001,500\n", "expected 60 entry points, one for each shower, got 2"),
        ("x_mm,y_mm\n" + "1000,500\n" * 59 + "0,0\n", "in a hole"),
    ],
)
def test_a_wrong_file_of_positions_is_refused(
    command: list[str], content: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    positions = tmp_path / "positions.csv"
    positions.write_text(content)
    assert message in refused(capsys, tmp_path, *command, tmp_path / "events.h5", "--positions", positions)


def test_without_a_file_the_showers_are_those_of_the_detector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["project", "--geometry", "lhcb_ecal", "--out", str(tmp_path / "events.h5")]) == 0
    assert "1,000 events of lhcb_ecal" in capsys.readouterr().out
    error = refused(capsys, tmp_path, "project", "--geometry", "clic_siw", "--out", tmp_path / "events.h5")
    assert "expected showers of clic_siw, got none" in error


def test_a_detector_without_readout_is_refused(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    showers = data_dir / "h1_lar_small.h5"
    arguments = ["project", "--showers", showers, "--geometry", "h1_lar", "--out", tmp_path / "events.h5"]
    assert "add `readout:`" in refused(capsys, tmp_path, *arguments)


def test_showers_of_another_detector_are_refused(
    data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    showers = data_dir / "h1_lar_small.h5"
    arguments = ["project", "--showers", showers, "--geometry", "lhcb_ecal", "--out", tmp_path / "events.h5"]
    assert "the showers have the grid" in refused(capsys, tmp_path, *arguments)


def test_a_folder_that_is_not_there_is_refused(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "make it first" in refused(capsys, tmp_path, *command, tmp_path / "none" / "events.h5")


def test_without_pyarrow_parquet_is_refused_with_the_name_of_the_extra(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "metacalo.readout.formats.parquet", raising=False)
    error = refused(capsys, tmp_path, *command, tmp_path / "events.parquet")
    assert "pip install 'metacalo[readout]'" in error


def test_particles_cannot_come_from_an_origin_on_the_front_face(tmp_path: Path) -> None:
    readout = load_readout(with_table(tmp_path))
    request = Request(5, Range(1.0, 2.0), Range(0.0, 0.0))
    with pytest.raises(SettingsError, match="its face at 0 mm; give the angle as a number"):
        pointing_conditions(request, readout, Entries(np.array(readout.default_position)))


def test_showers_are_generated_onto_cells_in_one_go(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events, showers = tmp_path / "events.root", tmp_path / "showers.h5"
    arguments = [
        "generate",
        "--model",
        str(model),
        "-n",
        "20",
        "--energy",
        "5:50",
        "--theta",
        "0:30",
        "--seed",
        "7",
    ]
    assert run([*arguments, "--readout", str(events), "--out", str(showers), "--position=1000,700"]) == 0
    again = tmp_path / "again.root"
    projected = ["project", "--showers", str(showers), "--geometry", "lhcb_ecal", "--position=1000,700"]
    assert run([*projected, "--out", str(again)]) == 0
    with open_events(events) as file, open_events(again) as other:
        made, later = file.read(), other.read()
        assert file.metadata.showers["seed"] == 7
        assert file.metadata.showers["detector"] == "lhcb_ecal"
    np.testing.assert_array_equal(made.hit["cell_id"], later.hit["cell_id"])
    np.testing.assert_allclose(made.hit["energy_mev"], later.hit["energy_mev"], rtol=1e-6)
    assert "20 showers of lhcb_ecal" in capsys.readouterr().out


def test_generated_particles_may_come_from_the_origin(model: Path, tmp_path: Path) -> None:
    events = tmp_path / "events.h5"
    arguments = [
        "generate",
        "--model",
        str(model),
        "-n",
        "20",
        "--energy",
        "5",
        "--theta",
        "pointing",
        "--seed",
        "7",
    ]
    assert run([*arguments, "--readout", str(events), "--scan", "outer"]) == 0
    with open_events(events) as file:
        event = file.read().event
    impact = np.stack([event[f"impact_{axis}_mm"] for axis in "xyz"], axis=1)
    direction = np.stack([event[f"direction_{axis}"] for axis in "xyz"], axis=1)
    expected = impact / np.linalg.norm(impact, axis=1, keepdims=True)
    np.testing.assert_allclose(direction, expected, atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["events.h5"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "expected --out FILE.h5 for showers on the grid, or --readout FILE"),
        (["--out", "showers.h5", "--scan", "inner"], "expected --readout FILE with options of the readout"),
        (["--out", "showers.h5", "--theta", "pointing"], "got 'pointing'"),
        (["--readout", "events.txt"], "ends in .root, .parquet or .h5"),
        (["--readout", "events.h5", "--geometry", "atlas_barrel"], "atlas_barrel of another stack"),
        (["--readout", "events.h5", "--position=0,0"], "in a hole"),
    ],
)
def test_impossible_events_are_not_generated(
    model: Path,
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["generate", "--model", model, "-n", "5", "--energy", "5", *options]
    assert message in refused(capsys, tmp_path, *arguments)


def test_a_model_without_readout_takes_that_of_a_detector_file(model: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "model")
    info = tmp_path / "model" / "model.json"
    content = json.loads(info.read_text())
    content["extra"]["adapted_to"].pop("readout")
    info.write_text(json.dumps(content))
    events = tmp_path / "events.h5"
    arguments = ["generate", "--model", str(tmp_path / "model"), "-n", "3", "--energy", "5", "--seed", "1"]
    assert run([*arguments, "--readout", str(events)]) == 2
    assert run([*arguments, "--readout", str(events), "--geometry", "lhcb_ecal"]) == 0
    with open_events(events) as file:
        assert len(file) == 3
