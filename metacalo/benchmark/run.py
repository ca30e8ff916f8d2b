"""The rotation: every learner trained and judged on every fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, final

from metacalo.benchmark.folds import Fold, rotation
from metacalo.benchmark.learners import learner_settings
from metacalo.benchmark.records import FLOOR, Trial, append_line, read_records
from metacalo.benchmark.training import train_learner, train_start
from metacalo.benchmark.trial import OWN_WAY, run_trial
from metacalo.benchmark.tuning import read_tuned
from metacalo.checkpoint import load_model
from metacalo.errors import MetacaloError, SettingsError

if TYPE_CHECKING:
    from metacalo.benchmark.settings import RotationSettings
    from metacalo.benchmark.showers import Library
    from metacalo.checkpoint import ModelInfo
    from metacalo.models import Generator


def run_rotation(
    library: Library,
    out: Path,
    settings: RotationSettings,
    *,
    shard: tuple[int, int] = (0, 1),
    say: Callable[[str], object] = print,
) -> int:
    """Train and judge every learner on every fold; what is done is not done again.

    `out` receives `fold_K/start`, `fold_K/LEARNER` with the models, and a line of `results.jsonl` for each
    trial. Learners have the settings of `out/tuned.json` if it is there, else the first of their space. A
    trial that fails is told and left for the next run.

    Args:
        library: showers.
        out: folder.
        settings: of the rotation.
        shard: I and K: do only every K-th fold, from the I-th; processes may share the work so.
        say: is told what was done.

    Returns:
        Number of trainings and trials that failed.

    Raises:
        MetacaloError: of a common start; of `tuned.json`.
        SettingsError: there is no such shard.
    """
    index, count = shard
    if not 0 <= index < count:
        raise SettingsError(
            f"expected a shard I/K with 0 <= I < K, got {index}/{count}; write for example 0/2"
        )
    judge = _Judge(
        library,
        out / ("results.jsonl" if count == 1 else f"results.{index}.jsonl"),
        settings.adapt,
        {record.key for record in read_records(out)},
        say,
    )
    tuned = read_tuned(out)
    failed = 0
    for fold in rotation(settings.detectors, settings.seed)[index::count]:
        pools = library.training(fold.training)
        folder = out / f"fold_{fold.index}"
        begun = time.perf_counter()
        start = train_start(folder / "start", pools, settings)
        say(f"fold {fold.index} ({', '.join(fold.held_out)} held out): start, {_took(begun)}")
        judge(trials_of(fold, FLOOR, settings), None)
        for learner in settings.learners:
            begun = time.perf_counter()
            chosen = learner_settings(
                learner, tuned.get(learner, {}), str(start), settings.seed, settings.common
            )
            try:
                model = load_model(train_learner(folder / learner, pools, chosen, settings.budget_s))
            except SettingsError as error:
                failed += 1
                say(f"fold {fold.index} {learner}: training failed: {error}")
                continue
            say(f"fold {fold.index} {learner}: {model[1].training['steps_done']} steps, {_took(begun)}")
            judge(trials_of(fold, learner, settings), model)
    return failed + judge.failed


def trials_of(fold: Fold, learner: str, settings: RotationSettings) -> Iterator[Trial]:
    """Yield the trials of a learner, or of the floor, on the held-out detectors of a fold."""
    for seed in settings.seeds:
        for detector in fold.held_out:
            if learner == FLOOR:
                yield Trial(fold.index, detector, learner, "all", 0, seed)
                continue
            for support in settings.support:
                yield Trial(fold.index, detector, learner, "all", support, seed)
            for support in settings.variant_support if learner in OWN_WAY else ():
                yield Trial(fold.index, detector, learner, OWN_WAY[learner], support, seed)


@final
class _Judge:
    """Does trials that are not done yet, and writes down what came of them."""

    def __init__(
        self,
        library: Library,
        results: Path,
        adapt: Mapping[str, object],
        done: set[tuple[Trial, str]],
        say: Callable[[str], object],
    ) -> None:
        self.failed = 0
        self._library = library
        self._results = results
        self._adapt = adapt
        self._done = done
        self._say = say

    def __call__(self, trials: Iterable[Trial], model: tuple[Generator, ModelInfo] | None) -> None:
        sha = "" if model is None else model[1].weights_sha256
        for trial in trials:
            if (trial, sha) in self._done:
                continue
            begun = time.perf_counter()
            try:
                record = run_trial(trial, self._library.bench(trial.detector), model, self._adapt)
            except MetacaloError as error:
                self.failed += 1
                self._say(f"{trial}: failed: {error}")
                continue
            append_line(self._results, record.to_json())
            figures = record.figures
            self._say(
                f"{trial}: {record.cpu_s:.1f} s, mean separation {figures['separation_mean']:.4f}, AUC "
                f"{figures.get('classifier_auc', float('nan')):.3f}; {_took(begun)} in all"
            )


def _took(begun: float) -> str:
    return f"{time.perf_counter() - begun:.0f} s"
