"""How a file of events is laid out: the suffix decides the format, and within ROOT there is a choice."""

from enum import StrEnum
from pathlib import Path

from metacalo.errors import SettingsError


class Layout(StrEnum):
    """Layouts of files of events."""

    FLAT = "flat"
    """ROOT: a TTree of numbers and jagged branches, named as in `metacalo.readout.formats.columns`."""
    RNTUPLE = "rntuple"
    """ROOT: an RNTuple with the same names."""
    EDM4HEP = "edm4hep"
    """ROOT: a TTree with the branches of EDM4hep, in GeV and mm."""
    PARQUET = "parquet"
    """Parquet: a row an event, lists for its hits."""
    HDF5 = "hdf5"
    """HDF5: flat arrays and the offsets that cut them into events."""


_OF_SUFFIX = {
    ".root": (Layout.FLAT, Layout.RNTUPLE, Layout.EDM4HEP),
    ".parquet": (Layout.PARQUET,),
    ".pq": (Layout.PARQUET,),
    ".h5": (Layout.HDF5,),
    ".hdf5": (Layout.HDF5,),
}


def chosen_layout(path: str | Path, wanted: str | None = None) -> Layout:
    """Return the layout of a file to be written, or that a file is likely to have.

    Args:
        path: of the file; its suffix decides the format.
        wanted: ``flat``, ``rntuple`` or ``edm4hep`` for ROOT; None for the first that the suffix allows.

    Raises:
        SettingsError: an unknown suffix, or a layout that does not go with it.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _OF_SUFFIX:
        raise SettingsError(
            f"expected a file of events that ends in .root, .parquet or .h5, got {Path(path).name!r}; "
            "rename it"
        )
    possible = _OF_SUFFIX[suffix]
    if wanted is None:
        return possible[0]
    if wanted not in possible:
        raise SettingsError(
            f"expected for a {suffix} file the layout {' or '.join(possible)}, got {wanted!r}; "
            + ("choose one of them" if len(possible) > 1 else "leave --layout out, or write a .root file")
        )
    return Layout(wanted)
