"""Showers out of the ROOT files that Par04 writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError, ShowerFileError
from metacalo.export.par04.orientation import check_turns, theta_to_normal_rad, turned_voxels
from metacalo.showers import Showers

if TYPE_CHECKING:
    from metacalo.geometry import CylinderGrid

TREES = ("global", "virtualReadout")
"""Of Geant4 11.3 and newer; `OLD_TREE` held both before."""

OLD_TREE = "events"
HISTOGRAM = "energyParticle"
"""In every file; one without trees is what several threads share, beside a file of each that has them."""

CELLS = ("EnergyCell", "rhoCell", "phiCell", "zCell")
THRESHOLD_MEV = 0.0005
"""Of a cell, to be written."""

_MEV_PER_GEV = 1000.0


class Cells(NamedTuple):
    """Cells of Par04's cylinder that have energy, event by event.

    Attributes:
        energy_mev: of the particles [MeV], shape (n,).
        hits: how many cells of each event, shape (n,).
        rho: ring of each cell, int64, shape (m,).
        phi: sector, same shape.
        z: layer, same shape.
        deposit_mev: energy [MeV], same shape.
    """

    energy_mev: NDArray[np.float64]
    hits: NDArray[np.int64]
    rho: NDArray[np.int64]
    phi: NDArray[np.int64]
    z: NDArray[np.int64]
    deposit_mev: NDArray[np.float64]


def read_par04(
    paths: Sequence[str | Path], grid: CylinderGrid, direction: Sequence[float] = (0.0, 1.0, 0.0)
) -> Showers:
    """Read the cylinder that Par04 scores, of fast or full simulation.

    Args:
        paths: files that Par04 wrote, which may be of several energies, all of one direction. Files of
            histograms alone are passed over: with several threads, showers may be in a file of each.
        grid: that Par04 scored on, ``/Par04/mesh``; its cells beyond the grid, of which it keeps a few, are
            left out.
        direction: of the particle gun, ``/gun/direction``, as the files do not tell it.

    Returns:
        Showers in the grid's own azimuths, deposits as they are in the files [MeV].

    Raises:
        ShowerFileError: a file is missing, damaged, or not Par04's.
        SettingsError: the grid has an odd number of sectors, or the direction no length.
    """
    check_turns(grid)
    theta = beam_theta_rad(direction)
    parts = [part for path in paths if (part := _read(Path(path), grid)) is not None]
    if not parts:
        raise ShowerFileError(
            f"expected files that Par04 wrote, got {', '.join(map(str, paths)) or 'none'}; of a run with "
            "several threads, name those of the threads, NAME_t0.root and so on"
        )
    joined = Cells(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return showers_of_cells(joined, np.full(len(joined.energy_mev), theta), grid)


def showers_of_cells(cells: Cells, beam_theta_rad: NDArray[np.float64], grid: CylinderGrid) -> Showers:
    """Return cells of Par04's events as showers.

    Args:
        cells: of n events; those beyond the grid are left out.
        beam_theta_rad: angle of each event's particle to the beam axis [rad], shape (n,).
        grid: that Par04 scored on.
    """
    n_r, n_phi, n_z = grid.shape
    event = np.repeat(np.arange(len(cells.hits)), cells.hits)
    kept = (cells.deposit_mev > 0) & (cells.rho >= 0) & (cells.rho < n_r) & (cells.z >= 0) & (cells.z < n_z)
    event = event[kept]
    voxel = ((cells.rho * n_phi + cells.phi) * n_z + cells.z)[kept]
    return Showers(
        grid=grid,
        incident_energy_gev=cells.energy_mev / _MEV_PER_GEV,
        theta_rad=theta_to_normal_rad(beam_theta_rad),
        offsets=np.concatenate([[0], np.cumsum(np.bincount(event, minlength=len(cells.hits)))]),
        voxels=turned_voxels(voxel, beam_theta_rad[event], grid),
        energies_mev=cells.deposit_mev[kept],
        attributes={"engine": "Geant4 example Par04"},
    )


def above_threshold(showers: Showers) -> Showers:
    """Return showers without the cells that Par04 would not write."""
    kept = showers.energies_mev > THRESHOLD_MEV
    counts = np.bincount(showers.shower_of_hit[kept], minlength=len(showers))
    return Showers(
        grid=showers.grid,
        incident_energy_gev=showers.incident_energy_gev,
        theta_rad=showers.theta_rad,
        phi_rad=showers.phi_rad,
        offsets=np.concatenate([[0], np.cumsum(counts)]),
        voxels=showers.voxels[kept],
        energies_mev=showers.energies_mev[kept],
        attributes=showers.attributes,
    )


def beam_theta_rad(direction: Sequence[float]) -> float:
    """Return the angle of a direction to the beam axis [rad].

    Raises:
        SettingsError: it has no length.
    """
    vector = np.asarray(direction, dtype=np.float64)
    length = np.linalg.norm(vector)
    if vector.shape != (3,) or not np.isfinite(length) or length == 0:
        raise SettingsError(
            f"expected the direction of the gun as three numbers, got {list(direction)}; give those of the "
            "macro's /gun/direction"
        )
    return float(np.arctan2(np.hypot(vector[0], vector[1]), vector[2]))


def _read(path: Path, grid: CylinderGrid) -> Cells | None:
    import awkward
    import uproot

    try:
        with uproot.open(path) as file:
            trees = _trees(path, file)
            if trees is None:
                return None
            events, cells = trees
            energy = events["EnergyMC"].array(library="np")
            columns = {name: cells[name].array() for name in CELLS}
    except ShowerFileError:
        raise
    except FileNotFoundError as error:
        raise _refused(path, "there is no such file", "check the path") from error
    except Exception as error:  # whatever uproot meets in a file that is not what it should be
        raise _refused(path, f"it does not read as a ROOT file ({error})", "copy it again") from error
    count = awkward.to_numpy(awkward.num(columns["EnergyCell"])).astype(np.int64)
    if len(count) != len(energy):
        raise _refused(
            path,
            f"it has {len(energy)} events, and cells of {len(count)}",
            "run Par04 again, with one thread",
        )
    deposit, *places = (awkward.to_numpy(awkward.flatten(columns[name])) for name in CELLS)
    rho, phi, z = (place.astype(np.int64) for place in places)
    n_phi = grid.shape[1]
    if len(phi) and not 0 <= phi.min() <= phi.max() < n_phi:
        raise _refused(
            path, f"it has sectors up to {phi.max()}, the grid {n_phi}", "give the grid of its macro"
        )
    return Cells(energy.astype(np.float64), count, rho, phi, z, deposit.astype(np.float64))


def _trees(path: Path, file: Any) -> tuple[Any, Any] | None:
    present = {name.split(";")[0] for name in file.keys()}  # noqa: SIM118 - a ROOT file, not a dict
    if present.issuperset(TREES):
        return file[TREES[0]], file[TREES[1]]
    if OLD_TREE in present:
        return file[OLD_TREE], file[OLD_TREE]
    if HISTOGRAM in present:
        return None
    found = ", ".join(sorted(present)[:8]) or "nothing"
    raise _refused(
        path, f"it has no trees {' and '.join(TREES)} (it holds {found})", "give a file that Par04 wrote"
    )


def _refused(path: Path, reason: str, remedy: str) -> ShowerFileError:
    return ShowerFileError(f"{path} is not read as Par04's output: {reason}; {remedy}")
