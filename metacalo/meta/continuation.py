"""Whether a training may go on from a saved state: it must be the same training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metacalo.errors import CheckpointError
from metacalo.meta.settings import CHANGEABLE, PretrainSettings

if TYPE_CHECKING:
    from metacalo.meta.tasks import Pool
    from metacalo.models import Generator


def describe_run(generator: Generator, pools: Sequence[Pool], settings: PretrainSettings) -> dict[str, Any]:
    """Return all that fixes the weights of a training: settings, model, detectors and data, each by name."""
    return {
        "settings": settings.model_dump(mode="json"),
        "model": generator.settings.model_dump(mode="json"),
        "detectors": {pool.detector.name: pool.detector.fingerprint for pool in pools},
        "data": {pool.detector.name: pool.showers.sha256() for pool in pools},
    }


def check_same_run(path: Path, saved: dict[str, Any], present: dict[str, Any]) -> None:
    """Check that a saved state is of the present training.

    Args:
        path: of the state.
        saved: description of the training that saved it.
        present: description of the one that wants to go on.

    Raises:
        CheckpointError: they differ; every difference is named.
    """
    differences = []
    for part, new in present.items():
        old = saved.get(part, {})
        for name in {**old, **new}:
            if part == "settings" and name in CHANGEABLE:
                continue
            if old.get(name) != new.get(name):
                differences.append(
                    f"{part} {name}: {_short(old.get(name))} then, {_short(new.get(name))} now"
                )
    if not differences and [*saved["detectors"]] != [*present["detectors"]]:
        differences.append("detectors: in another order")
    if differences:
        raise CheckpointError(
            f"{path} is the state of another training: {'; '.join(differences)}. Give the same settings and "
            "files, or "
            "start anew in another folder"
        )


def _short(value: object) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 24 else text[:12] + "..."
