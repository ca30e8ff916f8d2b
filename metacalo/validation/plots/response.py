"""Response, resolution and depth against incident energy and angle, and against each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.validation import profiles
from metacalo.validation.observables import OBSERVABLES
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.ratio import Curve, draw_with_ratio, ratio_panels
from metacalo.validation.plots.style import (
    COLOURS,
    MARKERS,
    REFERENCE_COLOUR,
    name_plot,
    new_figure,
    set_log_x,
    styled,
)
from metacalo.validation.resolution import (
    ResolutionFit,
    ResolutionPoints,
    fit_resolution,
    resolution_points,
)

Array = NDArray[np.float64]

FEWEST_IN_BIN = 10
"""Bins with fewer showers of a sample are left blank."""

_LEAST_P_VALUE = 0.01
"""Of a fit that is good enough for its terms to mean something."""

SMALLEST_RANGE_DEG = 0.5
"""Samples whose angles differ by less are of one angle."""

_E_INC = r"incident energy $E_\mathrm{inc}$ [GeV]"
_ANGLE = r"angle to the normal $\theta$ [°]"


@styled
def response_and_resolution(measured: Measured, bins: int = 8) -> Figure:
    """Mean response and its relative spread (standard deviation over mean) against incident energy.

    Bins with fewer than 10 showers of a sample are left blank.

    Args:
        measured: the samples.
        bins: number of bins of incident energy.
    """
    edges = measured.energy_edges_gev(bins)
    members = {label: profiles.energy_bin_of_each(s, edges) for label, s in measured.samples.items()}
    means, spreads = _in_bins(measured.values(OBSERVABLES["response"]), members, edges)
    labels = (r"response $E_\mathrm{vis}/E_\mathrm{inc}$ [%]", r"resolution $\sigma/\mu$ [%]")
    curves = (_scaled(means, 100.0), _scaled(spreads, 100.0))
    return _two_plots(measured, curves, x_label=_E_INC, y_labels=labels, log_x=True)


@styled
def resolution_fit(measured: Measured) -> Figure:
    """Resolution against incident energy with the curve a / sqrt(E) (+) b (+) c / E fitted to each sample.

    The band is the standard error of the fit of the reference. Below, points and curves over that fit.

    Args:
        measured: the samples; those without a fit (`resolution.fit_resolution`) are drawn without a curve.
    """
    figure = new_figure(7.4, 5.8)
    upper, lower = ratio_panels(figure, left=0.105, right=0.97)
    fits = {label: _fit(s) for label, s in measured.samples.items()}
    reference = next(iter(fits.values()))[1]
    edges = measured.energy_edges_gev(1)
    energy = np.geomspace(edges[0], edges[-1], 100)
    base = reference.resolution(energy) if reference else None
    top = 0.0
    for k, (label, (points, fit)) in enumerate(fits.items()):
        colour = COLOURS[(k - 1) % len(COLOURS)] if k else REFERENCE_COLOUR
        style: dict[str, Any] = {
            "color": colour,
            "marker": MARKERS[(k - 1) % len(MARKERS)] if k else "o",
            "ms": 4,
            "ls": "none",
        }
        name = f"{label}: {_terms(fit)}" if fit else label
        upper.errorbar(points.energy_gev, 100 * points.resolution, 100 * points.error, **style, label=name)
        top = max(top, 100 * float(points.resolution.max(initial=0.0)))
        if reference:
            expected = reference.resolution(points.energy_gev)
            lower.errorbar(points.energy_gev, points.resolution / expected, points.error / expected, **style)
        if fit:
            curve = fit.resolution(energy)
            upper.plot(energy, 100 * curve, color=colour, lw=1.4)
            if base is not None:
                lower.plot(energy, curve / base, color=colour, lw=1.4)
    if reference and base is not None:
        error = reference.resolution_error(energy)
        upper.fill_between(energy, 100 * (base - error), 100 * (base + error), color="0.6", alpha=0.5, lw=0)
        lower.fill_between(energy, 1 - error / base, 1 + error / base, color="0.6", alpha=0.5, lw=0)
    upper.set(xlim=(edges[0], edges[-1]), ylim=(0, 1.25 * (top or 1.0)))
    set_log_x(upper)
    upper.tick_params(labelbottom=False)
    upper.set_ylabel(r"resolution $\sigma/\mu$ [%]")
    upper.legend(loc="upper right", fontsize=10)
    lower.set_xlabel(_E_INC)
    lower.set_ylabel("ratio", loc="center")
    lower.set_ylim(0.5, 1.5)
    lower.grid(axis="y", color="0.85", lw=0.6)
    name_plot(upper, measured.title, measured.note)
    return figure


def has_resolution(measured: Measured) -> bool:
    """Whether the reference's resolution can be fitted: its energies tell the terms apart."""
    return _fit(measured.reference)[1] is not None


def has_angles(measured: Measured) -> bool:
    """Whether the angles of the reference differ, so that something can be drawn against them."""
    theta = np.rad2deg(measured.reference.theta_rad)
    return bool(np.ptp(theta) > SMALLEST_RANGE_DEG)


@styled
def angle_dependence(measured: Measured, bins: int = 8) -> Figure:
    """Mean response and mean depth of the shower against the angle to the normal.

    Bins with fewer than 10 showers of a sample are left blank.

    Args:
        measured: the samples.
        bins: number of bins of the angle, as wide as each other.
    """
    theta = {label: np.rad2deg(np.asarray(s.theta_rad)) for label, s in measured.samples.items()}
    first = next(iter(theta.values()))
    low, high = float(first.min()), float(first.max())
    if high - low < SMALLEST_RANGE_DEG:
        low, high = low - SMALLEST_RANGE_DEG, high + SMALLEST_RANGE_DEG
    edges = np.linspace(low, high, bins + 1)
    members = {
        label: np.where(
            (angle >= low) & (angle <= high), np.minimum(np.digitize(angle, edges) - 1, bins - 1), -1
        )
        for label, angle in theta.items()
    }
    response, depth = (
        _in_bins(measured.values(OBSERVABLES[name]), members, edges)[0] for name in ("response", "depth")
    )
    labels = (
        r"mean response $E_\mathrm{vis}/E_\mathrm{inc}$ [%]",
        OBSERVABLES["depth"].label_of(measured.scales),
    )
    curves = (_scaled(response, 100.0), depth)
    return _two_plots(measured, curves, x_label=_ANGLE, y_labels=labels)


@styled
def depth_and_response(measured: Measured, most: int = 3000) -> Figure:
    """Each shower's response against its depth, in units of their means, with contours of the reference.

    The contours hold 68% and 95% of the reference's showers; the correlation coefficient r stands in each
    panel.

    Args:
        measured: the samples.
        most: points drawn of each sample.
    """
    response, depth = (measured.values(OBSERVABLES[name]) for name in ("response", "depth"))
    labels = list(measured.samples)
    width = 0.85 + 3.7 * len(labels)
    figure = new_figure(width, 4.2)
    first = depth[labels[0]], 100 * response[labels[0]]
    x_edges, y_edges = map(_central_edges, first)
    for k, label in enumerate(labels):
        axes = figure.add_axes(((0.75 + 3.7 * k) / width, 0.14, 3.45 / width, 0.78))
        colour = REFERENCE_COLOUR if k == 0 else COLOURS[(k - 1) % len(COLOURS)]
        axes.scatter(
            depth[label][:most],
            100 * response[label][:most],
            s=3,
            color=colour,
            alpha=0.3,
            lw=0,
            rasterized=True,
        )
        _draw_contours(axes, *first, x_edges, y_edges)
        axes.set(xlim=(x_edges[0], x_edges[-1]), ylim=(y_edges[0], y_edges[-1]))
        axes.set_xlabel(OBSERVABLES["depth"].label_of(measured.scales))
        axes.text(
            0.04,
            0.95,
            f"$r = {_correlation(depth[label], response[label]):+.2f}$",
            transform=axes.transAxes,
            va="top",
        )
        name_plot(axes, label, measured.title if k == len(labels) - 1 else "")
        if k:
            axes.tick_params(labelleft=False)
        else:
            axes.set_ylabel(r"response $E_\mathrm{vis}/E_\mathrm{inc}$ [%]")
    return figure


def _fit(showers: Showers) -> tuple[ResolutionPoints, ResolutionFit | None]:
    """Resolution in bins of energy, and the fit to it if they are enough for one."""
    points = resolution_points(showers)
    try:
        return points, fit_resolution(points)
    except SettingsError:
        return points, None


def _terms(fit: ResolutionFit) -> str:
    """The fitted curve in words of a legend, without errors."""
    a, b, c = (100 * term.value for term in (fit.stochastic, fit.constant, fit.noise))
    doubt = ", no good fit" if fit.p_value < _LEAST_P_VALUE else ""
    return f"{a:.3g}%/√E ⊕ {b:.2g}% ⊕ {c:.2g}%/E (E in GeV; χ²/ndf = {fit.chi2:.1f}/{fit.ndf}{doubt})"


def _in_bins(
    values: Mapping[str, Array], members: Mapping[str, NDArray[np.int64]], edges: Array
) -> tuple[list[Curve], list[Curve]]:
    """Means and relative spreads of values (N,) in bins, by label of the sample."""
    means, spreads = [], []
    for label, value in values.items():
        found = np.full((len(edges) - 1, 4), np.nan)
        for k in range(len(found)):
            inside = value[members[label] == k]
            if len(inside) >= FEWEST_IN_BIN:
                m = profiles.moments(inside)
                found[k] = m.mean, m.mean_error, m.relative_spread, m.relative_spread_error
        means.append(Curve(label, edges, found[:, 0], found[:, 1]))
        spreads.append(Curve(label, edges, found[:, 2], found[:, 3]))
    return means, spreads


def _scaled(curves: Sequence[Curve], factor: float) -> list[Curve]:
    return [Curve(c.label, c.edges, factor * c.values, factor * c.errors) for c in curves]


def _two_plots(
    measured: Measured,
    curves: tuple[Sequence[Curve], Sequence[Curve]],
    *,
    x_label: str,
    y_labels: tuple[str, str],
    log_x: bool = False,
) -> Figure:
    """Two plots of points with ratio panels, side by side."""
    figure = new_figure(11, 5.4)
    panels = (ratio_panels(figure, left=0.07, right=0.485), ratio_panels(figure, left=0.565, right=0.98))
    for (upper, lower), drawn, y_label in zip(panels, curves, y_labels, strict=True):
        draw_with_ratio(upper, lower, drawn, x_label=x_label, y_label=y_label, log_x=log_x, as_points=True)
    name_plot(panels[0][0], measured.title)
    name_plot(panels[1][0], "", measured.note)
    return figure


def _central_edges(values: Array, bins: int = 40) -> Array:
    """Edges that hold the central 99% of values (N,), with a third of that on either side."""
    low, high = np.quantile(values, [0.005, 0.995])
    margin = (high - low) / 3 or 0.5 * abs(low) or 0.5
    return np.linspace(low - margin, high + margin, bins + 1)


def _draw_contours(axes: Axes, x: Array, y: Array, x_edges: Array, y_edges: Array) -> None:
    """Contours that hold 68% and 95% of the points, of their density smoothed over neighbouring bins."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    # Few points need more smoothing, as the best width falls with their number to the power -1/6.
    width = float(np.clip(1.3 * (2000 / len(x)) ** (1 / 6), 1.0, 3.0))
    density = gaussian_filter(np.histogram2d(x, y, (x_edges, y_edges))[0], width)
    place = [
        (value - edges[0]) / (edges[1] - edges[0]) - 0.5 for value, edges in ((x, x_edges), (y, y_edges))
    ]
    at_points = map_coordinates(density, place, order=1)
    levels = [float(level) for level in np.quantile(at_points, [0.05, 0.32])]
    if 0 < levels[0] < levels[1]:
        x_middle, y_middle = ((edges[1:] + edges[:-1]) / 2 for edges in (x_edges, y_edges))
        style: dict[str, Any] = {"colors": [REFERENCE_COLOUR], "linewidths": [0.9, 1.5]}
        axes.contour(x_middle, y_middle, density.T, levels=levels, **style)


def _correlation(x: Array, y: Array) -> float:
    return float(profiles.correlation(np.column_stack([x, y]))[0, 1])
