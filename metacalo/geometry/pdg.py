"""The table of materials: PDG constants, alloys and scintillators, found by name or by Geant4's name.

The numbers are in ``materials.csv``, each line with its source. The PDG's own (S. Navas et al., Phys. Rev.
D 110 (2024) 030001, "Atomic and nuclear properties of materials") carry the digits behind the printed ones
where formulas give them: X0 after Tsai, and Ec after Rossi from the collision loss of electrons with the
PDG's excitation energies and density-effect parameters. Lines with mass fractions are computed by
`metacalo.geometry.mixture`. Geant4's names find the same substances; the density is the table's, which
for a few plastics and glasses is some percent from Geant4's.
"""

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from metacalo.errors import UnknownMaterialError
from metacalo.geometry.materials import Material, mixture
from metacalo.geometry.naming import did_you_mean


def material(name: str, defined: Mapping[str, Material] | None = None) -> Material:
    """Find a material by name or alias, whatever its case.

    Args:
        name: a name of the table (``Pb``), an alias (``lead``) or Geant4's (``G4_Pb``).
        defined: further materials, by name; they go before the table.

    Returns:
        The material with its constants.

    Raises:
        UnknownMaterialError: no such material; the message names the nearest.
    """
    if defined and name in defined:
        return defined[name]
    table = _by_name()
    found = table.get(name) or table.get(name.casefold())
    if found is None:
        raise UnknownMaterialError(unknown_material(name, defined or ()))
    return found


def material_names() -> tuple[str, ...]:
    """Name every material of the table, in its order, without aliases."""
    return tuple(_table())


def mass_fractions(name: str) -> Mapping[str, float]:
    """Return what a material of the table is mixed of: share of the mass by name of the part, with sum 1.

    It is empty for materials whose constants are the PDG's own.

    Raises:
        UnknownMaterialError: no such material.
    """
    line = _lines()[material(name).name]
    shares = dict(part.split(":") for part in line["mass_fractions"].split(";") if part)
    total = sum(map(float, shares.values()))
    return {part: float(share) / total for part, share in shares.items()}


def unknown_material(name: str, defined: Iterable[str] = ()) -> str:
    """Say that a material is unknown: what was expected, what came, and what to do.

    Args:
        name: what was written.
        defined: names that the detector file defines itself.

    Returns:
        The message.
    """
    known = [*defined, *(alias for entry in _table().values() for alias in (entry.name, *entry.aliases))]
    hint = did_you_mean(name, known)
    return (
        f"expected a material of the table or one defined under `materials:`, got {name!r}; "
        + (f"{hint} If not, " if hint else "")
        + "define it by density_g_cm3 and mass_fractions under `materials:`"
    )


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, Material]:
    found: dict[str, Material] = {}
    for entry in _table().values():
        for name in (entry.name, *entry.aliases):
            found.setdefault(name.casefold(), entry)
    found.update(_table())
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Material]:
    lines = _lines()
    table: dict[str, Material] = {}
    for name, line in lines.items():
        condensed = lines[line["condensed"]] if line["condensed"] else line
        table[name] = _compound(line, table) if line["mass_fractions"] else _listed(line, condensed)
    return MappingProxyType(table)


@lru_cache(maxsize=1)
def _lines() -> Mapping[str, Mapping[str, str]]:
    text = files("metacalo.geometry").joinpath("materials.csv").read_text(encoding="utf-8")
    return MappingProxyType({line["name"]: line for line in csv.DictReader(text.splitlines())})


def _listed(line: Mapping[str, str], condensed: Mapping[str, str]) -> Material:
    return Material(
        name=line["name"],
        title=line["title"],
        density_g_cm3=float(line["density_g_cm3"]),
        radiation_length_g_cm2=float(line["radiation_length_g_cm2"]),
        critical_energy_mev=float(line["critical_energy_mev"]),
        condensed_critical_energy_mev=float(condensed["critical_energy_mev"]),
        z_over_a=float(line["z_over_a"]),
        nuclear_interaction_length_g_cm2=float(line["nuclear_interaction_length_g_cm2"]),
        minimum_ionisation_mev_cm2_g=float(line["minimum_ionisation_mev_cm2_g"]),
        mean_z=float(line["mean_z"]),
        source=line["source"],
        aliases=_aliases(line),
    )


def _compound(line: Mapping[str, str], table: Mapping[str, Material]) -> Material:
    parts = (part.split(":") for part in line["mass_fractions"].split(";"))
    return mixture(
        line["name"],
        float(line["density_g_cm3"]),
        {table[part]: float(weight) for part, weight in parts},
        title=line["title"],
        source=line["source"],
        aliases=_aliases(line),
    )


def _aliases(line: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(alias for alias in line["aliases"].split(";") if alias)
