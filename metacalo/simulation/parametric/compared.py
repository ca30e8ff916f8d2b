"""What the parametric engine was compared with, and what lies outside of it."""

from __future__ import annotations

from metacalo.geometry import Detector
from metacalo.geometry.materials import CONDENSED_ABOVE_G_CM3
from metacalo.simulation.parametric.adjusted import LEAST_FRACTION


def outside_of_comparison(detector: Detector) -> str | None:
    """Say why the engine's figures do not hold for a detector, None if they do.

    Args:
        detector: to be simulated.

    Returns:
        One sentence.
    """
    active = [share.material for c in detector.section_compositions if c.active for share in c.active]
    gases = sorted({material.name for material in active if material.density_g_cm3 < CONDENSED_ABOVE_G_CM3})
    if gases:
        why = f"{', '.join(gases)} is an active gas, and it was compared with active solids and liquids only"
    elif detector.sampling_fraction < LEAST_FRACTION:
        why = (
            f"the visible fraction is {detector.sampling_fraction:.2g}, and the least that it was compared "
            f"with is {LEAST_FRACTION:g}"
        )
    else:
        return None
    return (
        f"the parametric engine was not compared with full simulation for a detector like {detector.name}: "
        f"{why}. Response, resolution and hits may be far off; use --engine geant4"
    )
