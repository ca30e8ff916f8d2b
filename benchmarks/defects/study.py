"""One comparison of damaged with undamaged showers, and its record on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np

from defects.catalogue import DEFECTS, NONE
from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation import Scope, compare, split_halves

PLAIN = Scope(resamples=2, layers=False, networks=False, regression=False)
"""Every figure but those of networks and regressors. The errors of the bootstrap are not used."""

LEARNED = Scope(resamples=2, layers=False)
"""These too."""

TRAINING_SHOWERS = 400
"""The last showers of the file are those that a generator is said to have been trained on."""


@dataclass(frozen=True)
class Task:
    """What is compared.

    Attributes:
        size: number of showers of each kind.
        seed: of the choice of showers, the damage and the figures.
        defect: name in `DEFECTS`, or `NONE`.
        learned: whether networks and regressors judge too.
    """

    size: int
    seed: int
    defect: str
    learned: bool


@dataclass(frozen=True)
class Record:
    """What came of it.

    Attributes:
        task: what was compared.
        figures: name -> value and error, which may be None.
        seconds: that it took.
    """

    task: Task
    figures: dict[str, tuple[float, float | None]]
    seconds: float

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self), allow_nan=False)

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read what `to_json` gave."""
        content = json.loads(line)
        figures = {name: (value, error) for name, (value, error) in content["figures"].items()}
        return cls(Task(**content["task"]), figures, content["seconds"])


def all_tasks(
    sizes: list[int], seeds: int, floors: int, learned_seeds: int, learned_floors: int
) -> list[Task]:
    """All comparisons; those that need no networks come first, of the others those of few showers.

    Args:
        sizes: numbers of showers of each kind.
        seeds: how often each defect is planted.
        floors: how often undamaged showers are compared.
        learned_seeds: for how many seeds of a defect, the last ones, networks and regressors judge too.
        learned_floors: the same of undamaged showers, the first ones.
    """
    floor = [Task(size, seed, NONE, seed < learned_floors) for size in sizes for seed in range(floors)]
    damaged = [
        Task(size, seed, name, seed >= seeds - learned_seeds)
        for seed in range(seeds)
        for size in sizes
        for name in DEFECTS
    ]
    return sorted([*floor, *damaged], key=lambda task: (task.learned, task.size * task.learned))


def halves(showers: Showers, size: int, seed: int) -> tuple[Showers, Showers]:
    """Reference A and sample B, `size` disjoint showers each, of the same spectrum of energy.

    Raises:
        SystemExit: there are not so many showers beside those that count as training showers.
    """
    pool = len(showers) - TRAINING_SHOWERS
    if 2 * size > pool:
        raise SystemExit(
            f"expected at least {2 * size + TRAINING_SHOWERS:,} showers, got {len(showers):,}; "
            "ask for smaller --sizes"
        )
    rows = np.random.default_rng([seed, size]).permutation(pool)[: 2 * size]
    return split_halves(showers[np.sort(rows)].load(), seed)


def run_task(task: Task, showers: Showers, detector: Detector) -> Record:
    """Damage B, and compare it with A."""
    begun = time.perf_counter()
    training = showers[len(showers) - TRAINING_SHOWERS :].load()
    reference, sample = halves(showers, task.size, task.seed)
    if task.defect != NONE:
        sample = DEFECTS[task.defect].plant(sample, training, task.seed)
    found = compare(
        reference,
        sample,
        detector,
        scope=LEARNED if task.learned else PLAIN,
        training=training,
        seed=task.seed,
    )
    figures = {name: (estimate.value, estimate.error) for name, estimate in found.estimates.items()}
    return Record(task, figures, round(time.perf_counter() - begun, 2))


def read_records(path: Path) -> Iterator[Record]:
    """Records of a file, which may not be there; a line that was cut off is left out."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield Record.from_json(line)


def append(path: Path, record: Record) -> None:
    """Add a record at the end of a file, at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(record.to_json() + "\n")
