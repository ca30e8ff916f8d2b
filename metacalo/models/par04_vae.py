"""The baseline: the dense variational autoencoder of Geant4's Par04 example, which MetaHEP meta-trains.

Dense layers 100-50-20-14 and back, ten latents with a standard normal prior, leaky ReLU, a sigmoid for each
voxel, binary cross-entropy summed over the voxels plus the Kullback-Leibler divergence (Geant4 example Par04,
`training_vae`; Salamani, Zaborowska, Pokorski, PLB 844 (2023) 138079). It is tied to one grid shape.

Three things differ: the detector is described by continuous numbers instead of a one-hot; energies are
divided by the highest of the range instead of 1024 GeV; and layer normalisation stands for batch
normalisation, whose running averages would mix the tasks of a meta-learner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, final

import torch
from pydantic import Field
from torch import Tensor, nn

from metacalo.errors import GridMismatchError
from metacalo.geometry import DESCRIPTOR_NAMES
from metacalo.models.batch import Conditions, ShowerBatch
from metacalo.models.frame import DetectorFrame, detector_frame
from metacalo.models.generator import Generator, GeneratorSettings

if TYPE_CHECKING:
    from metacalo.geometry import Detector

_N_KINEMATIC = 2
_THRESHOLD_MEV = 5e-4
_LOG_VARIANCE_RANGE = (-20.0, 10.0)
_LOGIT_OF_A_USUAL_SHARE = -7.0

_Count = Annotated[int, Field(ge=1)]


class Par04VAESettings(GeneratorSettings):
    """Architecture of a `Par04VAE`, as published.

    Attributes:
        grid_shape: voxels in (r, phi, z) that the network has one output each for.
        hidden: widths of the encoder's layers; the decoder's are these in reverse.
        latents: dimensions of the latent space.
    """

    family: Literal["par04_vae"] = "par04_vae"
    grid_shape: tuple[_Count, _Count, _Count] = (9, 16, 45)
    hidden: tuple[_Count, ...] = (100, 50, 20, 14)
    latents: _Count = 10


@final
class Par04VAE(Generator):
    """Dense VAE on the voxels of one grid.

    Args:
        settings: of the architecture.
    """

    family: ClassVar[str] = "par04_vae"
    head_networks: ClassVar[tuple[str, ...]] = ("decoder",)

    def __init__(self, settings: Par04VAESettings | None = None) -> None:
        super().__init__()
        s = settings or Par04VAESettings()
        self.settings: Par04VAESettings = s
        n_known = _N_KINEMATIC + len(DESCRIPTOR_NAMES)
        n_voxels = s.grid_shape[0] * s.grid_shape[1] * s.grid_shape[2]
        self.encoder = _dense(n_voxels + n_known, s.hidden, 2 * s.latents)
        self.decoder = _dense(
            s.latents + n_known, s.hidden[::-1], n_voxels, last_bias=_LOGIT_OF_A_USUAL_SHARE
        )

    def loss(
        self,
        batch: ShowerBatch,
        detector: Detector,
        generator: torch.Generator | None = None,
        latent_weight: float = 1.0,
    ) -> Tensor:
        """Return cross-entropy over all voxels plus the divergence from the prior, averaged over the batch.

        Args:
            batch: showers on the model's grid.
            detector: that they belong to.
            generator: source of the noise.
            latent_weight: of the divergence from the prior.

        Raises:
            GridMismatchError: the detector's grid has another shape.
        """
        frame = self._frame(detector, batch.energy_gev.device)
        known = _known(batch, frame)
        visible_mev = batch.energy_gev[:, None] * 1e3 * frame.sampling_fraction
        share = (batch.dense(frame.n_voxels) / visible_mev).clamp(max=1.0)
        mean, log_variance = self.encoder(torch.cat([share, known], dim=1)).chunk(2, dim=1)
        log_variance = log_variance.clamp(*_LOG_VARIANCE_RANGE)
        noise = torch.randn(mean.shape, generator=generator, device=mean.device)
        latent = mean + (0.5 * log_variance).exp() * noise
        logit = self.decoder(torch.cat([latent, known], dim=1))
        entropy: Tensor = nn.functional.binary_cross_entropy_with_logits(logit, share, reduction="sum")
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        loss: Tensor = (entropy + latent_weight * divergence) / len(batch)
        return loss

    def sample(
        self, conditions: Conditions, detector: Detector, generator: torch.Generator | None = None
    ) -> ShowerBatch:
        """Draw one shower for each of the conditions; voxels below Par04's 0.5 keV are not hit.

        Args:
            conditions: incident energies and angles.
            detector: whose grid has the model's shape.
            generator: source of the noise.

        Raises:
            GridMismatchError: the detector's grid has another shape.
        """
        frame = self._frame(detector, conditions.energy_gev.device)
        known = _known(conditions, frame)
        shape = (len(conditions), self.settings.latents)
        latent = torch.randn(shape, generator=generator, device=known.device)
        share = torch.sigmoid(self.decoder(torch.cat([latent, known], dim=1)))
        dense = share * conditions.energy_gev[:, None] * 1e3 * frame.sampling_fraction
        shower, voxel = torch.nonzero(dense > _THRESHOLD_MEV, as_tuple=True)
        return ShowerBatch(conditions.energy_gev, conditions.theta_rad, shower, voxel, dense[shower, voxel])

    def _frame(self, detector: Detector, device: torch.device) -> DetectorFrame:
        if tuple(detector.grid.shape) != self.settings.grid_shape:
            raise GridMismatchError(
                f"expected a grid of {self.settings.grid_shape}, which this par04_vae has its outputs for; "
                f"got {tuple(detector.grid.shape)} of {detector.name}; use the family field_vae, or train a "
                "new model"
            )
        return detector_frame(detector).to(device)


def _dense(n_in: int, hidden: tuple[int, ...], n_out: int, last_bias: float | None = None) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(n_in, width), nn.LeakyReLU(), nn.LayerNorm(width)]
        n_in = width
    last = nn.Linear(n_in, n_out)
    if last_bias is not None:
        nn.init.constant_(last.bias, last_bias)
    return nn.Sequential(*layers, last)


def _known(conditions: Conditions, frame: DetectorFrame) -> Tensor:
    """Conditions as Par04 scales them, and the descriptor in place of its one-hot, shape (batch, n_known)."""
    kinematic = torch.stack(
        [conditions.energy_gev / frame.highest_energy_gev, conditions.theta_rad / (torch.pi / 2)], dim=1
    )
    return torch.cat([kinematic, frame.descriptor.expand(len(conditions), -1)], dim=1)
