"""Writing files of showers: streamed, in constant memory, and whole or not at all."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.errors import OutputError, ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers.attributes import freeze_attributes
from metacalo.showers.checks import check_same_grid
from metacalo.showers.hits import voxel_type
from metacalo.showers.layout import COLUMNS, GRID_AXES, SCHEMA, SCHEMA_VERSION
from metacalo.showers.showers import Showers
from metacalo.showers.sink import Sink, cannot_write

CHUNK_HITS = 1 << 16
"""Hits of a chunk: 256 kB of energies, quick to read for a few showers and still well compressed."""

CHUNK_SHOWERS = 1 << 12
"""Showers of a chunk of what is stored per shower."""

Compression = int | Literal["lzf"] | None
"""Level 1 to 9 of gzip, "lzf", or None."""


class ShowerWriter:
    """Write showers to a file as they come, in constant memory.

    The file is written under a temporary name beside ``path`` and renamed when the block ends well; after
    an error the temporary file is removed and a file that was there before is left as it was.

    Args:
        path: The file to write or replace; its folder must exist.
        grid: The grid of all showers to come.
        attributes: What is known of them; see `metacalo.showers.attributes.freeze_attributes`.
        compression: Level of gzip (1 fast, 9 small), "lzf" or None; bytes are shuffled first.
        chunk_hits: Hits that are compressed together.

    Raises:
        OutputError: If the file cannot be written: no folder, no permission, disk full.
        ShowerFileError: If an attribute cannot be stored, or the block ends without any shower.

    Example:
        ```python
        with ShowerWriter("showers.h5", grid, {"detector": "lhcb_ecal"}) as writer:
            for batch in batches:
                writer.append(batch)
        ```
    """

    def __init__(
        self,
        path: str | Path,
        grid: CylinderGrid,
        attributes: Mapping[str, object] | None = None,
        *,
        compression: Compression = 1,
        chunk_hits: int = CHUNK_HITS,
    ) -> None:
        self._path = Path(path).absolute()
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        self._grid = grid
        self._attributes = freeze_attributes(attributes)
        self._compression = compression
        self._chunk_hits = chunk_hits
        self._file: Any = None
        self._n_hits = 0
        self._n_showers = 0

    @property
    def n_showers(self) -> int:
        """Number of showers written so far."""
        return self._n_showers

    def __enter__(self) -> Self:
        if self._path.is_dir():
            raise OutputError(f"{self._path}: it is a folder, expected the name of a file to write; add one")
        if not self._path.parent.is_dir():
            raise OutputError(f"{self._path}: there is no folder {self._path.parent}; make it first")
        try:
            self._sink = Sink(self._partial)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        try:
            self._file = h5py.File(self._sink, "w")
            self._lay_out()
        except BaseException:
            self._discard()
            raise
        return self

    def append(self, showers: Showers) -> None:
        """Write showers behind those written before.

        Raises:
            GridMismatchError: If they are on another grid than the file.
            OutputError: If they cannot be written, as on a full disk.
        """
        if self._file is None:
            raise OutputError(
                f"{self._path}: the writer is not open; use `with ShowerWriter(...) as writer:`"
            )
        check_same_grid(str(self._path), showers.grid, self._grid, "the file", "write one file per grid")
        self._extend("incident_energy", showers.incident_energy_gev)
        self._extend("incident_theta", showers.theta_rad)
        self._extend("incident_phi", showers.phi_rad)
        self._extend("offset", showers.offsets[1:] + self._n_hits)
        for _, _, voxels, energies in showers.blocks():
            self._extend("voxel", voxels)
            self._extend("energy", energies)
        self._n_hits += int(showers.offsets[-1])
        self._n_showers += len(showers)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                if self._n_showers == 0:
                    raise ShowerFileError(
                        f"{self._path}: no showers were given to write; append at least one"
                    )
                self._file.close()
                self._sink.commit()
                self._partial.replace(self._path)
        except OSError as failure:
            raise cannot_write(self._path, failure) from failure
        finally:
            self._discard()

    def _lay_out(self) -> None:
        self._file.attrs.update(
            {
                **self._attributes,
                "schema": SCHEMA,
                "schema_version": SCHEMA_VERSION,
                "grid_shape": [int(n) for n in self._grid.shape],
                "grid_axes": GRID_AXES,
                "dr_mm": float(self._grid.dr_mm),
                "dz_mm": float(self._grid.dz_mm),
            }
        )
        types = {"offset": np.dtype(np.int64), "voxel": voxel_type(self._grid.n_voxels)}
        for name, column in COLUMNS.items():
            data = self._file.create_dataset(
                name,
                shape=(1,) if name == "offset" else (0,),
                maxshape=(None,),
                dtype=types.get(name, np.dtype(np.float32)),
                chunks=(self._chunk_hits if name in ("voxel", "energy") else CHUNK_SHOWERS,),
                shuffle=self._compression is not None,
                compression=self._compression,
            )
            data.attrs.update({"unit": column.unit, "meaning": column.meaning})

    def _extend(self, name: str, values: NDArray[Any]) -> None:
        data = self._file[name]
        start = len(data)
        data.resize((start + len(values),))
        data[start:] = values
        try:
            self._sink.raise_failure()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _discard(self) -> None:
        """Close what is open and remove the temporary file, if it was not renamed."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._sink.close()
        self._partial.unlink(missing_ok=True)


def write_showers(
    path: str | Path, showers: Showers, *, compression: Compression = 1, chunk_hits: int = CHUNK_HITS
) -> None:
    """Write showers to a file with their attributes, whole or not at all; see `ShowerWriter`.

    Args:
        path: The file to write or replace; its folder must exist.
        showers: What to write; hits that are in a file are copied block by block.
        compression: Level of gzip (1 fast, 9 small), "lzf" or None.
        chunk_hits: Hits that are compressed together.

    Raises:
        OutputError: If the file cannot be written.
        ShowerFileError: If there are no showers.
    """
    chunk_hits = max(1, min(chunk_hits, int(showers.offsets[-1])))
    with ShowerWriter(
        path, showers.grid, showers.attributes, compression=compression, chunk_hits=chunk_hits
    ) as writer:
        writer.append(showers)
