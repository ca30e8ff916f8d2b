"""The CaloChallenge's HDF5 layout of showers (arXiv:2410.21611), and writing it block by block.

``incident_energies`` (N, 1) [MeV] and ``showers`` (N, n_voxels) [MeV], flat: the rings of the first sector of
the first layer, then those of its next sector, and so on; sectors run from -pi to pi, as here. Energies there
are divided by the sampling fraction. A binning XML beside tells rings, sectors and layers.

Beyond the challenge's two datasets there are ``incident_theta`` and ``incident_phi`` (N,) [rad], and the
attributes ``grid_shape``, ``dr_mm``, ``dz_mm`` and those of the showers, all of which its script passes over.
With them a file comes back as the same showers, bit for bit: energies are stored in double precision, so that
neither the division loses their last bit nor the script's own sums are rounded.
"""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.atomic import write_atomically
from metacalo.errors import OutputError, SettingsError, ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers.showers import Showers
from metacalo.showers.sink import Sink

BLOCK_VALUES = 1 << 22
"""Voxels that are dense at a time, 32 MB."""

CHUNK_VALUES = 1 << 18
"""Voxels that are compressed together."""

MEV_PER_GEV = 1000.0


def write_calochallenge(
    path: str | Path,
    showers: Showers,
    *,
    sampling_fraction: float | None = None,
    compression: int | None = 1,
    on_block: Callable[[int], object] = lambda _: None,
) -> None:
    """Write showers in the challenge's layout, whole or not at all, in constant memory.

    Args:
        path: the file to write or replace; its folder must exist.
        showers: what to write; hits that are in a file are read block by block.
        sampling_fraction: divide deposits by it, as the challenge does; None to store them as they are.
        compression: level of gzip, 1 to 9, or None.
        on_block: is told the number of showers of each block that was written.

    Raises:
        SettingsError: if the sampling fraction is not within 0 and 1.
        ShowerFileError: if there are no showers.
        OutputError: if the file cannot be written.
    """
    path = Path(path)
    if not len(showers):
        raise ShowerFileError(f"{path}: no showers were given to write; give at least one")
    if path.is_dir():
        raise OutputError(f"{path}: it is a folder, expected the name of a file to write; add one")
    fraction = 1.0 if sampling_fraction is None else checked_fraction(sampling_fraction)

    def write(temporary: Path) -> None:
        sink = Sink(temporary)
        try:
            with h5py.File(sink, "w") as file:
                _write(file, showers, sampling_fraction, fraction, compression, on_block, sink)
            sink.commit()
        finally:
            sink.close()

    write_atomically(path, write)


def _write(
    file: h5py.File,
    showers: Showers,
    sampling_fraction: float | None,
    fraction: float,
    compression: int | None,
    on_block: Callable[[int], object],
    sink: Sink,
) -> None:
    grid, n = showers.grid, len(showers)
    file.attrs.update(
        {
            **showers.attributes,
            "grid_shape": [int(k) for k in grid.shape],
            "dr_mm": float(grid.dr_mm),
            "dz_mm": float(grid.dz_mm),
        }
    )
    energies = file.create_dataset(
        "incident_energies", data=MEV_PER_GEV * showers.incident_energy_gev[:, None].astype(np.float64)
    )
    energies.attrs["unit"] = "MeV"
    for name, values in (("incident_theta", showers.theta_rad), ("incident_phi", showers.phi_rad)):
        file.create_dataset(name, data=values).attrs["unit"] = "rad"
    data = file.create_dataset(
        "showers",
        shape=(n, grid.n_voxels),
        dtype=np.float64,
        chunks=(min(n, max(1, CHUNK_VALUES // grid.n_voxels)), grid.n_voxels),
        compression=compression,
        shuffle=compression is not None,
    )
    data.attrs.update({"unit": "MeV", "order": "layer, alpha, r"})
    if sampling_fraction is not None:
        data.attrs["sampling_fraction"] = fraction
    start = 0
    for batch in showers.iter_batches(rows_of_block(grid)):
        data[start : start + len(batch)] = in_challenge_order(batch) / fraction
        sink.raise_failure()
        start += len(batch)
        on_block(len(batch))


def in_challenge_order(showers: Showers) -> NDArray[np.float64]:
    """Deposits [MeV], dense and flat in the challenge's order: layer, alpha, r; shape (N, n_voxels)."""
    dense = showers.dense(np.float64).transpose(0, 3, 2, 1)
    return np.ascontiguousarray(dense).reshape(len(showers), showers.grid.n_voxels)


def checked_fraction(fraction: float) -> float:
    """Check a sampling fraction.

    Raises:
        SettingsError: if it is not above 0 and at most 1.
    """
    if not 0 < fraction <= 1:
        raise SettingsError(
            f"expected a sampling fraction above 0 and at most 1, got {fraction}; `metacalo geometry show` "
            "tells that of a detector"
        )
    return float(fraction)


def rows_of_block(grid: CylinderGrid) -> int:
    """Showers that are made dense at a time."""
    return max(1, BLOCK_VALUES // grid.n_voxels)
