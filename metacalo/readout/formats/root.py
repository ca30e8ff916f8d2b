"""Events in ROOT files, through uproot: a TTree with jagged branches, or an RNTuple.

Both are called ``events`` and have the columns of `metacalo.readout.formats.columns` as branches or fields;
in the TTree all lists share the counter ``n_cells``. The string ``metacalo`` beside them holds the metadata
as JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np

from metacalo.readout.formats.awkward_arrays import jagged
from metacalo.readout.formats.columns import EventColumns
from metacalo.readout.formats.metadata import NAME, EventMetadata

if TYPE_CHECKING:
    from metacalo.showers.sink import Sink

EVENTS = "events"
COUNTER = "n_cells"
_HITS = "hits"


@final
class TTreeStore:
    """A TTree of events that grows."""

    def __init__(self, sink: Sink, metadata: EventMetadata) -> None:
        self._file = recreate(sink, metadata)
        self._tree: Any = None

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""
        import awkward as ak

        lists = ak.zip({name: jagged(columns.offsets, values) for name, values in columns.hit.items()})
        content = {**columns.event, _HITS: lists}
        if self._tree is None:
            types = {name: np.asarray(values).dtype for name, values in columns.event.items()}
            self._tree = self._file.mktree(
                EVENTS,
                {**types, _HITS: ak.type(lists).content},
                counter_name=lambda _: COUNTER,
                field_name=lambda outer, inner: inner if outer in ("", _HITS) else f"{outer}.{inner}",
            )
        self._tree.extend(content)

    def close(self) -> None:
        """Write what is still to be written."""
        self._file.close()


@final
class RNTupleStore:
    """An RNTuple of events that grows; each part that is appended is a cluster."""

    def __init__(self, sink: Sink, metadata: EventMetadata) -> None:
        self._file = recreate(sink, metadata)
        self._ntuple: Any = None

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""
        lists = {name: jagged(columns.offsets, values) for name, values in columns.hit.items()}
        content = {**columns.event, **lists}
        if self._ntuple is None:
            self._ntuple = self._file.mkrntuple(EVENTS, content)
        else:
            self._ntuple.extend(content)

    def close(self) -> None:
        """Write what is still to be written."""
        self._file.close()


@final
class RootSource:
    """A TTree or RNTuple of events."""

    def __init__(self, path: Path) -> None:
        import uproot

        self._file = uproot.open(path)
        self.text = str(self._file[NAME])
        self.tree = self._file[EVENTS]
        self.n_events = int(self.tree.num_entries)

    @property
    def names(self) -> list[str]:
        """Names of the branches or fields."""
        return [str(name) for name in self.tree.keys()]  # noqa: SIM118 # a TTree is no dict

    def read(self, start: int, stop: int) -> EventColumns:
        """Read the events from `start` to before `stop`."""
        arrays = self.tree.arrays(entry_start=start, entry_stop=stop)
        return split_columns({name: arrays[name] for name in arrays.fields if name != COUNTER})

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def split_columns(arrays: dict[str, Any]) -> EventColumns:
    """Return awkward arrays, numbers and lists, as columns of events and of hits."""
    import awkward as ak

    event, hit, offsets = {}, {}, np.zeros(1, dtype=np.int64)
    for name, array in arrays.items():
        if array.ndim == 1:
            event[name] = ak.to_numpy(array)
        else:
            offsets = np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(array)))]).astype(np.int64)
            hit[name] = ak.to_numpy(ak.flatten(array))
    return EventColumns(event, hit, offsets)


def recreate(sink: Sink, metadata: EventMetadata) -> Any:
    """Return a new ROOT file that holds the metadata already."""
    import uproot

    file = uproot.recreate(sink)
    file[NAME] = metadata.to_json()
    return file
