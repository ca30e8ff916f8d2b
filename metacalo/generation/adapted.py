"""An adapted model: a generator, the detector that it was adapted to, and where it is to be trusted."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import torch
from numpy.typing import ArrayLike

from metacalo.checkpoint import ModelInfo, load_model, save_model
from metacalo.errors import CheckpointError, MetacaloWarning
from metacalo.generation.request import Conditioned, GivenConditions
from metacalo.geometry import Detector
from metacalo.models import Conditions
from metacalo.showers import concatenate
from metacalo.showers.incident import check_seed, fresh_seed
from metacalo.showers.origin import marks_of

if TYPE_CHECKING:
    from metacalo.models import Generator
    from metacalo.showers import Showers

DEFAULT_BATCH = 256
OUTSIDE_MARK = "outside_trained_range"
_EDGE = 0.02
"""Test showers of the same production reach this much farther than support showers: share of an energy, or
of the largest angle."""


@final
@dataclass(frozen=True)
class AdaptedModel:
    """A generator for one detector.

    Attributes:
        generator: adapted to the detector.
        detector: whose showers it makes.
        info: provenance.
        energy_range_gev: lowest and highest incident energy that it was adapted with [GeV].
        theta_range_deg: lowest and highest angle [degrees].
    """

    generator: Generator
    detector: Detector
    info: ModelInfo
    energy_range_gev: tuple[float, float]
    theta_range_deg: tuple[float, float]

    @classmethod
    def of(cls, generator: Generator, detector: Detector) -> Self:
        """Take a generator without provenance, as trusted over the ranges that the detector claims."""
        info = ModelInfo.of(generator)
        return cls(generator, detector, info, detector.energy_range_gev, detector.theta_range_deg)

    def sample(
        self,
        *,
        energy_gev: ArrayLike,
        theta_rad: ArrayLike = 0.0,
        phi_rad: ArrayLike = 0.0,
        n: int | None = None,
        seed: int | None = None,
        device: torch.device | str = "cpu",
    ) -> Showers:
        """Make showers in memory.

        Args:
            energy_gev: incident energies [GeV], one for all or shape (n,).
            theta_rad: angles to the normal of the front face [rad], one for all or shape (n,).
            phi_rad: azimuths about that normal [rad]; the grid turns with them, so that they are only noted.
            n: number of showers, if it does not follow from the shapes.
            seed: the same seed gives the same showers again; None for new ones, whose seed is then found
                among their attributes.
            device: to compute on.

        Returns:
            Showers on the detector's grid, deposits in the active material [MeV].

        Raises:
            SettingsError: impossible energies or angles, or shapes that do not agree.
        """
        conditions = GivenConditions(energy_gev, theta_rad, phi_rad, n)
        return concatenate(list(self.stream(conditions, seed=seed, device=device)))

    def stream(
        self,
        conditions: Conditioned,
        *,
        seed: int | None = None,
        batch: int = DEFAULT_BATCH,
        device: torch.device | str = "cpu",
    ) -> Iterator[Showers]:
        """Yield showers in batches, in the order of the conditions.

        Conditions outside the range of the adaptation are followed, with a `MetacaloWarning`, and all showers
        then carry the mark `outside_trained_range`.

        Args:
            conditions: incident particles.
            seed: of the showers, as for `sample`.
            batch: showers at a time; another size gives other showers of the same distribution.
            device: to compute on.
        """
        device = torch.device(device)
        generator = self.generator if device.type == "cpu" else copy.deepcopy(self.generator).to(device)
        generator.eval()
        seed = fresh_seed() if seed is None else seed
        check_seed(seed)
        noise = torch.Generator(device).manual_seed(seed)
        attributes = {**self._attributes(), OUTSIDE_MARK: self._outside(conditions), "seed": seed}
        sample = generator.folded(self.detector)
        for energy, theta, phi in conditions.batches(batch):
            with torch.inference_mode():
                made = sample(Conditions.from_arrays(energy, theta).to(device), noise)
            yield made.to_showers(self.detector.grid, attributes, phi_rad=phi)

    def _outside(self, conditions: Conditioned) -> bool:
        energy, theta = conditions.span()
        (low, high), (flat, steep) = self.energy_range_gev, self.theta_range_deg
        slack = _EDGE * steep
        if (
            low * (1 - _EDGE) <= energy.low
            and energy.high <= high * (1 + _EDGE)
            and flat - slack <= theta.low
            and theta.high <= steep + slack
        ):
            return False
        warnings.warn(
            f"the model was adapted with {self.energy_range_gev[0]:g}-{self.energy_range_gev[1]:g} GeV and "
            f"{self.theta_range_deg[0]:g}-{self.theta_range_deg[1]:g} degrees; it is asked for "
            f"{energy} GeV and {theta} degrees. "
            f"These showers are extrapolated and marked `{OUTSIDE_MARK}`; adapt with showers of that range "
            "before you trust them",
            MetacaloWarning,
            stacklevel=3,
        )
        return True

    def _attributes(self) -> dict[str, Any]:
        return {
            "detector": self.detector.name,
            "detector_fingerprint": self.detector.fingerprint,
            "engine": f"metacalo {self.info.versions.get('metacalo', '')} {self.info.family}",
            "model_sha256": self.info.weights_sha256,
            **marks_of(self.info.extra.get("showers", {})),
        }

    def save(self, folder: str | Path) -> Self:
        """Write `model.safetensors` and `model.json` into a folder.

        Raises:
            OutputError: the place is not writable, or full.
        """
        extra = {
            **self.info.extra,
            "adapted_to": self.detector.to_dict(),
            "energy_range_gev": list(self.energy_range_gev),
            "theta_range_deg": list(self.theta_range_deg),
        }
        save_model(folder, self.generator, self.info.model_copy(update={"extra": extra}))
        return self


def load(folder: str | Path) -> AdaptedModel:
    """Read an adapted model.

    Args:
        folder: that `metacalo adapt` wrote.

    Raises:
        CheckpointError: it is missing, damaged, altered, of another version, or not adapted to a detector
        yet.
    """
    generator, info = load_model(folder)
    if "adapted_to" not in info.extra:
        raise CheckpointError(
            f"expected a model that was adapted to a detector, got {folder}, a pretrained one; "
            "run `metacalo adapt --geometry ... --checkpoint ...` first"
        )
    energy, theta = (tuple(map(float, info.extra[key])) for key in ("energy_range_gev", "theta_range_deg"))
    return AdaptedModel(
        generator,
        Detector.from_dict(info.extra["adapted_to"]),
        info,
        (energy[0], energy[1]),
        (theta[0], theta[1]),
    )
