"""What must hold of showers, cells and places together."""

import math
import warnings

import numpy as np

from metacalo.errors import MetacaloWarning, PlacementError, ReadoutError
from metacalo.geometry import CylinderGrid
from metacalo.readout.placement import Placements
from metacalo.readout.readout import Readout
from metacalo.showers import Showers

ANGLE_TOLERANCE_RAD = math.radians(1.0)
"""Showers change little within such an angle: by 0.3% of their depth at 20 degrees."""


def check_suits(readout: Readout, grid: CylinderGrid) -> None:
    """Refuse a grid that cannot be of the detector that is read out.

    Raises:
        ReadoutError: the grid ends before half of the detector's depth.
    """
    if grid.depth_mm < 0.5 * readout.depth_mm:
        raise ReadoutError(
            f"expected showers that reach the back of {readout.name}, {readout.depth_mm:g} mm deep, got a "
            f"grid of {grid.depth_mm:g} mm ({grid}); give the readout of the detector that they were made for"
        )


def one_for_each(showers: Showers, placements: Placements) -> Placements:
    """Return one placement for each shower.

    Raises:
        PlacementError: neither one placement nor as many as showers.
    """
    n = len(showers)
    if len(placements) == n:
        return placements
    if len(placements) != 1:
        raise PlacementError(
            f"expected one placement, or one for each of {n} showers, got {len(placements)}; "
            "give as many positions as there are showers"
        )
    return placements[np.zeros(n, dtype=np.int64)]


def warn_of_other_angles(showers: Showers, placements: Placements) -> None:
    """Warn of showers that were made for another angle to the front face than they are placed at."""
    apart = np.abs(showers.theta_rad - placements.theta_rad)
    if len(apart) and apart.max() > ANGLE_TOLERANCE_RAD:
        worst = int(np.argmax(apart))
        made, placed = (math.degrees(angles[worst]) for angles in (showers.theta_rad, placements.theta_rad))
        number = int((apart > ANGLE_TOLERANCE_RAD).sum())
        warnings.warn(
            f"shower {worst} was made for {made:.4g} degrees to the normal and is placed at {placed:.4g} "
            f"({number} of {len(apart)} differ by over 1 degree): it crosses the layers at an angle that it "
            "does not know of; generate showers at the angle of their place",
            MetacaloWarning,
            stacklevel=4,
        )
