"""Reading files of events, whatever their format."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, final

from metacalo.errors import EventFileError, MetacaloError
from metacalo.readout.formats.layouts import Layout, chosen_layout
from metacalo.readout.formats.metadata import EventMetadata

if TYPE_CHECKING:
    from metacalo.readout.formats.columns import EventColumns


class _Source(Protocol):
    text: str
    n_events: int

    def read(self, start: int, stop: int) -> EventColumns: ...

    def close(self) -> None: ...


@final
class EventFile:
    """An open file of events; close it, or use it in a `with`.

    Attributes:
        path: of the file.
        metadata: what is known of all its events.
    """

    def __init__(self, path: Path, source: _Source) -> None:
        self.path = path
        self.metadata = EventMetadata.from_json(source.text, where=str(path))
        self._source = source

    def __len__(self) -> int:
        return self._source.n_events

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, start: int = 0, stop: int | None = None) -> EventColumns:
        """Read events.

        Args:
            start: number of the first.
            stop: number after the last; None for all.

        Returns:
            The events, in MeV and mm also from the EDM4hep layout.

        Raises:
            EventFileError: such events are not in the file, or it is damaged.
        """
        stop = len(self) if stop is None else stop
        if not 0 <= start < stop <= len(self):
            asked = f"event {start}" if stop == start + 1 else f"events {start} to {stop - 1}"
            raise EventFileError(
                f"{self.path}: expected events of 0 to {len(self) - 1}, got {asked}; choose one of these"
            )
        try:
            return self._source.read(start, stop)
        except Exception as error:  # each library has its own errors for damaged bytes
            raise _damaged(self.path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._source.close()


def open_events(path: str | Path) -> EventFile:
    """Open a file of events that `EventWriter` wrote.

    Args:
        path: of the file; its suffix decides the format, and for ROOT its content the layout.

    Raises:
        SettingsError: an unknown suffix.
        MissingExtraError: the format needs a package that is not installed.
        EventFileError: it is missing, damaged, or was not written by metacalo.
    """
    path = Path(path)
    layout = chosen_layout(path)
    if not path.is_file():
        raise EventFileError(f"{path}: expected a file of events, got none there; check its name")
    try:
        return EventFile(path, _open(path, layout))
    except MetacaloError:
        raise
    except Exception as error:  # each library has its own errors for foreign bytes
        raise _damaged(path, error) from error


def _open(path: Path, layout: Layout) -> _Source:
    if layout is Layout.HDF5:
        from metacalo.readout.formats.hdf5 import Hdf5Source

        return Hdf5Source(path)
    if layout is Layout.PARQUET:
        from metacalo.readout.formats.parquet import ParquetSource

        return ParquetSource(path)
    from metacalo.readout.formats.edm4hep import Edm4hepSource, is_edm4hep
    from metacalo.readout.formats.root import RootSource

    source = RootSource(path)
    if not is_edm4hep(source):
        return source
    return Edm4hepSource(source, EventMetadata.from_json(source.text, where=str(path)).collection)


def _damaged(path: Path, error: Exception) -> EventFileError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return EventFileError(
        f"{path}: expected a file of events as `metacalo project` writes it, got one that cannot be read "
        f"({reason}); copy or write it again"
    )
