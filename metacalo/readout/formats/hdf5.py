"""Events in HDF5: flat arrays, and the offsets that cut them into events.

Datasets: ``offset`` (N+1,), under ``event/`` one array (N,) and under ``hit/`` one array (M,) for each column
of `metacalo.readout.formats.columns`, with its unit as attribute. Event ``i`` owns the hits
``offset[i]:offset[i+1]``. The scalar ``metacalo`` holds the metadata as JSON.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.readout.formats.columns import EventColumns, unit_of
from metacalo.readout.formats.metadata import NAME, EventMetadata
from metacalo.showers.sink import Sink

_CHUNK = {"event": 1 << 12, "hit": 1 << 16}
_OFFSET = "offset"


@final
class Hdf5Store:
    """A file of events in HDF5 that grows."""

    def __init__(self, sink: Sink, metadata: EventMetadata) -> None:
        self._file = h5py.File(sink, "w")
        self._n_hits = 0
        # as a dataset: an attribute holds no more than 64 kB
        self._file.create_dataset(NAME, data=metadata.to_json(), dtype=h5py.string_dtype())
        self._extend(_OFFSET, np.zeros(1, dtype=np.int64), _CHUNK["event"])

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""
        self._extend(_OFFSET, columns.offsets[1:] + self._n_hits, _CHUNK["event"])
        for group, arrays in (("event", columns.event), ("hit", columns.hit)):
            for name, values in arrays.items():
                self._extend(f"{group}/{name}", values, _CHUNK[group])
        self._n_hits += int(columns.offsets[-1])

    def close(self) -> None:
        """Write what is still to be written."""
        self._file.close()

    def _extend(self, name: str, values: NDArray[Any], chunk: int) -> None:
        if name not in self._file:
            data = self._file.create_dataset(
                name,
                shape=(0,),
                maxshape=(None,),
                dtype=values.dtype,
                chunks=(chunk,),
                shuffle=True,
                compression=1,
            )
            data.attrs["unit"] = unit_of(name)
        data = self._file[name]
        start = len(data)
        data.resize((start + len(values),))
        data[start:] = values


@final
class Hdf5Source:
    """A file of events in HDF5."""

    def __init__(self, path: Path) -> None:
        self._file = h5py.File(path, "r")
        self.text = self._file[NAME].asstr()[()]
        self.n_events = len(self._file[_OFFSET]) - 1

    def read(self, start: int, stop: int) -> EventColumns:
        """Read the events from `start` to before `stop`."""
        offsets = np.asarray(self._file[_OFFSET][start : stop + 1], dtype=np.int64)
        first, last = int(offsets[0]), int(offsets[-1])
        return EventColumns(
            {name: data[start:stop] for name, data in self._file["event"].items()},
            {name: data[first:last] for name, data in self._file["hit"].items()},
            offsets - first,
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
