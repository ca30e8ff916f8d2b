"""What is allowed in a detector file, and yet seldom meant."""

import math

from metacalo.geometry.detector import Detector

_HIGHEST_USUAL_GEV = 5000.0


def doubts(detector: Detector) -> list[str]:
    """Find what is probably a slip, though it is a calorimeter.

    Args:
        detector: the detector.

    Returns:
        One sentence for each doubt; empty if there is none.
    """
    found = []
    if detector.depth_x0 < 15.0:
        found.append(
            f"the calorimeter is {detector.depth_x0:.1f} X0 deep; "
            "showers of some GeV leak out below about 15 X0"
        )
    if detector.depth_x0 > 60.0:
        found.append(
            f"the calorimeter is {detector.depth_x0:.0f} X0 deep; "
            "most have 15 to 40, check repeat and thicknesses"
        )
    grid = detector.grid
    if grid.radius_mm < 2.0 * detector.moliere_radius_mm:
        found.append(
            f"the grid has a radius of {grid.radius_mm / detector.moliere_radius_mm:.2f} R_M; below 2 R_M "
            " more than 5% of a shower lies outside"
        )
    if grid.depth_mm < min(detector.depth_mm, 20.0 * detector.x0_mm):
        found.append(
            f"the grid is {grid.depth_mm:.1f} mm deep, the calorimeter {detector.depth_mm:.1f} mm; "
            "the tails of showers lie outside"
        )
    layers = grid.dz_mm / detector.pitch_mm
    if (
        not detector.is_homogeneous
        and detector.pitch_mm < 3.0 * detector.x0_mm
        and abs(layers - round(layers)) > 1e-3
    ):
        found.append(
            f"dz is {layers:.3f} layers; "
            "only with a whole number does every voxel hold the same active material"
        )
    if detector.energy_range_gev[1] > _HIGHEST_USUAL_GEV:
        found.append(
            f"energies reach {detector.energy_range_gev[1]:g} GeV; energy_range_gev is in GeV, not MeV"
        )
    if 0.0 < detector.theta_range_deg[1] <= math.pi / 2:
        found.append(
            f"angles end at {detector.theta_range_deg[1]:g} degrees; theta_range_deg is in degrees, "
            "not radians"
        )
    if detector.showers is not None and not detector.showers.is_file():
        found.append(f"the file of showers {detector.showers} does not exist")
    return found
