"""What the depth of a calorimeter is made of, and the effective constants that follow."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from metacalo.geometry.materials import SCATTERING_ENERGY_MEV, Material
from metacalo.geometry.pdg import material
from metacalo.geometry.sampling import Share, sampling_fraction
from metacalo.geometry.stack import Section


@dataclass(frozen=True)
class Composition:
    """Effective constants of a stack of slabs, as a shower sees them averaged over depth.

    X0 = T / sum(t_i / X0_i) and R_M = T / sum(t_i / R_M,i) with T = sum t_i.

    Attributes:
        shares: the slabs that occur, with their number.
        n_layers: number of sampling layers (repetitions of sections with active material).
        layers_mm: thickness of these layers together [mm].
    """

    shares: tuple[Share, ...]
    n_layers: int
    layers_mm: float

    @cached_property
    def depth_mm(self) -> float:
        """Thickness of everything [mm]."""
        return math.fsum(share.total_mm for share in self.shares)

    @cached_property
    def x0_mm(self) -> float:
        """Effective radiation length [mm]."""
        return self.depth_mm / math.fsum(s.total_mm / s.material.radiation_length_mm for s in self.shares)

    @cached_property
    def moliere_radius_mm(self) -> float:
        """Effective Moliere radius [mm]."""
        return self.depth_mm / math.fsum(s.total_mm / s.material.moliere_radius_mm for s in self.shares)

    @property
    def critical_energy_mev(self) -> float:
        """Effective critical energy Es X0 / R_M [MeV]."""
        return SCATTERING_ENERGY_MEV * self.x0_mm / self.moliere_radius_mm

    @cached_property
    def nuclear_interaction_length_mm(self) -> float:
        """Effective nuclear interaction length [mm]."""
        return self.depth_mm / math.fsum(
            s.total_mm / s.material.nuclear_interaction_length_mm for s in self.shares
        )

    @cached_property
    def density_g_cm3(self) -> float:
        """Mean density [g/cm3]."""
        return _mass(self.shares) / self.depth_mm

    @cached_property
    def active_density_g_cm3(self) -> float:
        """Mean density of the active slabs [g/cm3]."""
        return _mass(self.active) / self.active_mm

    @cached_property
    def mean_z(self) -> float:
        """Atomic number, averaged over the mass of everything."""
        return _mean_z(self.shares)

    @cached_property
    def active_mean_z(self) -> float:
        """Atomic number, averaged over the mass of the active slabs."""
        return _mean_z(self.active)

    @cached_property
    def active(self) -> tuple[Share, ...]:
        """The active slabs."""
        return tuple(share for share in self.shares if share.active)

    @cached_property
    def active_mm(self) -> float:
        """Thickness of all active slabs [mm]."""
        return math.fsum(share.total_mm for share in self.active)

    @cached_property
    def active_minimum_ionisation_mev(self) -> float:
        """What a minimum-ionising particle leaves in all active slabs [MeV]."""
        return math.fsum(share.minimum_ionisation_mev for share in self.active)

    @property
    def homogeneous(self) -> bool:
        """Whether everything is active."""
        return len(self.active) == len(self.shares)

    @cached_property
    def sampling_fraction(self) -> float:
        """Estimated visible share of the deposited energy; see `sampling_fraction`."""
        return sampling_fraction(self.shares)


def compose(sections: tuple[Section, ...], defined: Mapping[str, Material]) -> Composition:
    """Sum up the slabs of the sections.

    Args:
        sections: the calorimeter.
        defined: materials beyond the table, by name.

    Returns:
        Its composition.

    Raises:
        UnknownMaterialError: a material that is neither in the table nor defined.
    """
    active = [section for section in sections if section.is_active]
    return Composition(
        shares=tuple(
            Share(material(slab.material, defined), slab.thickness_mm, section.repeat, slab.active)
            for section in sections
            for slab in section.stack
        ),
        n_layers=sum(section.repeat for section in active),
        layers_mm=sum(section.repeat * section.thickness_mm for section in active),
    )


def _mass(shares: tuple[Share, ...]) -> float:
    return math.fsum(share.total_mm * share.material.density_g_cm3 for share in shares)


def _mean_z(shares: tuple[Share, ...]) -> float:
    weighted = (s.total_mm * s.material.density_g_cm3 * s.material.mean_z for s in shares)
    return math.fsum(weighted) / _mass(shares)
