"""A file is written whole or not at all."""

from pathlib import Path

import pytest

from metacalo.atomic import write_atomically
from metacalo.errors import OutputError


def test_an_old_file_is_replaced_and_nothing_else_stays(tmp_path):
    path = tmp_path / "report.html"
    path.write_bytes(b"old")
    write_atomically(path, lambda temporary: temporary.write_bytes(b"new"))
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_bytes(b"old")

    def no_space(self, _content):
        with self.open("wb") as part:
            part.write(b"ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", no_space)
    with pytest.raises(OutputError, match="No space left on device; what was there is as before"):
        write_atomically(path, lambda temporary: temporary.write_bytes(b"new"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
