"""What is measured in each layer of the grid: energy, centres and widths, hits."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.observables.moments import width_of
from metacalo.validation.observables.sums import energy_sums, hit_counts, layer_of_voxel, quotient
from metacalo.validation.observables.totals import MEV_PER_GEV

Array = NDArray[np.float64]

ISOTROPIC = 1e-9
"""A mean direction shorter than this is rounding: energy spread evenly around the axis has no azimuth."""


def layer_energies_mev(showers: Showers) -> Array:
    """Visible energy in each layer of the grid [MeV], shape (N, n_z)."""
    return np.asarray(showers.layer_energies_mev, dtype=np.float64)


def layer_responses(showers: Showers) -> Array:
    """Visible energy in each layer over the incident energy, E_z / E_inc, shape (N, n_z)."""
    return layer_energies_mev(showers) / (MEV_PER_GEV * showers.incident_energy_gev[:, None])


def layer_fractions(showers: Showers) -> Array:
    """Share of the visible energy in each layer, E_z / E_tot, shape (N, n_z)."""
    energies = layer_energies_mev(showers)
    return quotient(energies, energies.sum(axis=1, keepdims=True))


def layer_centre_and_width_mm(showers: Showers, axis: Literal["x", "y", "r"]) -> tuple[Array, Array]:
    """Energy-weighted mean and standard deviation of a coordinate in each layer [mm], (N, n_z) each.

    x = r cos(phi) and y = r sin(phi) are what CaloChallenge (arXiv:2410.21611) calls eta and phi; r is the
    distance to the axis. A layer without energy has 0 for both.
    """
    position = voxel_positions_mm(showers, axis)
    layer, layers = layer_of_voxel(showers.grid), showers.grid.shape[2]
    first, second = energy_sums(showers, layer, layers, (position, np.square(position)))
    energy = layer_energies_mev(showers)
    centre = quotient(first, energy)
    return centre, width_of(centre, quotient(second, energy))


def layer_azimuth_and_width_rad(showers: Showers) -> tuple[Array, Array]:
    """Energy-weighted mean azimuth in each layer and its spread, as angles on a circle [rad], (N, n_z) each.

    With the mean direction (C, S) = sum E (cos(phi), sin(phi)) / sum E and its length R, the mean is
    atan2(S, C), from -pi to pi, and the spread the angular deviation sqrt(2 (1 - R)) (Batschelet 1981,
    Circular Statistics in Biology), from 0 (one direction) to sqrt(2) (all alike); unlike sqrt(-2 ln R) it
    stays finite. The mean is 0 where there is no direction, both are 0 in a layer without energy.
    """
    _, n_phi, layers = showers.grid.shape
    sector = np.arange(showers.grid.n_voxels) // layers % n_phi
    phi = showers.grid.phi_centres_rad[sector]
    layer = layer_of_voxel(showers.grid)
    energy = layer_energies_mev(showers)
    cosine, sine = (
        quotient(total, energy) for total in energy_sums(showers, layer, layers, (np.cos(phi), np.sin(phi)))
    )
    length = np.hypot(cosine, sine)
    mean = np.where(length > ISOTROPIC, np.arctan2(sine, cosine), 0.0)
    # A length of 1 but for rounding would look like a width of 1e-8.
    missing = np.where(1 - length > 1e-12, 1 - length, 0.0)
    return mean, np.where(energy > 0, np.sqrt(2 * missing), 0.0)


def layer_hits(showers: Showers, threshold_mev: float = 0.0) -> Array:
    """Number of voxels of each layer with more energy than the threshold [MeV], shape (N, n_z)."""
    return hit_counts(showers, layer_of_voxel(showers.grid), showers.grid.shape[2], threshold_mev)


def layer_sparsity(showers: Showers, threshold_mev: float = 0.0) -> Array:
    """Share of the voxels of each layer with more energy than the threshold, shape (N, n_z)."""
    n_r, n_phi, _ = showers.grid.shape
    return layer_hits(showers, threshold_mev) / (n_r * n_phi)


def voxel_positions_mm(showers: Showers, axis: Literal["x", "y", "r"]) -> Array:
    """Coordinate of the centre of each voxel across the shower's axis [mm], shape (n_voxels,)."""
    grid = showers.grid
    phi = grid.phi_centres_rad
    along = {"x": np.cos(phi), "y": np.sin(phi), "r": np.ones_like(phi)}[axis]
    return np.repeat(np.outer(grid.r_centres_mm, along).reshape(-1), grid.shape[2])
