"""The protocol that every generative model fulfils."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from torch import Tensor, nn

from metacalo.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from metacalo.geometry import Detector
    from metacalo.models.batch import Conditions, ShowerBatch


class GeneratorSettings(Settings):
    """What fixes the architecture of a generator; frozen, and an unknown key is an error."""

    family: str


class Sampler(Protocol):
    """A generator that has been given its detector."""

    def __call__(self, conditions: Conditions, generator: torch.Generator | None = None) -> ShowerBatch:
        """Draw one shower for each of the conditions."""


class Generator(nn.Module, ABC):
    """A conditional model of showers that takes the detector as an argument.

    All randomness enters through `generator`, and no method changes the module, so that
    `torch.func.functional_call` may run them with other parameters.
    """

    family: ClassVar[str]
    settings: GeneratorSettings

    head_networks: ClassVar[tuple[str, ...]] = ()
    """Networks (each an `nn.Sequential`) whose last layers are the head; none if a family has no head."""

    def head_parameters(self) -> frozenset[str]:
        """Return the names of the head's parameters: what ANIL adapts (Raghu et al. 2020, arXiv:1909.09157).

        Everything else is the body, which makes the features that the head combines.
        """
        last = []
        for name in self.head_networks:
            *_, (layer, _) = self.get_submodule(name).named_children()
            last.append(f"{name}.{layer}.")
        return frozenset(name for name, _ in self.named_parameters() if name.startswith(tuple(last)))

    @abstractmethod
    def loss(
        self,
        batch: ShowerBatch,
        detector: Detector,
        generator: torch.Generator | None = None,
        latent_weight: float = 1.0,
    ) -> Tensor:
        """Return the mean loss of a shower [nat], a scalar.

        Args:
            batch: showers on the detector's grid.
            detector: that they belong to.
            generator: source of all randomness.
            latent_weight: of the divergence between the latent's posterior and its prior; 1 is the evidence
                lower bound, and a training that begins lower does not lose its latents (Bowman et al. 2016,
                arXiv:1511.06349).
        """

    @abstractmethod
    def sample(
        self, conditions: Conditions, detector: Detector, generator: torch.Generator | None = None
    ) -> ShowerBatch:
        """Draw one shower for each of the conditions."""

    def folded(self, detector: Detector) -> Sampler:
        """Return `sample` for one detector, with what depends on the detector alone worked out once.

        It gives the showers that `sample` gives, as long as the parameters stay as they are.

        Args:
            detector: as for `sample`.
        """

        def sample(conditions: Conditions, generator: torch.Generator | None = None) -> ShowerBatch:
            return self.sample(conditions, detector, generator)

        return sample

    def forward(
        self,
        batch: ShowerBatch,
        detector: Detector,
        generator: torch.Generator | None = None,
        latent_weight: float = 1.0,
    ) -> Tensor:
        """Return `loss`, which is what `functional_call` differentiates."""
        return self.loss(batch, detector, generator, latent_weight)

    def calibrate(self, batches: Sequence[ShowerBatch], detector: Detector) -> None:
        """Fit at once, in place, the few numbers that all showers of a detector agree on; none by default.

        Args:
            batches: showers of the detector.
            detector: that they belong to.
        """
