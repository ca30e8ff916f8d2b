"""Each learner's settings, tuned with the same number of tries and the same time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from metacalo.adaptation import AdaptSettings, fine_tune
from metacalo.atomic import write_atomically
from metacalo.benchmark.folds import rotation
from metacalo.benchmark.learners import Choice, Learner, candidates, learner_settings
from metacalo.benchmark.records import append_line, read_lines
from metacalo.benchmark.showers import Bench, Library
from metacalo.benchmark.training import train_learner, train_start
from metacalo.checkpoint import load_model
from metacalo.errors import CheckpointError, SettingsError
from metacalo.meta import PretrainSettings
from metacalo.meta.held_out import score_held_out

if TYPE_CHECKING:
    from metacalo.benchmark.settings import RotationSettings
    from metacalo.meta import Pool
    from metacalo.models import Generator

TUNED_FILE = "tuned.json"
_N_VALIDATION = 2


@dataclass(frozen=True)
class Attempt:
    """A candidate and its score.

    Attributes:
        learner: whose settings they are.
        choice: the settings.
        score: loss of unseen showers of the validation detectors after adaptation [nat per hit], mean over
            them; None if the training failed.
        steps: of the outer loop, in the budget.
        budget_s: CPU seconds.
        support: showers adapted to.
        start_sha256: of the weights that it started from.
    """

    learner: str
    choice: Choice
    score: float | None
    steps: int
    budget_s: float
    support: int
    start_sha256: str

    @property
    def key(self) -> str:
        """What makes a repetition needless."""
        same = (self.learner, self.choice, self.budget_s, self.support, self.start_sha256)
        return json.dumps(same, sort_keys=True)


def tune(
    library: Library,
    out: Path,
    settings: RotationSettings,
    n: int,
    *,
    say: Callable[[str], object] = print,
) -> dict[Learner, Choice]:
    """Try n settings of each learner and keep the best of each in `out/tuned.json`.

    Only the training detectors of the first fold are looked at. Two of them are held out from these trainings
    too, and each candidate is adapted to them; the lowest loss wins. What is done is not done again.

    Args:
        library: showers.
        out: folder; `tuning.jsonl` in it holds every try.
        settings: of the rotation.
        n: candidates of each learner.
        say: is told what was done.

    Raises:
        MetacaloError: of a training or an adaptation; a candidate whose loss is never finite only loses.
    """
    fold = rotation(settings.detectors, settings.seed)[0]
    names = np.random.default_rng([settings.seed, 1]).permutation(fold.training).tolist()
    if len(names) <= _N_VALIDATION:
        raise SettingsError(
            f"expected more than {_N_VALIDATION} detectors to tune on besides those of the first fold, got "
            f"{len(names)}; give more detectors"
        )
    pools = library.training(sorted(names[_N_VALIDATION:]))
    benches = [library.bench(name) for name in sorted(names[:_N_VALIDATION])]
    folder = out / "tuning"
    say(f"tuning: validated on {', '.join(bench.detector.name for bench in benches)}")
    start = train_start(folder / "start", pools, settings)
    sha = load_model(start)[1].weights_sha256
    done = {attempt.key: attempt for attempt in _attempts(out)}
    for learner in settings.learners:
        for number, choice in enumerate(candidates(learner, n, settings.seed), 1):
            wanted = Attempt(learner, choice, None, 0, settings.tune_budget_s, settings.tune_support, sha)
            if wanted.key not in done:
                attempt = _attempt(wanted, benches, start, folder, settings, pools)
                append_line(out / "tuning.jsonl", json.dumps(asdict(attempt), allow_nan=False))
                done[attempt.key] = attempt
            shown = done[wanted.key]
            score = "failed" if shown.score is None else f"{shown.score:.5f} nat/hit"
            say(f"tuning {learner} {number}/{n}: {choice}: {score} after {shown.steps} steps")
    best = _best([a for a in done.values() if a.start_sha256 == sha], settings)
    content = {learner: asdict(attempt) for learner, attempt in best.items()}
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_atomically(out / TUNED_FILE, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return {learner: attempt.choice for learner, attempt in best.items()}


def read_tuned(out: Path) -> dict[str, Choice]:
    """Return the settings of each learner that were tuned; empty if none were.

    Raises:
        CheckpointError: the file is damaged.
    """
    path = out / TUNED_FILE
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {learner: dict(attempt["choice"]) for learner, attempt in content.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: expected what --tune writes, got {error!r}; tune again, or remove it for the defaults"
        ) from error


def _attempt(
    wanted: Attempt,
    benches: list[Bench],
    start: Path,
    folder: Path,
    settings: RotationSettings,
    pools: Sequence[Pool],
) -> Attempt:
    chosen = learner_settings(
        wanted.learner,  # type: ignore[arg-type] # of the settings' learners
        wanted.choice,
        str(start),
        settings.seed,
        settings.common,
    )
    try:
        # one folder for all: only the score is kept
        model = load_model(train_learner(folder / "candidate", pools, chosen, wanted.budget_s))
    except SettingsError:
        return wanted
    losses = [_adapted_loss(model[0], bench, wanted.support, settings) for bench in benches]
    score = None if None in losses else float(np.mean([loss for loss in losses if loss is not None]))
    steps = int(model[1].training["steps_done"])
    return Attempt(**{**asdict(wanted), "score": score, "steps": steps})


def _adapted_loss(
    generator: Generator, bench: Bench, support: int, settings: RotationSettings
) -> float | None:
    chosen = AdaptSettings.from_mapping({"n_showers": support, "seed": settings.seed, **settings.adapt})
    showers = bench.support(support, settings.seed)
    tuned = fine_tune(generator, bench.detector, showers, chosen).generator
    none = PretrainSettings(validation_steps=0)
    return score_held_out(tuned, bench.task(), none, torch.device("cpu")).before


def _attempts(out: Path) -> list[Attempt]:
    return [Attempt(**content) for content in read_lines(out, "tuning")]


def _best(attempts: list[Attempt], settings: RotationSettings) -> dict[Learner, Attempt]:
    best: dict[Learner, Attempt] = {}
    for learner in settings.learners:
        scored = [a for a in attempts if a.learner == learner and a.score is not None]
        if scored:
            best[learner] = min(scored, key=lambda attempt: attempt.score or 0.0)
    return best
