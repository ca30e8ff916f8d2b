"""Results on disk: one line of JSON for each trial that is done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

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
    def from_json(cls, line: str) -> Self:
        """Read what `to_json` gave."""
        content = json.loads(line)
        trial = content.pop("trial")
        history = tuple(Look(*look) for look in content.pop("history"))
        method = Method.parse(trial.pop("method"))
        return cls(trial=Trial(method=method, **trial), history=history, **content)


def record_key(trial: Trial, checkpoint_sha256: str, settings: Mapping[str, Any]) -> str:
    """Return what tells trials apart: what is done, and with which weights and settings."""
    return json.dumps([str(trial), checkpoint_sha256, settings], sort_keys=True)


def append(path: Path, record: Record) -> None:
    """Add a record at the end of a file, at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(record.to_json() + "\n")


def read_all(folder: Path) -> list[Record]:
    """Records of all `results*.jsonl` in a folder, by file and line; a line that was cut off is left out."""
    return [
        Record.from_json(line)
        for path in sorted(folder.glob("results*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.endswith("\n")
    ]


def newest(records: Iterable[Record]) -> dict[Trial, Record]:
    """For each trial its last record: other weights or settings replace the older ones."""
    ordered = sorted(records, key=lambda record: str(record.environment.get("finished", "")))
    return {record.trial: record for record in ordered}
