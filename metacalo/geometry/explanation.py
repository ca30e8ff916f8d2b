"""What is wrong in a detector file, and where: expected, got, remedy for every item."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from metacalo.errors import GeometryError, UnknownMaterialError
from metacalo.geometry.materials import MAXIMUM_DENSITY_G_CM3
from metacalo.geometry.naming import did_you_mean
from metacalo.geometry.requests import GridRequest
from metacalo.geometry.stack import (
    MAXIMUM_REPEAT,
    MAXIMUM_THICKNESS_MM,
    MaterialDefinition,
    Section,
    Slab,
)

Location = tuple[int | str, ...]

_EXPECTED: Mapping[str, tuple[str, str]] = {
    "name": ("a name of letters, digits and _ . + -", "give the detector a short name, fit for a file name"),
    "description": ("a text", "put it in quotes"),
    "reference": ("a text", "put it in quotes"),
    "sections": ("a list of sections with at least one", "write `sections:` with a list of {repeat, stack}"),
    "repeat": (f"a whole number from 1 to {MAXIMUM_REPEAT}", "give how many times the stack follows itself"),
    "stack": ("a list of slabs with at least one", "list the slabs as {material, thickness_mm, active}"),
    "material": ("the name of a material", "write for example Pb, LAr or G4_W"),
    "thickness_mm": (
        f"a thickness above 0 and at most {MAXIMUM_THICKNESS_MM:g} mm",
        "give the thickness of the slab as a number in millimetres",
    ),
    "active": ("true or false", "write `active: true` for slabs whose energy is measured"),
    "grid": ("a mapping {shape, dr_mm, dz_mm}", "leave it out for the automatic grid"),
    "materials": ("a mapping of names to {density_g_cm3, mass_fractions}", "leave it out if none is defined"),
    "density_g_cm3": (f"a density above 0 and at most {MAXIMUM_DENSITY_G_CM3:g} g/cm3", "give it in g/cm3"),
    "mass_fractions": (
        "a mapping of materials to mass fractions with sum 1",
        "write for example {Cu: 0.7, Zn: 0.3}",
    ),
    "energy_range_gev": ("two energies [lowest, highest] in GeV", "write for example [1, 100]"),
    "theta_range_deg": ("two angles [lowest, highest] in degrees", "write for example [0, 40]"),
    "readout": ("a mapping", "leave it out if there is none"),
    "showers": ("the path of a file of showers", "write it relative to the detector file"),
}
_PART = (
    "a mass fraction above 0 and at most 1",
    "give fractions of the mass, not percent and not numbers of atoms",
)
_ITEM = ("a mapping", "write the item as {key: value, ...}")
_UNKNOWN_MATERIAL = "unknown_material"


def items_error(items: Iterable[tuple[Location, str]], check: Callable[[str], object]) -> None:
    """Look every named material up, and report all that are unknown at once, each with its path.

    Args:
        items: path of each name inside the validated field, and the name.
        check: the look-up.

    Raises:
        ValidationError: at least one look-up raised UnknownMaterialError.
    """
    wrong = []
    for location, name in items:
        try:
            check(name)
        except UnknownMaterialError as error:
            kind = PydanticCustomError(_UNKNOWN_MATERIAL, "{reason}", {"reason": str(error)})
            wrong.append(InitErrorDetails(type=kind, loc=location, input=name))
    if wrong:
        raise ValidationError.from_exception_data("materials", wrong)


def geometry_error(error: ValidationError, source: str, detector: type[BaseModel]) -> GeometryError:
    """Put pydantic's findings in the user's terms.

    Args:
        error: what pydantic found.
        source: the file, or what else the description came from.
        detector: the model of a whole detector file, for its keys.

    Returns:
        The error to raise: UnknownMaterialError if that is all that is wrong, else GeometryError.
    """
    found = _without_echoes(error.errors(include_url=False))
    lines = [f"{_path(item['loc'])}: {_reason(item, detector)}" for item in found]
    materials = all(
        isinstance(_cause(item), UnknownMaterialError) or item["type"] == _UNKNOWN_MATERIAL for item in found
    )
    kind = UnknownMaterialError if materials else GeometryError
    if len(lines) == 1:
        return kind(f"{source}: {lines[0]}")
    return kind("\n  ".join([f"{source}: {len(lines)} items are wrong", *lines]))


def _without_echoes(found: list[ErrorDetails]) -> list[ErrorDetails]:
    # pydantic counts a list's bad items as missing, and would report the list as too short as well.
    def is_echo(item: ErrorDetails) -> bool:
        location = item["loc"]
        inside = (
            other["loc"][: len(location)] == location for other in found if len(other["loc"]) > len(location)
        )
        return item["type"] == "too_short" and any(inside)

    return [item for item in found if not is_echo(item)]


def _reason(item: ErrorDetails, detector: type[BaseModel]) -> str:
    location, value = item["loc"], item["input"]
    if item["type"] == _UNKNOWN_MATERIAL:
        return item["msg"]
    if item["type"] == "value_error":
        return str(_cause(item))
    if item["type"] == "extra_forbidden":
        keys = list(_model(location[:-1], detector).model_fields)
        hint = did_you_mean(str(location[-1]), keys, limit=1)
        return f"expected one of the keys {', '.join(keys)}, got {location[-1]!r}; {hint or 'remove it'}"
    expected, remedy = _expected(location)
    got = "nothing" if item["type"] == "missing" else _shortened(value)
    return f"expected {expected}, got {got}; {remedy}"


def _expected(location: Location) -> tuple[str, str]:
    if len(location) >= 2 and location[-2] == "mass_fractions":
        return _PART
    key = location[-1] if location else ""
    return _EXPECTED.get(key, _ITEM) if isinstance(key, str) else _ITEM


def _model(location: Location, detector: type[BaseModel]) -> type[BaseModel]:
    if not location:
        return detector
    if location[0] == "sections":
        return Slab if "stack" in location else Section
    return GridRequest if location[0] == "grid" else MaterialDefinition


def _cause(item: ErrorDetails) -> Any:
    return item.get("ctx", {}).get("error")


def _path(location: Location) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "detector"


def _shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
