"""Events on readout cells in files: ROOT (TTree, RNTuple, EDM4hep-like), Parquet, HDF5; as awkward arrays."""

from metacalo.readout.formats.awkward_arrays import to_awkward
from metacalo.readout.formats.columns import EventColumns, columns_of
from metacalo.readout.formats.layouts import Layout, chosen_layout
from metacalo.readout.formats.metadata import EventMetadata
from metacalo.readout.formats.reader import EventFile, open_events
from metacalo.readout.formats.writer import EventWriter

__all__ = [
    "EventColumns",
    "EventFile",
    "EventMetadata",
    "EventWriter",
    "Layout",
    "chosen_layout",
    "columns_of",
    "open_events",
    "to_awkward",
]
