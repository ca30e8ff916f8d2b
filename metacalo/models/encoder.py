"""What the encoder sees of a shower: its shape on a fixed mesh in X0 and R_M, whatever the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from metacalo.models.frame import N_HARMONICS

if TYPE_CHECKING:
    from metacalo.models.frame import DetectorFrame

# Edges of the mesh [X0] and [R_M]; the last bin takes what is left of the deepest and widest grids.
FINE_DEPTH = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 23, 27, 60)
COARSE_DEPTH = (0, 2, 4, 6, 8, 10, 13, 17, 60)
FINE_RADIUS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 10.0)
COARSE_RADIUS = (0.0, 0.5, 1.0, 2.0, 10.0)
_SMALLEST_COMB = 0.3
_KEPT = (0, 1, N_HARMONICS, N_HARMONICS + 1)  # cos phi, cos 2 phi, sin phi, sin 2 phi


def shower_features(dense_mev: Tensor, log_comb: Tensor, frame: DetectorFrame) -> Tensor:
    """Describe showers by their profiles, hits and azimuthal moments.

    Energies are divided by the active material of their voxel, so that what is left is the shower's and not
    the layers'. Shares enter as square roots, whose statistical spread does not depend on the share. All is
    scaled to order one.

    Args:
        dense_mev: deposits [MeV], shape (batch, n_r, n_phi, n_z).
        log_comb: ln of the relative active material, same shape.
        frame: of the detector.

    Returns:
        Features, shape (batch, `n_features()`).
    """
    fine_z = _overlap(frame.z_edges, FINE_DEPTH)
    coarse_z = _overlap(frame.z_edges, COARSE_DEPTH)
    fine_r = _overlap(frame.r_edges, FINE_RADIUS)
    coarse_r = _overlap(frame.r_edges, COARSE_RADIUS)
    energy = dense_mev / log_comb.exp().clamp_min(_SMALLEST_COMB)
    total = energy.sum(dim=(1, 2, 3)).clamp_min(1e-9)
    share = energy / total[:, None, None, None]
    ring_layer = share.sum(dim=2)
    layer = ring_layer.sum(dim=1)
    longitudinal = layer @ fine_z
    radial = ring_layer.sum(dim=2) @ fine_r
    block = torch.einsum("brz,rs,zt->bst", ring_layer, coarse_r, coarse_z)
    moments = torch.einsum("brpz,pk,rs,zt->bkst", share, frame.harmonics[:, _KEPT], coarse_r, coarse_z)
    hits = torch.einsum("brpz,zt->bt", (dense_mev > 0).to(dense_mev.dtype), coarse_z)
    z = (frame.z_edges[1:] + frame.z_edges[:-1]) / 2
    depth = layer @ z
    length = (layer @ z**2 - depth**2).clamp_min(1e-6).sqrt()
    return torch.cat(
        [
            longitudinal.clamp_min(0).sqrt() * 3,
            radial.clamp_min(0).sqrt(),
            block.clamp_min(0).sqrt().flatten(1) * 3,
            (moments.sign() * moments.abs().sqrt()).flatten(1) * 2,
            torch.log1p(hits) / 3 - 1,
            (depth[:, None] - 7) / 3,
            (length[:, None] - 3.5),
        ],
        dim=1,
    )


def n_features() -> int:
    """Number of features that `shower_features` returns."""
    n_z, n_r = len(COARSE_DEPTH) - 1, len(COARSE_RADIUS) - 1
    return len(FINE_DEPTH) - 1 + len(FINE_RADIUS) - 1 + n_r * n_z * (1 + len(_KEPT)) + n_z + 2


def _overlap(edges: Tensor, mesh: tuple[float, ...]) -> Tensor:
    """Share of each bin of `edges` that falls in each bin of `mesh`, shape (bins, mesh bins)."""
    new = torch.tensor(mesh, dtype=edges.dtype, device=edges.device)
    low = torch.maximum(edges[:-1, None], new[None, :-1])
    high = torch.minimum(edges[1:, None], new[None, 1:])
    return (high - low).clamp_min(0) / (edges[1:] - edges[:-1])[:, None]
