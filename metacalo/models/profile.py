"""The mean electromagnetic shower in closed form: where a model starts before it has learned anything.

Grindhammer and Peters, "The parameterized simulation of electromagnetic showers in homogeneous and sampling
calorimeters" (1993), hep-ex/0001020; the formulas of a homogeneous medium, in units of X0 and R_M.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


def log_mean_profile(
    energy_gev: Tensor, critical_energy_mev: float, mean_z: float, r_edges: Tensor, z_edges: Tensor
) -> Tensor:
    """Return the logarithm of the share of a shower's energy in each ring and layer.

    Args:
        energy_gev: incident energy [GeV], shape (batch,).
        critical_energy_mev: of the calorimeter's average medium [MeV].
        mean_z: atomic number of that medium.
        r_edges: edges of the rings [R_M], shape (n_r + 1,).
        z_edges: edges of the layers [X0], shape (n_z + 1,).

    Returns:
        Natural logarithm of the shares, normalised over the grid, shape (batch, n_r, n_z).
    """
    log_e = torch.log(energy_gev)[:, None]
    peak, alpha, beta = (
        part[:, None] for part in longitudinal_shape(energy_gev, critical_energy_mev, mean_z)
    )
    above = torch.special.gammainc(alpha, beta * z_edges)
    longitudinal = above.diff(dim=1).clamp_min(1e-9)

    tau = (z_edges[1:] + z_edges[:-1]) / 2 / peak
    core_width = 0.0251 + 0.00319 * log_e + (0.1162 - 0.000381 * mean_z) * tau
    tail_width = (0.659 - 0.00309 * mean_z) * (
        torch.exp(-2.59 * (tau - 0.645)) + torch.exp((0.3585 + 0.0421 * log_e) * (tau - 0.645))
    )
    reach = (0.401 + 0.00187 * mean_z - tau) / (1.313 - 0.0686 * log_e)
    core_share = ((2.632 - 0.00094 * mean_z) * torch.exp(reach - torch.exp(reach))).clamp(0.0, 1.0)
    core = _share_within(r_edges, core_width)
    tail = _share_within(r_edges, tail_width.clamp(max=20.0))
    radial = core_share[:, None] * core + (1.0 - core_share[:, None]) * tail
    share = radial * longitudinal[:, None]
    return torch.log(share / share.sum(dim=(1, 2), keepdim=True))


class LongitudinalShape(NamedTuple):
    """The mean longitudinal profile, a gamma distribution of the depth; shapes (batch,).

    Attributes:
        peak: depth of the maximum [X0].
        alpha: shape of the distribution.
        beta: rate of the distribution [1/X0].
    """

    peak: Tensor
    alpha: Tensor
    beta: Tensor


def longitudinal_shape(energy_gev: Tensor, critical_energy_mev: float, mean_z: float) -> LongitudinalShape:
    """Return the mean longitudinal profile of showers.

    Args:
        energy_gev: incident energy [GeV], shape (batch,).
        critical_energy_mev: of the calorimeter's average medium [MeV].
        mean_z: atomic number of that medium.
    """
    log_y = torch.log((energy_gev * 1e3 / critical_energy_mev).clamp_min(3.0))
    peak = (log_y - 0.858).clamp_min(0.3)
    alpha = (0.21 + (0.492 + 2.38 / mean_z) * log_y).clamp_min(1.1)
    return LongitudinalShape(peak, alpha, (alpha - 1.0) / peak)


def _share_within(r_edges: Tensor, width: Tensor) -> Tensor:
    """Integrate 2 r R^2 / (r^2 + R^2)^2 over each ring, shape (batch, n_r, n_z)."""
    squared = r_edges[None, :, None] ** 2
    return (squared / (squared + width[:, None] ** 2)).diff(dim=1).clamp_min(1e-9)
