"""Opening a file of showers: structure, units and values are checked, hits stay in the file."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from metacalo.errors import MetacaloError, MetacaloWarning, ShowerFileError
from metacalo.geometry import CylinderGrid, Detector
from metacalo.showers.checks import (
    check_conditions,
    check_hits,
    check_offsets,
    check_same_grid,
    is_ascending,
    refuse,
)
from metacalo.showers.foreign import explain_foreign, explain_unreadable
from metacalo.showers.hits import BLOCK_HITS, StoredHits, file_stamp, voxel_type
from metacalo.showers.layout import (
    COLUMNS,
    FULLSIM_NAMES,
    FULLSIM_SCHEMA,
    LAYOUT_ATTRIBUTES,
    SCHEMA,
    SCHEMA_VERSION,
)
from metacalo.showers.showers import Showers


def open_showers(path: str | Path, *, detector: Detector | None = None, check_values: bool = True) -> Showers:
    """Open a file of showers in the native layout (`metacalo.showers.layout`).

    The hits stay in the file, but every one of them is read once here, block by block, so that a bad value
    is found now and not in the middle of a training: about 25 ms per million hits. A file whose hits are
    not sorted within each shower is sorted in memory.

    Args:
        path: The HDF5 file.
        detector: If given, the showers must be on its grid, to `metacalo.showers.checks.GRID_TOLERANCE`;
            they are returned on just that grid, so that all that follows has one.
        check_values: False trusts the values of voxels and energies, as for a file of 1e9 hits of which
            only the incident energies are wanted. All else is checked.

    Returns:
        The showers. If the file has no ``incident_theta``, they get theta = 0 with a warning.

    Raises:
        ShowerFileError: If the file is missing, damaged, truncated, foreign, of a newer version, holds no
            showers, or any value in it is impossible.
        GridMismatchError: If the grid is not the detector's.
    """
    path = Path(path).absolute()
    where = str(path)
    try:
        stamp = file_stamp(path)
        with h5py.File(path, "r") as file:
            return _read(file, path, stamp, detector, check_values)
    except MetacaloError:
        raise
    except (OSError, RuntimeError) as error:
        raise refuse(where, *explain_unreadable(path, error)) from error


def _read(
    file: h5py.File,
    path: Path,
    stamp: tuple[int, int, int],
    detector: Detector | None,
    check_values: bool,
) -> Showers:
    where = str(path)
    attributes = dict(file.attrs)
    _check_schema(where, file, attributes)
    _check_columns(where, file)
    grid = _read_grid(where, attributes)
    if detector is not None:
        numbers = f"shape: {list(map(int, grid.shape))}, dr_mm: {grid.dr_mm:.7g}, dz_mm: {grid.dz_mm:.7g}"
        check_same_grid(
            where,
            grid,
            detector.grid,
            f"detector {detector.name}",
            f"if they are showers of this detector, set `grid: {{{numbers}}}` in its YAML, "
            "else score them again on the detector's grid",
        )
        grid = detector.grid
    energy = file["incident_energy"][()].astype(np.float32)
    if not len(energy):
        raise refuse(where, "it holds no showers", "simulate some, or give another file")
    columns = {"incident_energy": energy}
    for name in ("incident_theta", "incident_phi"):
        columns[name] = file[name][()].astype(np.float32) if name in file else np.zeros_like(energy)
    if "incident_theta" not in file:
        warnings.warn(
            f"{where}: no dataset incident_theta; theta = 0 is taken for all {len(energy)} showers. If they "
            "came at other angles, add the dataset [rad]",
            MetacaloWarning,
            stacklevel=3,
        )
    check_conditions(where, columns)
    offsets = file["offset"][()].astype(np.int64)
    n_hits = len(file["voxel"])
    if len(file["energy"]) != n_hits:
        raise refuse(
            where,
            f"voxel has {n_hits} entries, energy {len(file['energy'])}, expected one energy per voxel hit",
            "copy or write the file again",
        )
    check_offsets(where, offsets, len(energy), n_hits)
    index_type = voxel_type(grid.n_voxels)
    hits = StoredHits(path, stamp, 0, n_hits, index_type)
    showers = Showers.trusted(
        grid=grid,
        incident_energy_gev=columns["incident_energy"],
        theta_rad=columns["incident_theta"],
        phi_rad=columns["incident_phi"],
        offsets=offsets,
        hits=hits,
        attributes=_known(attributes),
    )
    if check_values and not _check_all_hits(where, file, showers):
        return _sorted(where, showers)
    return showers


def _check_schema(where: str, file: h5py.File, attributes: Mapping[str, Any]) -> None:
    schema = attributes.get("schema")
    if schema not in (SCHEMA, FULLSIM_SCHEMA):
        raise refuse(where, *explain_foreign(file.keys(), schema))
    if schema == SCHEMA:
        version = attributes.get("schema_version")
        if not isinstance(version, int | np.integer) or version < 1:
            raise refuse(
                where,
                f"schema_version is {version!r}, expected a whole number of 1 to {SCHEMA_VERSION}",
                "write the file again with metacalo.showers.write_showers",
            )
        if version > SCHEMA_VERSION:
            raise refuse(
                where,
                f"schema_version is {version}, this metacalo reads up to {SCHEMA_VERSION}",
                "upgrade it: pip install --upgrade metacalo",
            )


def _check_columns(where: str, file: h5py.File) -> None:
    remedy = "the layout is described in metacalo.showers.layout; write the file with write_showers"
    for name, column in COLUMNS.items():
        if name not in file:
            if column.required:
                raise refuse(where, f"the dataset {name} [{column.unit}] is missing", remedy)
            continue
        data = file[name]
        if not isinstance(data, h5py.Dataset):
            raise refuse(where, f"{name} is a group, expected a dataset", remedy)
        if data.ndim != 1:
            raise refuse(where, f"{name} has shape {data.shape}, expected one dimension", remedy)
        if data.dtype.kind not in column.kinds:
            expected = (
                "floating-point" if column.kinds == "f" else "whole" if "f" not in column.kinds else "real"
            )
            raise refuse(where, f"{name} has type {data.dtype}, expected {expected} numbers", remedy)
        unit = data.attrs.get("unit", column.unit)
        if unit != column.unit:
            raise refuse(
                where,
                f"{name} is in {unit}, expected {column.unit}",
                f"convert the values to {column.unit} and set the attribute unit of the dataset",
            )


def _read_grid(where: str, attributes: Mapping[str, Any]) -> CylinderGrid:
    try:
        shape = tuple(int(n) for n in attributes["grid_shape"])
        return CylinderGrid(
            shape=shape,  # type: ignore[arg-type] # the grid checks its length
            dr_mm=float(attributes["dr_mm"]),
            dz_mm=float(attributes["dz_mm"]),
        )
    except KeyError as error:
        reason = f"the attribute {error.args[0]} is missing"
    except (TypeError, ValueError) as error:
        reason = f"the attributes grid_shape, dr_mm, dz_mm are no grid ({error})"
    raise refuse(
        where, reason, "set grid_shape = (n_r, n_phi, n_z), dr_mm and dz_mm [mm] as attributes of the file"
    )


def _known(attributes: Mapping[str, Any]) -> dict[str, object]:
    return {
        FULLSIM_NAMES.get(name, name): value
        for name, value in attributes.items()
        if name not in LAYOUT_ATTRIBUTES
    }


def _check_all_hits(where: str, file: h5py.File, showers: Showers) -> bool:
    """Check the values of all hits, and return whether they are sorted within each shower."""
    n_hits, ascending, before = int(showers.offsets[-1]), True, -1
    for first in range(0, n_hits, BLOCK_HITS):
        run = slice(first, min(first + BLOCK_HITS, n_hits))
        voxels = file["voxel"][run]
        check_hits(where, voxels, file["energy"][run], showers.grid.n_voxels, first)
        ascending = ascending and is_ascending(voxels, showers.offsets, first, before)
        before = int(voxels[-1])
    return ascending


def _sorted(where: str, showers: Showers) -> Showers:
    try:
        return Showers(
            grid=showers.grid,
            incident_energy_gev=showers.incident_energy_gev,
            theta_rad=showers.theta_rad,
            phi_rad=showers.phi_rad,
            offsets=showers.offsets,
            voxels=showers.voxels,
            energies_mev=showers.energies_mev,
            attributes=showers.attributes,
        )
    except ShowerFileError as error:
        raise ShowerFileError(f"{where}: {error}") from error
