"""What must hold of showers, in a file or in memory, each with the reason and the remedy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import GridMismatchError, ShowerFileError
from metacalo.geometry import CylinderGrid

GRID_TOLERANCE = 1e-3
"""Relative difference of dr or dz up to which two grids are the same: one may be rounded, or computed from
rounded constants."""


def refuse(where: str, reason: str, remedy: str) -> ShowerFileError:
    """Build the error for unusable showers: where they are, what is wrong, what to do."""
    return ShowerFileError(f"{where}: {reason}; {remedy}")


def check_conditions(where: str, columns: Mapping[str, NDArray[np.float32]]) -> None:
    """Check incident energies and angles.

    Args:
        where: The file, or what else to call the showers in a message.
        columns: ``incident_energy`` [GeV], ``incident_theta`` and ``incident_phi`` [rad], each (N,).

    Raises:
        ShowerFileError: If lengths differ, or a value is not finite, or an energy is not positive, or
            theta is outside 0 to 90 degrees.
    """
    n_showers = len(columns["incident_energy"])
    for name, values in columns.items():
        if values.shape != (n_showers,):
            raise refuse(
                where,
                f"{name} has shape {values.shape}, expected ({n_showers},), one number per incident energy",
                "write the file again with one entry per shower",
            )
        _check_values(where, name, values, ~np.isfinite(values), "a finite number")
    energy, theta = columns["incident_energy"], columns["incident_theta"]
    _check_values(where, "incident_energy", energy, energy <= 0, "a positive number of GeV")
    _check_values(
        where, "incident_theta", theta, (theta < 0) | (theta >= np.pi / 2), "an angle of 0 to pi/2 rad"
    )


def _check_values(
    where: str, name: str, values: NDArray[Any], bad: NDArray[np.bool_], expected: str, first: int = 0
) -> None:
    if bad.any():
        at = int(np.argmax(bad))
        raise refuse(
            where,
            f"{name}[{first + at}] is {values[at]}, expected {expected} ({int(bad.sum())} such entries)",
            "remove these showers or mend the program that wrote them",
        )


def check_offsets(where: str, offsets: NDArray[np.int64], n_showers: int, n_hits: int) -> None:
    """Check that the offsets cut ``n_hits`` hits into ``n_showers`` showers.

    Raises:
        ShowerFileError: If they have another length, do not start at 0, decrease, or do not end at the
            number of hits.
    """
    remedy = "the file is damaged or was cut: copy or write it again"
    if offsets.shape != (n_showers + 1,):
        raise refuse(
            where,
            f"offset has shape {offsets.shape}, expected ({n_showers + 1},), one more than showers",
            remedy,
        )
    if offsets[0] != 0:
        raise refuse(where, f"offset[0] is {offsets[0]}, expected 0", remedy)
    falling = np.diff(offsets) < 0
    if falling.any():
        at = int(np.argmax(falling))
        raise refuse(
            where,
            f"offset falls from {offsets[at]} to {offsets[at + 1]} at shower {at}, it must not decrease",
            remedy,
        )
    if offsets[-1] != n_hits:
        raise refuse(where, f"offset ends at {offsets[-1]}, but there are {n_hits} hits", remedy)


def check_hits(
    where: str,
    voxels: NDArray[Any],
    energies: NDArray[np.float32],
    n_voxels: int,
    first: int = 0,
) -> None:
    """Check a run of hits: voxels inside the grid, energies finite and positive.

    The common case costs one pass for the smallest and one for the largest value of each array; NaN
    shows in both.

    Args:
        where: The file, or what else to call the showers in a message.
        voxels: Flat voxel indices, (m,).
        energies: Deposits [MeV], (m,).
        n_voxels: Size of the grid.
        first: Index in the file of the first of these hits, for the message.

    Raises:
        ShowerFileError: If a voxel is outside the grid or an energy is NaN, infinite, negative or zero.
    """
    if len(voxels) == 0:
        return
    if voxels.max() >= n_voxels or voxels.min() < 0:
        bad = (voxels >= n_voxels) | (voxels < 0)
        _check_values(where, "voxel", voxels, bad, f"an index of 0 to {n_voxels - 1}", first)
    if not (energies.min() > 0 and energies.max() < np.inf):
        bad = ~((energies > 0) & (energies < np.inf))
        expected = "a finite, positive number of MeV (voxels without energy are left out)"
        _check_values(where, "energy", energies, bad, expected, first)


def is_ascending(voxels: NDArray[Any], offsets: NDArray[np.int64], first: int = 0, before: int = -1) -> bool:
    """Say whether a run of voxels rises strictly within each shower.

    Args:
        voxels: Flat voxel indices, (m,).
        offsets: Showers' slices of all hits, (N+1,), the last beyond this run's last hit.
        first: Index among all hits of the first of these.
        before: The voxel before it, -1 if there is none.
    """
    falls = first + 1 + np.flatnonzero(voxels[1:] <= voxels[:-1])
    if len(voxels) and voxels[0] <= before:
        falls = np.append(falls, first)
    return bool(np.array_equal(offsets[np.searchsorted(offsets, falls)], falls))


def check_same_grid(where: str, got: CylinderGrid, expected: CylinderGrid, whose: str, remedy: str) -> None:
    """Check that two grids are one: the same shape, and voxels of the same size to 1 in 1,000.

    Args:
        where: The file, or what else to call the showers in a message.
        got: The grid of the showers.
        expected: The grid that they must have.
        whose: Owner of the expected grid, for the message.
        remedy: What to do about a difference.

    Raises:
        GridMismatchError: If they differ.
    """
    same_size = np.allclose(
        [got.dr_mm, got.dz_mm], [expected.dr_mm, expected.dz_mm], rtol=GRID_TOLERANCE, atol=0.0
    )
    if tuple(got.shape) != tuple(expected.shape) or not same_size:
        raise GridMismatchError(f"{where}: the showers have the grid {got}, {whose} has {expected}; {remedy}")
