"""Where a pretraining begins: fresh weights, or those of another model, which is then remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from metacalo.checkpoint import load_model
from metacalo.models import build_generator

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.models import Generator


def initial_generator(model_settings: Mapping[str, object], settings: PretrainSettings) -> Generator:
    """Build the generator that a pretraining starts from.

    Args:
        model_settings: `family` and settings of the family; not used if `settings.init` names a model.
        settings: its seed makes the weights, unless `init` names a model to take them from.

    Raises:
        CheckpointError: `init` names no sound model.
        SettingsError: unknown family, or a setting that the family does not have.
    """
    if settings.init is not None:
        return load_model(settings.init)[0]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        return build_generator(model_settings)


def initial_provenance(settings: PretrainSettings) -> dict[str, Any]:
    """Tell where the weights that a pretraining starts from come from, for `ModelInfo.extra`.

    Returns:
        Nothing for fresh weights, else `init`: hash of the weights, training, command, seeds and `extra` of
        the model, in which that of its own `init` is.

    Raises:
        CheckpointError: `init` names no sound model.
    """
    if settings.init is None:
        return {}
    info = load_model(settings.init)[1]
    kept = {"weights_sha256", "training", "command", "seeds", "extra"}
    return {"init": info.model_dump(mode="json", include=kept)}
