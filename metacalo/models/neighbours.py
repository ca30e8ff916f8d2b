"""What neighbouring voxels have in common: a Gaussian copula with a short reach.

A particle that leaves energy on both sides of a border links two voxels, and a track that goes on, forward
and away from the axis, links a few more. Given the shower's latents this is most of what is left between
voxels. So the noise that decides on hits and energies is white noise smeared by a kernel, normal in every
voxel: each voxel's own law stays exactly what it is.

The kernel is learned from pairs of neighbours. With s the normal score of a voxel given its energy (for one
without a hit the mean score, as all that is known is that it lies below a threshold) and k the variance of s,
the log likelihood of a pair with correlation c is c s s' - c^2 k k' / 2 to second order, so that a pairwise
likelihood (Varin, Reid and Firth 2011, Statistica Sinica 21, 5) costs no bivariate integrals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from metacalo.models import compound
from metacalo.models.smearing import Smearing, smear, smearing_of

if TYPE_CHECKING:
    from metacalo.models.deposit import DepositField
    from metacalo.models.frame import DetectorFrame


class Link(NamedTuple):
    """Voxels that share one weight in the kernel of a voxel.

    Attributes:
        begin: weight that learning begins with, at 1 R_M where it falls with the voxel's width.
        falls_with: "arc" or "ring", the width of the voxel that the weight falls with; "" for none.
        steps: (rings inward, sectors, layers upstream) to the voxels.
    """

    begin: float
    falls_with: str
    steps: tuple[tuple[int, int, int], ...]


LINKS = (
    Link(0.11, "", ((0, 0, 1),)),
    Link(0.01, "", ((0, 0, 2),)),
    Link(0.015, "arc", ((0, 1, 0), (0, -1, 0))),
    Link(0.003, "arc", ((0, 2, 0), (0, -2, 0))),
    Link(0.004, "arc", ((0, 1, 1), (0, -1, 1))),
    Link(0.06, "ring", ((1, 0, 0),)),
    Link(0.02, "ring", ((1, 0, 1),)),
    Link(0.006, "ring", ((1, 0, -1),)),
    Link(0.006, "ring", ((1, 0, 2), (1, 0, 3))),
    Link(0.005, "arc", ((1, 1, 0), (1, -1, 0))),
    Link(0.003, "arc", ((1, 1, 1), (1, -1, 1))),
    Link(0.004, "ring", ((2, 0, 0), (2, 0, 1), (2, 0, 2), (2, 0, 3))),
)
"""The kernel's links; particles travel outward and downstream, so only these have weights."""

N_WEIGHTS = len(LINKS)

_LARGEST = 0.6
_LEAST_PROBABILITY = 1e-7
_LEAST_TAIL = 1e-12
_INVERSE_SQRT_TWO_PI = 1.0 / math.sqrt(2.0 * math.pi)
_PAIRS = (
    *((0, 0, layer) for layer in (1, 2)),
    *((0, sector, layer) for sector, layer in ((1, -1), (1, 0), (1, 1), (2, 0))),
    *((1, 0, layer) for layer in (-1, 0, 1, 2, 3)),
    *((1, 1, layer) for layer in (0, 1)),
    *((2, 0, layer) for layer in (0, 1, 2, 3)),
)
"""Distances (rings, sectors, layers) of the pairs that the kernel is learned from."""

_ROOM = (5, 8, 9)
"""Of the Fourier transform that finds their correlations: no distance there is mistaken for another."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """Weights of the white noise of other voxels in the noise of a voxel, relative to its own.

    Attributes:
        weights: of each of `LINKS`, each of shape (n_r, 1, n_z).
        n_phi: number of sectors.
    """

    weights: tuple[Tensor, ...]
    n_phi: int

    @classmethod
    def of(cls, corrections: Tensor, frame: DetectorFrame) -> Kernel:
        """Return the kernel of a detector.

        Args:
            corrections: what is learned, shape (n_r * n_z, N_WEIGHTS); zeros leave the weights that learning
                begins with.
            frame: of the detector.
        """
        n_r, n_phi, n_z = frame.shape
        middle = (frame.r_edges[1:] + frame.r_edges[:-1]) / 2
        widths = {
            "arc": (middle * (2 * math.pi / n_phi)).view(-1, 1, 1),
            "ring": frame.r_edges.diff().view(-1, 1, 1),
            "": torch.ones_like(middle).view(-1, 1, 1),
        }
        learned = corrections.view(n_r, 1, n_z, N_WEIGHTS).unbind(dim=3)
        weights = []
        for link, correction in zip(LINKS, learned, strict=True):
            start = (link.begin / widths[link.falls_with] / _LARGEST).clamp(max=0.5)
            weights.append(_LARGEST * torch.sigmoid(torch.logit(start) + correction))
        return cls(tuple(weights), n_phi)

    def smear(self, noise: Tensor) -> Tensor:
        """Return normal noise that is correlated between neighbours, see `metacalo.models.smearing.smear`.

        Args:
            noise: white, of the waves around the axis, shape (batch, n_phi, n_r, n_z).
        """
        return smear(noise, self.smearing())

    def smearing(self) -> Smearing:
        """Return the kernel as matrices."""
        pairs = [(w, step) for link, w in zip(LINKS, self.weights, strict=True) for step in link.steps]
        return smearing_of(pairs, self.n_phi)

    def correlations(self) -> Tensor:
        """Return correlations of the smeared noise of voxels at the distances of `_PAIRS`.

        Those of a kernel that is the same everywhere, taken at each voxel; far from the edges.

        Returns:
            Shape (n_r, 1, n_z, len(_PAIRS)).
        """
        room = self.weights[0].new_zeros((*self.weights[0].shape, *_ROOM))
        room[..., 0, 0, 0] = 1.0
        for link, weight in zip(LINKS, self.weights, strict=True):
            for ring, sector, layer in link.steps:
                room[..., ring, sector, layer] = weight
        spectrum = torch.fft.rfftn(room, dim=(-3, -2, -1))
        power = spectrum.real**2 + spectrum.imag**2
        shared: Tensor = torch.fft.irfftn(power, s=_ROOM, dim=(-3, -2, -1))
        found = torch.stack([shared[..., r, s, z] for r, s, z in _PAIRS], dim=-1)
        return found / shared[..., 0, 0, 0, None]


def normal_scores(
    field: DepositField, shower: Tensor, voxel: Tensor, energy_mev: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the normal score of every voxel given its energy, and the score's variance.

    Args:
        field: laws of the voxels.
        shower: which shower of the batch a hit belongs to, int64, shape (hits,).
        voxel: flat index of the voxel that is hit, int64, shape (hits,).
        energy_mev: its energy [MeV], shape (hits,).

    Returns:
        Both of shape (batch, n_r, n_phi, n_z).
    """
    probability = field.probability().clamp(_LEAST_PROBABILITY, 1.0 - _LEAST_PROBABILITY)
    threshold = -torch.special.ndtri(probability)
    density = _INVERSE_SQRT_TWO_PI * torch.exp(-0.5 * threshold**2)
    score = -density / (1.0 - probability)
    variance = (threshold * density + probability + density**2 / (1.0 - probability)).clamp(0.0, 1.0)
    rate, crossing_mev, spread2 = field.at(shower, voxel)
    above = compound.upper_tail(energy_mev / crossing_mev, rate, spread2)
    tail = (-torch.expm1(-rate) * above).clamp(_LEAST_TAIL, 1.0 - _LEAST_PROBABILITY)
    flat = score.reshape(-1).index_put((shower * score[0].numel() + voxel,), -torch.special.ndtri(tail))
    return flat.view(score.shape), variance


def log_likelihood(kernel: Kernel, score: Tensor, variance: Tensor) -> Tensor:
    """Return what neighbours add to the pairwise log likelihood, summed over the batch: a scalar.

    Args:
        kernel: of the detector.
        score: normal scores, shape (batch, n_r, n_phi, n_z).
        variance: their variances, same shape.
    """
    n_r, n_phi, n_z = score.shape[1:]
    correlations = kernel.correlations()
    spread = torch.einsum("brpz,brpz->rz", variance, variance).sqrt()
    total = score.new_zeros(())
    for i, (ring, sector, layer) in enumerate(_PAIRS):
        if ring >= n_r or 2 * sector >= n_phi or abs(layer) >= n_z:
            continue
        near = slice(0, n_r - ring), slice(max(0, -layer), n_z - max(0, layer))
        far = slice(ring, n_r), slice(max(0, layer), n_z - max(0, -layer))
        others = score.roll(-sector, 2) if sector else score
        products = torch.einsum("brpz,brpz->rz", score[:, near[0], :, near[1]], others[:, far[0], :, far[1]])
        # a weight belongs to the voxel that receives, which is the outer one
        correlation = correlations[far[0], 0, far[1], i]
        total = total + (correlation * products - 0.5 * correlation**2 * spread[near] * spread[far]).sum()
    return total
