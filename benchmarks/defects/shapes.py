"""Defects of the shape: correlations that are lost, and voxels that run into each other."""

from __future__ import annotations

import numpy as np

from defects.conditions import Rows, partners
from defects.energy import scaled
from metacalo.showers import Showers


def with_shapes_of(showers: Showers, donors: Showers, rows: Rows, *, keep: str) -> Showers:
    """Showers with the shapes of others: each has the hits of one donor, scaled to its own energy.

    Args:
        showers: N showers, whose incident particles stay.
        donors: showers that the hits are taken of.
        rows: of the donors, shape (N,).
        keep: what a hit is scaled by: "total", so that E_tot stays, or "response", so that it becomes the
            donor's E_tot / E_inc.
    """
    taken = donors[rows]
    if keep == "total":
        own, theirs = showers.total_energy_mev, taken.total_energy_mev
    else:
        own, theirs = (np.asarray(s.incident_energy_gev, dtype=np.float64) for s in (showers, taken))
    moved = Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
        offsets=taken.offsets,
        voxels=taken.voxels,
        energies_mev=taken.energies_mev,
        attributes=showers.attributes,
    )
    return scaled(moved, np.divide(own, theirs, out=np.ones_like(own), where=theirs > 0))


def swapped_shapes(showers: Showers) -> Showers:
    """Two showers of nearly one energy and angle swap their shapes, and each keeps its E_tot.

    Every shape is still there, and every E_tot; that a shower that is early or late is seen with more or
    less energy is lost.
    """
    return with_shapes_of(showers, showers, partners(showers), keep="total")


def mixed_layers(showers: Showers, group: int = 6, seed: int = 0) -> Showers:
    """Each layer of a shower is that of another of nearly its energy; E_tot stays.

    The layers of `group` showers next to each other in energy are dealt out anew, each depth by itself, and
    scaled to the energy. The spectrum of each layer stays nearly as it is; that a shower which starts early
    is early in all layers is lost.
    """
    rng = np.random.default_rng(seed)
    dense = showers.dense(np.float64)
    energy = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    found = np.zeros_like(dense)
    ordered = np.argsort(energy, kind="stable")
    for start in range(0, len(ordered), group):
        members = ordered[start : start + group]
        for layer in range(dense.shape[3]):
            donors = rng.permutation(members)
            ratio = (energy[members] / energy[donors])[:, None, None]
            found[members, :, :, layer] = dense[donors, :, :, layer] * ratio
    total = found.sum(axis=(1, 2, 3))
    kept = np.divide(showers.total_energy_mev, total, out=np.ones_like(total), where=total > 0)
    return _from_dense(showers, found * kept[:, None, None, None])


def blurred(showers: Showers, share: float = 0.1, *, between_hits: bool = False) -> Showers:
    """Voxels run into their neighbours in r, phi and z; E_tot stays.

    Each voxel gives a sixth of `share` of its energy to each of its six neighbours and gets as much of
    theirs. At the edges of the grid nothing leaves.

    Args:
        showers: the showers.
        share: of a voxel's energy that it gives away, at most 1.
        between_hits: only two voxels that are both hit share, so that the number of hits stays.
    """
    before = showers.dense(np.float64)
    after = before.copy()
    for axis, periodic in ((1, False), (2, True), (3, False)):
        there = np.roll(before, -1, axis=axis)
        flow = share / 6.0 * (before - there)
        if between_hits:
            flow *= (before > 0) & (there > 0)
        if not periodic:
            np.moveaxis(flow, axis, 0)[-1] = 0.0
        after -= flow
        after += np.roll(flow, 1, axis=axis)
    return _from_dense(showers, after)


def _from_dense(showers: Showers, dense: np.ndarray) -> Showers:
    """The incident particles of showers, with other deposits [MeV], shape (N, n_r, n_phi, n_z)."""
    return Showers.from_dense(
        dense,
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
        attributes=showers.attributes,
    )
