"""What is tried and what came of it: one line of JSON for each trial that is done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Self

from metacalo.errors import OutputError

FLOOR = "geant4"


@dataclass(frozen=True)
class Trial:
    """A learner's model, adapted to one detector.

    Attributes:
        fold: of the rotation.
        detector: name; held out in that fold.
        learner: method of the pretraining; `geant4` is full simulation itself.
        way: of adapting: `all` parameters, the `head` alone, or with the `learned` rates.
        support: showers to adapt to; 0 for the model as it is.
        seed: of the support showers, the adaptation, and the generation.
    """

    fold: int
    detector: str
    learner: str
    way: str
    support: int
    seed: int

    def __str__(self) -> str:
        way = "" if self.way == "all" else f" ({self.way})"
        return f"fold {self.fold} {self.detector} {self.learner}{way} support {self.support} seed {self.seed}"


class Look(NamedTuple):
    """A look at the showers held back during an adaptation.

    Attributes:
        step: steps done.
        cpu_s: CPU seconds of training so far, earlier looks included.
        loss: on the showers held back [nat per shower].
    """

    step: int
    cpu_s: float
    loss: float


@dataclass(frozen=True, kw_only=True)
class Record:
    """What came of a trial.

    Attributes:
        trial: that was done.
        weights_sha256: of the model that was adapted; empty for the floor.
        seconds: of the adaptation, wall clock.
        cpu_s: of the adaptation, CPU seconds.
        best_step: whose weights were kept.
        history: looks at the showers held back.
        loss: negative evidence lower bound of the test showers [nat per shower]; None for the floor.
        hits_per_shower: of the detector.
        figures: name of a figure of `metacalo.validation.compare` -> value.
        environment: versions, and when it was done.
    """

    trial: Trial
    weights_sha256: str = ""
    seconds: float = 0.0
    cpu_s: float = 0.0
    best_step: int = 0
    history: tuple[Look, ...] = ()
    loss: float | None = None
    hits_per_shower: float = 0.0
    figures: dict[str, float] = field(default_factory=dict)
    environment: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> tuple[Trial, str]:
        """What makes a repetition needless: the trial, and the weights that it starts from."""
        return self.trial, self.weights_sha256

    def to_json(self) -> str:
        """Return one line of JSON, without the line's end."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Return the record that `to_json` gave, parsed."""
        history = tuple(Look(*look) for look in content["history"])
        return cls(**{**content, "trial": Trial(**content["trial"]), "history": history})


def append_line(path: Path, line: str) -> None:
    """Add a line at the end of a file, at once.

    Raises:
        OutputError: the place is not writable, or full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = not path.exists() or path.read_bytes()[-1:] in (b"", b"\n")
        with path.open("a", encoding="utf-8") as file:
            # what a crash cut short must not take this line with it
            file.write(("" if whole else "\n") + line + "\n")
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error}; make room, and start again") from error


def read_lines(folder: Path, stem: str) -> list[dict[str, Any]]:
    """Return the content of all lines of `stem*.jsonl` in a folder, but of lines that were cut short."""
    found = []
    for path in sorted(folder.glob(f"{stem}*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                content = json.loads(line)
            except ValueError:
                continue
            found.append(content)
    return found


def read_records(folder: Path) -> list[Record]:
    """Return all records of `results*.jsonl` in a folder."""
    return [Record.of(content) for content in read_lines(folder, "results")]


def newest(records: Iterable[Record]) -> list[Record]:
    """For each trial its last record: other weights replace the older ones."""
    ordered = sorted(records, key=lambda record: str(record.environment.get("finished", "")))
    return list({record.trial: record for record in ordered}.values())
