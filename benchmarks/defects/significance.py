"""By how many standard deviations of the floor a figure tells damaged showers from undamaged ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev

from defects.catalogue import NONE
from defects.metrics import METRICS, Metric
from defects.study import Record

SEEN = 3.0
"""Standard deviations above which a figure sees a defect."""

MIN_FLOORS = 3
"""Fewest undamaged comparisons of which a spread is taken."""

Significances = Mapping[tuple[str, str, int], float]
"""By defect, name of the figure and number of showers."""


def significances(records: Iterable[Record]) -> dict[tuple[str, str, int], float]:
    """Mean over seeds of (value - mean of the floor) / deviation of the floor, in the direction that is bad.

    The floor's deviation is that of undamaged comparisons of the same size with each other; for judges, at
    least their own error. What a figure has no floor or no value of is left out.

    Args:
        records: of defects and of undamaged showers.
    """
    grouped = _by_place(records)
    found = {}
    for (defect, size), of_defect in grouped.items():
        for metric in METRICS:
            floors, values = (_values(metric, some) for some in (grouped.get((NONE, size), []), of_defect))
            if defect != NONE and values and len(floors) >= MIN_FLOORS:
                mean, deviation = _floor(metric, floors)
                each = [_excess(metric, value, mean, deviation) for value, _ in values]
                found[defect, metric.figure, size] = fmean(each)
    return found


def first_seen(found: Significances, defect: str, figure: str, sizes: Sequence[int]) -> int | None:
    """Smallest size at which, and at all larger ones, a figure sees a defect; None if there is none.

    Sizes at which there is no value do not count.
    """
    seen = None
    for size in sorted(sizes, reverse=True):
        value = found.get((defect, figure, size))
        if value is not None:
            if value <= SEEN:
                break
            seen = size
    return seen


def false_alarms(records: Iterable[Record]) -> tuple[int, int]:
    """How often a figure sees a defect in undamaged showers, and of how many times.

    Each undamaged comparison is judged by the others of its size, as if it were damaged.
    """
    alarms = trials = 0
    for (defect, _), undamaged in _by_place(records).items():
        for metric in METRICS if defect == NONE else ():
            values = _values(metric, undamaged)
            for k, (value, _error) in enumerate(values):
                others = values[:k] + values[k + 1 :]
                if len(others) >= MIN_FLOORS:
                    alarms += _excess(metric, value, *_floor(metric, others)) > SEEN
                    trials += 1
    return alarms, trials


def _by_place(records: Iterable[Record]) -> dict[tuple[str, int], list[Record]]:
    """Records by defect and size."""
    grouped = defaultdict(list)
    for record in records:
        grouped[record.task.defect, record.task.size].append(record)
    return grouped


def _values(metric: Metric, records: Iterable[Record]) -> list[tuple[float, float]]:
    """Values of a figure with their errors."""
    found = (record.figures[metric.figure] for record in records if metric.figure in record.figures)
    return [(metric.value_of(value), error or 0.0) for value, error in found]


def _floor(metric: Metric, values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean and deviation of the floor."""
    spread = stdev(value for value, _ in values)
    own = fmean(error for _, error in values) if metric.own_error else 0.0
    return fmean(value for value, _ in values), max(spread, own, metric.least_deviation, 1e-12)


def _excess(metric: Metric, value: float, mean: float, deviation: float) -> float:
    difference = (value - mean) / deviation
    return metric.worse * difference if metric.worse else abs(difference)
