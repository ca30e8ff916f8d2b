"""A material and the constants that a shower depends on, and the rules that mix them.

Formulas: Particle Data Group, "Passage of Particles Through Matter", sections on radiation length,
critical energy and Moliere radius (R. L. Workman et al., PTEP 2022, 083C01, eqs. 34.25 to 34.38).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from metacalo.errors import GeometryError

SCATTERING_ENERGY_MEV = 21.2052
"""Es = sqrt(4 pi / alpha) m_e c^2, which ties the Moliere radius to X0 and Ec."""

CONDENSED_ABOVE_G_CM3 = 0.02
"""Densest gas that a mixture can be: anything above is a solid, liquid or foam of one."""

MAXIMUM_DENSITY_G_CM3 = 25.0
"""Above osmium and iridium (22.6 g/cm3) there is no material."""

_FRACTION_TOLERANCE = 1e-3


@dataclass(frozen=True, kw_only=True)
class Material:
    """One material, with the constants of the PDG's tables.

    Attributes:
        name: the name that detector files use.
        title: what it is, in words.
        density_g_cm3: density [g/cm3].
        radiation_length_g_cm2: X0 [g/cm2].
        critical_energy_mev: Ec of electrons after Rossi [MeV]: the energy at which the ionisation loss
            per radiation length equals the electron's energy.
        condensed_critical_energy_mev: the same in the liquid or solid phase; differs for gases only, whose
            atoms count with this value when they are bound in a solid or a liquid.
        z_over_a: <Z/A> [mol/g].
        nuclear_interaction_length_g_cm2: lambda_I [g/cm2].
        minimum_ionisation_mev_cm2_g: mean dE/dx of a minimum-ionising particle [MeV cm2/g].
        mean_z: atomic number, averaged over the mass fractions.
        source: where the numbers come from.
        aliases: other names, among them Geant4's.
    """

    name: str
    title: str
    density_g_cm3: float
    radiation_length_g_cm2: float
    critical_energy_mev: float
    condensed_critical_energy_mev: float
    z_over_a: float
    nuclear_interaction_length_g_cm2: float
    minimum_ionisation_mev_cm2_g: float
    mean_z: float
    source: str
    aliases: tuple[str, ...] = ()

    @property
    def moliere_radius_g_cm2(self) -> float:
        """Moliere radius R_M = X0 Es / Ec [g/cm2]."""
        return self.radiation_length_g_cm2 * SCATTERING_ENERGY_MEV / self.critical_energy_mev

    @property
    def radiation_length_mm(self) -> float:
        """Radiation length X0 [mm]."""
        return 10.0 * self.radiation_length_g_cm2 / self.density_g_cm3

    @property
    def moliere_radius_mm(self) -> float:
        """Moliere radius R_M [mm]."""
        return 10.0 * self.moliere_radius_g_cm2 / self.density_g_cm3

    @property
    def nuclear_interaction_length_mm(self) -> float:
        """Nuclear interaction length [mm]."""
        return 10.0 * self.nuclear_interaction_length_g_cm2 / self.density_g_cm3

    @property
    def minimum_ionisation_mev_mm(self) -> float:
        """Mean energy loss of a minimum-ionising particle [MeV/mm]."""
        return 0.1 * self.minimum_ionisation_mev_cm2_g * self.density_g_cm3


def mixture(
    name: str,
    density_g_cm3: float,
    mass_fractions: Mapping[Material, float],
    *,
    title: str = "",
    source: str = "mixture rules",
    aliases: tuple[str, ...] = (),
) -> Material:
    """Compute the constants of a mixture or compound from its parts.

    With mass fractions w: 1/X0 = sum w/X0, 1/lambda = sum w/lambda, 1/R_M = sum w/R_M
    (which is 1/Es sum w Ec/X0, PDG eq. 34.38), <Z/A> and dE/dx = sum w (Bragg's rule).

    Args:
        name: name of the result.
        density_g_cm3: its density [g/cm3]; it cannot be derived from the parts.
        mass_fractions: share of the mass by part; positive, with sum 1 to within 0.001.
        title: what it is, in words.
        source: where the composition comes from.
        aliases: other names.

    Returns:
        The material.

    Raises:
        GeometryError: impossible density, or fractions that are not positive or do not add up to 1.
    """
    if not (math.isfinite(density_g_cm3) and 0.0 < density_g_cm3 <= MAXIMUM_DENSITY_G_CM3):
        raise GeometryError(
            f"material {name!r}: expected a density above 0 and at most {MAXIMUM_DENSITY_G_CM3:g} g/cm3, "
            f"got {density_g_cm3!r}; give density_g_cm3 in grams per cubic centimetre"
        )
    if not mass_fractions or not all(math.isfinite(w) and w > 0.0 for w in mass_fractions.values()):
        raise GeometryError(
            f"material {name!r}: expected positive mass fractions, got "
            f"{ {part.name: w for part, w in mass_fractions.items()} }; leave out what is not in it"
        )
    total = math.fsum(mass_fractions.values())
    if abs(total - 1.0) > _FRACTION_TOLERANCE:
        raise GeometryError(
            f"material {name!r}: expected mass fractions that add up to 1, got {total:g}; "
            "give fractions of the mass, not percent and not numbers of atoms"
        )
    parts = [(part, weight / total) for part, weight in mass_fractions.items()]
    x0 = 1.0 / math.fsum(w / part.radiation_length_g_cm2 for part, w in parts)

    def critical_energy(condensed: bool) -> float:
        energies = [p.condensed_critical_energy_mev if condensed else p.critical_energy_mev for p, _ in parts]
        return x0 * math.fsum(
            w * energy / part.radiation_length_g_cm2
            for (part, w), energy in zip(parts, energies, strict=True)
        )

    return Material(
        name=name,
        title=title or name,
        density_g_cm3=density_g_cm3,
        radiation_length_g_cm2=x0,
        critical_energy_mev=critical_energy(density_g_cm3 > CONDENSED_ABOVE_G_CM3),
        condensed_critical_energy_mev=critical_energy(True),
        z_over_a=math.fsum(w * part.z_over_a for part, w in parts),
        nuclear_interaction_length_g_cm2=1.0
        / math.fsum(w / part.nuclear_interaction_length_g_cm2 for part, w in parts),
        minimum_ionisation_mev_cm2_g=math.fsum(w * part.minimum_ionisation_mev_cm2_g for part, w in parts),
        mean_z=math.fsum(w * part.mean_z for part, w in parts),
        source=source,
        aliases=aliases,
    )
