import json
from pathlib import Path

import pytest

from metacalo.atomic import whole_folder, write_json
from metacalo.errors import MetacaloWarning, OutputError


def test_the_folder_appears_when_the_block_ends_well(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    with whole_folder(out) as folder:
        (folder / "a.txt").write_text("a")
        assert not out.exists()
    assert [path.name for path in out.iterdir()] == ["a.txt"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_after_an_error_everything_is_as_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").write_text("old")

    def fail() -> None:
        with whole_folder(out) as folder:
            (folder / "a.txt").write_text("new")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert (out / "a.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_files_that_are_replaced_are_kept_and_others_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.txt").write_text("old")
    (out / "b.txt").write_text("mine")
    with pytest.warns(MetacaloWarning, match="earlier result"), whole_folder(out) as folder:
        (folder / "a.txt").write_text("new")
    files = {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*.txt")}
    assert files == {"a.txt": "new", "b.txt": "mine", "previous/a.txt": "old"}


def test_a_full_disk_is_the_users_error(tmp_path: Path) -> None:
    def fail() -> None:
        with whole_folder(tmp_path / "out"):
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left on device"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_json_has_no_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "a.json", {"value": float("nan")})
    write_json(tmp_path / "a.json", {"value": 1.5})
    assert json.loads((tmp_path / "a.json").read_text()) == {"value": 1.5}
