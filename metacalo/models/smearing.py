"""The kernel of neighbours as matrices: white noise in, noise that is correlated between voxels out.

Sectors are alike, so that waves around the axis do not mix: the kernel is one matrix from layers to layers
for each wave number, ring, and ring further in. White noise is as white in waves as in sectors, and may be
drawn there.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable


class Smearing(NamedTuple):
    """What turns white noise into correlated noise.

    Attributes:
        matrices: from the layers of a ring to its own, of the next one further in to those of a ring, and so
            on, for each wave number, shapes (n_waves, n_r, n_z, n_z), (n_waves, n_r - 1, n_z, n_z) ...
        synthesis: cosines, then sines, in each sector, shape (n_phi, 2 n_waves).
    """

    matrices: tuple[Tensor, ...]
    synthesis: Tensor


def smear(noise: Tensor, smearing: Smearing) -> Tensor:
    """Return normal noise that is correlated between neighbours.

    Args:
        noise: white, of the waves around the axis, first all cosines, then all sines, shape
            (batch, n_phi, n_r, n_z).
        smearing: of the detector.

    Returns:
        Shape (batch, n_r, n_phi, n_z).
    """
    n_waves, n_r, n_z, _ = smearing.matrices[0].shape
    n_phi = len(smearing.synthesis)
    # the constant and the fastest wave have no sine; what stands there is not looked at
    sines = [noise[:, :1], noise[:, n_waves:]] + [noise[:, n_waves - 1 : n_waves]] * (n_phi % 2 == 0)
    pairs = torch.cat([noise[:, :n_waves], *sines], dim=1).view(-1, 2, n_waves, n_r, n_z)
    rings = pairs.permute(2, 3, 1, 0, 4).reshape(n_waves, n_r, -1, n_z)
    smeared = torch.matmul(rings, smearing.matrices[0])
    for inward, matrices in enumerate(smearing.matrices[1:], 1):
        given = torch.matmul(rings[:, :-inward], matrices)
        smeared = torch.cat([smeared[:, :inward], smeared[:, inward:] + given], dim=1)
    waves = smeared.view(n_waves, n_r, 2, -1, n_z).permute(3, 1, 2, 0, 4)
    return torch.matmul(smearing.synthesis, waves.reshape(-1, n_r, 2 * n_waves, n_z))


def smearing_of(links: Iterable[tuple[Tensor, tuple[int, int, int]]], n_phi: int) -> Smearing:
    """Return the matrices of a kernel, scaled so that the noise of every voxel has variance one.

    Args:
        links: weight, shape (n_r, 1, n_z), and (rings inward, sectors, layers upstream) to a linked voxel.
            For each step of some sectors there is one of as many the other way, with the same weight.
        n_phi: number of sectors.
    """
    links = list(links)
    n_r, _, n_z = links[0][0].shape
    inward = min(n_r, 1 + max(ring for _, (ring, _, _) in links))
    like = links[0][0]
    n_waves = n_phi // 2 + 1
    layers = torch.arange(n_z, device=like.device)
    matrices = like.new_zeros(n_waves, n_r, inward, n_z, n_z)
    matrices[:, :, 0, layers, layers] = 1.0
    variance = like.new_ones(n_r, n_z)
    wave = torch.arange(n_waves, dtype=like.dtype, device=like.device)
    for weight, (ring, sector, layer) in links:
        if 2 * abs(sector) >= n_phi or ring >= n_r or abs(layer) >= n_z:
            continue
        to = layers[max(0, layer) : n_z - max(0, -layer)]
        given = weight[ring:, 0, to]
        turned = torch.cos(wave * (2 * math.pi * sector / n_phi))
        matrices[:, ring:, ring, to - layer, to] += turned[:, None, None] * given
        variance[ring:, to] += given**2
    matrices = matrices * variance.rsqrt()[:, None, None]
    parts = tuple(matrices[:, ring:, ring].contiguous() for ring in range(inward))
    return Smearing(parts, _waves(n_phi).to(like))


def _waves(n_phi: int) -> Tensor:
    """Return cosines and sines of unit length in the sectors, (n_phi, 2 (n_phi // 2 + 1)); none is zero."""
    order = torch.arange(n_phi // 2 + 1)
    angle = 2 * math.pi / n_phi * (order * torch.arange(n_phi)[:, None]).double()
    single = (order == 0) | (2 * order == n_phi)
    length = torch.where(single, 1.0 / n_phi, 2.0 / n_phi).double().sqrt()
    sines = torch.where(single, 0.0, torch.sin(angle) * length)
    return torch.cat([torch.cos(angle) * length, sines], dim=1)
