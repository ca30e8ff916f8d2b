"""The parts of a detector file: slabs, sections, and materials that the file defines itself."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from metacalo.errors import GeometryError, UnknownMaterialError
from metacalo.geometry.materials import MAXIMUM_DENSITY_G_CM3, Material, mixture
from metacalo.geometry.pdg import material, unknown_material

MAXIMUM_THICKNESS_MM = 10_000.0
MAXIMUM_REPEAT = 10_000
MAXIMUM_DEPTH_MM = 100_000.0
MAXIMUM_SLABS = 100_000

Millimetres = Annotated[float, Field(strict=True, gt=0.0, le=MAXIMUM_THICKNESS_MM, allow_inf_nan=False)]
Density = Annotated[float, Field(strict=True, gt=0.0, le=MAXIMUM_DENSITY_G_CM3, allow_inf_nan=False)]
Fraction = Annotated[float, Field(strict=True, gt=0.0, le=1.0, allow_inf_nan=False)]


class Slab(BaseModel):
    """A plane of one material, as wide as the calorimeter.

    Attributes:
        material: a name of the table, one of Geant4's, or one that the file defines.
        thickness_mm: thickness along the depth [mm].
        active: whether the energy deposited in it is measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    material: Annotated[str, Field(min_length=1)]
    thickness_mm: Millimetres
    active: StrictBool = False


class Section(BaseModel):
    """A stack of slabs that repeats.

    Attributes:
        repeat: how many times the stack follows itself.
        stack: the slabs of one repetition, in the order in which a particle meets them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    repeat: Annotated[int, Field(strict=True, ge=1, le=MAXIMUM_REPEAT)] = 1
    stack: Annotated[tuple[Slab, ...], Field(min_length=1)]

    @property
    def is_active(self) -> bool:
        """Whether any slab of the stack is active."""
        return any(slab.active for slab in self.stack)

    @property
    def thickness_mm(self) -> float:
        """Thickness of one repetition [mm]."""
        return sum(slab.thickness_mm for slab in self.stack)


class MaterialDefinition(BaseModel):
    """A mixture that a detector file defines by mass fractions.

    Attributes:
        density_g_cm3: its density [g/cm3].
        mass_fractions: share of the mass by material; sum 1.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    density_g_cm3: Density
    mass_fractions: Annotated[dict[str, Fraction], Field(min_length=1)]


def calorimeter_or_error(sections: tuple[Section, ...]) -> None:
    """Refuse sections that cannot be a calorimeter together, though each is well formed.

    Args:
        sections: the sections.

    Raises:
        GeometryError: nothing is active, or the depth or the number of slabs is absurd.
    """
    if not any(section.is_active for section in sections):
        raise GeometryError(
            "expected at least one active slab, got none; "
            "mark the slabs whose energy is measured with `active: true`"
        )
    depth_mm = sum(section.repeat * section.thickness_mm for section in sections)
    if depth_mm > MAXIMUM_DEPTH_MM:
        raise GeometryError(
            f"expected a calorimeter of at most {MAXIMUM_DEPTH_MM / 1000:g} m depth, "
            f"got {depth_mm / 1000:g} m; check `repeat` and that thicknesses are in millimetres"
        )
    slabs = sum(section.repeat * len(section.stack) for section in sections)
    if slabs > MAXIMUM_SLABS:
        raise GeometryError(f"expected at most {MAXIMUM_SLABS} slabs, got {slabs}; check `repeat`")


def resolve(definitions: Mapping[str, MaterialDefinition]) -> dict[str, Material]:
    """Compute the materials that a detector file defines; they may be made of one another.

    Args:
        definitions: the file's definitions by name.

    Returns:
        The materials by name.

    Raises:
        UnknownMaterialError: a part that is neither in the table nor defined.
        GeometryError: fractions that do not add up to 1, or a material that contains itself.
    """
    done: dict[str, Material] = {}

    def build(name: str, inside: tuple[str, ...]) -> Material:
        if name in done:
            return done[name]
        if name in inside:
            chain = " -> ".join((*inside, name))
            raise GeometryError(f"material {name!r} contains itself ({chain}); break the circle")
        definition = definitions[name]
        parts: dict[Material, float] = {}
        for part, fraction in definition.mass_fractions.items():
            try:
                found = build(part, (*inside, name)) if part in definitions else material(part)
            except UnknownMaterialError:
                raise UnknownMaterialError(
                    f"material {name!r}: {unknown_material(part, definitions)}"
                ) from None
            parts[found] = parts.get(found, 0.0) + fraction
        done[name] = mixture(name, definition.density_g_cm3, parts, source="the detector file")
        return done[name]

    return {name: build(name, ()) for name in definitions}
