"""How Geant4 is to build each material of a detector: by its own name, from parts, or from an element."""

from __future__ import annotations

from dataclasses import dataclass

from metacalo.errors import UnknownMaterialError
from metacalo.geometry import Detector
from metacalo.geometry.materials import Material
from metacalo.geometry.pdg import mass_fractions, material

PREFIX = "G4_"
"""Geant4's names of the materials of its NIST table begin so."""


@dataclass(frozen=True)
class Recipe:
    """How to build a material; of `nist_name`, `parts` and `atomic_number` the first that is given counts.

    Attributes:
        name: of the material, in metacalo.
        density_g_cm3: its density, whatever Geant4's own is [g/cm3].
        nist_name: Geant4's name of the same substance, empty if it has none.
        parts: what it is mixed of, with the share of the mass of each.
        atomic_number: of an element, 0 otherwise.
    """

    name: str
    density_g_cm3: float
    nist_name: str = ""
    parts: tuple[tuple[Recipe, float], ...] = ()
    atomic_number: int = 0


def recipe(name: str, detector: Detector) -> Recipe:
    """Tell Geant4 how to build a material of a detector.

    What the detector defines itself, and mixtures of the table that Geant4 has no name for, are built from
    their parts by mass; the rest by Geant4's name, which brings the mean excitation energy of the compound.
    The density is always metacalo's.

    Args:
        name: as a slab of the detector has it.
        detector: which may define materials of its own.

    Raises:
        UnknownMaterialError: neither a name that Geant4 knows, nor parts, nor an element.
    """
    definition = detector.materials.get(name)
    if definition is None:
        return _of_table(material(name))
    total = sum(definition.mass_fractions.values())
    parts = tuple((recipe(part, detector), w / total) for part, w in definition.mass_fractions.items())
    return Recipe(name, definition.density_g_cm3, parts=parts)


def _of_table(found: Material) -> Recipe:
    nist = next((alias for alias in found.aliases if alias.startswith(PREFIX)), "")
    if nist:
        return Recipe(found.name, found.density_g_cm3, nist_name=nist)
    parts = tuple((_of_table(material(part)), share) for part, share in mass_fractions(found.name).items())
    if parts:
        return Recipe(found.name, found.density_g_cm3, parts=parts)
    if found.mean_z == int(found.mean_z):
        return Recipe(found.name, found.density_g_cm3, atomic_number=int(found.mean_z))
    raise UnknownMaterialError(
        f"Geant4 cannot build {found.name!r}: expected a name of its NIST table, mass fractions or an "
        "element; define the material by density_g_cm3 and mass_fractions under `materials:`"
    )
