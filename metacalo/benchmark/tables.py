"""The comparison of meta-learners as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metacalo.benchmark.aggregate import (
    AUC,
    LOSS,
    QUALITIES,
    SEPARATION,
    Mean,
    Quality,
    Row,
    difference,
    floor_of,
    gap_after,
    rows_of,
    supports_of,
    values_of,
)
from metacalo.benchmark.records import FLOOR, Record

_NONE = "–"
STEPS_SHOWN = (0, 10, 20, 50, 100)


def document(records: Sequence[Record], tuned: Mapping[str, Mapping[str, Any]], models: Sequence[Any]) -> str:
    """Return the whole report.

    Args:
        records: one of each trial.
        tuned: settings of each learner; empty for the defaults.
        models: descriptions of the trained models (`ModelInfo`).
    """
    detectors = sorted({record.trial.detector for record in records})
    parts = [
        "# Meta-learners side by side\n",
        f"{len(records)} trials on {len(detectors)} detectors, each held out of the training of the models "
        f"that are judged on it: {', '.join(detectors)}. All learners of a fold start from the same jointly "
        "trained model and have the same CPU time; `joint, continued` is plain training that goes on, the "
        "control. Then all are adapted by the same rule. Means over the detectors.\n",
        "## Trainings\n",
        training_table(tuned, models),
    ]
    for quality in QUALITIES:
        parts += [f"\n## {quality.heading[:1].upper()}{quality.heading[1:]}, by support showers\n"]
        parts += [quality_table(records, quality)]
    parts.append(
        "\n## Against plain joint training\n\nLearner minus control on the same detector, showers and seed: "
        "mean ± standard error over the detectors, and in how many the learner is better. Negative is "
        "better.\n"
    )
    for quality in (LOSS, SEPARATION, AUC):
        parts += [
            f"\n### {quality.heading[:1].upper()}{quality.heading[1:]}\n",
            difference_table(records, quality),
        ]
    parts += ["\n## Against time\n", _TIME]
    for support in (n for n in supports_of(records) if n):
        parts += [f"\n{support:,} support showers:\n", time_table(records, support)]
    for quality in (SEPARATION, AUC):
        parts += [f"\n## {quality.heading[:1].upper()}{quality.heading[1:]}, by detector\n"]
        parts += [f"{_BY_DETECTOR}\n", detector_table(records, quality)]
    return "\n".join(parts) + "\n"


def quality_table(records: Sequence[Record], quality: Quality) -> str:
    """Return means of a figure: a row for each learner, a column for each number of support showers."""
    supports = supports_of(records)
    lines = [
        [
            row.label,
            *(_mean(Mean.of(list(values_of(records, row, n, quality).values())), quality) for n in supports),
        ]
        for row in rows_of(records)
    ]
    floor = floor_of(records, quality)
    if floor is not None:
        lines.append([Row(FLOOR, "all").label, *[_mean(floor, quality)] * len(supports)])
    return markdown(["learner", *(f"{n:,}" for n in supports)], lines)


def difference_table(records: Sequence[Record], quality: Quality) -> str:
    """Return differences from the control, with their errors and the number of detectors won."""
    supports = supports_of(records)
    lines = []
    for row in rows_of(records):
        if row.is_control:
            continue
        cells = []
        for n in supports:
            found = difference(records, row, n, quality)
            if found is None:
                cells.append(_NONE)
                continue
            error = "" if found.mean.error is None else f" ± {found.mean.error:.{quality.digits}f}"
            cells.append(f"{found.mean.value:+.{quality.digits}f}{error} ({found.won} of {found.pairs})")
        lines.append([row.label, *cells])
    return markdown(["learner", *(f"{n:,}" for n in supports)], lines)


def time_table(records: Sequence[Record], support: int) -> str:
    """Return how near the best each learner is after so many steps, and what the adaptation takes."""
    lines = []
    for row in rows_of(records):
        mine = [
            r
            for r in records
            if (r.trial.learner, r.trial.way, r.trial.support) == (*row, support) and r.history
        ]
        if not mine:
            continue
        gaps = (
            gap_after(records, row, support, lambda look, most=steps: look.step <= most)  # type: ignore[misc]
            for steps in STEPS_SHOWN
        )
        lines.append(
            [
                row.label,
                *(_NONE if gap is None else f"{gap.value:.1f}" for gap in gaps),
                _seconds(r.cpu_s for r in mine),
                _seconds(_cpu_to_best(r) for r in mine),
            ]
        )
    return markdown(
        ["learner", *(f"{n} steps" for n in STEPS_SHOWN), "CPU s in all", "CPU s to the best"], lines
    )


def detector_table(records: Sequence[Record], quality: Quality) -> str:
    """Return a figure for each detector, by learner, averaged over the support showers from 1 on."""
    supports = [n for n in supports_of(records) if n]
    rows = [row for row in rows_of(records) if row.way == "all"]
    by_row = {row: {n: values_of(records, row, n, quality) for n in supports} for row in rows}
    floors = values_of(records, Row(FLOOR, "all"), 0, quality)
    lines = []
    for detector in sorted({record.trial.detector for record in records}):
        cells = [
            _mean(
                Mean.of([v for n in supports for (name, _), v in by_row[row][n].items() if name == detector]),
                quality,
            )
            for row in rows
        ]
        floor = Mean.of([v for (name, _), v in floors.items() if name == detector])
        lines.append([detector, *cells, _mean(floor, quality)])
    return markdown(["detector", *(row.label for row in rows), "Geant4"], lines)


def training_table(tuned: Mapping[str, Mapping[str, Any]], models: Sequence[Any]) -> str:
    """Return what each learner was given: settings, steps and CPU seconds."""
    by_method: dict[str, list[dict[str, Any]]] = {}
    for info in models:
        by_method.setdefault(str(info.training["method"]), []).append(info.training)
    lines = []
    for method, trainings in by_method.items():
        chosen = tuned.get(method, {})
        shown = ", ".join(f"{name} {value}" for name, value in chosen.items()) or "the defaults"
        steps = [int(training["steps_done"]) for training in trainings]
        lines.append(
            [
                Row(method, "all").label,
                shown,
                str(len(trainings)),
                f"{min(steps)}–{max(steps)}",
                _seconds(float(training["cpu_seconds"]) for training in trainings),
                str(sum(int(training["steps_skipped"]) for training in trainings)),
            ]
        )
    return markdown(["learner", "settings, tuned", "models", "outer steps", "CPU s", "skipped steps"], lines)


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _mean(mean: Mean | None, quality: Quality) -> str:
    return _NONE if mean is None else f"{mean.value:.{quality.digits}f}"


def _seconds(values: Iterable[float]) -> str:
    mean = Mean.of(list(values))
    return _NONE if mean is None else f"{mean.value:.1f}"


def _cpu_to_best(record: Record) -> float:
    return next((look.cpu_s for look in record.history if look.step == record.best_step), record.cpu_s)


_TIME = (
    "Loss of the support showers held back [nat per shower], the best so far, above the lowest that any "
    "learner ever has on the same showers: the mean over the detectors after so many steps of the adaptation "
    "(0: only calibrated); and CPU seconds on one core."
)
_BY_DETECTOR = "Means over all numbers of support showers but 0."
