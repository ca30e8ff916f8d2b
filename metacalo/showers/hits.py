"""Where the hits of showers live: in memory, or in a file that is read when they are wanted."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.showers.checks import refuse

BLOCK_HITS = 1 << 20
"""Hits that are handled at a time (6 MB of file): large enough for speed, small enough for any machine."""


class Hits(Protocol):
    """A run of hits that can be read in part."""

    @property
    def count(self) -> int:
        """Number of hits."""

    def read(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
        """Return flat voxel indices and deposits [MeV] of the hits ``start`` to ``stop``."""

    def part(self, start: int, stop: int) -> "Hits":
        """Return the hits ``start`` to ``stop`` without reading them."""


@dataclass(frozen=True, eq=False)
class MemoryHits:
    """Hits in two arrays of one length, which nobody may write to."""

    voxels: NDArray[Any]
    energies_mev: NDArray[np.float32]

    @property
    def count(self) -> int:
        """Number of hits."""
        return len(self.voxels)

    def read(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
        """Return views of both arrays."""
        return self.voxels[start:stop], self.energies_mev[start:stop]

    def part(self, start: int, stop: int) -> "MemoryHits":
        """Return the hits ``start`` to ``stop``, as views."""
        return MemoryHits(*self.read(start, stop))


@dataclass(frozen=True)
class StoredHits:
    """Hits ``start`` to ``stop`` of a file.

    No handle stays open between reads, so that such showers can be pickled and sent to other processes.
    The price is that the file may be changed in between, which `stamp` tells.
    """

    path: Path
    stamp: tuple[int, int, int]
    start: int
    stop: int
    voxel_type: np.dtype[Any]

    @property
    def count(self) -> int:
        """Number of hits."""
        return self.stop - self.start

    def read(self, start: int, stop: int) -> tuple[NDArray[Any], NDArray[np.float32]]:
        """Read the hits ``start`` to ``stop``, counted from the first of these.

        Raises:
            ShowerFileError: If the file was changed or removed since it was opened, or cannot be read.
        """
        try:
            changed = file_stamp(self.path) != self.stamp
            if not changed:
                with h5py.File(self.path, "r") as file:
                    where = slice(self.start + start, self.start + stop)
                    voxels = file["voxel"][where].astype(self.voxel_type, copy=False)
                    return voxels, file["energy"][where].astype(np.float32, copy=False)
        except FileNotFoundError:
            changed = True
        except OSError as error:
            raise refuse(
                str(self.path), f"the hits cannot be read ({error})", "copy the file again"
            ) from error
        raise refuse(
            str(self.path),
            "the file was changed or removed after it was opened",
            "open it again with open_showers",
        )

    def part(self, start: int, stop: int) -> "StoredHits":
        """Return the hits ``start`` to ``stop`` without reading them."""
        return StoredHits(self.path, self.stamp, self.start + start, self.start + stop, self.voxel_type)


def file_stamp(path: Path) -> tuple[int, int, int]:
    """Return what tells one state of a file from another: inode, bytes, time of the last change [ns]."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def voxel_type(n_voxels: int) -> np.dtype[Any]:
    """Return the smallest unsigned integer type that holds every voxel index of a grid."""
    return np.dtype(np.uint16 if n_voxels <= 1 << 16 else np.uint32)
