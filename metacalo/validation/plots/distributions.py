"""How observables of single showers are distributed, with the ratio to the reference."""

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.validation import profiles
from metacalo.validation.observables import Observable
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.ratio import Curve, draw_with_ratio, plot_with_ratio, ratio_panels
from metacalo.validation.plots.style import energy_range, name_plot, new_figure, styled

Array = NDArray[np.float64]

FEWEST_IN_ENERGY_BIN = 10

MOST_NUMBERED_VALUES = 8
"""A discrete observable of fewer values has a number at the axis for each."""


@styled
def distribution(measured: Measured, observable: Observable, *, bins: int | None = None) -> Figure:
    """Distribution of an observable of single showers, as share of the showers in each bin.

    The bins span the central 99 per cent of the reference and a tenth more on either side; the first and the
    last one also hold what lies outside. The errors are those of counting. Showers for which the observable
    has no value are in no bin.

    Args:
        measured: the samples.
        observable: what is drawn; it says whether its axis is logarithmic and its values whole numbers.
        bins: number of bins; by default 2.5 cube roots of the size of the smallest sample, from 10 to 60.
    """
    curves = _histograms(measured.values(observable), observable, bins)
    figure = plot_with_ratio(
        curves,
        title=measured.title,
        note=measured.note,
        x_label=observable.label_of(measured.scales),
        y_label="share of showers per bin",
        log_x=observable.log_x,
        filled=True,
    )
    edges = curves[0].edges
    if observable.discrete and len(edges) <= MOST_NUMBERED_VALUES:
        figure.axes[1].xaxis.set_major_locator(FixedLocator(list((edges[1:] + edges[:-1]) / 2)))
        figure.axes[1].xaxis.set_minor_locator(NullLocator())
    return figure


@styled
def distribution_in_energy_bins(
    measured: Measured, observable: Observable, *, edges_gev: Array | None = None, bins: int | None = None
) -> Figure:
    """Distributions of an observable in bins of incident energy, side by side.

    Args:
        measured: the samples.
        observable: what is drawn.
        edges_gev: edges of the bins of incident energy [GeV]; by default three that hold all of the
            reference. Bins with fewer than 10 showers of a sample are left out.
        bins: number of bins of the observable, as in `distribution`.

    Raises:
        SettingsError: if every bin of incident energy has too few showers.
    """
    edges = measured.energy_edges_gev(3) if edges_gev is None else np.asarray(edges_gev, dtype=np.float64)
    filled = filled_energy_bins(measured, edges)
    if not filled:
        raise SettingsError(
            f"no bin of incident energy has {FEWEST_IN_ENERGY_BIN} showers of every sample; give fewer bins "
            "or more showers"
        )
    members = {label: profiles.energy_bin_of_each(s, edges) for label, s in measured.samples.items()}
    values = measured.values(observable)
    parts = {
        energy_range(edges[k], edges[k + 1]): {
            label: value[members[label] == k] for label, value in values.items()
        }
        for k in filled
    }
    return _side_by_side(measured, observable, parts, bins, width=3.7)


def filled_energy_bins(measured: Measured, edges_gev: Array) -> list[int]:
    """Bins of incident energy with enough showers of every sample to draw."""
    members = [profiles.energy_bin_of_each(s, edges_gev) for s in measured.samples.values()]
    return [
        k
        for k in range(len(edges_gev) - 1)
        if min(np.count_nonzero(member == k) for member in members) >= FEWEST_IN_ENERGY_BIN
    ]


@styled
def distribution_in_ranges(measured: Measured, observable: Observable, *, bins: int | None = None) -> Figure:
    """Distributions of an observable of the coarse ranges of depth, side by side.

    Args:
        measured: the samples.
        observable: with values of shape (N, ranges).
        bins: number of bins of the observable, as in `distribution`.
    """
    values = measured.values(observable)
    names = _range_titles(measured.scales.range_names)
    parts = {name: {label: v[:, k] for label, v in values.items()} for k, name in enumerate(names)}
    return _side_by_side(measured, observable, parts, bins, width=2.7)


def _range_titles(names: Sequence[str]) -> list[str]:
    """Ranges of depth as they are written on a plot: 0–4 X₀ for one that is named by its beginning, 0X0."""
    if not all(name.endswith("X0") for name in names):
        return [name.replace("fifth", "fifth no. ") for name in names]
    starts = [name.removesuffix("X0") for name in names]
    return [f"{a}–{b} X₀" for a, b in itertools.pairwise(starts)] + [f"behind {starts[-1]} X₀"]


def _side_by_side(
    measured: Measured,
    observable: Observable,
    parts: Mapping[str, Mapping[str, Array]],
    bins: int | None,
    *,
    width: float,
) -> Figure:
    """A plot with its ratio panel for each part of the values, under the part's name."""
    total = 0.35 + (width + 0.65) * len(parts)
    figure = new_figure(total, 4.9)
    for place, (name, values) in enumerate(parts.items()):
        left = (0.85 + (width + 0.65) * place) / total
        upper, lower = ratio_panels(figure, left=left, right=left + width / total)
        draw_with_ratio(
            upper,
            lower,
            _histograms(values, observable, bins),
            x_label=observable.label_of(measured.scales),
            y_label="" if place else "share of showers per bin",
            log_x=observable.log_x,
            filled=True,
            named=not place,
        )
        name_plot(upper, "" if place else measured.title, name)
    return figure


def _histograms(values: Mapping[str, Array], observable: Observable, bins: int | None) -> list[Curve]:
    """Shares of the showers in common bins; the first sample chooses the bins."""
    if bins is None:
        bins = int(np.clip(2.5 * min(map(len, values.values())) ** (1 / 3), 10, 60))
    if observable.discrete:
        edges = edges_between(np.concatenate(list(values.values())), bins)
    else:
        edges = bin_edges(next(iter(values.values())), bins, log=observable.log_x)
    curves = []
    for label, value in values.items():
        known = value[np.isfinite(value)]
        count = np.histogram(np.clip(known, edges[0], edges[-1]), edges)[0].astype(np.float64)
        curves.append(Curve(label, edges, count / len(value), np.sqrt(count) / len(value)))
    return curves


def bin_edges(values: Array, bins: int, *, log: bool = False) -> Array:
    """Edges of bins for values (N,): their central 99 per cent and a tenth more on either side.

    Args:
        values: of the reference; those that are not finite, or not positive on a logarithmic axis, do not
            count.
        bins: number of bins.
        log: bins of equal width in the logarithm.
    """
    known = values[np.isfinite(values) & ((values > 0) | (not log))]
    if not known.size:
        known = np.ones(1)
    shown = np.log(known) if log else known
    low, high = np.quantile(shown, [0.005, 0.995])
    margin = 0.1 * (high - low)
    # The rounding of a constant observable is no width.
    if not margin > 1e-9 * max(abs(low), abs(high)):
        margin = 0.5 if log else 0.5 * abs(low) or 0.5
    edges = np.linspace(low - margin, high + margin, bins + 1)
    return np.asarray(np.exp(edges) if log else edges)


def edges_between(values: Array, bins: int) -> Array:
    """Edges half way between the few values that an observable takes; above `bins`, some share a bin."""
    known = np.unique(values[np.isfinite(values)])
    if len(known) < 2:
        return np.array([known[0] - 0.5, known[0] + 0.5] if known.size else [-0.5, 0.5])
    half = np.diff(known) / 2
    edges = np.concatenate([[known[0] - half[0]], known[:-1] + half, [known[-1] + half[-1]]])
    together = int(np.ceil(len(known) / bins))
    return np.asarray(np.append(edges[:-1:together], edges[-1]))
