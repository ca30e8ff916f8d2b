"""From whatever arrays are given to checked ones in the container's types and order."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.geometry import CylinderGrid
from metacalo.showers.checks import check_conditions, check_hits, check_offsets, is_ascending, refuse
from metacalo.showers.hits import MemoryHits, voxel_type
from metacalo.showers.sums import shower_of_hit


def columns_of(
    where: str, incident_energy_gev: ArrayLike, theta_rad: ArrayLike, phi_rad: ArrayLike
) -> dict[str, NDArray[np.float32]]:
    """Return copies of incident energies [GeV] and angles [rad], (N,), by their names in the layout.

    Args:
        where: What to call the showers in a message.
        incident_energy_gev: (N,), or one number for one shower.
        theta_rad: (N,) or one for all.
        phi_rad: (N,) or one for all.

    Raises:
        ShowerFileError: See `metacalo.showers.checks.check_conditions`.
    """
    energy = np.array(incident_energy_gev, dtype=np.float32, ndmin=1)
    columns = {"incident_energy": energy}
    for name, angle in (("incident_theta", theta_rad), ("incident_phi", phi_rad)):
        array = np.array(angle, dtype=np.float32)
        columns[name] = np.full(energy.shape, array) if array.ndim == 0 else array
    check_conditions(where, columns)
    return columns


def hits_of(
    where: str,
    grid: CylinderGrid,
    n_showers: int,
    offsets: NDArray[np.int64],
    voxels: NDArray[Any],
    energies_mev: NDArray[Any],
) -> MemoryHits:
    """Return copies of hits, sorted by voxel within each shower.

    Args:
        where: What to call the showers in a message.
        grid: The grid of the voxels.
        n_showers: Number of showers N.
        offsets: Showers' slices of the hits, (N+1,).
        voxels: Flat voxel indices of an integer type, (M,).
        energies_mev: Deposits [MeV], (M,).

    Raises:
        ShowerFileError: If shapes or offsets do not fit, a value is impossible, or a voxel is twice in one
            shower.
    """
    if voxels.size == 0:
        voxels = voxels.astype(np.uint16)
    if voxels.ndim != 1 or voxels.shape != energies_mev.shape or voxels.dtype.kind not in "iu":
        raise refuse(
            where,
            f"voxels have shape {voxels.shape} and type {voxels.dtype}, energies_mev {energies_mev.shape}, "
            "expected two arrays of one length, voxels of an integer type",
            "pass one flat index and one energy per hit",
        )
    with np.errstate(over="ignore"):  # what overflows float32 is infinite, and refused as such below
        energies = np.array(energies_mev, dtype=np.float32)
    check_offsets(where, offsets, n_showers, len(voxels))
    check_hits(where, voxels, energies, grid.n_voxels)
    index = voxels.astype(voxel_type(grid.n_voxels))
    if not is_ascending(index, offsets):
        order = np.lexsort((index, shower_of_hit(offsets)))
        index, energies = index[order], energies[order]
        if not is_ascending(index, offsets):
            raise refuse(
                where, "a voxel is hit twice in one shower", "add up the deposits of each voxel first"
            )
    return MemoryHits(index, energies)
