"""What the run time returns: hits of showers in arrays."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, repr=False)
class ShowerHits:
    """Showers as the list of their hit voxels.

    Attributes:
        energy_gev: incident energies that the showers are of [GeV], shape (n,).
        theta_rad: angles to the normal of the front face [rad], shape (n,).
        outside: which conditions were outside the range of the model, bool, shape (n,).
        offsets: hits of shower i are offsets[i] to offsets[i + 1], int64, shape (n + 1,).
        voxel: flat C-order index into the grid's (r, phi, z), int32, shape (hits,).
        deposit_mev: energy in the active material [MeV], float32, shape (hits,).
        shape: of the grid, (n_r, n_phi, n_z).
    """

    energy_gev: NDArray[np.float32]
    theta_rad: NDArray[np.float32]
    outside: NDArray[np.bool_]
    offsets: NDArray[np.int64]
    voxel: NDArray[np.int32]
    deposit_mev: NDArray[np.float32]
    shape: tuple[int, int, int]

    def __len__(self) -> int:
        return len(self.energy_gev)

    def __repr__(self) -> str:
        return f"ShowerHits({len(self)} showers, {len(self.voxel)} hits, grid {self.shape})"

    def __getitem__(self, i: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return voxels and deposits [MeV] of one shower.

        Raises:
            IndexError: there is no such shower.
            TypeError: `i` is no integer.
        """
        try:
            i = range(len(self))[index(i)]
        except TypeError as error:
            raise TypeError(
                f"expected the number of one shower, got {i!r}; for several take a loop, or the arrays "
                "offsets, voxel and deposit_mev"
            ) from error
        except IndexError as error:
            raise IndexError(
                f"expected the number of a shower, {-len(self)} to {len(self) - 1}, got {i}"
            ) from error
        hits = slice(self.offsets[i], self.offsets[i + 1])
        return self.voxel[hits], self.deposit_mev[hits]

    @property
    def total_mev(self) -> NDArray[np.float64]:
        """Sum of the deposits of each shower [MeV], shape (n,)."""
        sums = np.concatenate([[0.0], np.cumsum(self.deposit_mev, dtype=np.float64)])
        return np.asarray(np.diff(sums[self.offsets]))

    def dense(self) -> NDArray[np.float32]:
        """Return the deposits [MeV] in all voxels, shape (n, n_r, n_phi, n_z)."""
        n_voxels = self.shape[0] * self.shape[1] * self.shape[2]
        flat = np.zeros((len(self), n_voxels), dtype=np.float32)
        flat[np.repeat(np.arange(len(self)), np.diff(self.offsets)), self.voxel] = self.deposit_mev
        return flat.reshape(len(self), *self.shape)

    def to_awkward(self) -> Any:
        """Return an awkward array with a record a shower and the hits in it; needs the package awkward.

        Raises:
            ImportError: awkward is not installed.
        """
        try:
            import awkward
        except ImportError as error:
            raise ImportError(
                "expected the package awkward for to_awkward, got none; install it with `pip install awkward`"
            ) from error

        hits = awkward.zip({"voxel": self.voxel, "deposit_mev": self.deposit_mev})
        content = {"energy_gev": self.energy_gev, "theta_rad": self.theta_rad}
        jagged = awkward.unflatten(hits, np.diff(self.offsets))
        return awkward.zip({**content, "hits": jagged}, depth_limit=1)
