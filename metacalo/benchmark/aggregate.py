"""Records into means over detectors, differences from the control, and quality against time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from metacalo.benchmark.learners import LEARNERS
from metacalo.benchmark.records import FLOOR, Look, Record

CONTROL = "joint"
_NAMES = {
    "joint": "joint, continued",
    "reptile": "Reptile",
    "fomaml": "FOMAML",
    "anil": "ANIL",
    "maml": "MAML",
    "meta_sgd": "Meta-SGD",
    FLOOR: "Geant4 against Geant4",
}
_WAYS = {"all": "", "head": ", head alone", "learned": ", learned rates"}


class Row(NamedTuple):
    """What stands in a row of a table: a learner, and a way of adapting."""

    learner: str
    way: str

    @property
    def label(self) -> str:
        """What it is called in tables and plots."""
        return _NAMES.get(self.learner, self.learner) + _WAYS[self.way]

    @property
    def is_control(self) -> bool:
        """Whether the others are compared with it."""
        return self == Row(CONTROL, "all")


@dataclass(frozen=True)
class Quality:
    """A figure of a record.

    Attributes:
        heading: of its tables and plots.
        of: value of a record, lower is better; None if it has none.
        digits: after the point.
        scale: how it is drawn: `log` or `linear`.
    """

    heading: str
    of: Callable[[Record], float | None]
    digits: int
    scale: str = "linear"


def _figure(name: str) -> Callable[[Record], float | None]:
    return lambda record: record.figures.get(name)


def _percent_off_one(name: str) -> Callable[[Record], float | None]:
    def off(record: Record) -> float | None:
        value = record.figures.get(name)
        return None if value is None else 100 * abs(value - 1)

    return off


LOSS = Quality("loss of test showers [nat per shower]", lambda record: record.loss, 2)
SEPARATION = Quality("mean separation", _figure("separation_mean"), 4, "log")
AUC = Quality("AUC of boosted trees", _figure("classifier_auc"), 3)
QUALITIES = (
    SEPARATION,
    AUC,
    Quality("Fréchet distance of features", _figure("frechet_distance"), 2),
    Quality("voxel spectrum, separation", _figure("separation_voxel_spectrum"), 4),
    Quality("response, mean: off by [%]", _percent_off_one("response_ratio"), 2),
    Quality("response, relative width: off by [%]", _percent_off_one("resolution_ratio"), 1),
)


class Mean(NamedTuple):
    """Mean and its standard error; no error of a single value."""

    value: float
    error: float | None
    n: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean | None:
        """Mean of values; None without any."""
        if not values:
            return None
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None
        return cls(statistics.fmean(values), error, len(values))


def rows_of(records: Iterable[Record]) -> list[Row]:
    """Rows that there are, the floor's left out: ways of all parameters first, in the order of LEARNERS."""
    found = {Row(record.trial.learner, record.trial.way) for record in records} - {Row(FLOOR, "all")}
    order = {learner: k for k, learner in enumerate(LEARNERS)}
    return sorted(found, key=lambda row: (row.way != "all", order.get(row.learner, len(order))))  # type: ignore[call-overload]


def supports_of(records: Iterable[Record]) -> list[int]:
    """Numbers of support showers that there are."""
    return sorted({record.trial.support for record in records if record.trial.learner != FLOOR})


def values_of(
    records: Iterable[Record], row: Row, support: int, quality: Quality
) -> dict[tuple[str, int], float]:
    """Values of a figure by detector and seed."""
    return {
        (record.trial.detector, record.trial.seed): value
        for record in records
        if (record.trial.learner, record.trial.way, record.trial.support) == (*row, support)
        and (value := quality.of(record)) is not None
    }


def floor_of(records: Iterable[Record], quality: Quality) -> Mean | None:
    """Mean of a figure of full simulation against itself."""
    return Mean.of(list(values_of(records, Row(FLOOR, "all"), 0, quality).values()))


class Difference(NamedTuple):
    """A row against the control, on the same detectors, showers and seeds.

    Attributes:
        mean: of row minus control.
        won: pairs in which the row is lower, which is better.
        pairs: number of pairs.
    """

    mean: Mean
    won: int
    pairs: int


def difference(records: Sequence[Record], row: Row, support: int, quality: Quality) -> Difference | None:
    """Compare a row with the control; None without a pair.

    At a way that is not done without support showers, the row is the learner's own.
    """
    ours = values_of(records, row, support, quality)
    control = values_of(records, Row(CONTROL, "all"), support, quality)
    both = [(ours[key], control[key]) for key in ours.keys() & control.keys()]
    mean = Mean.of([a - b for a, b in both])
    return None if mean is None else Difference(mean, sum(a < b for a, b in both), len(both))


def above_best(records: Sequence[Record], row: Row, support: int) -> Mean | None:
    """Loss of the test showers above the lowest of any learner on that detector [nat per shower], mean."""
    best: dict[str, float] = {}
    for record in records:
        if record.loss is not None:
            name = record.trial.detector
            best[name] = min(best.get(name, math.inf), record.loss)
    return Mean.of([v - best[name] for (name, _), v in values_of(records, row, support, LOSS).items()])


def gap_after(
    records: Sequence[Record], row: Row, support: int, allowed: Callable[[Look], bool]
) -> Mean | None:
    """Loss of the showers held back, above the lowest that any learner ever has on the same showers.

    Args:
        records: of all learners.
        row: whose gap is wanted.
        support: number of support showers.
        allowed: which looks at the showers held back count, of which the best is taken.

    Returns:
        Mean over detectors and seeds [nat per shower]; None without a look that is allowed.
    """
    gaps = []
    best: dict[tuple[str, int], float] = {}
    mine: dict[tuple[str, int], tuple[Look, ...]] = {}
    for record in records:
        trial = record.trial
        if trial.support != support or not record.history:
            continue
        key = trial.detector, trial.seed
        best[key] = min([best.get(key, math.inf), *(look.loss for look in record.history)])
        if (trial.learner, trial.way) == row:
            mine[key] = record.history
    for key, history in mine.items():
        losses = [look.loss for look in history if allowed(look)]
        if losses:
            gaps.append(min(losses) - best[key])
    return Mean.of(gaps)
