"""What every kind of readout checks: depth, layers and identifiers against the detector."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import ReadoutError
from metacalo.geometry import Detector
from metacalo.geometry.naming import did_you_mean
from metacalo.readout.cell_ids import IdFields
from metacalo.readout.settings import MAXIMUM_CELLS, whole_number

Floats = NDArray[np.float64]
_Scalar = TypeVar("_Scalar", bound=np.generic)

SAME_DEPTH_MM = 1e-3


def active_slabs(detector: Detector) -> Floats:
    """Begin and end of every active slab [mm behind the front face], shape (n_active, 2)."""
    edges = detector.slab_edges_mm
    return np.stack([edges[:-1], edges[1:]], axis=1)[detector.slab_active]


def checked_depth(depth_mm: float | None, detector: Detector) -> float:
    """Return the stack's depth [mm].

    Raises:
        ReadoutError: the readout gives another one.
    """
    if depth_mm is not None and abs(depth_mm - detector.depth_mm) > SAME_DEPTH_MM:
        raise ReadoutError(
            f"{detector.name}: readout.depth_mm: expected the depth of the stack, {detector.depth_mm:g} mm, "
            f"got {depth_mm:g} mm; mend one of them, or leave depth_mm out"
        )
    return detector.depth_mm


def slabs_of_layers(detector: Detector, slabs_per_layer: int, layers: int | None) -> NDArray[np.float64]:
    """Assign the active slabs to readout layers, in order.

    Args:
        detector: the detector.
        slabs_per_layer: how many make one layer.
        layers: number of layers that the file says there are, if it does.

    Returns:
        Begin and end of each slab of each layer [mm behind the front face], shape (layers, slabs, 2).

    Raises:
        ReadoutError: slabs that do not divide evenly, or another number of layers.
    """
    slabs = active_slabs(detector)
    source, n_slabs = detector.name, len(slabs)
    if n_slabs % slabs_per_layer:
        raise ReadoutError(
            f"{source}: readout.slabs_per_layer: expected a divisor of the {n_slabs} active slabs, got "
            f"{slabs_per_layer}; each layer must have the same number of slabs"
        )
    found = n_slabs // slabs_per_layer
    if layers is not None and layers != found:
        raise ReadoutError(
            f"{source}: readout.layers: expected {found}, as the stack has {n_slabs} active slabs and "
            f"{slabs_per_layer} make a layer, got {layers}; mend the stack or the readout"
        )
    return slabs.reshape(found, slabs_per_layer, 2)


def checked_fields(bits: Mapping[str, int], names: Sequence[str], source: str) -> IdFields:
    """Check that identifiers have the fields of their kind, in any order.

    Raises:
        ReadoutError: an unknown field, a missing one, or more bits than an identifier has.
    """
    path = f"{source}: readout.id_bits"
    for field in bits:
        if field not in names:
            hint = did_you_mean(field, names, limit=1) or "remove it"
            raise ReadoutError(f"{path}: expected the fields {', '.join(names)}, got {field!r}; {hint}")
    lacking = [field for field in names if field not in bits]
    if lacking:
        raise ReadoutError(
            f"{path}: expected the fields {', '.join(names)}, {', '.join(lacking)} is not given; "
            "two cells would have one identifier, give it a width in bits"
        )
    try:
        return IdFields(dict(bits))
    except ReadoutError as error:
        raise ReadoutError(f"{path}: {error}") from None


def packed(ids: IdFields, source: str, **values: ArrayLike) -> NDArray[np.uint64]:
    """Pack identifiers.

    Raises:
        ReadoutError: a value that does not fit its bits; the message names the path.
    """
    try:
        return ids.pack(**values)
    except ReadoutError as error:
        raise ReadoutError(f"{source}: readout.id_bits: {error}") from None


def whole_cells(path: str, size: float, cell: float, axis: str, unit: str = " mm") -> int:
    """Count the cells along a side.

    Raises:
        ReadoutError: no whole number.
    """
    number = whole_number(size / cell)
    if number is None:
        nearest = max(round(size / cell), 1)
        raise ReadoutError(
            f"{path}: expected a whole number of cells along {axis}, got {size:g}{unit} / {cell:g}{unit} = "
            f"{size / cell:.6g}; {nearest} cells are {nearest * cell:g}{unit}"
        )
    return number


def even_edges(centre_mm: float, size_mm: float, number: int) -> Floats:
    """Edges of equal cells around a centre [mm], the decimal numbers that one would write, shape (n + 1,)."""
    return np.round(centre_mm + size_mm * (np.arange(number + 1) / number - 0.5), 9)


def checked_count(count: int, source: str) -> int:
    """Refuse more cells than fit the memory.

    Raises:
        ReadoutError: more than MAXIMUM_CELLS.
    """
    if count > MAXIMUM_CELLS:
        raise ReadoutError(
            f"{source}: readout: expected at most {MAXIMUM_CELLS} cells, got {count}; "
            "make cells larger or the readout smaller"
        )
    return count


def constant(value: float, count: int, dtype: type[_Scalar]) -> NDArray[_Scalar]:
    """A read-only column of one value that takes no memory, shape (count,)."""
    return np.broadcast_to(np.asarray(value, dtype=dtype), (count,))
