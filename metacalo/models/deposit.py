"""The laws of all voxels of a shower: a sum of a Poisson number of crossings in each.

A voxel holds the deposits of N particles, N being Poisson, each of mean `crossing` and of relative variance
`spread2`. Such a sum has the point mass of an empty voxel built in, see `metacalo.models.compound`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from metacalo.models import compound
from metacalo.models.compound_quantile import CompoundQuantile

_SMALLEST_RATE = 1e-7
_SMALLEST_MEV = 1e-9
_SQRT_HALF = math.sqrt(0.5)


class LogLaws(NamedTuple):
    """The laws of all voxels of a batch of showers before they are scaled to the showers' energy.

    Attributes:
        log_rate: ln of each voxel's mean number of crossings, up to a constant of each shower, shape
            (batch, n_r, n_phi, n_z).
        log_crossing_mev: ln of the mean energy of one crossing [MeV], shape (batch, n_r, n_z).
        log_spread2: ln of the squared relative spread of a crossing's energy, shape (batch, n_r, n_z).
    """

    log_rate: Tensor
    log_crossing_mev: Tensor
    log_spread2: Tensor


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
        laws = LogLaws(
            torch.log(self.expected_mev / self.crossing_mev),
            torch.log(self.crossing_mev.squeeze(2)),
            torch.log(self.spread2.squeeze(2)),
        )
        as_it_is = torch.ones_like(self.expected_mev[:, 0, 0, 0])
        hits = _drawn(laws, torch.exp(laws.log_rate), as_it_is, noise, CompoundQuantile().to(noise.device))
        return hits.shower, hits.place - hits.shower * self.expected_mev[0].numel(), hits.energy_mev

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


class _Hits(NamedTuple):
    """Hits of a batch of showers: place in the flat batch of voxels, shower, energy [MeV]; (hits,) each."""

    place: Tensor
    shower: Tensor
    energy_mev: Tensor


def draw_hits(
    laws: LogLaws, visible_mev: Tensor, noise: Tensor, quantile: CompoundQuantile
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw the hits of showers whose deposits add up to their visible energies.

    A voxel is hit if its noise is high, with the more energy the higher.

    Args:
        laws: of the voxels.
        visible_mev: of each shower [MeV], shape (batch,).
        noise: standard normal in every voxel, correlated or not, shape (batch, n_r, n_phi, n_z).
        quantile: that makes energies of the hits' noise.

    Returns:
        Shower and voxel of each hit, int64, in ascending order, and its energy [MeV]; shapes (hits,).
    """
    relative = torch.exp(laws.log_rate)
    sums_mev = (relative.sum(dim=2) * torch.exp(laws.log_crossing_mev)).sum(dim=(1, 2))
    unit = visible_mev / sums_mev
    hits = _drawn(laws, relative * unit[:, None, None, None], unit, noise, quantile)
    drawn_mev = torch.zeros_like(visible_mev).scatter_add(0, hits.shower, hits.energy_mev)
    scale = torch.gather(visible_mev / drawn_mev.clamp_min(_SMALLEST_MEV), 0, hits.shower)
    return hits.shower, hits.place - hits.shower * laws.log_rate[0].numel(), hits.energy_mev * scale


def _drawn(laws: LogLaws, rate: Tensor, unit: Tensor, noise: Tensor, quantile: CompoundQuantile) -> _Hits:
    """Draw hits from laws whose rates are still to be multiplied by `unit`, (batch,), which gives `rate`."""
    n_r, n_phi, n_z = laws.log_rate.shape[1:]
    # Phi(x) >= exp(-rate); equal where both round to zero, so that much energy is a hit at any noise
    is_hit = torch.erf(noise * _SQRT_HALF) >= 2.0 * torch.exp(-rate) - 1.0
    index = torch.nonzero(is_hit.reshape(-1)).squeeze(1)
    # short integers are divided several times faster
    short = index.to(torch.int32)
    row = _quotient(short, n_z)
    ring = _quotient(row, n_phi)
    ring_layer = (short + (ring - row) * n_z).to(torch.int64)
    shower = _quotient(ring, n_r).to(torch.int64)
    log_rate, score = (torch.gather(values.reshape(-1), 0, index) for values in (laws.log_rate, noise))
    log_crossing, log_spread2 = (
        torch.gather(values.reshape(-1), 0, ring_layer)
        for values in (laws.log_crossing_mev, laws.log_spread2)
    )
    log_energy = quantile(score, log_rate + torch.gather(torch.log(unit), 0, shower), log_spread2)
    return _Hits(index, shower, torch.exp(log_energy + log_crossing))


def _quotient(index: Tensor, divisor: int) -> Tensor:
    """Divide numbers that are not negative."""
    return torch.div(index, divisor, rounding_mode="trunc")
