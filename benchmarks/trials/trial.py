"""One trial from showers to figures: train, generate at the conditions of test showers, compare."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from metacalo.adaptation import AdaptSettings, fine_tune
from metacalo.checkpoint import ModelInfo, load_model
from metacalo.checkpoint.info import running_versions
from metacalo.generation import AdaptedModel
from metacalo.generation.request import SameConditions
from metacalo.meta.sources import assigned
from metacalo.models import build_generator
from metacalo.models.frame import detector_frame
from metacalo.showers import concatenate, open_showers
from metacalo.validation import QUICK, compare
from trials.bins import excesses, tail_error
from trials.library import frozen_showers
from trials.plan import (
    ADAPTED,
    FIELD_VAE,
    FLOOR,
    LIBRARY,
    PAR04_VAE,
    SCRATCH,
    UNTRAINED,
    ZERO_SHOT,
    Method,
    Trial,
)
from trials.records import Look, Record, record_key

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.models import Generator
    from metacalo.showers import Showers

# the spread over seeds is the error; two resamples are the fewest that the comparison takes
_RESAMPLES = 2

USUAL_SETTINGS: dict[tuple[str, str], dict[str, Any]] = {
    (ADAPTED, FIELD_VAE): {},
    (ADAPTED, PAR04_VAE): {"rule": "adam", "rate": 1e-3, "steps": 3000, "check_every": 20, "patience": 15},
    (SCRATCH, FIELD_VAE): {
        "rule": "adam",
        "rate": 3e-3,
        "steps": 3000,
        "check_every": 20,
        "patience": 15,
        "latent_warmup": 0.3,
    },
    (SCRATCH, PAR04_VAE): {"rule": "adam", "rate": 1e-3, "steps": 3000, "check_every": 20, "patience": 15},
}
"""By kind of method and family, what differs from the default `AdaptSettings`, so that each does its best."""


@dataclass(frozen=True)
class Start:
    """A checkpoint.

    Attributes:
        generator: with its weights.
        info: its provenance.
    """

    generator: Generator
    info: ModelInfo

    @classmethod
    def load(cls, path: str | Path) -> Start:
        """Read a checkpoint.

        Raises:
            CheckpointError: it is missing, damaged, or of another version.
        """
        return cls(*load_model(path))


@dataclass(frozen=True)
class Bench:
    """The showers of a detector, divided once for all trials.

    Attributes:
        detector: whose showers they are.
        pool: that support showers are drawn from.
        test: that no training ever sees.
    """

    detector: Detector
    pool: Showers
    test: Showers

    @classmethod
    def open(cls, folder: Path, detector: Detector, n_pool: int, n_test: int) -> Bench:
        """Read `folder/NAME.h5`: the first showers are the pool, the last ones the test.

        Raises:
            ShowerFileError: the file is missing or damaged.
            ValueError: it has too few showers to keep pool and test apart.
        """
        name = detector.name
        # kept by the models for each detector: worked out here, it costs no trial more than another
        detector_frame(detector)
        showers = open_showers(folder / f"{name}.h5", detector=detector).load()
        if len(showers) < n_pool + n_test:
            raise ValueError(
                f"expected at least {n_pool} + {n_test} showers of {name}, got {len(showers)}; lower --pool "
                "or --test"
            )
        return cls(detector, showers[:n_pool], showers[len(showers) - n_test :])

    def support(self, n: int, seed: int) -> Showers:
        """Draw n support showers, the same for every method.

        Raises:
            ValueError: the pool has fewer.
        """
        if n > len(self.pool):
            raise ValueError(f"expected at most {len(self.pool)} support showers of the pool, got {n}")
        drawn = np.random.default_rng([seed, 3]).choice(len(self.pool), n, replace=False)
        return self.pool[np.sort(drawn)]

    def dealt(self, seed: int) -> tuple[Showers, Showers]:
        """Deal test and pool anew, into as many showers as the test has and the rest."""
        showers = concatenate([self.pool, self.test])
        order = np.random.default_rng([seed, 4]).permutation(len(showers))
        n_test = len(self.test)
        return showers[np.sort(order[:n_test])], showers[np.sort(order[n_test:])]


@dataclass(frozen=True)
class Trained:
    """A generator and how it was trained, as far as it was."""

    generator: Generator
    settings: AdaptSettings | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    history: tuple[Look, ...] = ()
    best_step: int = 0
    stopped_by: str = ""


def run_trial(
    trial: Trial,
    bench: Bench,
    starts: Mapping[str, Start],
    changes: Mapping[str, Any] | None = None,
) -> Record:
    """Do a trial.

    The reference is the test showers, and what is compared with it are showers generated at their incident
    energies and angles. For the floor all showers are dealt anew into as many for the reference and the rest.

    Args:
        trial: what to do.
        bench: showers of its detector.
        starts: checkpoints by name.
        changes: settings of all trainings that differ from the usual ones.

    Raises:
        MetacaloError: of the training or the comparison.
        KeyError: the trial's checkpoint is not among `starts`.
    """
    reference = bench.test
    begun = time.perf_counter()
    trained = None
    if trial.method.kind == FLOOR:
        reference, made = bench.dealt(trial.seed)
    elif trial.method.kind == LIBRARY:
        made = frozen_showers(bench.support(trial.support, trial.seed), reference, trial.seed)
    else:
        trained = _train(trial, bench, starts, changes or {})
        begun = time.perf_counter()
        made = _generate(trained.generator, bench.detector, reference, trial.seed)
    generated = time.perf_counter()
    scope = replace(QUICK, resamples=_RESAMPLES, networks=True, diversity=True)
    seen = bench.support(trial.support, trial.seed) if trial.support else None
    comparison = compare(reference, made, bench.detector, scope=scope, training=seen, seed=trial.seed)
    evaluated = time.perf_counter()
    of_training: dict[str, Any] = {}
    if trained is not None:
        of_training = {
            "settings": {} if trained.settings is None else trained.settings.model_dump(mode="json"),
            "seconds": trained.seconds,
            "cpu_seconds": trained.cpu_seconds,
            "steps": trained.history[-1].step if trained.history else 0,
            "best_step": trained.best_step,
            "stopped_by": trained.stopped_by,
            "history": trained.history,
        }
    return Record(
        trial=trial,
        checkpoint_sha256=checkpoint_of(trial.method, starts),
        generation_seconds=generated - begun,
        evaluation_seconds=evaluated - generated,
        figures={
            **{name: estimate.value for name, estimate in comparison.estimates.items()},
            **excesses(reference, made),
            "tail_error": tail_error(reference, made),
        },
        n_reference=comparison.n_reference,
        n_generated=comparison.n_generated,
        environment={
            **running_versions(),
            "threads": torch.get_num_threads(),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        },
        **of_training,
    )


def checkpoint_of(method: Method, starts: Mapping[str, Start]) -> str:
    """SHA-256 of the weights that a method starts from, or nothing."""
    if method.kind not in (ZERO_SHOT, ADAPTED):
        return ""
    return starts[method.start].info.weights_sha256


def training_settings(trial: Trial, family: str, changes: Mapping[str, Any]) -> AdaptSettings:
    """Return the settings of a trial's training: the usual ones, the trial's own, and what is changed."""
    own = {
        **assigned(filter(None, trial.method.changes.split("+"))),
        "n_showers": trial.support,
        "seed": trial.seed,
    }
    return AdaptSettings.from_mapping({**USUAL_SETTINGS[trial.method.kind, family], **changes, **own})


def key_of(trial: Trial, starts: Mapping[str, Start], changes: Mapping[str, Any]) -> str:
    """Return what `Record.key` will be: the trial, the weights that it starts from, and its settings."""
    method = trial.method
    if method.kind in UNTRAINED:
        return record_key(trial, checkpoint_of(method, starts), {})
    family = method.start if method.kind == SCRATCH else starts[method.start].generator.family
    settings = training_settings(trial, family, changes).model_dump(mode="json")
    return record_key(trial, checkpoint_of(method, starts), settings)


def _train(trial: Trial, bench: Bench, starts: Mapping[str, Start], changes: Mapping[str, Any]) -> Trained:
    method = trial.method
    if method.kind == ZERO_SHOT:
        return Trained(starts[method.start].generator)
    if method.kind == ADAPTED:
        generator = starts[method.start].generator
    else:
        generator = _fresh(method.start, bench.detector, trial.seed)
    settings = training_settings(trial, generator.family, changes)
    cpu = time.process_time()
    tuning = fine_tune(generator, bench.detector, bench.support(trial.support, trial.seed), settings)
    return Trained(
        generator=tuning.generator,
        settings=settings,
        seconds=tuning.seconds,
        cpu_seconds=time.process_time() - cpu,
        history=tuple(Look(look.step, look.seconds, look.held_back_loss) for look in tuning.history),
        best_step=tuning.best_step,
        stopped_by=tuning.stopped_by,
    )


def _fresh(family: str, detector: Detector, seed: int) -> Generator:
    settings: dict[str, object] = {"family": family}
    if family == PAR04_VAE:
        settings["grid_shape"] = tuple(detector.grid.shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_generator(settings)


def _generate(generator: Generator, detector: Detector, like: Showers, seed: int) -> Showers:
    model = AdaptedModel.of(generator, detector)
    return concatenate(list(model.stream(SameConditions(like), seed=seed)))
