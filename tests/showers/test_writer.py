import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from metacalo.errors import GridMismatchError, OutputError, ShowerFileError
from metacalo.showers import ShowerWriter, concatenate, open_showers, sink, write_showers
from metacalo.showers.sink import Sink


def test_streamed_showers_are_those_written_at_once(tmp_path, hand_made_showers):
    with ShowerWriter(tmp_path / "a.h5", hand_made_showers.grid, hand_made_showers.attributes) as writer:
        for batch in hand_made_showers.iter_batches(1):
            writer.append(batch)
        writer.append(hand_made_showers[:0])
        assert writer.n_showers == 3
    assert open_showers(tmp_path / "a.h5") == hand_made_showers
    assert open_showers(tmp_path / "a.h5").attributes == hand_made_showers.attributes


def test_stored_showers_are_copied(tmp_path, data_dir):
    showers = open_showers(data_dir / "lhcb_small.h5")
    write_showers(tmp_path / "a.h5", showers, compression="lzf")
    assert open_showers(tmp_path / "a.h5") == showers


def test_a_file_can_be_replaced_by_a_part_of_itself(tmp_path, hand_made_showers):
    write_showers(tmp_path / "a.h5", hand_made_showers)
    write_showers(tmp_path / "a.h5", open_showers(tmp_path / "a.h5")[1:])
    assert open_showers(tmp_path / "a.h5") == hand_made_showers[1:]


def test_the_same_showers_make_the_same_bytes(tmp_path, hand_made_showers):
    for name in ("a.h5", "b.h5"):
        write_showers(tmp_path / name, hand_made_showers)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_while_it_is_written_a_file_has_another_name(tmp_path, hand_made_showers):
    with ShowerWriter(tmp_path / "a.h5", hand_made_showers.grid) as writer:
        writer.append(hand_made_showers)
        assert not (tmp_path / "a.h5").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_in_between_leaves_the_old_file_and_no_other(tmp_path, hand_made_showers, error):
    write_showers(tmp_path / "a.h5", hand_made_showers)

    def fail_in_between():
        with ShowerWriter(tmp_path / "a.h5", hand_made_showers.grid) as writer:
            writer.append(hand_made_showers)
            raise error

    with pytest.raises(error):
        fail_in_between()
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]
    assert open_showers(tmp_path / "a.h5") == hand_made_showers


def test_a_file_of_no_showers_is_not_written(tmp_path, hand_made_showers):
    with pytest.raises(ShowerFileError, match="no showers were given to write"):
        write_showers(tmp_path / "a.h5", hand_made_showers[:0])
    assert not list(tmp_path.iterdir())


def test_showers_of_another_grid_are_not_appended(tmp_path, hand_made_showers, data_dir):
    with (
        pytest.raises(GridMismatchError, match="write one file per grid"),
        ShowerWriter(tmp_path / "a.h5", hand_made_showers.grid) as writer,
    ):
        writer.append(open_showers(data_dir / "lhcb_small.h5"))
    assert not list(tmp_path.iterdir())


def test_a_writer_that_was_not_entered_says_how(tmp_path, hand_made_showers):
    with pytest.raises(OutputError, match="use `with ShowerWriter"):
        ShowerWriter(tmp_path / "a.h5", hand_made_showers.grid).append(hand_made_showers)


def test_a_missing_folder_or_a_folder_as_name_is_refused(tmp_path, hand_made_showers):
    with pytest.raises(OutputError, match=r"there is no folder .*none; make it first"):
        write_showers(tmp_path / "none" / "a.h5", hand_made_showers)
    with pytest.raises(OutputError, match="it is a folder"):
        write_showers(tmp_path, hand_made_showers)


def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path, hand_made_showers, monkeypatch):
    def forbid(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # root may write anywhere, so that the file system cannot be asked here
    monkeypatch.setattr("metacalo.showers.writer.Sink", forbid)
    with pytest.raises(OutputError, match=r"writing is not allowed there \(Permission denied\); choose"):
        write_showers(tmp_path / "a.h5", hand_made_showers)


FILL = """
import os, resource, signal, sys
from metacalo.errors import OutputError
from metacalo.showers import ShowerWriter, open_showers

showers = open_showers(sys.argv[1]).load()
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in 500, 20_000, 150_000:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        with ShowerWriter(sys.argv[2], showers.grid) as writer:
            for batch in list(showers.iter_batches(7)) * 3:
                writer.append(batch)
    except OutputError as error:
        print(limit, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_is_an_error_and_leaves_the_old_file_and_no_other(tmp_path, data_dir):
    """A limit on the size of files fails a write in the same place and way as a full disk."""
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")
    source = data_dir / "lhcb_small.h5"
    done = subprocess.run(
        [sys.executable, "-c", FILL, source, path], capture_output=True, text=True, check=False, timeout=60
    )
    lines = done.stdout.splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["500", "20000", "150000"], done.stderr
    assert all(f"{path}: the disk is full or a quota is reached" in line for line in lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.h5"]


def test_a_disk_that_fills_at_the_end_is_an_error_too(tmp_path, hand_made_showers, monkeypatch):
    def fill(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sink.os, "fsync", fill)
    with pytest.raises(OutputError, match="the disk is full"):
        write_showers(tmp_path / "a.h5", hand_made_showers)
    assert not list(tmp_path.iterdir())


class FullFile:
    """A raw file of 4 bytes."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        room = 4 - self.file.tell()
        if room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(data[:room])

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_sink_reads_back_what_the_disk_did_not_take(tmp_path):
    target = Sink(tmp_path / "a")
    target._file = FullFile(target._file)
    assert target.write(b"abcdef") == 6
    target.seek(2)
    target.write(b"xy")
    target.seek(8)
    target.write(b"z")
    target.seek(1)
    buffer = bytearray(20)
    assert target.readinto(buffer) == 8
    assert bytes(buffer[:8]) == b"bxyef\0\0z"
    with pytest.raises(OSError, match="No space left"):
        target.commit()
    target.close()


def test_a_sink_behaves_as_a_file(tmp_path):
    target = Sink(tmp_path / "a")
    assert (target.readable(), target.writable(), target.seekable()) == (True, True, True)
    target.write(b"0123456789")
    assert target.seek(-4, os.SEEK_END) == 6
    assert target.seek(1, os.SEEK_CUR) == target.tell() == 7
    assert target.truncate(8) == 8
    assert target.read() == b"7"
    target.commit()
    target.close()
    assert (tmp_path / "a").read_bytes() == b"01234567"


def test_the_bundled_showers_are_whole_and_carry_where_they_come_from():
    folder = Path(__file__).parents[2] / "geometries" / "showers"
    for name, n_showers in (("lhcb_ecal", 1000), ("atlas_barrel", 700)):
        showers = open_showers(folder / f"{name}.h5")
        assert len(showers) == n_showers
        assert showers.attributes["detector"] == name
        assert showers.attributes["energy_range_gev"] == (1, 100)
        assert {"engine", "source", "particle", "stack", "energy_spectrum"} <= showers.attributes.keys()


def test_many_batches_are_written_in_constant_memory(tmp_path, data_dir):
    script = """
import resource, sys
from metacalo.showers import ShowerWriter, open_showers

batch = open_showers(sys.argv[1]).load()
with ShowerWriter(sys.argv[2], batch.grid) as writer:
    for n in range(60):
        writer.append(batch)
        if n == 9:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, data_dir / "lhcb_small.h5", tmp_path / "a.h5"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert float(done.stdout) < 4.0  # MB, where the 50 batches are 8 MB
    assert len(open_showers(tmp_path / "a.h5")) == 3600
    assert np.array_equal(
        open_showers(tmp_path / "a.h5")[3540:].total_energy_mev,
        concatenate([open_showers(data_dir / "lhcb_small.h5")]).total_energy_mev,
    )
