"""The laws of all voxels of a shower: a sum of a Poisson number of crossings in each.

A voxel holds the deposits of N particles, N being Poisson, each of mean `crossing` and of relative variance
`spread2`. Such a sum has the point mass of an empty voxel built in, see `metacalo.models.compound`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from metacalo.models import compound

_SMALLEST_RATE = 1e-7
_SMALLEST_MEV = 1e-9
_SQRT_HALF = math.sqrt(0.5)


@dataclass(frozen=True, eq=False)
class DepositField:
    """The laws of all voxels of a batch of showers.

    What a crossing leaves is the same in all azimuths.

    Attributes:
        expected_mev: mean energy of each voxel, zeros included [MeV], shape (batch, n_r, n_phi, n_z).
        crossing_mev: mean energy of one crossing [MeV], shape (batch, n_r, 1, n_z).
        spread2: squared relative spread of a crossing's energy, shape (batch, n_r, 1, n_z).
    """

    expected_mev: Tensor
    crossing_mev: Tensor
    spread2: Tensor

    def __getitem__(self, showers: slice) -> DepositField:
        """Return the laws of some of the showers."""
        return DepositField(self.expected_mev[showers], self.crossing_mev[showers], self.spread2[showers])

    def log_likelihood(self, shower: Tensor, voxel: Tensor, energy_mev: Tensor) -> Tensor:
        """Return ln p of all voxels, summed over the batch: a scalar.

        Args:
            shower: which shower of the batch a hit belongs to, int64, shape (hits,).
            voxel: flat index of the voxel that is hit, int64, shape (hits,).
            energy_mev: its energy [MeV], shape (hits,).
        """
        rate, crossing_mev, spread2 = self.at(shower, voxel)
        hits = compound.log_density(energy_mev / crossing_mev, rate, spread2) - torch.log(crossing_mev)
        # a hit's density has its factor exp(-rate) left out, so that all voxels have it here
        return hits.sum() - self.rate().sum()

    def sample(self, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Turn normal noise into hits: a voxel is hit if its noise is high, with the more energy the higher.

        Args:
            noise: standard normal in every voxel, correlated between voxels or not, shape of `expected_mev`.

        Returns:
            Shower and voxel of each hit, int64, in ascending order, and its energy [MeV]; shapes (hits,).
        """
        above = 0.5 * torch.erfc(noise.reshape(-1) * _SQRT_HALF)
        hit = torch.nonzero(above < self.probability().reshape(-1)).squeeze(1)
        n_voxels = self.expected_mev[0].numel()
        shower, voxel = hit // n_voxels, hit % n_voxels
        rate, crossing_mev, spread2 = self.at(shower, voxel)
        energy = compound.quantile(above[hit] / -torch.expm1(-rate), rate, spread2)
        return shower, voxel, (energy * crossing_mev).clamp_min(_SMALLEST_MEV)

    def rate(self) -> Tensor:
        """Return the mean number of crossings of every voxel, above zero, shape of `expected_mev`."""
        return (self.expected_mev / self.crossing_mev).clamp_min(_SMALLEST_RATE)

    def probability(self) -> Tensor:
        """Return the probability of a hit in every voxel, shape of `expected_mev`."""
        return -torch.expm1(-self.rate())

    def at(self, shower: Tensor, voxel: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return rate, energy [MeV] and squared relative spread of a crossing in some voxels, (hits,) each.

        Args:
            shower: which shower of the batch, int64, shape (hits,).
            voxel: flat index of the voxel, int64, shape (hits,).
        """
        n_r, n_phi, n_z = self.expected_mev.shape[1:]
        ring_layer = (shower * n_r + voxel // (n_phi * n_z)) * n_z + voxel % n_z
        expected_mev = self.expected_mev.reshape(-1)[shower * (n_r * n_phi * n_z) + voxel]
        crossing_mev = self.crossing_mev.reshape(-1)[ring_layer]
        rate = (expected_mev / crossing_mev).clamp_min(_SMALLEST_RATE)
        return rate, crossing_mev, self.spread2.reshape(-1)[ring_layer]
