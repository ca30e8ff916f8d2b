"""The report as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from metacalo.benchmark.tables import markdown
from trials.aggregate import Cell, Race, Spread, by_cell, detectors_of, not_better, races, spread_of
from trials.columns import ASKED, GLANCE, MORE, SECONDS, SUMMARY, VARIETY, Column
from trials.goals import SUPPORT, goals_table
from trials.plan import ADAPTED, FIELD_VAE, FLOOR, PAR04_VAE, SCRATCH, UNTRAINED, ZERO_SHOT, Method
from trials.records import Record

_NONE = "–"

SUMMARY_SUPPORT = (30, 300, 1000)
"""Numbers of support showers in the short table."""


def document(records: Sequence[Record]) -> str:
    """Return the whole report.

    Args:
        records: one of each trial.
    """
    parts = ["# Few-shot adaptation\n", _explanation(records)]
    for start in starts_of(records):
        parts += [f"\n## Goals, adapted from {start}\n", _GOALS_EXPLANATION, goals_table(records, start), ""]
    for detector in detectors_of(records):
        parts += [f"\n## {detector}\n", quality_table(records, detector), ""]
        parts += [table(by_cell(records, detector), MORE), ""]
        parts += [table(by_cell(records, detector), VARIETY), ""]
    if races({record.trial: record for record in records}):
        parts += ["\n## Time to the quality of a training from scratch\n", _RACE_EXPLANATION]
        parts += [race_table(records), ""]
    parts += ["\n## Side by side\n", _SIDE_EXPLANATION, side_by_side(records), ""]
    return "\n".join(parts)


def starts_of(records: Iterable[Record]) -> list[str]:
    """Names of the checkpoints of the field VAE that were adapted."""
    methods = {record.trial.method for record in records if record.trial.method.kind == ADAPTED}
    return sorted(method.start for method in methods if "par04" not in method.start and not method.changes)


def summary(records: Sequence[Record], support: Sequence[int] = SUMMARY_SUPPORT) -> str:
    """Return a short table of each detector, for a page that is read at a glance.

    Means over seeds, without their spread: a row for each method without support showers, and for each
    method and number of support showers chosen.

    Args:
        records: one of each trial.
        support: numbers of support showers to show.
    """
    parts = []
    for detector in detectors_of(records):
        cells = by_cell(records, detector)
        rows = [
            [
                f"{cell.support:,}",
                label(cell.method),
                *(_mean(seeds, column, cell.method) for column in GLANCE),
            ]
            for cell, seeds in cells.items()
            if cell.support in support or cell.method.kind in (FLOOR, ZERO_SHOT)
        ]
        headings = ["showers", "method", *(column.heading for column in GLANCE)]
        headings[2] = "CPU seconds of training"
        parts.append(f"**{detector}**\n\n{markdown(headings, rows)}\n")
    return "\n".join(parts)


def quality_table(records: Sequence[Record], detector: str) -> str:
    """Return the table of a detector: a row for each number of support showers and method."""
    return table(by_cell(records, detector), (*SECONDS, *ASKED))


def table(cells: Mapping[Cell, Sequence[Record]], columns: Sequence[Column]) -> str:
    """Return a table of means ± standard deviations over seeds."""
    rows = []
    for cell, seeds in cells.items():
        spreads = [spread_of(seeds, column) for column in columns]
        values = [
            _NONE if spread is None or _without_training(cell.method, column) else spread.text(column.digits)
            for spread, column in zip(spreads, columns, strict=True)
        ]
        rows.append([str(cell.support or _NONE), label(cell.method), str(len(seeds)), *values])
    return markdown(["support", "method", "seeds", *(column.heading for column in columns)], rows)


def label(method: Method) -> str:
    """Return how a method is called in tables and plots."""
    changes = "".join(f", {change.replace('=', ' ')}" for change in method.changes.split("+") if change)
    match method.kind:
        case "geant4":
            return "Geant4 against Geant4"
        case "library":
            return "frozen showers"
        case "zero-shot":
            return f"zero-shot, {method.start}{changes}"
        case "adapted" if "par04" in method.start:
            return f"par04_vae adapted{changes}"
        case "adapted":
            return f"adapted from {method.start}{changes}"
        case "scratch" if method.start == PAR04_VAE:
            return f"par04_vae from scratch{changes}"
        case _:
            return f"from scratch{changes}"


def race_table(records: Sequence[Record]) -> str:
    """Return the table of the times: a row for each detector, number of support showers and adaptation."""
    grouped: dict[tuple[str, int, Method], list[Race]] = {}
    for race in races({record.trial: record for record in records}):
        trial = race.trial
        grouped.setdefault((trial.detector, trial.support, trial.method), []).append(race)
    rows = []
    for (detector, support, method), seeds in grouped.items():
        reached = [race.adapted_at_scratch for race in seeds if race.adapted_at_scratch is not None]
        caught_up = [race.scratch_at_adapted for race in seeds if race.scratch_at_adapted is not None]
        rows.append(
            [
                detector,
                str(support),
                label(method),
                _seconds(race.scratch.seconds for race in seeds),
                f"{len(reached)} of {len(seeds)}",
                _seconds(look.seconds for look in reached),
                _ratio([race.ratio for race in seeds if race.ratio is not None]),
                _loss(race.before - race.scratch.loss for race in seeds),
                _loss(race.adapted.loss - race.scratch.loss for race in seeds),
                _seconds(race.adapted.seconds for race in seeds),
                f"{len(caught_up)} of {len(seeds)}",
                _seconds(look.seconds for look in caught_up),
            ]
        )
    return markdown(
        [
            "detector",
            "support",
            "method",
            "scratch: s to its best",
            "adapted gets there",
            "adapted: s to there",
            "ratio of times",
            "loss before − scratch's best",
            "adapted's best − scratch's best",
            "adapted: s to its best",
            "scratch gets there",
            "scratch: s to there",
        ],
        rows,
    )


def side_by_side(records: Sequence[Record]) -> str:
    """Return where each adapted model is better than its rivals on the same showers, and where it is not."""
    rows = []
    for detector in detectors_of(records):
        cells = by_cell(records, detector)
        for cell, ours in cells.items():
            if cell.method.kind != ADAPTED or "par04" in cell.method.start:
                continue
            for rival, theirs in cells.items():
                if not _rivals(cell, rival):
                    continue
                lost, won, pairs = not_better(ours, theirs, ASKED)
                rows.append(
                    [
                        detector,
                        str(cell.support),
                        label(cell.method),
                        label(rival.method),
                        *(_both(ours, theirs, column) for column in (SECONDS[0], *SUMMARY)),
                        f"{won} of {pairs}",
                        ", ".join(column.heading for column in lost) or "nowhere",
                    ]
                )
    headings = (column.heading for column in (SECONDS[0], *SUMMARY))
    return markdown(
        ["detector", "support", "method", "against", *headings, "better", "mean not better in"], rows
    )


def _rivals(cell: Cell, other: Cell) -> bool:
    """Whether to compare: with all of the same showers, and with the same start before adaptation."""
    if other.method.kind == ZERO_SHOT:
        return other.method.start == cell.method.start
    return other.method.kind != FLOOR and other.method != cell.method and other.support == cell.support


def _both(ours: Sequence[Record], theirs: Sequence[Record], column: Column) -> str:
    means = [spread_of(side, column) for side in (ours, theirs)]
    return " / ".join(_NONE if mean is None else f"{mean.mean:.{column.digits}f}" for mean in means)


def _mean(seeds: Sequence[Record], column: Column, method: Method) -> str:
    spread = spread_of(seeds, column)
    if spread is None or _without_training(method, column):
        return _NONE
    return f"{spread.mean:.{column.digits}f}"


def _without_training(method: Method, column: Column) -> bool:
    return column in SECONDS and method.kind in UNTRAINED


def _seconds(values: Iterable[float]) -> str:
    spread = Spread.of(list(values))
    return _NONE if spread is None else spread.text(1)


def _loss(values: Iterable[float]) -> str:
    spread = Spread.of(list(values))
    return _NONE if spread is None else spread.text(1)


def _ratio(values: Sequence[float]) -> str:
    if not values:
        return _NONE
    return ", ".join("∞" if value == float("inf") else f"{value:.1f}" for value in values)


def _explanation(records: Sequence[Record]) -> str:
    sizes = {(record.n_reference, record.n_generated) for record in records}
    compared = " or ".join(f"{made:,} against {reference:,}" for reference, made in sorted(sizes))
    environment = records[-1].environment
    starts: dict[str, set[str]] = {}
    for record in records:
        if record.checkpoint_sha256:
            starts.setdefault(record.trial.method.start, set()).add(record.checkpoint_sha256[:12])
    mixed = [name for name, found in starts.items() if len(found) > 1]
    lines = [
        "Mean ± standard deviation over seeds. A seed draws the support showers, the training and the "
        f"generated showers: {compared} full-simulation showers that no training saw, generated at their "
        "incident energies and angles. In the rows Geant4 against Geant4 a seed deals all showers of the "
        "detector anew. Columns are separation powers (0 is perfect, the floor is what chance gives) up to "
        "the Frechet distance and the AUCs (0.5 is perfect): of trees on high-level features, of a network "
        "on voxels. The last three columns of the second table are largest deviations of a ratio from 1, "
        "less two standard deviations: of the response and its relative width in five bins of energy, and "
        "of the mean deposits in the layers that hold 95% of them. The third table is on variety: different "
        "showers by the birthday paradox, copies of support showers among the generated ones, the "
        "probability that a generated shower is nearer to the support than one of Geant4's is, and the "
        "relative error of the share of showers in a tail, a hundredth of Geant4's.",
        "",
        f"metacalo {environment.get('metacalo', '?')}, torch {environment.get('torch', '?')}, "
        f"{environment.get('threads', '?')} thread(s). Checkpoints: "
        + (", ".join(f"{name} {'/'.join(sorted(found))}" for name, found in starts.items()) or "none")
        + ".",
    ]
    if mixed:
        lines += ["", f"**Mixed**: trials from different weights stand together for {', '.join(mixed)}."]
    return "\n".join(lines)


_GOALS_EXPLANATION = (
    f"Means over seeds, with {SUPPORT} support showers unless the line says otherwise. In brackets what is "
    "reached; an aim of 0 is strict: full simulation itself is at it half of the time.\n"
)
_RACE_EXPLANATION = (
    "By the loss [nat per shower] of the support showers held back, the same for both, against training from "
    f"scratch ({SCRATCH}:{FIELD_VAE}) on the same showers: when is the adaptation as good as the best that "
    "the training from scratch ever is; and the other way round, when is that as good as the adaptation's "
    "best. The response is one number against a thousand voxels in that loss: a model can be ahead in it and "
    "behind in the response, so that it does not replace the tables above. Ratios are given seed by seed. "
    "Looks are taken every few steps, so that a time is known to the next look; both include the looks.\n"
)
_SIDE_EXPLANATION = (
    "Means of the method / of its rival; then, over the columns of the first table of each detector, of all "
    "pairs of a seed and a column, in how many the method is nearer to a perfect generator than its rival, "
    "and the columns in which its mean is not.\n"
)
