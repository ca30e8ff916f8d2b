"""The trainings: a common start of each fold, and what each learner makes of it in the same time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metacalo.checkpoint import ModelInfo, load_model, save_model
from metacalo.errors import CheckpointError
from metacalo.meta import OuterLoop, initial_generator, pretrain
from metacalo.meta.initial import initial_provenance
from metacalo.meta.pretrain import STATE_FILE
from metacalo.meta.settings import CHANGEABLE

if TYPE_CHECKING:
    from metacalo.benchmark.settings import RotationSettings
    from metacalo.meta import Pool, PretrainSettings

MODEL_FILE = "model.json"


class InterruptedTrainingError(KeyboardInterrupt):
    """The user or the batch system stopped a training, whose state is saved."""


def train_start(folder: Path, pools: Sequence[Pool], settings: RotationSettings) -> Path:
    """Train jointly from random weights, unless it is done; a training that was broken off goes on.

    Args:
        folder: for the model and its state.
        pools: of the detectors to train on.
        settings: of the rotation.

    Returns:
        The folder.

    Raises:
        CheckpointError: the folder holds another training.
        InterruptedTrainingError: it was stopped by a signal, and its state saved.
    """
    chosen = settings.for_start()
    resume = (folder / STATE_FILE).exists()
    if resume and _steps_done(folder) >= chosen.steps:
        check_same_start(folder, chosen, pools)
        return folder
    generator = initial_generator(settings.model, chosen)
    result = pretrain(generator, pools, chosen, folder, resume=resume, terminal=False)
    if result.interrupted is not None:
        raise InterruptedTrainingError
    return folder


def check_same_start(folder: Path, settings: PretrainSettings, pools: Sequence[Pool]) -> None:
    """Refuse a start that was trained with other settings or showers.

    Raises:
        CheckpointError: it was.
    """
    info = load_model(folder)[1]
    wanted: dict[str, Any] = json.loads(settings.model_dump_json())
    differing = [
        name for name, value in wanted.items() if name not in CHANGEABLE and info.training.get(name) != value
    ]
    if info.data_sha256 != {pool.detector.name: pool.showers.sha256() for pool in pools}:
        differing.append("showers")
    if differing:
        raise CheckpointError(
            f"{folder} was trained with another {', '.join(differing)}; give the same, or another --out"
        )


def train_learner(
    folder: Path,
    pools: Sequence[Pool],
    settings: PretrainSettings,
    budget_s: float,
    *,
    on_step: Callable[[float, float], object] = lambda _progress, _loss: None,
) -> Path:
    """Train a learner from its start for so many CPU seconds, unless that is done.

    The schedules follow the share of the time that is over. CPU seconds are those of the process, all
    threads, so that what else the machine does costs nothing.

    Args:
        folder: for the model.
        pools: of the detectors to train on.
        settings: of the learner; `init` names the start.
        budget_s: CPU seconds; the step during which they end is the last.
        on_step: is told the share of the time that is over, and the loss [nat per hit].

    Returns:
        The folder.

    Raises:
        SettingsError: losses are not finite many times in a row.
    """
    origin = initial_provenance(settings)
    wanted = {**json.loads(settings.model_dump_json()), "budget_s": budget_s}
    if (folder / MODEL_FILE).exists():
        info = load_model(folder)[1]
        same = all(info.training.get(name) == value for name, value in wanted.items())
        same_start = _weights_of_start(info.extra) == _weights_of_start(origin)
        if same and same_start:
            return folder
    loop = OuterLoop(initial_generator({}, settings), pools, settings)
    begun = time.process_time()
    while (spent := time.process_time() - begun) < budget_s:
        step = loop.advance(spent / budget_s)
        on_step(spent / budget_s, step.loss)
    generator = loop.exported()
    info = ModelInfo.of(
        generator,
        detectors=[pool.detector for pool in pools],
        data_sha256={pool.detector.name: pool.showers.sha256() for pool in pools},
        seeds={"pretrain": settings.seed},
        training={
            **wanted,
            "steps_done": loop.step,
            "steps_skipped": loop.skipped,
            "cpu_seconds": round(time.process_time() - begun, 2),
        },
        extra={**origin, **loop.findings()},
    )
    save_model(folder, generator, info)
    return folder


def _weights_of_start(extra: dict[str, Any]) -> object:
    return extra["init"]["weights_sha256"]


def _steps_done(folder: Path) -> int:
    if not (folder / MODEL_FILE).exists():
        return 0
    return int(load_model(folder)[1].training.get("steps_done", 0))
