"""The numbers that tell a model what detector it is to simulate."""

import math

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry.detector import Detector

DESCRIPTOR_NAMES: tuple[str, ...] = (
    "ln_dz_x0",
    "ln_dr_moliere",
    "ln_pitch_x0",
    "ln_depth_x0",
    "ln_grid_depth_x0",
    "ln_grid_radius_moliere",
    "active_fraction",
    "ln_density_ratio",
    "ln_x0",
    "ln_moliere",
    "ln_critical_energy",
    "mean_z",
    "active_mean_z",
    "ln_sampling_fraction",
    "ln_mip_per_layer",
)
"""What each number of `descriptor` is, in its order."""


def descriptor(detector: Detector) -> NDArray[np.float64]:
    """Describe a detector by physical, continuous numbers of order one, so that an unseen one has them too.

    Lengths are in units of the effective X0 or R_M; logarithms are of ratios to a typical calorimeter
    (25 X0 deep, X0 = 10 mm, R_M = 20 mm, Ec = 10 MeV, 1 MeV per minimum-ionising particle and layer).
    Z is averaged over the mass of everything, and of the active slabs, in units of 100; both, as the density
    ratio of active to mean, go to those of a homogeneous calorimeter as the absorber gets thin. A homogeneous
    calorimeter has no sampling layers, whatever its file repeats: there a layer is one of the grid's.

    Args:
        detector: the detector.

    Returns:
        The numbers, shape (len(DESCRIPTOR_NAMES),), without unit.
    """
    grid, stack = detector.grid, detector.composition
    pitch_mm = grid.dz_mm if stack.homogeneous else detector.pitch_mm
    ionisation_mev_mm = stack.active_minimum_ionisation_mev / stack.layers_mm
    values = {
        "ln_dz_x0": math.log(grid.dz_mm / stack.x0_mm),
        "ln_dr_moliere": math.log(grid.dr_mm / stack.moliere_radius_mm),
        "ln_pitch_x0": math.log(pitch_mm / stack.x0_mm),
        "ln_depth_x0": math.log(detector.depth_x0 / 25.0),
        "ln_grid_depth_x0": math.log(grid.depth_mm / stack.x0_mm / 36.0),
        "ln_grid_radius_moliere": math.log(grid.radius_mm / stack.moliere_radius_mm / 4.5),
        "active_fraction": detector.active_fraction,
        "ln_density_ratio": math.log(stack.active_density_g_cm3 / stack.density_g_cm3),
        "ln_x0": math.log(stack.x0_mm / 10.0),
        "ln_moliere": math.log(stack.moliere_radius_mm / 20.0),
        "ln_critical_energy": math.log(stack.critical_energy_mev / 10.0),
        "mean_z": stack.mean_z / 100.0,
        "active_mean_z": stack.active_mean_z / 100.0,
        "ln_sampling_fraction": math.log(stack.sampling_fraction),
        "ln_mip_per_layer": math.log(ionisation_mev_mm * pitch_mm),
    }
    return np.array([values[name] for name in DESCRIPTOR_NAMES])
