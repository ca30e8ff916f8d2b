"""CaloGAN's shower-shape variables, on the coarse ranges of depth.

Paganini, de Oliveira and Nachman 2018, arXiv:1712.10321, table of shower-shape variables. Their calorimeter
has three layers, 0 to 2; here the K coarse ranges of depth of `Scales` take their place, and their eta is x.
So the formulas are theirs, the figures are not to be compared with those of their detector.
"""

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.observables.layers import layer_energies_mev, voxel_positions_mm
from metacalo.validation.observables.moments import mean_and_width, width_of
from metacalo.validation.observables.sums import (
    Indices,
    energy_sums,
    hit_counts,
    layer_of_voxel,
    quotient,
    two_hottest,
)
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]


def range_energies_mev(showers: Showers, scales: Scales) -> Array:
    """Visible energy in each range of depth, E_i [MeV], shape (N, K)."""
    member = scales.range_of_layer[:, None] == np.arange(_ranges(scales))
    return np.asarray(layer_energies_mev(showers) @ member.astype(np.float64))


def range_fractions(showers: Showers, scales: Scales) -> Array:
    """Share of the visible energy in each range of depth, f_i = E_i / E_tot, shape (N, K)."""
    energies = range_energies_mev(showers, scales)
    return quotient(energies, energies.sum(axis=1, keepdims=True))


def range_e_ratios(showers: Showers, scales: Scales) -> Array:
    """Difference over sum of the energies of the two hottest voxels of each range, shape (N, K).

    E_ratio,i = (I_i(1) - I_i(2)) / (I_i(1) + I_i(2)); 1 for a range with one hit, 0 for one with none.
    """
    first, second = two_hottest(showers, _range_of_voxel(showers, scales), _ranges(scales))
    return quotient(first - second, first + second)


def range_widths_mm(showers: Showers, scales: Scales) -> Array:
    """Lateral width of each range: energy-weighted standard deviation of x about its mean [mm], shape (N, K).

    sigma_i = sqrt(sum E x^2 / E_i - (sum E x / E_i)^2) over the voxels of the range, in x alone as theirs is
    in eta alone.
    """
    x = voxel_positions_mm(showers, "x")
    first, second = energy_sums(showers, _range_of_voxel(showers, scales), _ranges(scales), (x, np.square(x)))
    energy = range_energies_mev(showers, scales)
    return width_of(quotient(first, energy), quotient(second, energy))


def range_sparsity(showers: Showers, scales: Scales, threshold_mev: float = 0.0) -> Array:
    """Share of the voxels of each range with more energy than the threshold, shape (N, K)."""
    member, ranges = _range_of_voxel(showers, scales), _ranges(scales)
    size = np.bincount(member, minlength=ranges).astype(np.float64)
    return quotient(hit_counts(showers, member, ranges, threshold_mev), size)


def deepest_range(showers: Showers, scales: Scales) -> Array:
    """Number of the deepest range with energy, d = max {i: E_i > 0}, counted from 0, shape (N,)."""
    reached = range_energies_mev(showers, scales) > 0
    return np.asarray(np.max(reached * np.arange(_ranges(scales)), axis=1), dtype=np.float64)


def depth_weighted_energy_mev(showers: Showers, scales: Scales) -> Array:
    """Depth-weighted total energy, l_d = sum_i i E_i [MeV], shape (N,)."""
    return np.asarray(range_energies_mev(showers, scales) @ np.arange(_ranges(scales), dtype=np.float64))


def shower_depth(showers: Showers, scales: Scales) -> Array:
    """Shower depth, s_d = l_d / E_tot [ranges], shape (N,)."""
    return mean_and_width(range_fractions(showers, scales), np.arange(_ranges(scales)))[0]


def shower_depth_width(showers: Showers, scales: Scales) -> Array:
    """Width of the shower depth, sqrt(sum_i i^2 E_i / E_tot - s_d^2) [ranges], shape (N,)."""
    return mean_and_width(range_fractions(showers, scales), np.arange(_ranges(scales)))[1]


def _ranges(scales: Scales) -> int:
    return len(scales.range_names)


def _range_of_voxel(showers: Showers, scales: Scales) -> Indices:
    return scales.range_of_layer[layer_of_voxel(showers.grid)]
