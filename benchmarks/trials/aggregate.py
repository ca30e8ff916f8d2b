"""Seeds into means and spreads, histories into times, and two methods side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trials.columns import Column
from trials.plan import ADAPTED, FIELD_VAE, SCRATCH, Method, Trial
from trials.records import Look, Record


class Spread(NamedTuple):
    """Mean and standard deviation (of the sample, n - 1) over n seeds; no deviation of a single one."""

    mean: float
    deviation: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Spread of values; None without any."""
        if not values:
            return None
        return cls(
            statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None, len(values)
        )

    def text(self, digits: int) -> str:
        """Mean ± deviation with so many digits after the point."""
        deviation = "" if self.deviation is None else f" ± {self.deviation:.{digits}f}"
        return f"{self.mean:.{digits}f}{deviation}"


class Cell(NamedTuple):
    """What the seeds of a row share."""

    support: int
    method: Method


def detectors_of(records: Iterable[Record]) -> list[str]:
    """Names of the detectors, in the order in which they come."""
    return list(dict.fromkeys(record.trial.detector for record in records))


def by_cell(records: Iterable[Record], detector: str) -> dict[Cell, list[Record]]:
    """Records of a detector, those of all seeds together, sorted by support and method."""
    cells: dict[Cell, list[Record]] = {}
    for record in records:
        if record.trial.detector == detector:
            cells.setdefault(Cell(record.trial.support, record.trial.method), []).append(record)
    ordered = sorted(cells, key=lambda cell: (cell.support, cell.method.order))
    return {cell: sorted(cells[cell], key=lambda record: record.trial.seed) for cell in ordered}


def spread_of(records: Iterable[Record], column: Column) -> Spread | None:
    """Mean and deviation of a column; None if no record has it."""
    return Spread.of([value for record in records if (value := column.of(record)) is not None])


def first_at(history: Iterable[Look], loss: float) -> Look | None:
    """First look at which the loss is not above a value."""
    return next((look for look in history if look.loss <= loss), None)


@dataclass(frozen=True)
class Race:
    """An adaptation against a training from scratch, by the loss of the same held-back showers.

    Attributes:
        trial: the adaptation.
        scratch: the best look of the training from scratch.
        adapted: the best look of the adaptation.
        adapted_at_scratch: the adaptation's first look that is as good as the best from scratch, if any.
        scratch_at_adapted: the first look from scratch that is as good as the adaptation's best, if any.
        before: the loss before the first step of the adaptation.
    """

    trial: Trial
    scratch: Look
    adapted: Look
    adapted_at_scratch: Look | None
    scratch_at_adapted: Look | None
    before: float

    @property
    def ratio(self) -> float | None:
        """Seconds of the training from scratch over those of the adaptation; None if it never gets there.

        Infinite if the adaptation starts there.
        """
        if self.adapted_at_scratch is None:
            return None
        seconds = self.adapted_at_scratch.seconds
        return self.scratch.seconds / seconds if seconds else float("inf")


def races(by_trial: Mapping[Trial, Record], scratch: Method | None = None) -> list[Race]:
    """Every adaptation that has a training from scratch beside it: same detector, showers and seed.

    Args:
        by_trial: one record of each trial.
        scratch: the training from scratch; the field VAE's by default.
    """
    found = []
    for trial, record in by_trial.items():
        if trial.method.kind != ADAPTED or "par04" in trial.method.start or not record.history:
            continue
        rival = by_trial.get(
            Trial(trial.detector, scratch or Method(SCRATCH, FIELD_VAE), trial.support, trial.seed)
        )
        if rival is None or not rival.history:
            continue
        best, own = (min(one.history, key=lambda look: look.loss) for one in (rival, record))
        found.append(
            Race(
                trial,
                scratch=best,
                adapted=own,
                adapted_at_scratch=first_at(record.history, best.loss),
                scratch_at_adapted=first_at(rival.history, own.loss),
                before=record.history[0].loss,
            )
        )
    return sorted(
        found,
        key=lambda race: (race.trial.detector, race.trial.support, race.trial.method.order, race.trial.seed),
    )


def not_better(
    ours: Sequence[Record], theirs: Sequence[Record], columns: Sequence[Column]
) -> tuple[list[Column], int, int]:
    """Where one method is no better than another.

    Args:
        ours: records of a method's seeds.
        theirs: of the other's.
        columns: to compare.

    Returns:
        Columns in which the mean distance to a perfect generator is not smaller; the number of pairs of one
        seed and column in which ours is better; and the number of pairs.
    """
    lost, won, pairs = [], 0, 0
    for column in columns:
        mine, other = (
            {
                record.trial.seed: column.distance(value)
                for record in side
                if (value := column.of(record)) is not None
            }
            for side in (ours, theirs)
        )
        if not mine or not other:
            continue
        if statistics.fmean(mine.values()) >= statistics.fmean(other.values()):
            lost.append(column)
        shared = mine.keys() & other.keys()
        won += sum(mine[seed] < other[seed] for seed in shared)
        pairs += len(shared)
    return lost, won, pairs
