"""How a shower develops along its depth."""

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation.observables.layers import layer_energies_mev, layer_fractions
from metacalo.validation.observables.moments import ShapeMoments, mean_and_width, shape_moments
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]

START_SHARE = 0.05
"""A shower has begun where a layer has more than this share of the energy of its highest layer."""


def depth(showers: Showers) -> Array:
    """Energy-weighted mean layer, sum_z z E_z / E_tot [layers of the grid], shape (N,)."""
    return mean_and_width(layer_fractions(showers), np.arange(showers.grid.shape[2]))[0]


def width_in_depth(showers: Showers) -> Array:
    """Energy-weighted standard deviation of the layer [layers of the grid], shape (N,)."""
    return mean_and_width(layer_fractions(showers), np.arange(showers.grid.shape[2]))[1]


def depth_x0(showers: Showers, detector: Detector) -> Array:
    """Energy-weighted mean depth, layers standing at their centres [X0 of each section], shape (N,)."""
    return mean_and_width(layer_fractions(showers), depth_in_x0(detector, showers.grid.z_centres_mm))[0]


def width_in_depth_x0(showers: Showers, detector: Detector) -> Array:
    """Energy-weighted standard deviation of the depth [X0 of each section], shape (N,)."""
    return mean_and_width(layer_fractions(showers), depth_in_x0(detector, showers.grid.z_centres_mm))[1]


def longitudinal_moments(showers: Showers, scales: Scales) -> ShapeMoments:
    """Mean, width, skewness and kurtosis of the longitudinal profile of each shower.

    Layers stand at the depths of their centres: mean and width are in the unit of depth of the scales.
    """
    return shape_moments(layer_fractions(showers), scales.layer_depth)


def depth_of_maximum(showers: Showers, scales: Scales) -> Array:
    """Depth of the centre of the layer with the most energy [unit of depth of the scales], shape (N,)."""
    energies = layer_energies_mev(showers)
    return _depth_of(energies.argmax(axis=1), energies, scales)


def depth_of_start(showers: Showers, scales: Scales, share: float = START_SHARE) -> Array:
    """Depth of the first layer above a share of the energy of the highest one, shape (N,).

    That of the layer's centre [unit of depth of the scales].
    """
    energies = layer_energies_mev(showers)
    above = energies > share * energies.max(axis=1, keepdims=True)
    return _depth_of(above.argmax(axis=1), energies, scales)


def _depth_of(layer: NDArray[np.intp], energies: Array, scales: Scales) -> Array:
    """Depth of a layer of each shower, 0 for a shower without energy, shape (N,)."""
    return np.where(energies.any(axis=1), scales.layer_depth[layer], 0.0)
