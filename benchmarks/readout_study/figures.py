"""The results as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from metacalo.validation.plots.style import COLOURS, MARKERS, name_plot, new_figure, png_bytes, styled
from readout_study.study import SCAN, Record, Study
from readout_study.tables import SPREAD_LIMIT, limit_of
from readout_study.ways import TRUTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HISTOGRAMS = (
    ("LHCb|normal|inner|centre|E hottest", "hottest cell / visible energy"),
    ("LHCb|normal|inner|corner|E hottest", "hottest cell / visible energy"),
    ("LHCb|normal|inner|anywhere|cells > 10 MeV", "cells above 10 MeV"),
    ("ATLAS|as simulated|eta to 0.8|centre|strip width", "width in eta of the strips [strips]"),
    ("ATLAS|as simulated|eta to 0.8|anywhere|R_eta", "R_eta"),
    ("ATLAS|as simulated|eta to 0.8|centre|w_eta2", "w_eta2"),
)
_COLOURS = (*COLOURS, "0.5")
_SHOWN = 4
"""Ways drawn as histograms beside the truth, the first ones."""


def draw_all(study: Study) -> dict[str, bytes]:
    """All plots as PNGs, by file name."""
    drawn = {"s_curves.png": draw_scans(study), "distributions.png": draw_distributions(study)}
    for detector in dict.fromkeys(record.detector for record in study.records):
        records = [record for record in study.records if record.detector == detector]
        drawn[f"deviations_{detector.lower()}.png"] = draw_deviations(study, records)
    return drawn


def _ways(study: Study) -> list[str]:
    return [name for name in study.ways if name != TRUTH]


@styled
def draw_deviations(study: Study, records: list[Record]) -> bytes:
    """Deviations of means and spreads: a row for each observable with a limit, where cells are smallest."""
    limited = [record for record in records if limit_of(record) is not None and _is_drawn(record)]
    names = _ways(study)
    rows = [f"{r.observable}, {r.place}\n{r.region}, {r.incidence}" for r in limited]
    figure = new_figure(13.0, 0.42 * len(rows) + 2.2)
    left, right = figure.subplots(1, 2, sharey=True)
    height = np.arange(len(rows))[::-1]
    for k, name in enumerate(names):
        shift = 0.6 * (0.5 - (k + 0.5) / len(names))
        look = {"color": _COLOURS[k % len(_COLOURS)], "marker": MARKERS[k % len(MARKERS)], "linestyle": ""}
        far = [record.ways[name] for record in limited]
        left.errorbar(
            [d.mean for d in far], height + shift, xerr=[d.mean_error for d in far], markersize=4, **look
        )
        right.errorbar(
            [d.spread for d in far],
            height + shift,
            xerr=[d.spread_error for d in far],
            markersize=4,
            label=name,
            **look,
        )
    for k, record in enumerate(limited):
        limit = limit_of(record) or 0.0
        for axes, width in ((left, limit), (right, SPREAD_LIMIT)):
            axes.fill_betweenx([height[k] - 0.45, height[k] + 0.45], -width, width, color="0.9", zorder=0)
    left.set_yticks(height, rows, fontsize=7.5)
    for axes, most, title in ((left, 5.9, "mean"), (right, 19.0, "standard deviation")):
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.set_xlim(-most, most)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.tick_params(axis="y", which="both", left=False, right=False)
        axes.set_xlabel(
            "from the truth [%]; centroid in % of a cell" if axes is left else "from the truth [%]"
        )
        name_plot(axes, title, "grey: to be reached" if axes is left else "beyond the axis: not drawn")
    figure.subplots_adjust(left=0.2, right=0.985, top=1.0 - 0.85 / figure.get_figheight(), wspace=0.05)
    figure.subplots_adjust(bottom=0.6 / figure.get_figheight())
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(names))
    return png_bytes(figure)


def _is_drawn(record: Record) -> bool:
    """Not along y, which is as along x; and of planar cells only the smallest, and borders with them."""
    smallest = record.detector != "LHCb" or record.region.endswith("inner")
    return smallest and record.observable != "centroid y"


@styled
def draw_scans(study: Study) -> bytes:
    """Bias of the centroid across a cell, and how far each way is from the truth's."""
    figure = new_figure(4.8 * max(1, len(study.scans)), 6.4)
    grid = figure.subplots(2, max(1, len(study.scans)), squeeze=False, sharex=True)
    for column, (place, scan) in enumerate(study.scans.items()):
        upper, lower = grid[:, column]
        upper.plot(SCAN, 100 * np.array(scan[TRUTH]), color="black", label=TRUTH, linewidth=2.4)
        for k, name in enumerate(_ways(study)):
            values, truth = 100 * np.array(scan[name]), 100 * np.array(scan[TRUTH])
            look = {
                "color": _COLOURS[k % len(_COLOURS)],
                "marker": MARKERS[k % len(MARKERS)],
                "markersize": 4,
            }
            upper.plot(SCAN, values, label=name, **look)
            lower.plot(SCAN, values - truth, **look)
        lower.axhspan(-3.0, 3.0, color="0.9", zorder=0)
        lower.set_ylim(-6.0, 6.0)
        lower.set_xlabel("true place [cells from the centre]")
        name_plot(upper, place)
        if column == 0:
            upper.set_ylabel("bias [% of a cell]")
            lower.set_ylabel("from the truth [% of a cell]")
    figure.subplots_adjust(left=0.07, right=0.99, top=0.87, bottom=0.09, hspace=0.06, wspace=0.14)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels))
    return png_bytes(figure)


@styled
def draw_distributions(study: Study) -> bytes:
    """Histograms of single observables."""
    shown = [(key, label) for key, label in _HISTOGRAMS if key in study.samples]
    figure = new_figure(14.0, 4.1 * ((len(shown) + 2) // 3) + 0.5)
    grid = figure.subplots((len(shown) + 2) // 3, 3, squeeze=False)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, (key, label) in zip(grid.flat, shown, strict=False):
        _histogram(axes, study.samples[key], [TRUTH, *_ways(study)[:_SHOWN]])
        axes.set_xlabel(label)
        parts = key.split("|")
        name_plot(axes, " ".join([parts[0], *(parts[2:3] if parts[0] == "LHCb" else [])]), parts[-2])
    figure.subplots_adjust(left=0.05, right=0.985, top=0.9, bottom=0.07, hspace=0.36, wspace=0.17)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=len(labels))
    return png_bytes(figure)


def _histogram(axes: Axes, samples: dict[str, np.ndarray], names: list[str]) -> None:
    low, high = np.percentile(samples[TRUTH], [0.5, 99.5])
    edges = np.linspace(low - 0.1 * (high - low), high + 0.1 * (high - low), 31)
    for k, name in enumerate(names):
        counts, _ = np.histogram(samples[name], edges)
        if name == TRUTH:
            axes.stairs(counts, edges, color="0.8", fill=True, label=name)
        else:
            axes.stairs(counts, edges, color=_COLOURS[(k - 1) % len(_COLOURS)], label=name, linewidth=1.4)
    axes.set_ylabel("events")
    axes.set_ylim(bottom=0.0)
