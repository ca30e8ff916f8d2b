"""The comparison of meta-learners as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from metacalo.benchmark.aggregate import (
    AUC,
    SEPARATION,
    Mean,
    Quality,
    Row,
    above_best,
    floor_of,
    gap_after,
    rows_of,
    supports_of,
    values_of,
)
from metacalo.benchmark.learners import LEARNERS
from metacalo.benchmark.records import FLOOR, Record
from metacalo.validation.plots.style import (
    COLOURS,
    MARKERS,
    REFERENCE_COLOUR,
    name_plot,
    new_figure,
    png_bytes,
    set_label,
    set_log_ticks,
    styled,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

_WAY_LINES = {"all": "-", "head": "--", "learned": ":"}
_SPREAD = 0.24
_TIMES_SHOWN = 60
_FIRST_TIME_S = 0.1
SUPPORT_OF_TIMES = 300
"""Number of support showers whose adaptation is drawn against time, or the nearest that there is."""


@styled
def draw(records: Sequence[Record]) -> bytes:
    """Draw quality against support showers and against seconds of adaptation, and return a PNG.

    Args:
        records: one of each trial.
    """
    figure = new_figure(13.0, 10.0)
    grid = figure.subplots(2, 2)
    figure.subplots_adjust(left=0.075, right=0.985, top=0.875, bottom=0.065, wspace=0.2, hspace=0.24)
    rows, supports = rows_of(records), supports_of(records)
    names = sorted({record.trial.detector for record in records})
    _against_support(grid[0, 0], rows, supports, lambda row, n: above_best(records, row, n))
    _finish(grid[0, 0], "loss of test showers above the best [nat]", "log")
    for axes, quality in ((grid[0, 1], SEPARATION), (grid[1, 0], AUC)):
        _against_support(axes, rows, supports, _mean_of(records, quality))
        floor = floor_of(records, quality)
        if floor is not None:
            axes.axhline(floor.value, color=REFERENCE_COLOUR, linewidth=1.0)
        _finish(axes, quality.heading, quality.scale)
    shown = min((n for n in supports if n), key=lambda n: abs(n - SUPPORT_OF_TIMES), default=0)
    _against_time(grid[1, 1], records, rows, shown)
    for axes in [*grid[0, :].tolist(), grid[1, 0]]:
        axes.set_xlabel("support showers")
    name_plot(grid[0, 0], "held-out detectors", f"mean of {len(names)}")
    name_plot(grid[0, 1], "single observables")
    name_plot(grid[1, 0], "all features together")
    name_plot(grid[1, 1], "against time", f"{shown:,} support showers")
    handles = [
        grid[0, 0].plot([], [], color=_colour(row), marker=_marker(row), linestyle=_WAY_LINES[row.way])[0]
        for row in rows
    ]
    handles.append(grid[0, 0].plot([], [], color=REFERENCE_COLOUR, linewidth=1.0)[0])
    labels = [*(row.label for row in rows), Row(FLOOR, "all").label]
    figure.legend(handles, labels, loc="upper center", ncols=5, bbox_to_anchor=(0.53, 0.985))
    return png_bytes(figure)


def _mean_of(records: Sequence[Record], quality: Quality) -> Callable[[Row, int], Mean | None]:
    return lambda row, support: Mean.of(list(values_of(records, row, support, quality).values()))


def _against_support(
    axes: Axes, rows: Sequence[Row], supports: Sequence[int], mean: Callable[[Row, int], Mean | None]
) -> None:
    """Draw one point for each number of support showers, evenly spaced, as 0 has no logarithm."""
    for place, row in enumerate(rows):
        # side by side, as many points are nearly the same
        shift = _SPREAD * (place / max(len(rows) - 1, 1) - 0.5)
        found = [(k + shift, m.value) for k, n in enumerate(supports) if (m := mean(row, n)) is not None]
        if found:
            axes.plot(
                [k for k, _ in found],
                [value for _, value in found],
                color=_colour(row),
                marker=_marker(row),
                markersize=5,
                linestyle=_WAY_LINES[row.way],
            )
    axes.set_xticks(range(len(supports)), [f"{n:,}" for n in supports])
    axes.tick_params(axis="x", which="minor", bottom=False, top=False)


def _against_time(axes: Axes, records: Sequence[Record], rows: Sequence[Row], support: int) -> None:
    ends = [
        record.history[-1].cpu_s
        for record in records
        if record.trial.support == support and record.history and record.history[-1].cpu_s > _FIRST_TIME_S
    ]
    times = np.geomspace(_FIRST_TIME_S, max(ends, default=10 * _FIRST_TIME_S), _TIMES_SHOWN)
    for row in rows:
        found = [
            (t, gap.value)
            for t in times.tolist()
            if (gap := gap_after(records, row, support, lambda look, t=t: look.cpu_s <= t)) is not None  # type: ignore[misc]
        ]
        if found:
            axes.plot(
                [t for t, _ in found],
                [value for _, value in found],
                color=_colour(row),
                linestyle=_WAY_LINES[row.way],
            )
    axes.set_xscale("log")
    set_log_ticks(axes.xaxis, *axes.get_xlim(), dense=True)
    axes.set_xlabel("CPU seconds of adaptation")
    _finish(axes, "loss of held-back showers above the best [nat]", "log")


def _finish(axes: Axes, label: str, scale: str) -> None:
    """Name the vertical axis, and number it plainly if it is logarithmic."""
    axes.set_yscale(scale)
    if scale == "log":
        set_log_ticks(axes.yaxis, *axes.get_ylim(), dense=True)
    set_label(axes.yaxis, label)


def _colour(row: Row) -> str:
    return COLOURS[_place(row) % len(COLOURS)]


def _marker(row: Row) -> str:
    return MARKERS[_place(row) % len(MARKERS)]


def _place(row: Row) -> int:
    known: tuple[str, ...] = LEARNERS
    return known.index(row.learner) if row.learner in known else len(known)
