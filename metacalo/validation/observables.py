"""What is measured on each shower: one formula a function, on sparse showers, nothing made dense.

N is the number of showers, (n_r, n_phi, n_z) the shape of their grid. A voxel stands at the centre of its
bin; layers of the grid are counted from 0. A shower without energy gets 0 for every observable.
"""

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers

Array = NDArray[np.float64]

MEV_PER_GEV = 1000.0


def total_energy_mev(showers: Showers) -> Array:
    """Visible energy of each shower [MeV], shape (N,)."""
    return np.asarray(showers.total_energy_mev, dtype=np.float64)


def response(showers: Showers) -> Array:
    """Visible over incident energy, E_tot / E_inc, shape (N,)."""
    return total_energy_mev(showers) / (MEV_PER_GEV * showers.incident_energy_gev)


def layer_energies_mev(showers: Showers) -> Array:
    """Visible energy in each layer of the grid [MeV], shape (N, n_z)."""
    return np.asarray(showers.layer_energies_mev, dtype=np.float64)


def layer_responses(showers: Showers) -> Array:
    """Visible energy in each layer over the incident energy, E_z / E_inc, shape (N, n_z)."""
    return layer_energies_mev(showers) / (MEV_PER_GEV * showers.incident_energy_gev[:, None])


def layer_fractions(showers: Showers) -> Array:
    """Share of the visible energy in each layer, E_z / E_tot, shape (N, n_z)."""
    return _shares(layer_energies_mev(showers))


def ring_fractions(showers: Showers) -> Array:
    """Share of the visible energy in each ring around the axis, E_r / E_tot, shape (N, n_r)."""
    return _shares(np.asarray(showers.ring_energies_mev, dtype=np.float64))


def depth(showers: Showers) -> Array:
    """Energy-weighted mean layer, sum_z z E_z / E_tot [layers of the grid], shape (N,)."""
    return _mean_and_rms(layer_fractions(showers), np.arange(showers.grid.shape[2]))[0]


def width_in_depth(showers: Showers) -> Array:
    """Energy-weighted standard deviation of the layer [layers of the grid], shape (N,)."""
    return _mean_and_rms(layer_fractions(showers), np.arange(showers.grid.shape[2]))[1]


def depth_x0(showers: Showers, detector: Detector) -> Array:
    """Energy-weighted mean depth, layers standing at their centres [X0 of each section], shape (N,)."""
    return _mean_and_rms(layer_fractions(showers), depth_in_x0(detector, showers.grid.z_centres_mm))[0]


def width_in_depth_x0(showers: Showers, detector: Detector) -> Array:
    """Energy-weighted standard deviation of the depth [X0 of each section], shape (N,)."""
    return _mean_and_rms(layer_fractions(showers), depth_in_x0(detector, showers.grid.z_centres_mm))[1]


def mean_radius_mm(showers: Showers) -> Array:
    """Energy-weighted mean distance to the axis, sum r E_r / E_tot [mm], shape (N,)."""
    return _mean_and_rms(ring_fractions(showers), ring_centres_mm(showers))[0]


def width_in_radius_mm(showers: Showers) -> Array:
    """Energy-weighted standard deviation of the distance to the axis, about its mean [mm], shape (N,)."""
    return _mean_and_rms(ring_fractions(showers), ring_centres_mm(showers))[1]


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


def hits(showers: Showers, threshold_mev: float = 0.0) -> Array:
    """Number of voxels with more energy than the threshold [MeV], shape (N,)."""
    shower, _, energy = hit_arrays(showers)
    return np.bincount(shower[energy > threshold_mev], minlength=len(showers)).astype(np.float64)


def hottest_fraction(showers: Showers) -> Array:
    """Share of the visible energy in the voxel with the most, shape (N,)."""
    return two_hottest_fractions(showers)[:, 0]


def second_hottest_fraction(showers: Showers) -> Array:
    """Share of the visible energy in the voxel with the second most, shape (N,)."""
    return two_hottest_fractions(showers)[:, 1]


def two_hottest_fractions(showers: Showers) -> Array:
    """Shares of the visible energy in the two hottest voxels, the hottest first, shape (N, 2)."""
    shower, _, energy = hit_arrays(showers)
    n = len(showers)
    first = _maximum(shower, energy, n)
    at_top = np.flatnonzero(energy == first[shower])
    rest = energy.copy()
    # Only one voxel of each shower is taken out: two equally hot ones are the hottest and the second.
    rest[at_top[np.unique(shower[at_top], return_index=True)[1]]] = 0.0
    hottest: Array = np.stack([first, _maximum(shower, rest, n)], axis=1)
    return _over(hottest, total_energy_mev(showers)[:, None])


def transverse_centre_mm(showers: Showers) -> Array:
    """Energy-weighted mean position across the axis, x = r cos(phi), y = r sin(phi) [mm], shape (N, 2)."""
    return _transverse(showers)[0]


def transverse_width_mm(showers: Showers) -> Array:
    """Energy-weighted standard deviation of x and of y about their means [mm], shape (N, 2)."""
    return _transverse(showers)[1]


def ring_centres_mm(showers: Showers) -> Array:
    """Radii of the centres of the rings [mm], shape (n_r,)."""
    return np.asarray((np.arange(showers.grid.shape[0]) + 0.5) * float(showers.grid.dr_mm), dtype=np.float64)


def column_positions_mm(showers: Showers) -> Array:
    """Positions x and y of the columns (one for each ring and sector) [mm], shape (n_r n_phi, 2)."""
    n_r, n_phi, _ = showers.grid.shape
    phi = (np.arange(n_phi) + 0.5) * 2 * np.pi / n_phi - np.pi
    unit = np.stack([np.cos(phi), np.sin(phi)], axis=1)
    return np.asarray((ring_centres_mm(showers)[:, None, None] * unit).reshape(n_r * n_phi, 2))


def hit_arrays(showers: Showers) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Read the hits: index of the shower, flat index of the voxel, energy [MeV], each of shape (M,)."""
    return (
        np.asarray(showers.shower_of_hit, dtype=np.int64),
        np.asarray(showers.voxels, dtype=np.int64),
        np.asarray(showers.energies_mev, dtype=np.float64),
    )


def _transverse(showers: Showers) -> tuple[Array, Array]:
    """Mean and standard deviation of x and y [mm], each of shape (N, 2)."""
    shower, voxel, energy = hit_arrays(showers)
    n_r, n_phi, n_z = showers.grid.shape
    columns = n_r * n_phi
    flat = np.bincount(shower * columns + voxel // n_z, weights=energy, minlength=len(showers) * columns)
    shares = _shares(np.asarray(flat, dtype=np.float64).reshape(len(showers), columns))
    x, y = column_positions_mm(showers).T
    (mean_x, rms_x), (mean_y, rms_y) = _mean_and_rms(shares, x), _mean_and_rms(shares, y)
    return np.stack([mean_x, mean_y], axis=1), np.stack([rms_x, rms_y], axis=1)


def _mean_and_rms(shares: Array, positions: NDArray[np.int64] | Array) -> tuple[Array, Array]:
    """Mean and standard deviation of positions (K,) weighted with shares (N, K), each of shape (N,)."""
    mean = shares @ positions
    variance = shares @ np.square(positions) - mean**2 * (shares.sum(axis=1) > 0)
    return mean, np.sqrt(np.maximum(variance, 0.0))


def _maximum(shower: NDArray[np.int64], energy: Array, n: int) -> Array:
    """Largest energy of each shower, 0 for one without hits, shape (n,); hits are in order of shower."""
    starts = np.flatnonzero(np.diff(shower, prepend=-1))
    largest = np.zeros(n)
    if len(starts):
        largest[shower[starts]] = np.maximum.reduceat(energy, starts)
    return largest


def _shares(energies: Array) -> Array:
    """Each row over its sum."""
    return _over(energies, energies.sum(axis=1, keepdims=True))


def _over(numerator: Array, denominator: Array) -> Array:
    """Quotient, 0 where the denominator is not positive."""
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
