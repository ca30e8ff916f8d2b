"""What is wrong in the `readout:` of a detector file, and where: expected, got, remedy."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from metacalo.errors import ReadoutError
from metacalo.geometry.naming import did_you_mean
from metacalo.readout.settings import KINDS, MAXIMUM_MM, MINIMUM_MM, ReadoutSettings

_LENGTHS = (
    f"one length, or two [x, y], from {MINIMUM_MM:g} to {MAXIMUM_MM:g} mm",
    "give it in millimetres",
)
_COUNTS = ("one whole number, or two [x, y], from 1 to 100000", "count the cells or modules along x and y")
_POINT = ("two coordinates [x, y] in mm", "write for example [0, 0]")

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "front_z_mm": ("a coordinate in mm", "give z of the front face of the stack in millimetres"),
    "front_radius_mm": (
        f"a radius from {MINIMUM_MM:g} mm",
        "give the radius of the front face in millimetres",
    ),
    "depth_mm": ("a depth in mm", "give depths behind the front face in millimetres"),
    "default_position_mm": _POINT,
    "default_position": ("a mapping {eta, phi_deg}", "write for example {eta: 0.2, phi_deg: 0}"),
    "centre_mm": _POINT,
    "size_mm": _LENGTHS,
    "cell_mm": _LENGTHS,
    "module_mm": _LENGTHS,
    "modules": _COUNTS,
    "cells_per_module": _COUNTS,
    "regions": ("a list of regions with at least one", "list them from the outermost inwards"),
    "holes": ("a list of rectangles", "write for example [{modules: [4, 4]}], or leave it out"),
    "missing": ("a list of cells", "write for example [{region: inner, row: 5, column: 7}]"),
    "collection": ("a name of letters, digits and _", "write for example ECalBarrelCollection"),
    "name": ("a name of letters, digits and _ . + -", "give it a short name"),
    "region": ("the name of a region", "write one of the names under regions"),
    "row": ("a whole number from 0", "count rows from the lowest y of the region"),
    "column": ("a whole number from 0", "count columns from the lowest x of the region"),
    "id_bits": ("a mapping of fields to bits from 1 to 63", "leave it out for the usual widths"),
    "layers": ("at least one layer", "see the page `Readout` of the reference"),
    "eta": ("steps of pseudorapidity, numbers above 0", "write for example [{up_to: 1.4, step: 0.025}]"),
    "up_to": ("a pseudorapidity above 0 and at most 10", "give where the steps end, without sign"),
    "step": ("a step of pseudorapidity above 0", "give the size of a cell, for example 0.025"),
    "n_phi": ("a whole number from 1 to 100000", "count the cells around the circle, for example 256"),
    "phi_deg": ("an angle from -360 to 360 degrees", "give the azimuth in degrees"),
    "slabs_per_layer": ("a whole number from 1", "say how many active slabs are read out together"),
    "radius_mm": ("two radii [smallest, largest] in mm", "write for example [320, 1520]"),
    "up_to_radius_mm": (f"a radius from {MINIMUM_MM:g} mm", "leave it out for the outermost sensors"),
    "sensors": ("a list of sensors with at least one", "list them from the innermost outwards"),
    "cells_per_side": ("a whole number from 1 to 100", "a module has 3 n^2 cells, for example 8 for 192"),
    "file": ("the path of a CSV, Parquet or ROOT file", "write it relative to the detector file"),
    "tree": ("the name of a tree in the ROOT file", "leave it out if there is only one"),
    "columns": ("a mapping of names to columns of the file", "write for example {x: pos_x}"),
}
_ITEM = ("a mapping", "write the item as {key: value, ...}")


def parse(readout: Mapping[str, Any], source: str) -> ReadoutSettings:
    """Check the `readout:` of a detector file.

    Args:
        readout: what it holds.
        source: the detector's name, for the message.

    Returns:
        The settings of its kind.

    Raises:
        ReadoutError: anything that is wrong, each with its path, what was expected, what came, what to do.
    """
    kind = readout.get("kind")
    if kind not in KINDS:
        got = "nothing" if kind is None else repr(kind)
        hint = did_you_mean(str(kind), KINDS) or "write for example `kind: planar`"
        raise ReadoutError(f"{source}: readout.kind: expected one of {', '.join(KINDS)}, got {got}; {hint}")
    model = KINDS[kind]
    try:
        settings: ReadoutSettings = model.model_validate(dict(readout))
    except ValidationError as error:
        raise _readout_error(error, source, model) from None
    return settings


def _readout_error(error: ValidationError, source: str, model: type[BaseModel]) -> ReadoutError:
    lines: dict[str, str] = {}
    for item in _without_echoes(error.errors(include_url=False)):
        # Both numbers of a pair may be wrong; one line for the pair is enough.
        location = item["loc"][:-1] if item["loc"] and _is_number_of_pair(item["loc"]) else item["loc"]
        lines.setdefault(_path(location), _reason(item, location, model))
    listed = [f"{path}: {reason}" for path, reason in lines.items()]
    if len(listed) == 1:
        return ReadoutError(f"{source}: {listed[0]}")
    return ReadoutError("\n  ".join([f"{source}: {len(listed)} items are wrong", *listed]))


def _without_echoes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    # pydantic counts a list's bad items as missing, and would report the list as too short as well.
    def is_echo(item: ErrorDetails) -> bool:
        location = item["loc"]
        inside = (other["loc"][: len(location)] == location for other in found if other is not item)
        return item["type"] == "too_short" and any(inside)

    return [item for item in found if not is_echo(item)]


def _is_number_of_pair(location: tuple[int | str, ...]) -> bool:
    lists = {"regions", "holes", "missing", "layers", "eta", "sensors"}
    return len(location) >= 2 and isinstance(location[-1], int) and location[-2] not in lists


def _reason(item: ErrorDetails, location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    if item["type"] == "extra_forbidden":
        keys = list(_model_at(location[:-1], model).model_fields)
        hint = did_you_mean(str(location[-1]), keys, limit=1)
        return f"expected one of the keys {', '.join(keys)}, got {location[-1]!r}; {hint or 'remove it'}"
    key = location[-1]
    if isinstance(key, str) and len(location) >= 2 and location[-2] == "id_bits":
        key = "id_bits"
    expected, remedy = _EXPECTED.get(key, _ITEM) if isinstance(key, str) else _ITEM
    got = "nothing" if item["type"] == "missing" else shortened(item["input"])
    return f"expected {expected}, got {got}; {remedy}"


def _model_at(location: tuple[int | str, ...], model: type[BaseModel]) -> type[BaseModel]:
    for key in location:
        if isinstance(key, str):
            model = _inner(model.model_fields[key].annotation) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part)) is not None), None)


def _path(location: tuple[int | str, ...]) -> str:
    return "readout" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location)


def shortened(value: object) -> str:
    """Represent a value in at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
