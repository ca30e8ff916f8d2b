"""The study as Markdown and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from defects.catalogue import DEFECTS, NONE
from defects.metrics import METRICS, Metric
from defects.significance import SEEN, Significances, false_alarms, first_seen, significances
from defects.study import Record

UNSEEN = "–"
NOT_MADE = ""

BEST = 3
"""Figures that are named for each defect."""


def sizes_of(records: Sequence[Record]) -> list[int]:
    """Numbers of showers, ascending."""
    return sorted({record.task.size for record in records})


def document(records: Sequence[Record]) -> str:
    """Both tables, how often what was compared, and the rate of false alarms."""
    alarms, trials = false_alarms(records)
    rate = f"{100 * alarms / trials:.1f}% ({alarms} of {trials:,})" if trials else "not known"
    return "\n".join(
        [
            "| defect | " + " | ".join(f"{size:,} showers" for size in sizes_of(records)) + " |",
            "| --- |" + " --- |" * len(sizes_of(records)),
            *_best_rows(records),
            "",
            "| figure | " + " | ".join(defect.heading for defect in DEFECTS.values()) + " |",
            "| --- |" + " --- |" * len(DEFECTS),
            *_first_rows(records),
            "",
            _repetitions(records),
            "",
            f"False alarms, undamaged showers that a figure sees a defect in: {rate}.",
            "",
        ]
    )


def _best_rows(records: Sequence[Record]) -> list[str]:
    """For each defect the clearest figures at each size, with their significance."""
    found = significances(records)
    rows = []
    for name, defect in DEFECTS.items():
        cells = []
        for size in sizes_of(records):
            ranked = sorted(
                ((found[key], metric) for metric in METRICS if (key := (name, metric.figure, size)) in found),
                key=lambda pair: -pair[0],
            )
            seen = [f"{metric.heading} ({_short(value)}σ)" for value, metric in ranked if value > SEEN]
            cells.append("; ".join(seen[:BEST]) or UNSEEN)
        rows.append(f"| {defect.heading} | " + " | ".join(cells) + " |")
    return rows


def _repetitions(records: Sequence[Record]) -> str:
    """How often defects were planted, and undamaged showers compared, at each size."""
    counts = []
    for size in sizes_of(records):
        tasks = [record.task for record in records if record.task.size == size]
        floors = [task.learned for task in tasks if task.defect == NONE]
        seeds = [
            [task.learned for task in tasks if task.defect == name]
            for name in {task.defect for task in tasks} - {NONE}
        ]
        fewest, judged = (min(map(of, seeds), default=0) for of in (len, sum))
        counts.append(
            f"{size:,} showers: each defect × {fewest} ({judged} with networks and regressors), floor × "
            f"{len(floors)} ({sum(floors)})"
        )
    return f"Repetitions with {'; with '.join(counts)}."


def measured(found: Significances) -> list[Metric]:
    """The figures of which there is any value."""
    names = {figure for _, figure, _ in found}
    return [metric for metric in METRICS if metric.figure in names]


def _first_rows(records: Sequence[Record]) -> list[str]:
    """For each figure the size at which it first sees each defect."""
    found, sizes = significances(records), sizes_of(records)
    rows = []
    for metric in measured(found):
        cells = []
        for name in DEFECTS:
            made = any((name, metric.figure, size) in found for size in sizes)
            first = first_seen(found, name, metric.figure, sizes)
            cells.append(NOT_MADE if not made else UNSEEN if first is None else f"{first:,}")
        rows.append(f"| {metric.heading} | " + " | ".join(cells) + " |")
    return rows


def summary(records: Sequence[Record]) -> dict[str, Any]:
    """Everything behind the tables, in JSON's own types."""
    found, sizes = significances(records), sizes_of(records)
    alarms, trials = false_alarms(records)
    return {
        "sizes": sizes,
        "seen_above": SEEN,
        "comparisons": len(records),
        "seconds": round(sum(record.seconds for record in records), 1),
        "false_alarms": {"seen": alarms, "of": trials},
        "defects": {
            name: {
                "heading": defect.heading,
                "figures": {
                    metric.figure: {
                        "first_seen": first_seen(found, name, metric.figure, sizes),
                        "significance": _by_size(found, name, metric.figure, sizes),
                    }
                    for metric in METRICS
                },
            }
            for name, defect in DEFECTS.items()
        },
    }


def _by_size(found: Significances, defect: str, figure: str, sizes: Sequence[int]) -> dict[str, float]:
    keys = {str(size): (defect, figure, size) for size in sizes}
    return {size: round(found[key], 2) for size, key in keys.items() if key in found}


def _short(value: float) -> str:
    """At most three digits."""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}" if value < 1000 else ">999"
