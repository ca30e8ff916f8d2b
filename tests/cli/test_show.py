"""`metacalo show`: a picture of an event."""

from pathlib import Path

import pytest

from metacalo.cli.app import run


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory, data_dir: Path) -> Path:
    out = tmp_path_factory.mktemp("events") / "lhcb.root"
    showers = str(data_dir / "lhcb_small.h5")
    assert run(["project", "--showers", showers, "--geometry", "lhcb_ecal", "--out", str(out)]) == 0
    return out


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: object) -> str:
    """Run `show`, which must fail for the user's mistake and leave the folder as it was."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run(["show", *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert error.count("error: ") == 1
    assert "Traceback" not in error
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    return error.split("error: ")[1]


def test_an_event_is_drawn_with_the_readout_that_the_file_tells(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "event.png"
    assert run(["show", str(events), "--event", "7", "--out", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    printed = capsys.readouterr().out
    assert "lhcb_ecal, event 7: " in printed
    assert f"picture: {picture}" in printed


def test_the_picture_has_a_name_by_default(
    events: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["show", str(events), "--event", "3"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lhcb_3.png"]


@pytest.mark.parametrize("event", ["-1", "60"])
def test_an_event_out_of_range_is_refused(
    events: Path, event: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, tmp_path, events, "--event", event, "--out", tmp_path / "event.png")
    assert f"expected events of 0 to 59, got event {event}; choose one of these" in error


def test_the_readout_of_another_detector_is_refused(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, tmp_path, events, "--geometry", "atlas_barrel", "--out", tmp_path / "event.png")
    assert "was the file written for another readout?" in error


@pytest.mark.parametrize(("name", "message"), [("none.root", "none there"), ("events.txt", "ends in .root")])
def test_a_file_that_is_none_is_refused(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert message in refused(capsys, tmp_path, tmp_path / name, "--out", tmp_path / "event.png")


def test_another_ending_of_the_picture_is_refused_and_the_old_one_stays(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "event.jpg").write_bytes(b"old")
    assert "ends in .png" in refused(capsys, tmp_path, events, "--out", tmp_path / "event.jpg")


def test_a_folder_that_is_not_there_is_refused(
    events: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, tmp_path, events, "--out", tmp_path / "none" / "event.png")
    assert "cannot be written" in error
