"""Writing files of events: streamed, in constant memory, and whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, final

from metacalo.errors import OutputError, SettingsError
from metacalo.readout.formats.layouts import Layout, chosen_layout
from metacalo.showers.sink import Sink, cannot_write

if TYPE_CHECKING:
    from metacalo.readout.formats.columns import EventColumns
    from metacalo.readout.formats.metadata import EventMetadata


class Store(Protocol):
    """What one format does; it writes to a file that never fails in its hands (`metacalo.showers.sink`)."""

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""

    def close(self) -> None:
        """Write what is still to be written."""


@final
class _KeptOpen(Sink):
    """A sink that a library which closes what it has written to leaves open, so that it can be committed."""

    def close(self) -> None:
        """Leave the file open."""

    def end(self) -> None:
        """Close the file."""
        super().close()


class EventWriter:
    """Write events on readout cells to a file as they come, in constant memory.

    The file is written under a temporary name beside `path` and renamed when the block ends well; after an
    error the temporary file is removed and a file that was there before is left as it was.

    Args:
        path: The file to write or replace; its folder must exist. The suffix decides the format.
        metadata: What is known of all events.
        layout: Of a ROOT file: ``flat`` (default), ``rntuple`` or ``edm4hep``.

    Raises:
        SettingsError: An unknown suffix, or a layout that does not go with it; or no events were appended.
        MissingExtraError: The format needs a package that is not installed.
        OutputError: The file cannot be written: no folder, no permission, disk full.

    Example:
        ```python
        with EventWriter("events.root", metadata) as writer:
            for hits in project_stream(showers, readout, placements):
                writer.append(columns_of(hits, first=writer.n_events))
        ```
    """

    def __init__(self, path: str | Path, metadata: EventMetadata, *, layout: str | None = None) -> None:
        self._path = Path(path).absolute()
        self._layout = chosen_layout(path, layout)
        self._metadata = metadata
        self._partial = self._path.with_name(f".{self._path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
        self._sink: _KeptOpen | None = None
        self._store: Store | None = None
        self.n_events = 0

    def __enter__(self) -> Self:
        open_store = _store_of(self._layout)
        if self._path.is_dir():
            raise OutputError(f"{self._path}: it is a folder, expected the name of a file to write; add one")
        if not self._path.parent.is_dir():
            raise OutputError(f"{self._path}: there is no folder {self._path.parent}; make it first")
        try:
            self._sink = _KeptOpen(self._partial)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        try:
            self._store = open_store(self._sink, self._metadata)
        except BaseException:
            self._discard()
            raise
        return self

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before.

        Raises:
            OutputError: If they cannot be written, as on a full disk.
        """
        if self._store is None or self._sink is None:
            raise OutputError(f"{self._path}: the writer is not open; use `with EventWriter(...) as writer:`")
        if len(columns) == 0:
            return
        self._store.append(columns)
        self.n_events += len(columns)
        self._raise_failure(self._sink)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None and self._store is not None and self._sink is not None:
                if self.n_events == 0:
                    raise SettingsError(f"{self._path}: expected at least 1 event to write, got none")
                self._store.close()
                self._store = None
                self._raise_failure(self._sink)
                self._sink.commit()
                self._partial.replace(self._path)
        except OSError as failure:
            raise (
                failure if isinstance(failure, OutputError) else cannot_write(self._path, failure)
            ) from failure
        finally:
            self._discard()

    def _raise_failure(self, sink: Sink) -> None:
        try:
            sink.raise_failure()
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def _discard(self) -> None:
        """Close what is open and remove the temporary file, if it was not renamed."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._sink is not None:
            self._sink.end()
        self._partial.unlink(missing_ok=True)


class _OpenStore(Protocol):
    def __call__(self, sink: Sink, metadata: EventMetadata) -> Store: ...


def _store_of(layout: Layout) -> _OpenStore:
    """Return what opens a store of this layout; packages are imported here, when they are needed."""
    if layout is Layout.HDF5:
        from metacalo.readout.formats.hdf5 import Hdf5Store

        return Hdf5Store
    if layout is Layout.PARQUET:
        from metacalo.readout.formats.parquet import ParquetStore

        return ParquetStore
    if layout is Layout.EDM4HEP:
        from metacalo.readout.formats.edm4hep import Edm4hepStore

        return Edm4hepStore
    from metacalo.readout.formats.root import RNTupleStore, TTreeStore

    return RNTupleStore if layout is Layout.RNTUPLE else TTreeStore
