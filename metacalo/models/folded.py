"""The default generator for one detector: a function of conditions and noise, without any randomness within.

What depends on the detector alone is worked out once and held as constants, so that a shower costs three
small networks, a few matrix products and the drawing of its voxels. Sampling, and every exported graph, is
this module. All that it does has an operator in ONNX.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from torch import Tensor, nn

from metacalo.models.batch import Conditions
from metacalo.models.compound_quantile import CompoundQuantile
from metacalo.models.decoder import log_laws
from metacalo.models.deposit import draw_hits
from metacalo.models.known import Known
from metacalo.models.lookup import PiecewiseCubic
from metacalo.models.profile import log_mean_profile
from metacalo.models.response import NormalScore
from metacalo.models.smearing import smear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from metacalo.models.decoder import Basis
    from metacalo.models.field_vae import FieldVAE
    from metacalo.models.frame import DetectorFrame
    from metacalo.models.neighbours import Kernel

LOG_VARIANCE_RANGE = (-8.0, 4.0)
"""Of a latent: what is learned beyond counts as the end."""

PROFILE_RANGE_GEV = (0.05, 2e4)
"""Incident energies [GeV] that an exported mean profile is tabulated for.

To single precision above 0.5 GeV. Below, the closed form has kinks, and at the very end up to 1% of the
energy is misplaced.
"""

_PROFILE_PIECES = 130
_RESPONSE_COLUMNS = 2


@final
class FoldedModel(nn.Module):
    """A `FieldVAE` for one detector.

    `noise` is standard normal, one row a shower, and all the randomness that there is. Its columns: which
    part of the mixture the response is of, the response, the latents, and the voxels, as the waves around the
    axis: cosines of rising order, then sines, each with (r, z) in C-order.

    Args:
        model: that is folded; its networks are shared, not copied.
        frame: of the detector.
        basis: functions on the detector.
        kernel: of its neighbours.
        tabulated: take the mean profile from a table, for a graph that has no incomplete gamma function;
            `PROFILE_RANGE_GEV` are its ends.
    """

    def __init__(
        self, model: FieldVAE, frame: DetectorFrame, basis: Basis, kernel: Kernel, *, tabulated: bool = False
    ) -> None:
        super().__init__()
        self.frame, self.sizes = frame, model.sizes
        self.shape = frame.shape
        self.n_symmetric, self.n_latent = model.settings.latents, model.n_latent
        self.n_noise = _RESPONSE_COLUMNS + self.n_latent + frame.n_voxels
        self.response, self.prior, self.branch = model.response, model.prior, model.branch
        self.smearing = kernel.smearing()
        self.basis = basis
        self.quantile = CompoundQuantile()
        self.score = NormalScore()
        self.profile = _profile_table(frame) if tabulated else None
        self.to(frame.descriptor.device)

    def forward(self, energy_gev: Tensor, theta_rad: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the hits of the showers.

        Args:
            energy_gev: incident energies [GeV], shape (batch,).
            theta_rad: angles to the normal of the front face [rad], shape (batch,).
            noise: standard normal, shape (batch, n_noise).

        Returns:
            Shower of each hit, int64, ascending; flat C-order index into (r, phi, z), int64, ascending within
            a shower; energy in the active material [MeV]. Shapes (hits,). The deposits of a shower add up to
            the visible energy that was drawn for it, if it has any hit.
        """
        frame, conditions = self.frame, Conditions(energy_gev, theta_rad)
        known = Known.of(conditions, frame)
        mixture = self.response.mixture(known.features, known.reference_width)
        log_response = mixture.drawn(noise[:, 0], noise[:, 1])
        given = torch.cat([known.features, self.score(mixture, log_response)[:, None]], dim=1)
        mean, log_variance = self.prior(given).chunk(2, dim=1)
        spread = (0.5 * log_variance.clamp(*LOG_VARIANCE_RANGE)).exp()
        first = _RESPONSE_COLUMNS + self.n_latent
        latent = mean + spread * noise[:, _RESPONSE_COLUMNS:first]
        symmetric, turning = latent[:, : self.n_symmetric], latent[:, self.n_symmetric :]
        coefficients = self.branch(torch.cat([symmetric, given], dim=1))
        profile, log_comb = self._log_profile(energy_gev), frame.log_comb_at(theta_rad)
        laws = log_laws(coefficients, turning, self.basis, self.sizes, profile, log_comb, frame)
        n_r, n_phi, n_z = self.shape
        correlated = smear(noise[:, first:].reshape(-1, n_phi, n_r, n_z), self.smearing)
        visible_mev = known.expected_mev * log_response.exp()
        return draw_hits(laws, visible_mev, correlated, self.quantile)

    def dense(self, energy_gev: Tensor, theta_rad: Tensor, noise: Tensor) -> Tensor:
        """Return the deposits [MeV] in all voxels, shape (batch, n_voxels); arguments as for `forward`."""
        n_voxels = self.frame.n_voxels
        shower, voxel, deposit_mev = self(energy_gev, theta_rad, noise)
        empty = (noise[:, :1] * 0.0).expand(-1, n_voxels).reshape(-1)
        return empty.scatter(0, shower * n_voxels + voxel, deposit_mev).view(-1, n_voxels)

    def _log_profile(self, energy_gev: Tensor) -> Tensor:
        frame = self.frame
        if self.profile is None:
            return log_mean_profile(
                energy_gev, frame.critical_energy_mev, frame.mean_z, frame.r_edges, frame.z_edges
            )
        flat: Tensor = self.profile(torch.log(energy_gev))
        return flat.view(-1, self.shape[0], self.shape[2])


def _profile_table(frame: DetectorFrame) -> PiecewiseCubic:
    edges: list[Any] = [edge.double().cpu() for edge in (frame.r_edges, frame.z_edges)]

    def profile(log_energy: NDArray[np.float64]) -> NDArray[np.float64]:
        energy = torch.tensor(np.exp(log_energy))
        found = log_mean_profile(energy, frame.critical_energy_mev, frame.mean_z, *edges)
        return np.asarray(found.reshape(len(energy), -1).numpy())

    low, high = map(math.log, PROFILE_RANGE_GEV)
    return PiecewiseCubic(profile, low, high, _PROFILE_PIECES)
