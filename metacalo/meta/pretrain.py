"""A pretraining from start to end: steps, validation, log, checkpoints, interruption, and going on."""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import torch

from metacalo.checkpoint import ModelInfo, load_state, save_model, save_state
from metacalo.errors import MetacaloWarning, SettingsError
from metacalo.meta.continuation import check_same_run, describe_run
from metacalo.meta.held_out import score_held_out, validation_tasks
from metacalo.meta.initial import initial_provenance
from metacalo.meta.interruption import Interruption
from metacalo.meta.outer import OuterLoop, OuterStep
from metacalo.meta.progress import Progress, as_clock, progress_on
from metacalo.meta.records import Records
from metacalo.meta.tasks import Pool, Task

if TYPE_CHECKING:
    from metacalo.meta.settings import PretrainSettings
    from metacalo.models import Generator

STATE_FILE = "state.pt"

SKIPPED_ALLOWED = 0.01
"""Share of steps that may be skipped, as their loss or gradient is not finite, before a warning."""


@dataclass(frozen=True)
class PretrainResult:
    """What a pretraining left behind.

    Attributes:
        model: file of weights; its description is beside it.
        step: steps done.
        interrupted: the signal that stopped it, or None.
        validation: figures on the detectors held out.
    """

    model: Path
    step: int
    interrupted: signal.Signals | None
    validation: dict[str, Any]


def pretrain(
    generator: Generator,
    pools: Sequence[Pool],
    settings: PretrainSettings,
    out: Path,
    *,
    held_out: Sequence[Pool] = (),
    device: torch.device | str = "cpu",
    resume: bool = False,
    command: str | None = None,
    terminal: bool | None = None,
) -> PretrainResult:
    """Pretrain a generator on several detectors, by the method that the settings name.

    `out` receives `model.safetensors` and `model.json` (the averaged weights), `state.pt` to go on from,
    `metrics.jsonl`, and `tensorboard/` if that is installed. SIGINT and SIGTERM save all of it and stop.
    At the end, a `MetacaloWarning` tells if more than `SKIPPED_ALLOWED` of the steps were skipped.

    Args:
        generator: trained in place; as `initial_generator` makes it of the same settings.
        pools: showers of the detectors to train on.
        settings: of the training.
        out: folder.
        held_out: showers of detectors to validate on; none of them may be trained on.
        device: to train on.
        resume: go on from `out/state.pt`; with the same settings, data, threads and machine, every weight is,
            bit for bit, that of a run without a break.
        command: that is noted in the provenance.
        terminal: show a bar (True), lines (False), or what standard error is made for (None).

    Raises:
        SettingsError: a detector is both held out and trained on, showers are too few, the loss stays
            infinite, or `out` holds a training already.
        CheckpointError: there is no state to go on from, or it is of another training; `settings.init` names
            no sound model.
        OutputError: `out` is not writable.
    """
    _check_apart(pools, held_out)
    state_file = out / STATE_FILE
    if not resume and state_file.exists():
        raise SettingsError(
            f"expected no training in {out}, got {state_file}; go on with it by --resume, or choose another "
            "folder"
        )
    with _threads(settings.threads):
        run = _Run(
            loop=OuterLoop(generator, pools, settings, device),
            pools=tuple(pools),
            tasks=validation_tasks(tuple(held_out), settings),
            out=out,
            command=command,
            description=describe_run(generator, pools, settings),
        )
        if resume:
            run.load()
        else:
            run.origin = initial_provenance(settings)
        with (
            Interruption() as interruption,
            Records(out, from_step=run.loop.step, tensorboard=settings.tensorboard) as records,
            progress_on(terminal, settings.steps) as progress,
        ):
            return run.to_the_end(interruption, records, progress)


@final
@dataclass
class _Run:
    """A training and its clock."""

    loop: OuterLoop
    pools: tuple[Pool, ...]
    tasks: list[Task]
    out: Path
    command: str | None
    description: dict[str, Any]
    seconds: float = 0.0
    validation: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Any] = field(default_factory=dict)
    recent: list[float] = field(default_factory=list)

    def to_the_end(self, interruption: Interruption, records: Records, progress: Progress) -> PretrainResult:
        loop, s = self.loop, self.loop.settings
        saved_at = time.monotonic()
        pace = 0.0
        while loop.step < s.steps and interruption.signal is None:
            begun = time.monotonic()
            step = loop.advance()
            took = time.monotonic() - begun
            self.seconds += took
            pace = took if pace == 0.0 else 0.95 * pace + 0.05 * took
            self._note(step, pace, records, progress)
            if s.validation_every and step.step % s.validation_every == 0 and step.step < s.steps:
                self._validate(records, progress)
            if time.monotonic() - saved_at > 60 * s.checkpoint_minutes:
                self.save()
                saved_at = time.monotonic()
        if loop.step >= s.steps and self.validation.get("step") != loop.step:
            self._validate(records, progress)
        model = self.save()
        if interruption.signal is not None:
            progress.say(
                f"{interruption.signal.name}: saved and stopped after step {loop.step} of {s.steps}; go on "
                "with --resume"
            )
        else:
            progress.say(
                f"done: {loop.step} steps in {as_clock(self.seconds)}, {loop.skipped} skipped; {model}"
            )
            self._warn_of_skipped()
        return PretrainResult(model, loop.step, interruption.signal, self.validation)

    def _warn_of_skipped(self) -> None:
        loop = self.loop
        share = loop.skipped / loop.step
        if share > SKIPPED_ALLOWED:
            which = "rate" if loop.settings.method == "joint" else "inner_rate"
            warnings.warn(
                f"{loop.skipped} of {loop.step} steps ({100 * share:.2g}%) were skipped, as their loss or "
                f"gradient was not finite; expected no more than {100 * SKIPPED_ALLOWED:g}%. Train again "
                f"with a lower {which} than {getattr(loop.settings, which):g}",
                MetacaloWarning,
                stacklevel=2,
            )

    def _note(self, step: OuterStep, pace: float, records: Records, progress: Progress) -> None:
        s = self.loop.settings
        if not step.skipped:
            self.recent.append(step.loss)
        log = step.step % s.log_every == 0 or step.step == s.steps
        loss = sum(self.recent) / len(self.recent) if self.recent else step.loss
        speed = s.showers_per_step / pace
        progress.update(step.step, loss, speed, pace * (s.steps - step.step), log)
        if log:
            records.write(
                {
                    "step": step.step,
                    "loss": loss,
                    "gradient_norm": step.gradient_norm,
                    "rate": step.rate,
                    "skipped": self.loop.skipped,
                    "showers_per_s": speed,
                    "seconds": self.seconds,
                }
            )
            self.recent = []

    def _validate(self, records: Records, progress: Progress) -> None:
        if not self.tasks:
            return
        loop = self.loop
        exported = loop.exported()
        scores = {
            task.detector.name: asdict(score_held_out(exported, task, loop.settings, loop.device))
            for task in self.tasks
        }
        self.validation = {
            "step": loop.step,
            "unit": "nat per hit",
            "adaptation": f"Adam, {loop.settings.validation_steps} steps at {loop.settings.validation_rate}",
            "detectors": scores,
        }
        records.write({"step": loop.step, "validation": scores})
        for name, score in scores.items():
            before, after = (_shown(score[key]) for key in ("before", "after"))
            progress.say(
                f"step {loop.step}  held out {name}: {before} nat/hit, {after} after "
                f"{loop.settings.validation_steps} steps"
            )

    def save(self) -> Path:
        loop, s = self.loop, self.loop.settings
        save_state(
            self.out / STATE_FILE,
            {
                "run": self.description,
                "loop": loop.state_dict(),
                "seconds": self.seconds,
                "validation": self.validation,
                "origin": self.origin,
                "recent": self.recent,
            },
        )
        exported = loop.exported()
        info = ModelInfo.of(
            exported,
            detectors=[pool.detector for pool in self.pools],
            data_sha256=self.description["data"],
            seeds={"pretrain": s.seed},
            training={
                **s.model_dump(mode="json"),
                "steps_done": loop.step,
                "steps_skipped": loop.skipped,
                "seconds": round(self.seconds, 1),
            },
            command=self.command,
            validation=self.validation,
            extra={**self.origin, **loop.findings()},
        )
        return save_model(self.out, exported, info)

    def load(self) -> None:
        path = self.out / STATE_FILE
        state = load_state(path)
        check_same_run(path, state["run"], self.description)
        self.loop.load_state_dict(state["loop"])
        self.seconds = state["seconds"]
        self.validation = state["validation"]
        self.origin = state.get("origin") or initial_provenance(self.loop.settings)
        self.recent = state["recent"]


def _check_apart(pools: Sequence[Pool], held_out: Sequence[Pool]) -> None:
    trained = {pool.detector.stack_fingerprint for pool in pools}
    both = [pool.detector.name for pool in held_out if pool.detector.stack_fingerprint in trained]
    if both:
        raise SettingsError(
            f"expected detectors held out that are not trained on, got {', '.join(both)} in both; leave them "
            "out of one"
        )


def _shown(loss: float | None) -> str:
    return "not finite" if loss is None else f"{loss:.4f}"


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(before if number is None else number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
