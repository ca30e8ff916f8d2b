"""A detector as Par04 can build it: equal layers of one or two slabs, of materials that Geant4 knows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.geometry.stack import Slab

MOST_SLABS = 2
"""Of a layer of Par04, its "absorbers" 0 and 1."""

INNER_RADIUS_MM = 800.0
"""Of Par04's barrel, unless showers are so wide that they would feel its curvature."""

LENGTH_MM = 2000.0
_RADII = 10.0
_STEP_MM = 100.0
_MATERIAL_OF_NOTHING = "G4_AIR"


@dataclass(frozen=True)
class Par04Slab:
    """One slab of a layer of Par04.

    Attributes:
        material: name in Geant4's table of materials.
        thickness_mm: [mm].
        active: whether its deposits are visible.
    """

    material: str
    thickness_mm: float
    active: bool


@dataclass(frozen=True)
class Par04Barrel:
    """Par04's calorimeter.

    Attributes:
        slabs: of a layer, one or two.
        n_layers: how often they repeat.
        inner_radius_mm: of the front face [mm].
        length_mm: along the beam [mm].
        departure: why it is not the detector itself; empty if it is.
    """

    slabs: tuple[Par04Slab, ...]
    n_layers: int
    inner_radius_mm: float
    length_mm: float
    departure: str

    @property
    def is_exact(self) -> bool:
        """Whether full simulation in it is that of the detector, but for its curvature."""
        return not self.departure


def par04_barrel(detector: Detector, theta_range_deg: tuple[float, float]) -> Par04Barrel:
    """Describe a detector as Par04 does.

    Where Par04 cannot build it, the barrel has the right depth and number of layers, which is all that fast
    simulation needs, since every particle ends at the front face.

    Args:
        detector: of flat slabs.
        theta_range_deg: of particles, which must enter within the barrel's length.
    """
    departure = _departure(detector)
    if departure:
        slabs, n_layers = _of_the_same_depth(detector), detector.n_layers
    else:
        section = detector.sections[0]
        slabs = tuple(
            Par04Slab(_geant4_name(detector, slab) or "", slab.thickness_mm, slab.active)
            for slab in section.stack
        )
        n_layers = section.repeat
    inner = max(INNER_RADIUS_MM, _rounded_up(_RADII * detector.grid.radius_mm))
    steepest = math.radians(min(theta_range_deg[1], 80.0))
    reach = (inner + detector.depth_mm) * math.tan(steepest) + detector.grid.radius_mm
    return Par04Barrel(slabs, n_layers, inner, max(LENGTH_MM, _rounded_up(2 * reach)), departure)


def _departure(detector: Detector) -> str:
    if len(detector.sections) > 1:
        return f"it has {len(detector.sections)} sections, where all layers of Par04 are alike"
    stack = detector.sections[0].stack
    if len(stack) > MOST_SLABS:
        return f"its layers have {len(stack)} slabs, Par04's at most {MOST_SLABS}"
    unknown = [slab.material for slab in stack if _geant4_name(detector, slab) is None]
    if unknown:
        return f"Geant4 has no {unknown[0]!r} in its table of materials"
    return ""


def _of_the_same_depth(detector: Detector) -> tuple[Par04Slab, ...]:
    names = {True: _MATERIAL_OF_NOTHING, False: _MATERIAL_OF_NOTHING}
    for slab in sorted(detector.slabs, key=lambda slab: _depth_x0(detector, slab)):
        names[slab.active] = _geant4_name(detector, slab) or names[slab.active]
    pitch = detector.depth_mm / detector.n_layers
    active = detector.active_fraction * pitch
    if pitch - active < 1e-6 * pitch:
        return (Par04Slab(names[True], pitch, True),)
    return Par04Slab(names[False], pitch - active, False), Par04Slab(names[True], active, True)


def _depth_x0(detector: Detector, slab: Slab) -> float:
    return slab.thickness_mm / detector.material(slab.material).radiation_length_mm


def _geant4_name(detector: Detector, slab: Slab) -> str | None:
    if slab.material.startswith("G4_"):
        return slab.material
    aliases = detector.material(slab.material).aliases
    return next((name for name in aliases if name.startswith("G4_")), None)


def _rounded_up(length_mm: float) -> float:
    return math.ceil(length_mm / _STEP_MM) * _STEP_MM
