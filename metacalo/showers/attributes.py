"""What is known of showers beside their hits: detector, engine, ranges, marks."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from metacalo.errors import ShowerFileError
from metacalo.showers.layout import LAYOUT_ATTRIBUTES

MAX_BYTES = 32_000
"""HDF5 keeps all attributes of an object in one header of 64 kB."""


def freeze_attributes(attributes: Mapping[str, object] | None) -> Mapping[str, object]:
    """Return attributes as a read-only mapping of plain Python values.

    Args:
        attributes: Each value a str, number, bool, or a flat sequence (also a numpy array) of these;
            sequences become tuples.

    Raises:
        ShowerFileError: If a value is of another kind or longer than 32 kB, or a name belongs to the layout.
    """
    frozen = {str(name): _plain(name, value) for name, value in sorted((attributes or {}).items())}
    taken = sorted(LAYOUT_ATTRIBUTES & frozen.keys())
    if taken:
        raise ShowerFileError(
            f"attributes of showers: {', '.join(taken)} describe the file or the grid; choose another name"
        )
    return MappingProxyType(frozen)


def _plain(name: str, value: object) -> object:
    if isinstance(value, np.ndarray) and value.ndim <= 1:
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = tuple(_plain(name, item) for item in value)
        plain = len({_kind(item) for item in value}) <= 1 and all(_kind(item) for item in value)
    else:
        plain = _kind(value) is not None
    if not plain:
        raise ShowerFileError(
            f"attribute {name!r} of showers is {value!r}, expected a str, number, bool or a flat list of one "
            "of them; write anything else as JSON text"
        )
    if len(str(value)) > MAX_BYTES:
        raise ShowerFileError(
            f"attribute {name!r} of showers has {len(str(value))} characters, expected at most {MAX_BYTES}; "
            "keep long text in a file of its own"
        )
    return value


def _kind(value: object) -> type | None:
    """Return what a scalar is to HDF5, None for what is no scalar."""
    if isinstance(value, bool | str):
        return type(value)
    return float if isinstance(value, int | float) else None


def merge_attributes(several: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the attributes of showers put together.

    A value is kept where all agree. A mark (a bool) that any of them carries is kept as true if it is true
    for any, so that a warning is not lost on the way.
    """
    merged: dict[str, object] = {}
    for name in sorted({name for attributes in several for name in attributes}):
        values: list[Any] = [attributes.get(name) for attributes in several]
        if all(isinstance(value, bool | None) for value in values):
            merged[name] = any(values)
        elif all(value is not None and value == values[0] for value in values):
            merged[name] = values[0]
    return merged
