"""A plot with a ratio panel below it: curves of several samples over the first one's."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib import transforms
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import FixedLocator, FuncFormatter
from numpy.typing import NDArray

from metacalo.validation.plots.style import (
    COLOURS,
    LINES,
    MARKERS,
    REFERENCE_COLOUR,
    name_plot,
    new_figure,
    set_label,
    set_log_ticks,
    set_log_x,
)

Array = NDArray[np.float64]

TINT = "0.93"
"""Of the area under the reference's histogram."""


class Curve(NamedTuple):
    """Values in bins, with errors: label of the sample, edges (K + 1,), values (K,), errors (K,)."""

    label: str
    edges: Array
    values: Array
    errors: Array


def plot_with_ratio(
    curves: Sequence[Curve],
    *,
    title: str,
    note: str,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    filled: bool = False,
    end: float | None = None,
) -> Figure:
    """Make a figure of one plot and its ratio panel.

    Args:
        curves: the reference, then the others, in the same bins.
        title: written above at the left.
        note: written above at the right.
        x_label: quantity and unit of the bins.
        y_label: quantity and unit of the values.
        log_x: logarithmic bins.
        log_y: logarithmic values.
        filled: the area under the reference is tinted, as a histogram's.
        end: where the calorimeter ends on the x axis; marked if given.
    """
    figure = new_figure(6.4, 5.4)
    upper, lower = ratio_panels(figure, left=0.125, right=0.965)
    draw_with_ratio(
        upper,
        lower,
        curves,
        x_label=x_label,
        y_label=y_label,
        log_x=log_x,
        log_y=log_y,
        filled=filled,
        end=end,
    )
    name_plot(upper, title, note)
    return figure


def ratio_panels(figure: Figure, *, left: float, right: float) -> tuple[Axes, Axes]:
    """Add a plot and a ratio panel below it, from left to right in shares of the figure's width."""
    grid = GridSpec(
        2, 1, figure, left=left, right=right, bottom=0.105, top=0.94, height_ratios=(3, 1.2), hspace=0.05
    )
    upper = figure.add_subplot(grid[0])
    return upper, figure.add_subplot(grid[1], sharex=upper)


def draw_with_ratio(
    upper: Axes,
    lower: Axes,
    curves: Sequence[Curve],
    *,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    log_y: bool = False,
    as_points: bool = False,
    filled: bool = False,
    named: bool = True,
    end: float | None = None,
) -> None:
    """Draw curves, the first of which is the reference, and below their ratio to it.

    Where the reference has negative values, a ratio says little: then differences stand below.

    The reference is a line with a band of one standard error, in both panels; the others are steps (or
    points) above, and points with their own standard error below, set a little apart so that they do not hide
    each other. Ratios that leave the panel are shown as open triangles at its edge.

    Args:
        upper: where the curves go.
        lower: where the ratios go; its x axis is shared.
        curves: the reference, then the others, in the same bins.
        x_label: quantity and unit of the bins.
        y_label: quantity and unit of the values.
        log_x: logarithmic bins.
        log_y: logarithmic values.
        as_points: values that are no histogram: points with errors, on an axis that need not begin at 0.
        filled: the area under the reference is tinted, as a histogram's.
        named: the curves are named in a legend.
        end: where the calorimeter ends on the x axis; marked if given.
    """
    reference, *others = curves
    edges = reference.edges
    if filled:
        upper.stairs(np.nan_to_num(reference.values), edges, fill=True, color=TINT, lw=0, zorder=0.2)
    line = _steps(upper, reference, REFERENCE_COLOUR, "-", log_y=log_y)
    handles: list[Any] = [(_band(upper, edges, reference.values, reference.errors), line)]
    for k, curve in enumerate(others):
        if as_points:
            handles.append(_points(upper, _places(edges, k, len(others), log_x=log_x), curve, k))
        else:
            handles.append(
                _steps(upper, curve, COLOURS[k % len(COLOURS)], LINES[k % len(LINES)], log_y=log_y)
            )
    set_label(upper.yaxis, y_label)
    upper.tick_params(labelbottom=False)
    set_label(lower.xaxis, x_label)
    upper.set_xlim(edges[0], edges[-1])
    if log_x:
        set_log_x(upper)
    _set_height(upper, curves, log_y=log_y, as_points=as_points)
    if named:
        # The place is fixed: matplotlib's search for the best one takes as long as the rest of a plot.
        upper.legend(handles, [curve.label for curve in curves], loc=_emptier_corner(curves, log_y=log_y))
    if (np.nan_to_num(reference.values) < 0).any():
        _draw_differences(lower, reference, others, log_x=log_x)
    else:
        _draw_ratios(lower, reference, others, log_x=log_x)
    if end is not None:
        mark_end(upper, end, falling=log_y)
        mark_end(lower, end, named=False)


def mark_end(axes: Axes, end: float, *, named: bool = True, falling: bool = False) -> None:
    """Mark the depth at which the calorimeter ends by a line, and say so beside it.

    Args:
        axes: whose x axis is a depth.
        end: that depth.
        named: whether to say so.
        falling: whether the curves still fall behind it, so that there is room below them before it only.
    """
    axes.axvline(end, color="0.35", lw=1.0, ls=(0, (6, 3)), zorder=0.6)
    if named:
        place = transforms.blended_transform_factory(axes.transData, axes.transAxes)
        axes.annotate(
            "end of the calorimeter",
            (end, 0.03 if falling else 0.3),
            xycoords=place,
            xytext=(-3 if falling else 3, 0),
            textcoords="offset points",
            rotation=90,
            ha="right" if falling else "left",
            va="bottom",
            fontsize=9,
            color="0.35",
        )


def _emptier_corner(curves: Sequence[Curve], *, log_y: bool) -> Literal["upper left", "upper right"]:
    """The upper corner under which the curves are lower."""
    heights = np.array([np.nan_to_num(curve.values) for curve in curves]).max(axis=0)
    if log_y:
        known = heights > 0
        heights = np.log(np.where(known, heights, heights[known].min(initial=1.0)))
    half = len(heights) // 2
    rises = half and heights[:half].mean() < heights[-half:].mean()
    return "upper left" if rises else "upper right"


def _steps(axes: Axes, curve: Curve, colour: str, line: Any, *, log_y: bool) -> Any:
    # In the logarithm only what is above zero has a place.
    shown = curve.values > 0 if log_y else np.isfinite(curve.values)
    values = np.where(shown, curve.values, np.nan)
    # Without a baseline the outline does not drop to zero at either end.
    return axes.stairs(values, curve.edges, color=colour, ls=line, lw=1.7, baseline=None)


def _points(axes: Axes, places: Array, curve: Curve, k: int) -> Any:
    return axes.errorbar(
        places,
        curve.values,
        curve.errors,
        color=COLOURS[k % len(COLOURS)],
        marker=MARKERS[k % len(MARKERS)],
        ms=4,
        lw=1.1,
        ls="none",
    )


def _set_height(axes: Axes, curves: Sequence[Curve], *, log_y: bool, as_points: bool) -> None:
    """Leave room for the legend above, and for no more than six decades below."""
    known = np.concatenate([curve.values[np.isfinite(curve.values)] for curve in curves])
    top = float(known.max(initial=0.0)) or 1.0
    if known.min(initial=0.0) < 0 and not log_y:
        low, high = np.quantile(known, [0.02, 0.98])
        span = max(float(high - low), 1e-9)
        axes.set_ylim(low - 0.4 * span, high + 0.8 * span)
    elif log_y:
        bottom = float(known[known > 0].min(initial=top))
        axes.set_ylim(max(bottom * 0.5, top * 1e-6), top * 8)
        # After the limits: matplotlib would look for its own, and warns if nothing is above zero.
        axes.set_yscale("log")
        set_log_ticks(axes.yaxis, *axes.get_ylim())
    elif as_points and known.size:
        bottom = float(known.min())
        # A curve that is flat within a per cent should look flat.
        span = max(top - bottom, 0.04 * top)
        axes.set_ylim(max(bottom - 0.5 * span, 0.0), top + 0.8 * span)
    else:
        axes.set_ylim(0, top * 1.35)


def _draw_ratios(axes: Axes, reference: Curve, others: Sequence[Curve], *, log_x: bool) -> None:
    edges, known = reference.edges, reference.values > 0
    base = np.where(known, reference.values, np.nan)
    ratios = [Curve(c.label, edges, c.values / base, c.errors / base) for c in others]
    band = np.where(known, reference.errors / base, np.nan)
    half = _half_height([ratio.values for ratio in ratios], band)
    _band(axes, edges, np.where(known, 1.0, np.nan), band)
    axes.axhline(1.0, color=REFERENCE_COLOUR, lw=1.0)
    for k, ratio in enumerate(ratios):
        places = _places(edges, k, len(ratios), log_x=log_x)
        inside = np.abs(ratio.values - 1) < half
        _points(axes, places, ratio._replace(values=np.where(inside, ratio.values, np.nan)), k)
        for beyond, edge, arrow in (
            (ratio.values - 1 >= half, 1 + 0.9 * half, "^"),
            (1 - ratio.values >= half, 1 - 0.9 * half, "v"),
        ):
            y = np.full(int(beyond.sum()), edge)
            colour = COLOURS[k % len(COLOURS)]
            axes.plot(places[beyond], y, color=colour, marker=arrow, ms=5, ls="none", mfc="white")
    axes.set_ylim(1 - half, 1 + half)
    axes.yaxis.set_major_locator(FixedLocator([1 - half / 2, 1.0, 1 + half / 2]))
    axes.yaxis.set_minor_locator(FixedLocator(list(1 + half * np.linspace(-0.9, 0.9, 19))))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylabel("ratio", loc="center")
    axes.grid(axis="y", color="0.85", lw=0.6)
    axes.set_axisbelow(True)


def _draw_differences(axes: Axes, reference: Curve, others: Sequence[Curve], *, log_x: bool) -> None:
    """Differences to the reference, with its errors as a band."""
    edges = reference.edges
    differences = [Curve(c.label, edges, c.values - reference.values, c.errors) for c in others]
    _band(axes, edges, np.zeros(len(edges) - 1), reference.errors)
    axes.axhline(0.0, color=REFERENCE_COLOUR, lw=1.0)
    for k, difference in enumerate(differences):
        _points(axes, _places(edges, k, len(differences), log_x=log_x), difference, k)
    sizes = np.abs(np.concatenate([reference.errors, *(d.values for d in differences)]))
    sizes = sizes[np.isfinite(sizes)]
    half = 1.6 * float(np.quantile(sizes, 0.9)) if sizes.size else 0.0
    axes.set_ylim(-(half or 1.0), half or 1.0)
    axes.set_ylabel("difference", loc="center")
    axes.grid(axis="y", color="0.85", lw=0.6)
    axes.set_axisbelow(True)


def _places(edges: Array, k: int, of: int, *, log_x: bool) -> Array:
    """Where in its bin the k-th of several points stands, shape (K,)."""
    share = 0.5 + 0.22 * (k - (of - 1) / 2)
    if log_x:
        return np.asarray(edges[:-1] * (edges[1:] / edges[:-1]) ** share)
    return np.asarray(edges[:-1] + share * np.diff(edges))


def _half_height(ratios: Sequence[Array], band: Array) -> float:
    """Half the height of a ratio panel that shows nine tenths of the points and of the band."""
    finite = np.concatenate([np.abs(ratio - 1) for ratio in ratios] + [band])
    finite = finite[np.isfinite(finite)]
    wanted = 1.4 * float(np.quantile(finite, 0.9)) if finite.size else 0.1
    steps = np.array([0.02, 0.04, 0.06, 0.1, 0.2, 0.4, 1.0])
    return float(steps[min(int(np.searchsorted(steps, wanted)), len(steps) - 1)])


def _band(axes: Axes, edges: Array, values: Array, errors: Array) -> Any:
    """A grey band of one standard error around values in bins."""
    low, high = (np.append(values + sign * errors, values[-1] + sign * errors[-1]) for sign in (-1, 1))
    return axes.fill_between(edges, low, high, step="post", color="0.6", alpha=0.55, lw=0, zorder=0.5)
