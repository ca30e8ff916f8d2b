"""The results as a table, each against what is to be reached."""

from __future__ import annotations

from collections.abc import Iterator

from readout_study.study import SCAN, Deviation, Record, Study
from readout_study.ways import ASKED, RESCORED, TRUTH

SPREAD_LIMIT = 5.0
"""Of the resolution of what has a limit of its own [%]."""

_BIAS_LIMIT = 3.0
_OBSERVABLE_LIMITS = {"E 3x3": 0.5, "R_eta": 0.5, "centroid x": _BIAS_LIMIT, "centroid y": _BIAS_LIMIT}
_HOTTEST_LIMITS = {"centre": 1.0, "corner": 2.0}


def limit_of(record: Record) -> float | None:
    """What the mean of an observable is to be within [%], if anything was asked."""
    if record.observable == "E hottest":
        return _HOTTEST_LIMITS.get(record.place)
    return _OBSERVABLE_LIMITS.get(record.observable)


def document(study: Study) -> str:
    """All results in Markdown."""
    return "\n".join([*_head(study), *_verdict(study), *_tables(study), *_scans(study)]) + "\n"


def _head(study: Study) -> Iterator[str]:
    yield "# Cells from voxels against full simulation"
    yield ""
    yield from (f"{note}\n" for note in study.notes)
    yield "| way | what it does |"
    yield "|---|---|"
    yield from (f"| {name} | {what} |" for name, what in study.ways.items())
    yield ""
    yield (
        "Deviations are from the truth: of the mean ± its uncertainty, then in parentheses of the standard "
        "deviation; in %, for the centroid in % of a cell."
    )
    yield ""


def _verdict(study: Study) -> Iterator[str]:
    for way in dict.fromkeys((ASKED, *(name for name in study.ways if name.startswith(RESCORED)))):
        yield f"## What `{way}` reaches"
        yield ""
        yield from verdict(study, way)
        yield ""


def verdict(study: Study, way: str) -> Iterator[str]:
    """A table of what one way reaches: the places farthest off, and in how many it keeps the limits."""
    yield "| asked of | limit | worst mean | at | within | worst spread (limit 5%) | at | within |"
    yield "|---|---|---|---|---|---|---|---|"
    groups: dict[tuple[str, str, float], list[Record]] = {}
    for record in study.records:
        limit = limit_of(record)
        if limit is not None:
            groups.setdefault((record.detector, record.observable, limit), []).append(record)
    for (detector, observable, limit), members in groups.items():
        mean = max(members, key=lambda record: abs(record.ways[way].mean))
        spread = max(members, key=lambda record: abs(record.ways[way].spread))
        kept = sum(abs(record.ways[way].mean) <= limit for record in members)
        narrow = sum(abs(record.ways[way].spread) <= SPREAD_LIMIT for record in members)
        far, wide = mean.ways[way], spread.ways[way]
        yield (
            f"| {detector} {observable} | {limit:g}% | {far.mean:+.2f} ± {far.mean_error:.2f} "
            f"| {_where(mean)} | {kept} of {len(members)} "
            f"| {wide.spread:+.1f} ± {wide.spread_error:.1f} | {_where(spread)} "
            f"| {narrow} of {len(members)} |"
        )


def _tables(study: Study) -> Iterator[str]:
    places: dict[tuple[str, str, str, str], list[Record]] = {}
    for record in study.records:
        places.setdefault((record.detector, record.incidence, record.region, record.place), []).append(record)
    names = [name for name in study.ways if name != TRUTH]
    for (detector, incidence, region, place), members in places.items():
        yield f"## {detector}, {incidence}: {place} of {region} ({members[0].n} events)"
        yield ""
        yield f"| observable | truth | {' | '.join(names)} |"
        yield f"|---|---|{'---|' * len(names)}"
        for record in members:
            columns = " | ".join(_cell(record.ways[name]) for name in names)
            yield f"| {record.observable} | {record.mean:.4g} ({record.spread:.3g}) | {columns} |"
        yield ""


def _scans(study: Study) -> Iterator[str]:
    yield "## Bias of the centroid across a cell [% of a cell]"
    yield ""
    for place, scan in study.scans.items():
        steps = " | ".join(f"{step:+.1f}" for step in SCAN)
        yield f"| {place}, from the centre [cells] | {steps} | farthest from truth |"
        yield f"|---|{'---|' * len(SCAN)}---|"
        for name, values in scan.items():
            far = max(abs(v - t) for v, t in zip(values, scan[TRUTH], strict=True))
            columns = " | ".join(f"{100 * value:+.2f}" for value in values)
            yield f"| {name} | {columns} | {100 * far:.2f} |"
        yield ""


def _cell(far: Deviation) -> str:
    return f"{far.mean:+.2f} ± {far.mean_error:.2f} ({far.spread:+.1f})"


def _where(record: Record) -> str:
    return f"{record.incidence}, {record.place} of {record.region}"
