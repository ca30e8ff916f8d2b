"""From coefficients of a shower and functions of the place to the law of every voxel.

A DeepONet (Lu et al. 2021, arXiv:1910.03193): the functions depend on the place and the detector alone, the
coefficients on the shower alone, and what is learned is their product, a correction to the mean shower in
closed form. For one detector the functions are constant, and need to be worked out once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from metacalo.models.deposit import DepositField, LogLaws
from metacalo.models.frame import N_HARMONICS
from metacalo.models.profile import log_mean_profile

if TYPE_CHECKING:
    from metacalo.models.batch import Conditions
    from metacalo.models.frame import DetectorFrame

N_OFFSETS = 3
"""Corrections that do not depend on the shower: ln of mean energy, of a crossing, and of its spread."""

_LOG_SPREAD2_RANGE = (-5.0, 5.0)


@dataclass(frozen=True)
class BasisSizes:
    """How many functions and coefficients of each kind there are.

    Attributes:
        mean: functions of (r, z) for the mean energy.
        small: functions for each azimuthal harmonic, for the crossings, and for their spread.
        turning: latents that each harmonic of the asymmetry follows.
    """

    mean: int
    small: int
    turning: int

    @property
    def functions(self) -> tuple[int, int, int, int]:
        """Numbers of functions for mean, asymmetry, crossing and spread."""
        return self.mean, self.small, self.small, self.small

    @property
    def coefficients(self) -> tuple[int, int, int, int, int]:
        """Numbers of coefficients for mean, lean, turn, crossing and spread; see `log_laws`."""
        lean = N_HARMONICS * self.small
        return self.mean, lean, lean * self.turning, self.small, self.small

    @property
    def turning_latents(self) -> int:
        """Number of latents that turn with the shower: a cosine and a sine for each harmonic."""
        return 2 * N_HARMONICS * self.turning


@dataclass(frozen=True, eq=False)
class Basis:
    """Functions on the rings and layers of one detector.

    Attributes:
        functions: values of the trunk, shape (n_r * n_z, sum of `BasisSizes.functions`).
        offset: corrections common to all showers, shape (n_r * n_z, N_OFFSETS).
    """

    functions: Tensor
    offset: Tensor


def decode(
    coefficients: Tensor,
    turning: Tensor,
    basis: Basis,
    sizes: BasisSizes,
    conditions: Conditions,
    visible_mev: Tensor,
    log_comb: Tensor,
    frame: DetectorFrame,
) -> DepositField:
    """Return the laws of all voxels; their mean energies add up to the visible energy.

    Args:
        coefficients: of the functions, shape (batch, sum of `BasisSizes.coefficients`).
        turning: latents of the asymmetry, shape (batch, `BasisSizes.turning_latents`).
        basis: the functions.
        sizes: of both.
        conditions: incident energies and angles.
        visible_mev: visible energy of each shower [MeV], shape (batch,).
        log_comb: ln of the relative active material, shape (batch, n_r, n_phi, n_z).
        frame: of the detector.
    """
    profile = log_mean_profile(
        conditions.energy_gev, frame.critical_energy_mev, frame.mean_z, frame.r_edges, frame.z_edges
    )
    laws = log_laws(coefficients, turning, basis, sizes, profile, log_comb, frame)
    log_share = laws.log_rate + laws.log_crossing_mev[:, :, None]
    share = torch.softmax(log_share.flatten(1), dim=1).view(log_share.shape)
    return DepositField(
        expected_mev=visible_mev[:, None, None, None] * share,
        crossing_mev=laws.log_crossing_mev.exp()[:, :, None],
        spread2=laws.log_spread2.exp()[:, :, None],
    )


def log_laws(
    coefficients: Tensor,
    turning: Tensor,
    basis: Basis,
    sizes: BasisSizes,
    profile: Tensor,
    log_comb: Tensor,
    frame: DetectorFrame,
) -> LogLaws:
    """Return the laws of all voxels, with their rates up to a constant of each shower.

    The asymmetry in phi is a sum of harmonics. The cosines lean by a fixed amount, since the plane of
    incidence is a mirror; beyond that, cosines and sines follow a pair of latents, so that a shower may turn
    any way.

    Args:
        coefficients: of the functions, shape (batch, sum of `BasisSizes.coefficients`).
        turning: latents of the asymmetry, shape (batch, `BasisSizes.turning_latents`).
        basis: the functions.
        sizes: of both.
        profile: ln of the mean shares of rings and layers, shape (batch, n_r, n_z).
        log_comb: ln of the relative active material, shape (batch, n_r, n_phi, n_z).
        frame: of the detector.
    """
    n_r, _, n_z = frame.shape
    mean_c, lean_c, turn_c, crossing_c, spread_c = torch.split(coefficients, list(sizes.coefficients), dim=1)
    mean_b, turn_b, crossing_b, spread_b = torch.split(basis.functions, list(sizes.functions), dim=1)
    gain = 1.0 / math.sqrt(sizes.small)
    mean = profile.flatten(1) + mean_c @ (mean_b.T / math.sqrt(sizes.mean)) + basis.offset[:, 0]
    gains = turn_c.view(-1, 1, N_HARMONICS, sizes.turning, sizes.small)
    turns = (turning.view(-1, 2, N_HARMONICS, sizes.turning, 1) * gains).sum(dim=3)
    lean = lean_c.view(-1, 1, N_HARMONICS, sizes.small)
    asymmetry = torch.cat([turns[:, :1] + lean, turns[:, 1:]], dim=1).view(-1, 2 * N_HARMONICS, sizes.small)
    crossing = crossing_c @ (crossing_b.T * gain) + (basis.offset[:, 1] + math.log(frame.crossing_mev))
    by_order = torch.cat([(mean - crossing)[:, None], asymmetry @ (turn_b.T * gain)], dim=1)
    waves = torch.cat([torch.ones_like(frame.harmonics[:, :1]), frame.harmonics], dim=1)
    by_phi = waves @ by_order.view(-1, 1 + 2 * N_HARMONICS, n_r, n_z).transpose(1, 2)
    spread2 = (spread_c @ (spread_b.T * gain) + basis.offset[:, 2]).clamp(*_LOG_SPREAD2_RANGE)
    return LogLaws(by_phi + log_comb, crossing.view(-1, n_r, n_z), spread2.view(-1, n_r, n_z))
