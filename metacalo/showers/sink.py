"""A file that HDF5 writes to and that never fails in HDF5's hands.

The HDF5 library cannot close a file after a write to it has failed (disk full, quota, limit): it keeps the
data it could not flush, and the process dies of a segmentation fault later. So HDF5 gets this object as its
file. The first failure is kept for `Sink.raise_failure`, and what HDF5 still flushes after it, a few MB of
its caches, goes to memory, so that its own books stay in order until the file is thrown away.
"""

import errno
import io
import os
from pathlib import Path

from metacalo.errors import OutputError


class Sink(io.RawIOBase):
    """A new binary file for `h5py.File(sink, "w")`.

    Args:
        path: The file to create.

    Raises:
        OSError: If it cannot be created or exists.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("x+b", buffering=0)
        self._at = 0
        self._size = 0
        self._failure: BaseException | None = None
        self._unwritten: list[tuple[int, bytes]] = []

    def raise_failure(self) -> None:
        """Raise the first failure of a write, if there was one."""
        if self._failure is not None:
            raise self._failure

    def write(self, data: "bytes | memoryview") -> int:  # type: ignore[override] # HDF5 hands over no other buffers
        """Write all of ``data``, or keep it in memory once a write has failed."""
        view = memoryview(data)
        if self._failure is None:
            try:
                self._file.seek(self._at)
                written = 0
                while written < len(view):
                    written += self._file.write(view[written:])
            except BaseException as failure:  # an interrupt, too, must not pass through HDF5
                self._failure = failure
        if self._failure is not None:
            self._unwritten.append((self._at, bytes(view)))
        self._at += len(view)
        self._size = max(self._size, self._at)
        return len(view)

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override] # as above
        """Read what was written, zeros where nothing was; past the end nothing."""
        wanted = max(0, min(len(buffer), self._size - self._at))
        self._file.seek(self._at)
        data = bytearray((self._file.read(wanted) or b"").ljust(wanted, b"\0"))
        for start, piece in self._unwritten:
            low, high = max(start, self._at), min(start + len(piece), self._at + wanted)
            if low < high:
                data[low - self._at : high - self._at] = piece[low - start : high - start]
        buffer[:wanted] = data
        self._at += wanted
        return wanted

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to ``offset`` bytes from the start, from here or from the end."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file; HDF5 does it once, when it closes."""
        self._size = self._at if size is None else size
        if self._failure is None:
            try:
                self._file.truncate(self._size)
            except BaseException as failure:  # as in write
                self._failure = failure
        return self._size

    def readable(self) -> bool:
        """Return True: HDF5 reads back what it wrote."""
        return True

    def writable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def commit(self) -> None:
        """Bring the file to the disk and close it.

        Raises:
            OSError: If that, or any write before it, failed.
        """
        self.raise_failure()
        os.fsync(self._file.fileno())
        self._file.close()

    def close(self) -> None:
        """Close the file, whatever has reached it."""
        self._file.close()
        super().close()


def cannot_write(path: Path, error: OSError) -> OutputError:
    """Say why a file cannot be written, and what to do.

    Args:
        path: The file.
        error: Of the attempt.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        reason, remedy = "the disk is full or a quota is reached", "make room or choose another folder"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason, remedy = "writing is not allowed there", "choose a folder that you may write to"
    else:
        reason, remedy = "it cannot be written", "choose another folder"
    return OutputError(f"{path}: {reason} ({error.strerror or error}); {remedy}")
