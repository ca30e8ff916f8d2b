"""The results as a picture: quality against showers, and against time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter, StrMethodFormatter

from metacalo.validation.plots.style import COLOURS, LINES, MARKERS, name_plot, new_figure, png_bytes, styled
from trials.aggregate import Cell, by_cell, detectors_of, spread_of
from trials.columns import SECONDS, SUMMARY, Column
from trials.plan import FLOOR, SCRATCH, UNTRAINED, ZERO_SHOT, Method
from trials.records import Record
from trials.tables import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@styled
def draw(records: Sequence[Record]) -> bytes:
    """Draw a row of plots for each detector and return them as a PNG.

    Args:
        records: one of each trial.
    """
    detectors = detectors_of(records)
    looks = _looks({record.trial.method for record in records} - {Method(FLOOR)})
    figure = new_figure(16.5, 4.1 * len(detectors) + 0.9)
    places = {"left": 0.05, "right": 0.99, "wspace": 0.3, "hspace": 0.3}
    ends = {"bottom": 0.55 / figure.get_figheight(), "top": 1.0 - 1.1 / figure.get_figheight()}
    axes = figure.subplots(len(detectors), 2 * len(SUMMARY), squeeze=False, gridspec_kw={**places, **ends})
    for row, detector in zip(axes, detectors, strict=True):
        cells = by_cell(records, detector)
        for k, column in enumerate(SUMMARY):
            _against_showers(row[k], cells, column, looks)
            _against_seconds(row[len(SUMMARY) + k], cells, column, looks)
            name_plot(row[k], detector)
            name_plot(row[len(SUMMARY) + k], detector)
    handles = [
        axes[0, 0].plot([], [], color=colour, marker=marker, linestyle=line, label=label(method))[0]
        for method, (colour, marker, line) in looks.items()
    ]
    handles.append(axes[0, 0].plot([], [], color="black", label=label(Method(FLOOR)))[0])
    figure.legend(handles=handles, loc="upper center", ncols=5)
    return png_bytes(figure)


_Looks = Mapping[Method, tuple[str, str, Any]]


def _looks(methods: Iterable[Method]) -> _Looks:
    """Colour, marker and line of each method; a start has the colour that it has after adaptation."""
    ordered = sorted(methods, key=lambda method: method.order)
    colours: dict[tuple[bool, str], int] = {}
    found = {}
    for method in ordered:
        k = colours.setdefault((method.kind == SCRATCH, method.start), len(colours))
        before = method.kind == ZERO_SHOT
        line = ":" if before else LINES[0] if not method.changes else LINES[1]
        found[method] = (COLOURS[k % len(COLOURS)], "" if before else MARKERS[k % len(MARKERS)], line)
    return found


def _against_showers(axes: Axes, cells: dict[Cell, list[Record]], column: Column, looks: _Looks) -> None:
    for method, (colour, marker, line) in looks.items():
        found = [
            (cell.support, spread)
            for cell, seeds in cells.items()
            if cell.method == method and (spread := spread_of(seeds, column)) is not None
        ]
        if method.kind == ZERO_SHOT:
            for _, spread in found:
                axes.axhline(spread.mean, color=colour, linestyle=line)
        elif found:
            axes.errorbar(
                [support for support, _ in found],
                [spread.mean for _, spread in found],
                yerr=[spread.deviation or 0.0 for _, spread in found],
                color=colour,
                marker=marker,
                linestyle=line,
                capsize=2,
            )
    _logarithmic(axes, sorted({cell.support for cell in cells if cell.support}))
    axes.set_xlabel("support showers")
    _finish(axes, cells, column)


def _against_seconds(axes: Axes, cells: dict[Cell, list[Record]], column: Column, looks: _Looks) -> None:
    """Each number of support showers is a point, the larger the more."""
    for method, (colour, marker, line) in looks.items():
        found = [
            (cell.support, time.mean, quality.mean)
            for cell, seeds in cells.items()
            if cell.method == method
            and (time := spread_of(seeds, SECONDS[0])) is not None
            and (quality := spread_of(seeds, column)) is not None
        ]
        if method.kind in UNTRAINED or not found:
            continue
        supports, seconds, values = zip(*found, strict=True)
        axes.plot(seconds, values, color=colour, linestyle=line, linewidth=0.8)
        sizes = [12 + 25 * k for k in range(len(supports))]
        axes.scatter(seconds, values, s=sizes, color=colour, marker=marker)
    _logarithmic(axes)
    axes.set_xlabel("training [s]; larger: more showers")
    _finish(axes, cells, column)


def _logarithmic(axes: Axes, ticks: Sequence[float] = ()) -> None:
    """Make the x axis logarithmic with plain numbers on it."""
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(ticks) if ticks else LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _finish(axes: Axes, cells: dict[Cell, list[Record]], column: Column) -> None:
    floors = [
        spread.mean
        for cell, seeds in cells.items()
        if cell.method.kind == FLOOR and (spread := spread_of(seeds, column)) is not None
    ]
    for floor in floors:
        axes.axhline(floor, color="black", linewidth=1.0)
    if column.best == 0.0:
        axes.set_yscale("log")
    axes.set_ylabel(column.heading)
