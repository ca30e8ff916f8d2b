"""Results on disk: one line of JSON for each trial that is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from metacalo.benchmark.records import append_line, read_lines
from trials.plan import Method, Trial


@dataclass(frozen=True)
class Look:
    """A look at the showers held back during a training.

    Attributes:
        step: steps done.
        seconds: of training so far.
        loss: on the showers held back [nat per shower].
    """

    step: int
    seconds: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came of a trial.

    Attributes:
        trial: that was done.
        checkpoint_sha256: of the weights that it started from; empty from scratch.
        settings: of the training; empty if there was none.
        seconds: of training, wall clock.
        cpu_seconds: of training, all threads of the process.
        generation_seconds: wall clock.
        evaluation_seconds: wall clock.
        steps: done.
        best_step: whose weights were kept.
        stopped_by: what ended the training.
        history: looks at the showers held back, in order.
        figures: name of a figure of `metacalo.validation.compare` -> value.
        n_reference, n_generated: showers that were compared.
        environment: versions, threads and time.
    """

    trial: Trial
    checkpoint_sha256: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    generation_seconds: float = 0.0
    evaluation_seconds: float = 0.0
    steps: int = 0
    best_step: int = 0
    stopped_by: str = ""
    history: tuple[Look, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    n_reference: int = 0
    n_generated: int = 0
    environment: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What makes a repetition needless, see `record_key`."""
        return record_key(self.trial, self.checkpoint_sha256, self.settings)

    def to_json(self) -> str:
        """One line of JSON, without the line's end."""
        content = asdict(self)
        content["trial"] = {**content["trial"], "method": str(self.trial.method)}
        content["history"] = [[look.step, look.seconds, look.loss] for look in self.history]
        return json.dumps(content, allow_nan=False)

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Return the record that `to_json` gave, parsed."""
        trial = dict(content["trial"])
        method = Method.parse(trial.pop("method"))
        history = tuple(Look(*look) for look in content["history"])
        return cls(**{**content, "trial": Trial(method=method, **trial), "history": history})


def record_key(trial: Trial, checkpoint_sha256: str, settings: Mapping[str, Any]) -> str:
    """Return what tells trials apart: what is done, and with which weights and settings."""
    return json.dumps([str(trial), checkpoint_sha256, settings], sort_keys=True)


def append(path: Path, record: Record) -> None:
    """Add a record at the end of a file, at once.

    Raises:
        OutputError: the place is not writable, or full.
    """
    append_line(path, record.to_json())


def read_all(folder: Path) -> list[Record]:
    """Records of all `results*.jsonl` in a folder, by file and line; a line that was cut off is left out."""
    return [Record.of(content) for content in read_lines(folder, "results")]


def newest(records: Iterable[Record]) -> dict[Trial, Record]:
    """For each trial its last record: other weights or settings replace the older ones."""
    ordered = sorted(records, key=lambda record: str(record.environment.get("finished", "")))
    return {record.trial: record for record in ordered}
