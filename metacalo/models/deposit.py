"""The law of a voxel's energy: a hurdle gamma with the moments of a compound Poisson sum.

A voxel holds the deposits of N particles, N being Poisson with mean `lam`, each of mean `crossing` and of
relative variance `spread2`. Such a sum has a point mass exp(-lam) at zero built in (a Tweedie variable,
Jorgensen 1987, J. R. Stat. Soc. B 49, 127). Given a hit, it is taken as a gamma variable with the compound
sum's own mean and variance, whose likelihood is exact and cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

_SMALLEST_RATE = 1e-7
_SMALLEST_MEV = 1e-9
_SHAPE_RANGE = (0.05, 1e4)


@dataclass(frozen=True, eq=False)
class HitLaw:
    """Parameters of a voxel's energy, all of one shape.

    Attributes:
        probability: that the voxel is hit at all.
        mean_mev: mean energy of a voxel that is hit [MeV].
        shape: of the gamma law of a voxel that is hit; its relative variance is 1 / shape.
    """

    probability: Tensor
    mean_mev: Tensor
    shape: Tensor

    @classmethod
    def of_compound_poisson(cls, expected_mev: Tensor, crossing_mev: Tensor, spread2: Tensor) -> HitLaw:
        """Match the zero-truncated compound Poisson sum.

        With lam = expected / crossing, P(hit) = 1 - exp(-lam), E[e | hit] = expected / P(hit) and
        E[e^2 | hit] = crossing^2 (lam (1 + spread2) + lam^2) / P(hit).

        Args:
            expected_mev: mean energy of the voxel, zeros included [MeV].
            crossing_mev: mean energy of one crossing [MeV], same shape.
            spread2: squared relative spread of a crossing's energy, same shape.
        """
        lam = _rate(expected_mev, crossing_mev)
        probability = -torch.expm1(-lam)
        # E[e^2|hit] / E[e|hit]^2 - 1, written so that nothing cancels for small lam
        relative_variance = probability * (1.0 + spread2) / lam - torch.exp(-lam)
        shape = (1.0 / relative_variance.clamp_min(1.0 / _SHAPE_RANGE[1])).clamp_min(_SHAPE_RANGE[0])
        return cls(probability, expected_mev.clamp_min(1e-12) / probability, shape)

    def log_density(self, energy_mev: Tensor) -> Tensor:
        """Return ln p(energy | hit) of the gamma law [1/MeV]."""
        rate = self.shape / self.mean_mev
        return (
            self.shape * torch.log(rate)
            + (self.shape - 1.0) * torch.log(energy_mev)
            - rate * energy_mev
            - torch.lgamma(self.shape)
        )

    def sample(self, generator: torch.Generator | None = None) -> Tensor:
        """Draw the energy of each voxel, given that it is hit [MeV]; positive."""
        energy = torch._standard_gamma(self.shape, generator) * self.mean_mev / self.shape
        return energy.clamp_min(_SMALLEST_MEV)


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

    def log_likelihood(self, shower: Tensor, voxel: Tensor, energy_mev: Tensor) -> Tensor:
        """Return ln p of all voxels, summed over the batch: a scalar.

        A voxel without a hit contributes -lam; one that is hit, the density of its energy.

        Args:
            shower: which shower of the batch a hit belongs to, int64, shape (hits,).
            voxel: flat index of the voxel that is hit, int64, shape (hits,).
            energy_mev: its energy [MeV], shape (hits,).
        """
        rate = self.expected_mev / self.crossing_mev
        law = self.law_of(shower, voxel)
        rate_of_hit = rate.reshape(-1)[shower * self._n_voxels + voxel]
        hits = torch.log(law.probability) + law.log_density(energy_mev) + rate_of_hit
        return hits.sum() - rate.sum()

    def sample(self, generator: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Draw which voxels are hit, and their energies.

        Returns:
            Shower and voxel of each hit, int64, in ascending order, and its energy [MeV]; shapes (hits,).
        """
        probability = -torch.expm1(-_rate(self.expected_mev, self.crossing_mev)).reshape(-1)
        draw = torch.rand(probability.shape, generator=generator, device=probability.device)
        hit = torch.nonzero(draw < probability).squeeze(1)
        shower, voxel = hit // self._n_voxels, hit % self._n_voxels
        return shower, voxel, self.law_of(shower, voxel).sample(generator)

    def law_of(self, shower: Tensor, voxel: Tensor) -> HitLaw:
        """Return the laws of some of the voxels, shape (hits,); arguments as for `log_likelihood`."""
        n_r, n_phi, n_z = self.expected_mev.shape[1:]
        ring_layer = (shower * n_r + voxel // (n_phi * n_z)) * n_z + voxel % n_z
        return HitLaw.of_compound_poisson(
            self.expected_mev.reshape(-1)[shower * self._n_voxels + voxel],
            self.crossing_mev.reshape(-1)[ring_layer],
            self.spread2.reshape(-1)[ring_layer],
        )

    @property
    def _n_voxels(self) -> int:
        n_r, n_phi, n_z = self.expected_mev.shape[1:]
        return n_r * n_phi * n_z


def _rate(expected_mev: Tensor, crossing_mev: Tensor) -> Tensor:
    """Return the mean number of crossings, above zero so that its logarithm is finite."""
    return (expected_mev / crossing_mev).clamp_min(_SMALLEST_RATE)
