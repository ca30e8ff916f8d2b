"""From deposits in detector coordinates to voxels of the cylinder along each particle's direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers
from metacalo.simulation.engine import Deposits, Simulated
from metacalo.simulation.particles import Particles

Floats = NDArray[np.floating[Any]]
Indices = NDArray[np.integer[Any]]

BLOCK_VOXELS = 1 << 20
"""Voxels that are summed at a time: 8 MB, so that they stay near the processor."""


def along_flight(
    particles: Particles, event: Indices, x_mm: Floats, y_mm: Floats, z_mm: Floats
) -> tuple[Floats, Floats, Floats]:
    """Turn detector coordinates into those along each particle's direction, about the entry point.

    It is the rotation by -phi about z and then by -theta about y, as in Geant4's example Par04.

    Args:
        particles: n particles.
        event: particle of each point, shape (m,).
        x_mm: in the detector [mm], shape (m,).
        y_mm: in the detector [mm], shape (m,).
        z_mm: depth [mm], shape (m,).

    Returns:
        The two transverse coordinates and the depth along flight [mm], each of shape (m,).
    """
    cos_phi, sin_phi = np.cos(particles.phi_rad)[event], np.sin(particles.phi_rad)[event]
    cos_theta, sin_theta = np.cos(particles.theta_rad)[event], np.sin(particles.theta_rad)[event]
    ahead = x_mm * cos_phi + y_mm * sin_phi
    return (
        ahead * cos_theta - z_mm * sin_theta,
        y_mm * cos_phi - x_mm * sin_phi,
        ahead * sin_theta + z_mm * cos_theta,
    )


def voxel_of(
    grid: CylinderGrid, radius_mm: Floats, turn: Floats, along_mm: Floats
) -> tuple[Indices, NDArray[np.bool_]]:
    """Find the voxels of points given along a particle's direction.

    Args:
        grid: the cylinder.
        radius_mm: distance from the axis [mm], shape (m,).
        turn: azimuth from -pi to pi as 0 to 1, shape (m,).
        along_mm: depth along flight [mm], shape (m,).

    Returns:
        Flat indices of the voxels of the points inside, and whether each point is inside, shape (m,).
    """
    n_r, n_phi, n_z = grid.shape
    ring, depth = radius_mm / grid.dr_mm, along_mm / grid.dz_mm
    inside = (ring < n_r) & (depth >= 0) & (depth < n_z)
    sector = np.minimum((turn[inside] * n_phi).astype(np.int64), n_phi - 1)
    return (ring[inside].astype(np.int64) * n_phi + sector) * n_z + depth[inside].astype(np.int64), inside


class Tally:
    """Energy on the grid, event by event, summed up as it comes.

    Args:
        grid: the cylinder.
    """

    def __init__(self, grid: CylinderGrid) -> None:
        self._grid = grid
        self._counts: list[NDArray[np.int64]] = []
        self._voxels: list[NDArray[np.int64]] = []
        self._energies: list[NDArray[np.float32]] = []

    def add(self, n: int, event: Indices, voxel: Indices, energy_mev: Floats) -> None:
        """Add the next n events.

        Args:
            n: number of events.
            event: event of each deposit, from 0 to n - 1, ascending, shape (m,).
            voxel: flat index of its voxel, shape (m,).
            energy_mev: its energy [MeV], shape (m,).
        """
        size = self._grid.n_voxels
        block = max(1, BLOCK_VOXELS // size)
        cuts = np.searchsorted(event, np.arange(0, n + block, block))
        for k, first in enumerate(range(0, n, block)):
            part, events = slice(int(cuts[k]), int(cuts[k + 1])), min(block, n - first)
            place = (event[part].astype(np.int64) - first) * size + voxel[part]
            total = np.bincount(place, weights=energy_mev[part], minlength=events * size).astype(np.float32)
            hit = np.flatnonzero(total)
            self._counts.append(np.bincount(hit // size, minlength=events))
            self._voxels.append(hit % size)
            self._energies.append(total[hit])

    def showers(self, particles: Particles, attributes: Mapping[str, object] | None) -> Showers:
        """Return everything that was added as showers of these particles."""
        return Showers(
            grid=self._grid,
            incident_energy_gev=particles.energy_gev,
            theta_rad=particles.theta_rad,
            phi_rad=particles.phi_rad,
            offsets=np.cumsum(np.concatenate([[0], *self._counts])),
            voxels=_joined(self._voxels, np.int64),
            energies_mev=_joined(self._energies, np.float32),
            attributes=attributes,
        )


def score(
    grid: CylinderGrid,
    particles: Particles,
    deposits: Deposits,
    attributes: Mapping[str, object] | None = None,
    *,
    keep: bool = False,
) -> Simulated:
    """Add up deposits on the grid along each particle's direction.

    Args:
        grid: the cylinder.
        particles: n particles.
        deposits: theirs, in active material.
        attributes: of the showers.
        keep: return the deposits with the showers.
    """
    u, v, w = along_flight(particles, deposits.event, deposits.x_mm, deposits.y_mm, deposits.z_mm)
    voxel, inside = voxel_of(grid, np.hypot(u, v), np.arctan2(v, u) / (2.0 * np.pi) + 0.5, w)
    n = len(particles)
    tally = Tally(grid)
    tally.add(n, deposits.event[inside], voxel, deposits.energy_mev[inside])
    outside = np.bincount(deposits.event[~inside], weights=deposits.energy_mev[~inside], minlength=n)
    return Simulated(
        tally.showers(particles, attributes), outside.astype(np.float64), deposits if keep else None
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)
