"""What a checkpoint says of itself."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import torch
from pydantic import BaseModel, ConfigDict, Field

import metacalo
from metacalo.geometry import Detector

if TYPE_CHECKING:
    from metacalo.models import Generator

FORMAT = "metacalo-model"
FORMAT_VERSION = 1


def running_versions() -> dict[str, str]:
    """Return the versions of metacalo, torch and Python that run now."""
    return {
        "metacalo": metacalo.__version__,
        "torch": str(torch.__version__),
        "python": platform.python_version(),
    }


class ModelInfo(BaseModel):
    """Provenance of a trained generator; stored as JSON beside its weights.

    Attributes:
        format, format_version: name and version of the layout.
        family: of the generator.
        settings: of the generator, for `metacalo.models.build_generator`.
        detectors: that it was trained on, each in full, as `Detector.to_dict` gives it.
        data_sha256: detector name -> hash of the showers that it was trained on (`Showers.sha256`).
        versions: of metacalo, torch and python that trained it.
        seeds: name -> seed.
        training: settings of the training, and what came of it.
        command: that made it, if it was made by one.
        validation: figures of quality, by detector and measure.
        extra: anything else that is worth keeping, for example the detector that it was adapted to.
        weights_sha256: of the file of weights; set when it is saved.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str = FORMAT
    format_version: int = FORMAT_VERSION
    family: str
    settings: dict[str, Any]
    detectors: tuple[dict[str, Any], ...] = ()
    data_sha256: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=running_versions)
    seeds: dict[str, int] = Field(default_factory=dict)
    training: dict[str, Any] = Field(default_factory=dict)
    command: str | None = None
    validation: dict[str, Any] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(default_factory=dict)
    weights_sha256: str = ""

    @classmethod
    def of(
        cls,
        generator: Generator,
        *,
        detectors: Sequence[Detector] = (),
        data_sha256: Mapping[str, str] | None = None,
        seeds: Mapping[str, int] | None = None,
        training: Mapping[str, Any] | None = None,
        command: str | None = None,
        validation: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> Self:
        """Describe a generator; see the attributes."""
        return cls(
            family=generator.family,
            settings=generator.settings.model_dump(mode="json"),
            detectors=tuple(detector.to_dict() for detector in detectors),
            data_sha256=dict(data_sha256 or {}),
            seeds=dict(seeds or {}),
            training=dict(training or {}),
            command=command,
            validation=dict(validation or {}),
            extra=dict(extra or {}),
        )

    @property
    def detector_names(self) -> tuple[str, ...]:
        """Names of the detectors that the generator was trained on."""
        return tuple(str(detector["name"]) for detector in self.detectors)

    def training_detectors(self) -> tuple[Detector, ...]:
        """Return the detectors that the generator was trained on."""
        return tuple(Detector.from_dict(detector) for detector in self.detectors)

    @property
    def energy_range_gev(self) -> tuple[float, float] | None:
        """Incident energies [GeV] that some training detector covered; None without detectors."""
        return self._range("energy_range_gev")

    @property
    def theta_range_deg(self) -> tuple[float, float] | None:
        """Angles [degrees] that some training detector covered; None without detectors."""
        return self._range("theta_range_deg")

    def _range(self, key: str) -> tuple[float, float] | None:
        if not self.detectors:
            return None
        low, high = zip(*(detector[key] for detector in self.detectors), strict=True)
        return float(min(low)), float(max(high))
