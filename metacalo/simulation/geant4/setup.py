"""What one Geant4 process simulates: slabs, materials, physics and production cut."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.geometry.naming import did_you_mean
from metacalo.simulation.geant4.materials import Recipe, recipe

HALF_WIDTH_MM = 1500.0
"""Half width of the slabs at the least [mm]."""

HALF_WIDTH_IN_DEPTHS = 6.0
"""Half width of the slabs at the least, in depths: a particle at 80 degrees leaves at the back."""

DEFAULT_CUT_MM = 0.7
"""Range below which no secondary electron, positron or photon is made; Geant4's own default [mm]."""

_SMALLEST_CUT_MM, _LARGEST_CUT_MM = 1e-4, 1e3

ELECTROMAGNETIC = {
    "option0": "G4EmStandardPhysics",
    "option1": "G4EmStandardPhysics_option1",
    "option2": "G4EmStandardPhysics_option2",
    "option3": "G4EmStandardPhysics_option3",
    "option4": "G4EmStandardPhysics_option4",
    "gs": "G4EmStandardPhysicsGS",
    "wvi": "G4EmStandardPhysicsWVI",
    "livermore": "G4EmLivermorePhysics",
    "penelope": "G4EmPenelopePhysics",
}
"""Electromagnetic physics alone, by the name of Geant4's constructor."""

HADRONIC = ("FTFP_BERT", "FTFP_BERT_ATL", "QGSP_BERT", "QGSP_BIC")
"""Whole physics lists, with the reactions of photons and electrons on nuclei."""

PHYSICS = (*ELECTROMAGNETIC, *HADRONIC)
"""What physics can be chosen."""


@dataclass(frozen=True)
class Block:
    """Slabs of one material that touch, as one.

    Attributes:
        material: index into the materials of the setup.
        thickness_mm: along the depth [mm].
        active: whether the energy deposited in it is scored.
    """

    material: int
    thickness_mm: float
    active: bool


@dataclass(frozen=True)
class Setup:
    """Everything that a Geant4 process is started with.

    Attributes:
        materials: how to build them.
        blocks: in the order of depth.
        physics: one of `PHYSICS`.
        cut_mm: production cut as a range [mm].
    """

    materials: tuple[Recipe, ...]
    blocks: tuple[Block, ...]
    physics: str
    cut_mm: float

    @property
    def depth_mm(self) -> float:
        """Depth of the calorimeter [mm]."""
        return sum(block.thickness_mm for block in self.blocks)

    @property
    def half_width_mm(self) -> float:
        """Half width of all slabs [mm]."""
        return max(HALF_WIDTH_MM, HALF_WIDTH_IN_DEPTHS * self.depth_mm)


def setup_of(detector: Detector, physics: str, cut_mm: float) -> Setup:
    """Translate a detector.

    Args:
        detector: whose slabs are simulated.
        physics: one of `PHYSICS`.
        cut_mm: production cut as a range [mm].

    Raises:
        UnknownMaterialError: a material that Geant4 cannot build.
    """
    names = tuple(dict.fromkeys(slab.material for slab in detector.slabs))
    blocks = [
        Block(names.index(name), sum(slab.thickness_mm for slab in slabs), active)
        for (name, active), slabs in groupby(detector.slabs, key=lambda slab: (slab.material, slab.active))
    ]
    return Setup(tuple(recipe(name, detector) for name in names), tuple(blocks), physics, cut_mm)


def check_options(physics: str, cut_mm: float) -> None:
    """Refuse physics or a production cut that cannot be.

    Raises:
        SettingsError: an unknown name, or a cut that is no range.
    """
    if physics not in PHYSICS:
        hint = did_you_mean(physics, PHYSICS)
        raise SettingsError(
            f"expected physics of Geant4, one of {', '.join(PHYSICS)}, got {physics!r}; "
            f"{hint or 'option0 is the standard one'}"
        )
    if not _SMALLEST_CUT_MM <= cut_mm <= _LARGEST_CUT_MM:  # also where it is no number
        raise SettingsError(
            f"expected a production cut from {_SMALLEST_CUT_MM:g} to {_LARGEST_CUT_MM:g} mm, got {cut_mm!r}; "
            f"{DEFAULT_CUT_MM:g} is Geant4's own"
        )
