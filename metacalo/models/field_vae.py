"""The default generator: a variational autoencoder whose decoder is a field on the shower's own coordinates.

A trunk network maps a voxel's place in the shower to functions, a branch network maps latent and conditions
to their coefficients (see `metacalo.models.decoder`), and the product gives the law of each voxel's energy.
The networks learn corrections to the mean shower in closed form, so that nothing that they learn is tied to a
grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast, final

import torch
from pydantic import Field
from torch import Tensor, nn

from metacalo.geometry import DESCRIPTOR_NAMES
from metacalo.models.batch import ShowerBatch
from metacalo.models.calibration import fit_prior, fit_response
from metacalo.models.decoder import N_OFFSETS, Basis, BasisSizes, decode
from metacalo.models.encoder import n_features, shower_features
from metacalo.models.folded import LOG_VARIANCE_RANGE, FoldedModel
from metacalo.models.frame import N_COORDINATES, DetectorFrame, detector_frame
from metacalo.models.generator import Generator, GeneratorSettings
from metacalo.models.known import ANGLE, N_KINEMATIC, Known
from metacalo.models.mlp import mlp
from metacalo.models.neighbours import N_WEIGHTS, Kernel, log_likelihood, normal_scores
from metacalo.models.response import ResponseHead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metacalo.geometry import Detector
    from metacalo.models.batch import Conditions
    from metacalo.models.deposit import DepositField
    from metacalo.models.generator import Sampler

_OFFSET_WIDTH = 64
_KERNEL_WIDTH = 32
_SHOWERS_FOR_KERNEL = 8
"""Of a batch: each has thousands of pairs of voxels, and a dozen weights want no more."""

_LOWEST_RESPONSE = 1e-3
"""What a shower without a hit counts as; showers of a calorimeter are three orders above."""

_Count = Annotated[int, Field(ge=1)]


class FieldVAESettings(GeneratorSettings):
    """Architecture of a `FieldVAE`; the defaults are those of the shipped checkpoint.

    Attributes:
        latents: of the symmetric part of a shower.
        turning_latents: pairs of latents, a cosine's and a sine's, that each harmonic of the asymmetry
            follows.
        trunk_width: of the hidden layers of the trunk.
        branch_width: of the hidden layers of the branch.
        encoder_width: of the hidden layers of the encoder.
        prior_width: of the hidden layers of the prior.
        basis: functions of (r, z) for the mean energy.
        small_basis: functions for each harmonic, for the crossings and for their spread.
        descriptor_noise: Gaussian noise on the detector's numbers while training, so that a dozen detectors
            are not learned by heart.
    """

    family: Literal["field_vae"] = "field_vae"
    latents: _Count = 16
    turning_latents: _Count = 2
    trunk_width: _Count = 128
    branch_width: _Count = 128
    encoder_width: _Count = 128
    prior_width: _Count = 64
    basis: _Count = 96
    small_basis: _Count = 32
    descriptor_noise: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.15


@final
class FieldVAE(Generator):
    """Trunk-branch VAE with a learned prior and a response head.

    Args:
        settings: of the architecture.
    """

    family: ClassVar[str] = "field_vae"
    # all that generation draws from, but for the trunk, whose functions the branch combines
    head_networks: ClassVar[tuple[str, ...]] = ("branch", "offset", "prior", "response.network", "kernel")

    def __init__(self, settings: FieldVAESettings | None = None) -> None:
        super().__init__()
        s = settings or FieldVAESettings()
        self.settings: FieldVAESettings = s
        self.sizes = BasisSizes(mean=s.basis, small=s.small_basis, turning=s.turning_latents)
        self.n_latent = s.latents + self.sizes.turning_latents
        n_known = N_KINEMATIC + len(DESCRIPTOR_NAMES)
        n_given = n_known + 1
        n_place = N_COORDINATES + len(DESCRIPTOR_NAMES)
        self.response = ResponseHead(n_known)
        self.encoder = mlp(n_features() + n_given, s.encoder_width, 2, 2 * self.n_latent, last_gain=0.5)
        self.prior = mlp(n_given, s.prior_width, 2, 2 * self.n_latent, last_gain=0.1)
        self.branch = mlp(s.latents + n_given, s.branch_width, 2, sum(self.sizes.coefficients), last_gain=0.3)
        self.trunk = mlp(n_place, s.trunk_width, 3, sum(self.sizes.functions))
        self.offset = mlp(n_place, _OFFSET_WIDTH, 2, N_OFFSETS, last_gain=0.1)
        self.kernel = mlp(n_place, _KERNEL_WIDTH, 2, N_WEIGHTS, last_gain=0.1)

    def loss(
        self,
        batch: ShowerBatch,
        detector: Detector,
        generator: torch.Generator | None = None,
        latent_weight: float = 1.0,
    ) -> Tensor:
        """Return the negative evidence lower bound of a shower [nat], averaged over the batch.

        Showers are mirrored at the plane of incidence at random, which is a symmetry of the detector.

        While training, what neighbours share is added, which trains the kernel and nothing else. It is no
        part of the loss in evaluation: it is right to second order for laws that fit, and would praise those
        that do not.

        Args:
            batch: showers on the detector's grid.
            detector: that they belong to.
            generator: source of the noise.
            latent_weight: of the divergence from the prior.
        """
        frame = detector_frame(detector).to(batch.energy_gev.device)
        parts = self.loss_parts(batch, frame, generator, with_neighbours=self.training)
        bound = parts["voxels"] + latent_weight * parts["latent"] + parts["response"]
        return bound + parts["neighbours"] if self.training else bound

    def loss_parts(
        self,
        batch: ShowerBatch,
        frame: DetectorFrame,
        generator: torch.Generator | None = None,
        *,
        with_neighbours: bool = True,
    ) -> dict[str, Tensor]:
        """Return the mean of each part of the loss [nat]: voxels, latent, response, neighbours if wanted."""
        flip = torch.rand(len(batch), generator=generator, device=batch.voxel.device) < 0.5
        batch = batch.mirrored(flip, frame.shape)
        descriptor = self._descriptor(frame, generator)
        known = Known.of(batch, frame, descriptor)
        log_response = _log_response(batch, known)
        response = -self.response.log_density(log_response, known.features, known.reference_width)
        given = self._given(known, log_response)
        log_comb = frame.log_comb_at(batch.theta_rad)
        mean, log_variance = self._posterior(batch, given, log_comb, frame)
        prior_mean, prior_log_variance = _gaussian(self.prior(given))
        latent = _drawn(mean, log_variance, generator)
        divergence = 0.5 * (
            prior_log_variance
            - log_variance
            + (log_variance.exp() + (mean - prior_mean) ** 2) * (-prior_log_variance).exp()
            - 1.0
        )
        coefficients, turning = self._coefficients(latent, given)
        basis = self._basis(frame, descriptor)
        visible_mev = known.expected_mev * log_response.exp()
        field = decode(coefficients, turning, basis, self.sizes, batch, visible_mev, log_comb, frame)
        voxels = -field.log_likelihood(batch.shower, batch.voxel, batch.deposit_mev)
        parts = {
            "voxels": voxels / len(batch),
            "latent": divergence.sum(dim=1).mean(),
            "response": response.mean(),
        }
        if with_neighbours:
            parts["neighbours"] = self._neighbours(field, batch, self._kernel(frame, descriptor))
        return parts

    def _neighbours(self, field: DepositField, batch: ShowerBatch, kernel: Kernel) -> Tensor:
        """Return minus what neighbours add to the log likelihood of a shower [nat], for the kernel only.

        The laws of single voxels are learned as if they were independent; the kernel from what is left.
        """
        few = min(len(batch), _SHOWERS_FOR_KERNEL)
        hits = batch.shower < few
        with torch.no_grad():
            scores = normal_scores(
                field[:few], batch.shower[hits], batch.voxel[hits], batch.deposit_mev[hits]
            )
        return -log_likelihood(kernel, *scores) / few

    def sample(
        self, conditions: Conditions, detector: Detector, generator: torch.Generator | None = None
    ) -> ShowerBatch:
        """Draw one shower for each of the conditions.

        The deposits of a shower add up to the visible energy that was drawn for it, if it has any hit.

        Args:
            conditions: incident energies and angles.
            detector: any detector; its grid need not be one that the model was trained on.
            generator: source of the noise.
        """
        return self._sampler(detector, conditions.energy_gev.device)(conditions, generator)

    @torch.no_grad()
    def folded(self, detector: Detector) -> Sampler:
        """Return `sample` for one detector, with the functions of the place worked out.

        Args:
            detector: any detector.

        Returns:
            A function of conditions, on the model's device, and generator; it gives the showers that `sample`
            gives, as long as the model's parameters stay as they are.
        """
        return self._sampler(detector, next(self.parameters()).device)

    def fold(self, detector: Detector, device: torch.device | str = "cpu", **options: bool) -> FoldedModel:
        """Return the model for one detector as a function of conditions and noise; see `FoldedModel`.

        Args:
            detector: any detector.
            device: of the model.
            options: of `FoldedModel`.
        """
        frame = detector_frame(detector).to(torch.device(device))
        basis, kernel = self._basis(frame, frame.descriptor), self._kernel(frame, frame.descriptor)
        return FoldedModel(self, frame, basis, kernel, **options)

    def _sampler(self, detector: Detector, device: torch.device) -> Sampler:
        folded = self.fold(detector, device)

        def sample(conditions: Conditions, generator: torch.Generator | None = None) -> ShowerBatch:
            size = (len(conditions), folded.n_noise)
            noise = torch.randn(size, generator=generator, device=device)
            hits = folded(conditions.energy_gev, conditions.theta_rad, noise)
            return ShowerBatch(conditions.energy_gev, conditions.theta_rad, *hits)

        return sample

    @torch.no_grad()
    def calibrate(self, batches: Sequence[ShowerBatch], detector: Detector) -> None:
        """Shift and stretch the response and the prior of the latents to showers of a detector, in place.

        Args:
            batches: showers of the detector.
            detector: that they belong to.
        """
        frame = detector_frame(detector).to(next(self.parameters()).device)
        each = [Known.of(batch, frame) for batch in batches]
        known = Known(*(torch.cat(parts) for parts in zip(*each, strict=True)))
        log_response = torch.cat([_log_response(b, k) for b, k in zip(batches, each, strict=True)])
        fit_response(self.response, log_response, known.features, known.reference_width, ANGLE)
        given = self._given(known, log_response)
        parts = torch.split(given, [len(batch) for batch in batches])
        posterior = [
            self._posterior(b, g, frame.log_comb_at(b.theta_rad), frame)
            for b, g in zip(batches, parts, strict=True)
        ]
        mean, log_variance = (torch.cat(part) for part in zip(*posterior, strict=True))
        offsets = cast(nn.Linear, self.prior[-1]).bias
        fit_prior(offsets, (mean, log_variance), _gaussian(self.prior(given)))

    def _posterior(
        self, batch: ShowerBatch, given: Tensor, log_comb: Tensor, frame: DetectorFrame
    ) -> tuple[Tensor, Tensor]:
        """Return mean and ln of the variance of the latents, given the showers."""
        dense = batch.dense(frame.n_voxels).view(-1, *frame.shape)
        seen = shower_features(dense, log_comb, frame)
        return _gaussian(self.encoder(torch.cat([seen, given], dim=1)))

    def _descriptor(self, frame: DetectorFrame, generator: torch.Generator | None) -> Tensor:
        """Return the detector's numbers, with noise while training, shape (n_descriptor,)."""
        if not self.training or self.settings.descriptor_noise == 0:
            return frame.descriptor
        noise = torch.randn(frame.descriptor.shape, generator=generator, device=frame.descriptor.device)
        return frame.descriptor + self.settings.descriptor_noise * noise

    def _given(self, known: Known, log_response: Tensor) -> Tensor:
        """Append the response, as a normal score among those of its conditions, to what is known.

        A shift of the response, as by the error of the estimated sampling fraction, is none of the score.
        """
        with torch.no_grad():
            score = self.response.normal_score(log_response, known.features, known.reference_width)
        return torch.cat([known.features, score[:, None]], dim=1)

    def _kernel(self, frame: DetectorFrame, descriptor: Tensor) -> Kernel:
        """Return how neighbouring voxels of a detector are linked."""
        place = torch.cat([frame.coordinates, descriptor.expand(len(frame.coordinates), -1)], dim=1)
        return Kernel.of(self.kernel(place), frame)

    def _basis(self, frame: DetectorFrame, descriptor: Tensor) -> Basis:
        """Return the functions on a detector's rings and layers."""
        place = torch.cat([frame.coordinates, descriptor.expand(len(frame.coordinates), -1)], dim=1)
        return Basis(self.trunk(place), self.offset(place))

    def _coefficients(self, latent: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return the coefficients of the functions, and the latents that turn the asymmetry."""
        n_symmetric = self.settings.latents
        symmetric, turning = latent[:, :n_symmetric], latent[:, n_symmetric:]
        return self.branch(torch.cat([symmetric, given], dim=1)), turning


def _log_response(batch: ShowerBatch, known: Known) -> Tensor:
    """Return ln of visible over expected energy, shape (batch,)."""
    visible_mev = torch.maximum(batch.total_mev, _LOWEST_RESPONSE * known.expected_mev)
    return torch.log(visible_mev / known.expected_mev)


def _gaussian(parameters: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and ln of the variance, shapes (batch, n_latent)."""
    mean, log_variance = parameters.chunk(2, dim=1)
    return mean, log_variance.clamp(*LOG_VARIANCE_RANGE)


def _drawn(mean: Tensor, log_variance: Tensor, generator: torch.Generator | None) -> Tensor:
    noise = torch.randn(mean.shape, generator=generator, device=mean.device)
    return mean + (0.5 * log_variance).exp() * noise
