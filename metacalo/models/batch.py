"""What a generator is given and what it returns: conditions, and sparse showers as tensors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from numpy.typing import ArrayLike

    from metacalo.geometry import CylinderGrid
    from metacalo.showers import Showers


@dataclass(frozen=True, eq=False)
class Conditions:
    """What is known of a shower before it is made.

    Attributes:
        energy_gev: incident energy [GeV], shape (batch,).
        theta_rad: angle between the particle and the normal of the front face [rad], shape (batch,).
    """

    energy_gev: Tensor
    theta_rad: Tensor

    def __len__(self) -> int:
        return len(self.energy_gev)

    def to(self, device: torch.device | str) -> Self:
        """Return the same conditions on another device."""
        moved = {name: value.to(device) for name, value in vars(self).items()}
        return replace(self, **moved)

    @classmethod
    def from_arrays(cls, energy_gev: ArrayLike, theta_rad: ArrayLike) -> Conditions:
        """Build conditions from anything that NumPy takes; a scalar stands for all showers."""
        energy, theta = np.broadcast_arrays(
            np.atleast_1d(np.asarray(energy_gev, dtype=np.float32)),
            np.atleast_1d(np.asarray(theta_rad, dtype=np.float32)),
        )
        return Conditions(torch.tensor(energy), torch.tensor(theta))


@dataclass(frozen=True, eq=False)
class ShowerBatch(Conditions):
    """A batch of showers on a grid, as the list of its hit voxels.

    Attributes:
        shower: which shower of the batch a hit belongs to, int64, shape (hits,), ascending.
        voxel: flat C-order index into the grid's (r, phi, z), int64, shape (hits,).
        deposit_mev: energy in the active material [MeV], shape (hits,), positive.
    """

    shower: Tensor
    voxel: Tensor
    deposit_mev: Tensor

    @property
    def total_mev(self) -> Tensor:
        """Sum of the deposits of each shower [MeV], shape (batch,)."""
        total = torch.zeros_like(self.energy_gev)
        return total.index_add(0, self.shower, self.deposit_mev)

    @property
    def n_hits(self) -> Tensor:
        """Number of hit voxels of each shower, shape (batch,)."""
        return torch.bincount(self.shower, minlength=len(self)).to(self.energy_gev.dtype)

    def dense(self, n_voxels: int) -> Tensor:
        """Return the deposits [MeV] as a dense tensor of shape (batch, n_voxels)."""
        flat = torch.zeros(len(self) * n_voxels, dtype=self.deposit_mev.dtype, device=self.deposit_mev.device)
        flat[self.shower * n_voxels + self.voxel] = self.deposit_mev
        return flat.view(len(self), n_voxels)

    def mirrored(self, which: Tensor, shape: tuple[int, int, int]) -> Self:
        """Mirror showers at the plane of incidence, phi -> -phi.

        Args:
            which: showers to mirror, bool, shape (batch,).
            shape: of the grid, (n_r, n_phi, n_z).

        Returns:
            The batch; the hits of a mirrored shower keep their order, and are not ascending any more.
        """
        _, n_phi, n_z = shape
        phi = self.voxel // n_z % n_phi
        mirror = self.voxel + (n_phi - 1 - 2 * phi) * n_z
        return replace(self, voxel=torch.where(which[self.shower], mirror, self.voxel))

    @classmethod
    def from_showers(cls, showers: Showers) -> ShowerBatch:
        """Bring showers into memory as tensors."""
        return cls(
            energy_gev=torch.tensor(np.asarray(showers.incident_energy_gev, dtype=np.float32)),
            theta_rad=torch.tensor(np.asarray(showers.theta_rad, dtype=np.float32)),
            shower=torch.tensor(np.asarray(showers.shower_of_hit, dtype=np.int64)),
            voxel=torch.tensor(np.asarray(showers.voxels, dtype=np.int64)),
            deposit_mev=torch.tensor(np.asarray(showers.energies_mev, dtype=np.float32)),
        )

    def to_showers(
        self, grid: CylinderGrid, attributes: Mapping[str, object] | None = None, phi_rad: ArrayLike = 0.0
    ) -> Showers:
        """Return the batch as a `Showers` on `grid`; `phi_rad` is the azimuth of the particles [rad]."""
        from metacalo.showers import Showers

        counts = torch.bincount(self.shower, minlength=len(self)).cpu().numpy()
        return Showers(
            incident_energy_gev=self.energy_gev.cpu().numpy(),
            theta_rad=self.theta_rad.cpu().numpy(),
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            voxels=self.voxel.cpu().numpy(),
            energies_mev=self.deposit_mev.detach().cpu().numpy(),
            grid=grid,
            phi_rad=phi_rad,
            attributes=attributes,
        )
