"""One trial from a model to figures: adapt, generate at the conditions of other showers, compare."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import torch

from metacalo.adaptation import AdaptSettings, fine_tune
from metacalo.benchmark.records import FLOOR, Look, Record, Trial
from metacalo.checkpoint import ModelInfo
from metacalo.checkpoint.info import running_versions
from metacalo.generation import AdaptedModel
from metacalo.generation.request import SameConditions
from metacalo.meta import PretrainSettings
from metacalo.meta.held_out import score_held_out
from metacalo.showers import concatenate
from metacalo.validation import QUICK, compare

if TYPE_CHECKING:
    from metacalo.benchmark.showers import Bench
    from metacalo.models import Generator
    from metacalo.showers import Showers

# the spread over detectors is the error; two resamples are the fewest that the comparison takes
_SCOPE = replace(QUICK, resamples=2, coverage=False)

OWN_WAY = {"anil": "head", "meta_sgd": "learned"}
"""By learner, the way of adapting that is its own; all are adapted in all their parameters too."""


def adapt_settings(trial: Trial, common: Mapping[str, object]) -> AdaptSettings:
    """Return the settings of a trial's adaptation: those of all, but for the learner's own way."""
    own = {"head": {"adapts": "head"}, "learned": {"rates": "learned"}}.get(trial.way, {})
    return AdaptSettings.from_mapping(
        {"n_showers": max(trial.support, 1), "seed": trial.seed, **common, **own}
    )


def run_trial(
    trial: Trial,
    bench: Bench,
    model: tuple[Generator, ModelInfo] | None,
    adapt: Mapping[str, object] | None = None,
) -> Record:
    """Do a trial.

    Args:
        trial: what to do.
        bench: showers of its detector.
        model: the learner's; None for the floor.
        adapt: settings of the adaptation that differ from the defaults.

    Raises:
        MetacaloError: of the adaptation or the comparison.
    """
    environment: dict[str, Any] = {
        **running_versions(),
        "threads": torch.get_num_threads(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if trial.learner == FLOOR or model is None:
        figures = _figures(bench, bench.other, trial.seed)
        return Record(trial=trial, figures=figures, environment=environment)
    generator, info = model
    stamps: dict[int, float] = {0: 0.0}
    history: tuple[Look, ...] = ()
    seconds = cpu_s = 0.0
    best_step = 0
    if trial.support:
        begun = time.process_time()
        tuning = fine_tune(
            generator,
            bench.detector,
            bench.support(trial.support, trial.seed),
            adapt_settings(trial, adapt or {}),
            learned_rates=info.extra.get("inner_rates"),
            on_step=lambda step, _loss: stamps.__setitem__(step, time.process_time() - begun),
        )
        cpu_s = time.process_time() - begun
        generator, seconds, best_step = tuning.generator, tuning.seconds, tuning.best_step
        history = tuple(
            Look(look.step, round(stamps[look.step], 4), look.held_back_loss)
            for look in tuning.history
            if look.held_back_loss is not None
        )
    task = bench.task()
    scored = score_held_out(generator, task, PretrainSettings(validation_steps=0), torch.device("cpu"))
    made = _generate(generator, bench, trial.seed)
    return Record(
        trial=trial,
        weights_sha256=info.weights_sha256,
        seconds=seconds,
        cpu_s=cpu_s,
        best_step=best_step,
        history=history,
        loss=None if scored.before is None else scored.before * task.hits_per_shower,
        hits_per_shower=task.hits_per_shower,
        figures=_figures(bench, made, trial.seed),
        environment=environment,
    )


def _figures(bench: Bench, made: Showers, seed: int) -> dict[str, float]:
    found = compare(bench.test, made, bench.detector, scope=_SCOPE, seed=seed).estimates
    return {name: estimate.value for name, estimate in found.items() if math.isfinite(estimate.value)}


def _generate(generator: Generator, bench: Bench, seed: int) -> Showers:
    model = AdaptedModel.of(generator, bench.detector)
    return concatenate(list(model.stream(SameConditions(bench.other), seed=seed)))
