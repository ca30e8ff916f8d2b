"""The bins of a quadrature: filling them with the energy of voxels, and spreading it over their points."""

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.projection.density import RadialDensity, depth_gradient, ring_sums
from metacalo.readout.projection.points import Points
from metacalo.readout.projection.quadrature import Quadrature, expand
from metacalo.showers import Showers

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

POINT_SHARE = 4e-4
"""Share of a shower's energy that one point may stand for, where the rule has more points."""


def collect(showers: Showers, rule: Quadrature) -> tuple[Indices, Indices, Floats]:
    """Distribute the energy of voxels over the bins of a rule.

    Args:
        showers: N showers in memory.
        rule: its bins.

    Returns:
        Bins of each shower that have energy, shape (N,); which they are, shower by shower, shape (n,); and
        energies [MeV], shape (n,).
    """
    _, n_phi, n_z = showers.grid.shape
    sums = ring_sums(showers)
    shares = RadialDensity.of(sums, showers.grid).shares(rule.edges_mm, rule.ring)
    if rule.is_flat:
        return _over_all_depths(showers, rule, shares)
    voxel = showers.voxels.astype(np.int64)
    column, depth = np.divmod(voxel, n_z)
    ring, sector = np.divmod(column, n_phi)
    first, number = rule.parts_of_ring
    halves = rule.n_halves
    hit, place = expand(number[ring] * halves)
    part = first[ring][hit] + (place if halves == 1 else place // halves)
    layer = (showers.shower_of_hit * n_z + depth)[hit]
    energy = shares.reshape(-1).take(layer * rule.n_parts + part)
    energy *= showers.energies_mev[hit]
    target = ((part * n_phi + sector[hit]) * n_z + depth[hit]) * halves
    if halves == 2:
        second = place % 2
        target += second
        # The halves of a bin of density 1 + g (w - 1/2) hold 1/2 -+ g/8.
        lean = 0.25 * depth_gradient(sums).reshape(-1)
        energy *= 0.5 * (1.0 + np.where(second == 1, lean[layer], -lean[layer]))
    count = np.bincount(showers.shower_of_hit, weights=number[ring] * halves, minlength=len(showers))
    return count.astype(np.int64), target, energy


def _over_all_depths(showers: Showers, rule: Quadrature, shares: Floats) -> tuple[Indices, Indices, Floats]:
    """`collect` for a rule whose bins are of all depths: a product of matrices for each ring."""
    n = len(showers)
    n_r, n_phi, n_z = showers.grid.shape
    dense = showers.dense(np.float64)
    inside = min(n_z, int(np.searchsorted(showers.grid.z_edges_mm[:-1], rule.depth_mm)))
    filled = np.zeros((n, rule.n_bins))
    parts = filled[:, : rule.behind].reshape(n, rule.n_parts, n_phi)
    first, number = rule.parts_of_ring
    for ring in range(n_r):
        own = slice(first[ring], first[ring] + number[ring])
        of_depth = dense[:, ring, :, :inside].swapaxes(1, 2)
        np.matmul(shares[:, :inside, own].swapaxes(1, 2), of_depth, out=parts[:, own])
    filled[:, rule.behind] = dense[:, :, :, inside:].sum(axis=(1, 2, 3))
    shower, target = np.nonzero(filled)
    return np.bincount(shower, minlength=n).astype(np.int64), target, filled[shower, target]


def points_of(rule: Quadrature, count: Indices, bins: Indices, energy_mev: Floats) -> Points:
    """Spread energies of bins evenly over their points.

    Where depths have points of their own, and thus help each other, a bin has only as many as it takes for
    none to stand for much of its shower.

    Args:
        rule: the bins and points.
        count: bins of each shower, shape (N,).
        bins: which, shape (n,).
        energy_mev: their energy [MeV], shape (n,).
    """
    number = rule.count[bins]
    begin = np.concatenate([[0], np.cumsum(count)])
    if not rule.is_flat:
        # Shower by shower: a running sum would round differently with other showers before.
        shower = np.repeat(np.arange(len(count)), count)
        sums = np.bincount(shower, weights=energy_mev, minlength=len(count))
        per_point = np.maximum(sums * (POINT_SHARE / rule.fineness), 1e-300)[shower]
        number = np.clip(energy_mev / per_point + 1.0, 1, number).astype(np.int64)
    return at_points(rule, number, begin, bins, energy_mev)


def all_points(rule: Quadrature) -> Points:
    """All points of all bins, each of energy 1, as if of one shower."""
    bins = np.arange(rule.n_bins)
    return at_points(rule, rule.count, np.array([0, rule.n_bins]), bins, np.ones(rule.n_bins))


def at_points(rule: Quadrature, number: Indices, begin: Indices, bins: Indices, energy_mev: Floats) -> Points:
    """Spread energies of bins evenly over the first of their points.

    Args:
        rule: the bins and points.
        number: points of each, shape (n,).
        begin: where each shower's bins begin, and the end, shape (N + 1,).
        bins: which, shape (n,).
        energy_mev: their energy [MeV], shape (n,).
    """
    ends = np.concatenate([[0], np.cumsum(number)])
    shift = rule.first_point[bins] - ends[:-1]
    point = np.repeat(shift, number)
    point += np.arange(len(point))
    return Points(
        count=np.diff(ends[begin]),
        x_mm=rule.x_mm.take(point),
        y_mm=rule.y_mm.take(point),
        low_mm=np.repeat(rule.low_mm[bins], number),
        high_mm=np.repeat(rule.high_mm[bins], number),
        along=rule.along.take(point),
        energy_mev=np.repeat(energy_mev / number, number),
    )
