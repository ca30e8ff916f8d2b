"""How a shower spreads across its axis."""

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.validation.observables.moments import ShapeMoments, mean_and_width, shape_moments
from metacalo.validation.observables.sums import column_of_voxel, energy_sums, quotient

Array = NDArray[np.float64]


def ring_fractions(showers: Showers) -> Array:
    """Share of the visible energy in each ring around the axis, E_r / E_tot, shape (N, n_r)."""
    energies = np.asarray(showers.ring_energies_mev, dtype=np.float64)
    return quotient(energies, energies.sum(axis=1, keepdims=True))


def mean_radius_mm(showers: Showers) -> Array:
    """Energy-weighted mean distance to the axis, sum r E_r / E_tot [mm], shape (N,)."""
    return mean_and_width(ring_fractions(showers), ring_centres_mm(showers))[0]


def width_in_radius_mm(showers: Showers) -> Array:
    """Energy-weighted standard deviation of the distance to the axis, about its mean [mm], shape (N,)."""
    return mean_and_width(ring_fractions(showers), ring_centres_mm(showers))[1]


def radial_moments(showers: Showers) -> ShapeMoments:
    """Mean [mm], width [mm], skewness and kurtosis of the distance to the axis, of each shower."""
    return shape_moments(ring_fractions(showers), ring_centres_mm(showers))


def core_fraction(showers: Showers, rings: int = 1) -> Array:
    """Share of the visible energy in the innermost rings, shape (N,)."""
    return np.asarray(ring_fractions(showers)[:, :rings].sum(axis=1))


def containment_radius_mm(showers: Showers, share: float = 0.9) -> Array:
    """Radius around the axis that holds a share of the visible energy (R90 by default) [mm], shape (N,).

    The energy of a ring is taken as spread evenly over its radii, so that the radius is continuous.
    """
    fractions = ring_fractions(showers)
    reached = np.cumsum(fractions, axis=1)
    wanted = share * reached[:, -1]
    ring = np.argmax(reached >= wanted[:, None], axis=1)
    row = np.arange(len(ring))
    inside = fractions[row, ring]
    missing = wanted - (reached[row, ring] - inside)
    part = np.divide(missing, inside, out=np.zeros(len(ring)), where=inside > 0)
    return np.asarray((ring + part) * float(showers.grid.dr_mm))


def transverse_centre_mm(showers: Showers) -> Array:
    """Energy-weighted mean position across the axis, x = r cos(phi), y = r sin(phi) [mm], shape (N, 2)."""
    return transverse_moments_mm(showers)[0]


def transverse_width_mm(showers: Showers) -> Array:
    """Energy-weighted standard deviation of x and of y about their means [mm], shape (N, 2)."""
    return transverse_moments_mm(showers)[1]


def transverse_moments_mm(showers: Showers) -> tuple[Array, Array]:
    """Mean and standard deviation of x and y [mm], each of shape (N, 2); see `transverse_centre_mm`."""
    positions = column_positions_mm(showers)
    (energies,) = energy_sums(showers, column_of_voxel(showers.grid), len(positions))
    shares = quotient(energies, energies.sum(axis=1, keepdims=True))
    (mean_x, width_x), (mean_y, width_y) = (mean_and_width(shares, position) for position in positions.T)
    return np.stack([mean_x, mean_y], axis=1), np.stack([width_x, width_y], axis=1)


def ring_centres_mm(showers: Showers) -> Array:
    """Radii of the centres of the rings [mm], shape (n_r,)."""
    return np.asarray(showers.grid.r_centres_mm, dtype=np.float64)


def column_positions_mm(showers: Showers) -> Array:
    """Positions x and y of the columns (one for each ring and sector) [mm], shape (n_r n_phi, 2)."""
    grid: CylinderGrid = showers.grid
    unit = np.stack([np.cos(grid.phi_centres_rad), np.sin(grid.phi_centres_rad)], axis=1)
    return np.asarray((ring_centres_mm(showers)[:, None, None] * unit).reshape(-1, 2))
