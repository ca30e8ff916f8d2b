"""Full simulation with every deposit, on any grid or straight in the cells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import CylinderGrid
from metacalo.readout.hits import LOST, CellHits
from metacalo.readout.placement import Placements
from metacalo.readout.projection.points import Shared, add_up
from metacalo.readout.readout import Readout
from metacalo.showers import Showers, open_showers

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Deposits:
    """Deposits of showers in coordinates of their grids.

    Attributes:
        showers: the same showers as the simulation itself scored them on the grid.
        offsets: shower ``i`` owns the deposits ``offsets[i]:offsets[i+1]``, shape (N + 1,).
        position_mm: r cos phi, r sin phi, z along flight [mm], shape (M, 3).
        energy_mev: [MeV], shape (M,).
    """

    showers: Showers
    offsets: NDArray[np.int64]
    position_mm: Floats
    energy_mev: Floats

    @property
    def shower(self) -> NDArray[np.int64]:
        """Shower of each deposit, shape (M,)."""
        return np.repeat(np.arange(len(self.showers)), np.diff(self.offsets))

    def __getitem__(self, chosen: NDArray[np.bool_]) -> Deposits:
        rows = np.repeat(chosen, np.diff(self.offsets))
        counts = np.diff(self.offsets)[chosen]
        offsets = np.concatenate([[0], np.cumsum(counts)])
        return Deposits(self.showers[chosen], offsets, self.position_mm[rows], self.energy_mev[rows])

    def on_grid(self, grid: CylinderGrid) -> Showers:
        """Score the deposits on a grid."""
        n_r, n_phi, n_z = grid.shape
        x, y, z = self.position_mm.T
        ring = (np.hypot(x, y) / grid.dr_mm).astype(np.int64)
        sector = ((np.arctan2(y, x) / (2.0 * np.pi) + 0.5) * n_phi).astype(np.int64) % n_phi
        depth = np.floor(z / grid.dz_mm).astype(np.int64)
        inside = (ring < n_r) & (depth >= 0) & (depth < n_z)
        key = ((self.shower * n_r + ring) * n_phi + sector) * n_z + depth
        voxels, place = np.unique(key[inside], return_inverse=True)
        energy = np.bincount(place, weights=self.energy_mev[inside])
        cuts = np.arange(len(self.showers) + 1) * grid.n_voxels
        return Showers(
            grid=grid,
            incident_energy_gev=self.showers.incident_energy_gev,
            theta_rad=self.showers.theta_rad,
            offsets=np.searchsorted(voxels, cuts),
            voxels=voxels % grid.n_voxels,
            energies_mev=energy,
        )

    def in_cells(self, readout: Readout, placements: Placements) -> CellHits:
        """Add up the deposits in the cells that hold them: the truth.

        Deposits outside the grid are left out: projecting cannot know of them.
        """
        parts = []
        for k in range(len(self.showers)):
            rows = slice(int(self.offsets[k]), int(self.offsets[k + 1]))
            grid = self.showers.grid
            place = self.position_mm[rows]
            radius, depth = np.hypot(place[:, 0], place[:, 1]), place[:, 2]
            inside = (radius < grid.radius_mm) & (depth >= 0.0) & (depth < grid.depth_mm)
            point = place[inside] @ placements.rotation[k].T + placements.origin_mm[k]
            cell = readout.locate(*point.T)
            gap = readout.contains(*point[cell < 0].T)
            count = np.array([len(point)])
            parts.append(add_up(count, cell, gap, self.energy_mev[rows][inside], len(readout)))
        return events(self.showers, readout, placements, Shared.joined(parts))


def events(showers: Showers, readout: Readout, placements: Placements, shared: Shared) -> CellHits:
    """Put shared energies into the container."""
    return CellHits(
        readout=readout,
        offsets=np.concatenate([[0], np.cumsum(shared.count)]),
        cell=shared.cell,
        energy_mev=shared.energy_mev,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=placements.theta_rad,
        phi_rad=placements.phi_rad,
        position_mm=placements.origin_mm,
        lost_mev={name: shared.lost_mev[:, k].copy() for k, name in enumerate(LOST)},
    )


def open_deposits(path: Path, seed: int = 1) -> Deposits:
    """Read a file with the datasets `hit_layer`, `hit_ix`, `hit_iy`, `hit_energy` beside the grid's.

    A deposit is put at a random place of its box of 1 mm x 1 mm x active slab.
    """
    showers = open_showers(path).load()
    with h5py.File(path, "r") as file:
        offsets = file["hit_offset"][()].astype(np.int64)
        layer = file["hit_layer"][()].astype(np.int64)
        x, y = (file[name][()].astype(np.float64) for name in ("hit_ix", "hit_iy"))
        energy = file["hit_energy"][()].astype(np.float64)
        stack: list[dict[str, Any]] = json.loads(file.attrs["stack"])
    edges = np.cumsum([0.0, *(slab["thickness_mm"] for slab in stack)])
    active = next(k for k, slab in enumerate(stack) if slab["active"])
    random = np.random.default_rng(seed).random((3, len(x)))
    x, y = x + random[0], y + random[1]
    depth = layer * edges[-1] + edges[active] + random[2] * (edges[active + 1] - edges[active])
    theta = np.repeat(showers.theta_rad.astype(np.float64), np.diff(offsets))
    cos, sin = np.cos(theta), np.sin(theta)
    position = np.stack([x * cos - depth * sin, y, x * sin + depth * cos], axis=1)
    return Deposits(showers, offsets, position, energy)
