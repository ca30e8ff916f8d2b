"""Events in Parquet: a row an event, lists for its hits; metadata is in the schema, under ``metacalo``."""

from __future__ import annotations

from pathlib import Path
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MissingExtraError
from metacalo.readout.formats.columns import EventColumns, unit_of
from metacalo.readout.formats.metadata import NAME, EventMetadata
from metacalo.showers.sink import Sink

try:
    import pyarrow as pa
    from pyarrow import parquet as pq
except ImportError as error:
    raise MissingExtraError(
        "expected pyarrow, which Parquet files need, got none; pip install 'metacalo[readout]', or write a "
        ".root or .h5 file, which need nothing more"
    ) from error


@final
class ParquetStore:
    """A file of events in Parquet that grows; each part that is appended is a row group."""

    def __init__(self, sink: Sink, metadata: EventMetadata) -> None:
        self._sink = sink
        self._metadata = {NAME: metadata.to_json()}
        self._writer: Any = None

    def append(self, columns: EventColumns) -> None:
        """Write events behind those written before."""
        numbers = {name: pa.array(np.asarray(values)) for name, values in columns.event.items()}
        lists = {
            name: pa.ListArray.from_arrays(pa.array(columns.offsets.astype(np.int32)), pa.array(values))
            for name, values in columns.hit.items()
        }
        arrays = numbers | lists
        if self._writer is None:
            fields = [
                pa.field(name, array.type, nullable=False, metadata={"unit": unit_of(name)})
                for name, array in arrays.items()
            ]
            self._schema = pa.schema(fields, metadata=self._metadata)
            self._writer = pq.ParquetWriter(self._sink, self._schema, compression="zstd")
        self._writer.write_table(pa.Table.from_arrays(list(arrays.values()), schema=self._schema))

    def close(self) -> None:
        """Write what is still to be written."""
        if self._writer is not None:
            self._writer.close()


@final
class ParquetSource:
    """A file of events in Parquet."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        metadata = self._file.schema_arrow.metadata or {}
        self.text = metadata[NAME.encode()].decode()
        groups = self._file.metadata
        rows = [groups.row_group(i).num_rows for i in range(groups.num_row_groups)]
        self._starts = np.concatenate([[0], np.cumsum(rows)])
        self.n_events = int(groups.num_rows)

    def read(self, start: int, stop: int) -> EventColumns:
        """Read the events from `start` to before `stop`."""
        first = int(np.searchsorted(self._starts, start, side="right")) - 1
        last = int(np.searchsorted(self._starts, stop, side="left"))
        skipped = int(self._starts[first])
        table = self._file.read_row_groups(list(range(first, last)))
        table = table.slice(start - skipped, stop - start).combine_chunks()
        event: dict[str, NDArray[Any]] = {}
        hit: dict[str, NDArray[Any]] = {}
        offsets = np.zeros(stop - start + 1, dtype=np.int64)
        for name in table.column_names:
            column = table[name].combine_chunks()
            if pa.types.is_list(column.type):
                cuts = np.asarray(column.offsets, dtype=np.int64)
                offsets = cuts - cuts[0]
                hit[name] = np.asarray(column.flatten())
            else:
                event[name] = np.asarray(column)
        return EventColumns(event, hit, offsets)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
