"""Reading files in the CaloChallenge's HDF5 layout, which is described in `calochallenge`, block by block."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MetacaloError, ShowerFileError
from metacalo.geometry import CylinderGrid
from metacalo.showers.checks import check_same_grid, refuse
from metacalo.showers.combine import concatenate
from metacalo.showers.foreign import explain_unreadable
from metacalo.showers.formats.binning import Binning
from metacalo.showers.formats.calochallenge import MEV_PER_GEV, checked_fraction, rows_of_block
from metacalo.showers.layout import LAYOUT_ATTRIBUTES
from metacalo.showers.showers import Showers

REWRITE = "write the file again with `metacalo convert --to calochallenge`, or as the challenge does"


class CaloChallengeFile:
    """A file in the challenge's layout, of which only structure and incident particles are read at once.

    The grid is that of the binning, of the detector, or that which the file tells itself; several must agree.

    Args:
        path: the HDF5 file.
        binning: of its voxels, from `read_binning`.
        grid: the grid of the detector.
        sampling_fraction: multiply energies by it, which gives deposits as they are stored here. By default
            what the file says it was divided by; 1 for a file that does not.

    Raises:
        ShowerFileError: if the file is missing, damaged, of another layout, tells no grid, or holds incident
            energies or angles that are impossible.
        GridMismatchError: if the grids do not agree.
        SettingsError: if the sampling fraction is not within 0 and 1.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        binning: Binning | None = None,
        grid: CylinderGrid | None = None,
        sampling_fraction: float | None = None,
    ) -> None:
        self._path = Path(path)
        self._where = str(path)
        with self._opened() as file:
            self._check_layout(file)
            told = self._own_grid(file)
            self.grid = self._agreed(binning, grid, told)
            n_voxels = file["showers"].shape[1]
            if n_voxels != self.grid.n_voxels:
                raise refuse(
                    self._where,
                    f"showers have {n_voxels} voxels, expected {self.grid.n_voxels} for the grid {self.grid}",
                    "give the binning XML or the detector that they were made with",
                )
            own = file["showers"].attrs.get("sampling_fraction")
            self.sampling_fraction = checked_fraction(
                float(own) if sampling_fraction is None and own is not None else sampling_fraction or 1.0
            )
            self._energies = file["incident_energies"][()].reshape(-1).astype(np.float64) / MEV_PER_GEV
            self._angles = {
                name: file[name][()].reshape(-1) if name in file else np.zeros(len(self._energies))
                for name in ("incident_theta", "incident_phi")
            }
            self.has_angles = "incident_theta" in file
            self._attributes = {
                name: value for name, value in file.attrs.items() if name not in LAYOUT_ATTRIBUTES
            }

    def __len__(self) -> int:
        return len(self._energies)

    def blocks(self) -> Iterator[Showers]:
        """Read the showers in order, as many at a time as fit in a few tens of MB.

        Raises:
            ShowerFileError: if a value is NaN, infinite or negative, or the file cannot be read on.
        """
        step = rows_of_block(self.grid)
        with self._opened() as file:
            for start in range(0, len(self), step):
                stop = min(start + step, len(self))
                yield self._part(file["showers"][start:stop], start, stop)

    def read(self) -> Showers:
        """Read all showers into memory, sparse."""
        return concatenate(list(self.blocks()))

    def _part(self, values: NDArray[Any], start: int, stop: int) -> Showers:
        n_r, n_phi, n_z = self.grid.shape
        bad = ~((values >= 0) & (values <= np.finfo(np.float32).max))
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise refuse(
                self._where,
                f"showers[{start + row}, {column}] is {values[row, column]}, expected a finite number "
                f"of MeV, at least 0 ({int(bad.sum())} such voxels from shower {start} to {stop - 1})",
                "remove these showers or mend the program that wrote them",
            )
        deposits = values.astype(np.float64) * self.sampling_fraction
        dense = deposits.reshape(-1, n_z, n_phi, n_r).transpose(0, 3, 2, 1)
        try:
            return Showers.from_dense(
                dense,
                grid=self.grid,
                incident_energy_gev=self._energies[start:stop],
                theta_rad=self._angles["incident_theta"][start:stop],
                phi_rad=self._angles["incident_phi"][start:stop],
                attributes=self._attributes,
            )
        except ShowerFileError as error:
            raise ShowerFileError(f"{self._where}, showers {start} to {stop - 1}: {error}") from error

    def _opened(self) -> "_Opened":
        return _Opened(self._path)

    def _check_layout(self, file: h5py.File) -> None:
        for name, columns in (("incident_energies", "1"), ("showers", "n_voxels")):
            if name not in file or not isinstance(file[name], h5py.Dataset):
                held = ", ".join(sorted(file)[:8]) or "nothing"
                raise refuse(
                    self._where,
                    f"the dataset {name} (N, {columns}) [MeV] is missing (it holds {held})",
                    "give a file in the layout of the CaloChallenge",
                )
            if file[name].dtype.kind not in "fiu":
                raise refuse(
                    self._where, f"{name} has type {file[name].dtype}, expected real numbers", REWRITE
                )
        showers, energies = file["showers"].shape, file["incident_energies"].shape
        if len(showers) != 2 or showers[0] < 1:
            raise refuse(
                self._where, f"showers have shape {showers}, expected (N, n_voxels) with N > 0", REWRITE
            )
        per_shower = {"incident_energies": energies}
        per_shower |= {name: file[name].shape for name in ("incident_theta", "incident_phi") if name in file}
        for name, shape in per_shower.items():
            if shape not in ((showers[0], 1), (showers[0],)):
                raise refuse(
                    self._where,
                    f"{name} has shape {shape}, expected ({showers[0]}, 1) as showers has",
                    REWRITE,
                )
            values = file[name][()]
            if not np.isfinite(values).all() or (name == "incident_energies" and values.min() <= 0):
                wanted = "finite and positive" if name == "incident_energies" else "finite"
                raise refuse(
                    self._where, f"{name} holds values that are not {wanted}", "remove these showers"
                )

    def _own_grid(self, file: h5py.File) -> CylinderGrid | None:
        told = [name for name in ("grid_shape", "dr_mm", "dz_mm") if name in file.attrs]
        if len(told) < 3:
            return None
        try:
            n_r, n_phi, n_z = (int(k) for k in file.attrs["grid_shape"])
            return CylinderGrid(
                shape=(n_r, n_phi, n_z), dr_mm=float(file.attrs["dr_mm"]), dz_mm=float(file.attrs["dz_mm"])
            )
        except (TypeError, ValueError) as error:
            raise refuse(
                self._where, f"the attributes grid_shape, dr_mm, dz_mm are no grid ({error})", REWRITE
            ) from error

    def _agreed(
        self, binning: Binning | None, grid: CylinderGrid | None, told: CylinderGrid | None
    ) -> CylinderGrid:
        remedy = "give only what belongs to the file"
        if binning is not None:
            other = grid or told
            found = binning.grid(other.dz_mm if other is not None and binning.dz_mm is None else None)
            for whose, rival in (("the detector", grid), ("the file itself", told)):
                if rival is not None:
                    check_same_grid(f"{self._where}, binning", found, rival, whose, remedy)
            return told or grid or found
        if grid is not None and told is not None:
            check_same_grid(self._where, told, grid, "the detector", remedy)
        if grid is None and told is None:
            raise refuse(
                self._where,
                "it tells no grid",
                "give its binning XML (--binning) or the detector (--geometry)",
            )
        return grid or told  # type: ignore[return-value] # one of them is there


class _Opened:
    """An HDF5 file that is open in a with block, whose failures are the user's to mend."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: h5py.File | None = None

    def __enter__(self) -> h5py.File:
        try:
            self._file = h5py.File(self._path, "r")
        except (OSError, RuntimeError) as error:
            raise refuse(str(self._path), *explain_unreadable(self._path, error)) from error
        return self._file

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if self._file is not None:
            self._file.close()
        if isinstance(error, OSError | RuntimeError) and not isinstance(error, MetacaloError):
            raise refuse(str(self._path), *explain_unreadable(self._path, error)) from error
