"""Depth in radiation lengths, section by section."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.geometry.detector import Detector


def depth_in_x0(detector: Detector, z_mm: ArrayLike) -> NDArray[np.float64]:
    """Convert a depth from millimetres to radiation lengths.

    Each section counts with an X0 of its own, so that the result is linear within a section and has its kinks
    between them. Behind the calorimeter it goes on with the effective X0 of the whole, as if more of the same
    followed; the end itself is at `Detector.depth_x0`. One section gives z / X0.

    Args:
        detector: the calorimeter.
        z_mm: depths below the front face [mm], of any shape.

    Returns:
        Depths [X0], of the same shape.
    """
    z = np.asarray(z_mm, dtype=np.float64)
    if len(detector.sections) == 1:
        return z / detector.x0_mm
    thickness_mm = [section.depth_mm for section in detector.section_compositions]
    x0_mm = np.array([*(section.x0_mm for section in detector.section_compositions), detector.x0_mm])
    begin_mm = np.concatenate([[0.0], np.cumsum(thickness_mm)])
    begin_x0 = np.concatenate([[0.0], np.cumsum(thickness_mm / x0_mm[:-1])])
    inside = np.searchsorted(begin_mm[1:], z, side="right")
    return np.asarray(begin_x0[inside] + (z - begin_mm[inside]) / x0_mm[inside])
