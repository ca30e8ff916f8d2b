"""What learned judges say: classifiers that tell samples apart, precision and recall, nearest neighbours."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.validation.curves import LearnedCurves, Neighbours, Scores
from metacalo.validation.plots.distributions import bin_edges
from metacalo.validation.plots.style import (
    COLOURS,
    LINES,
    MARKERS,
    REFERENCE_COLOUR,
    name_plot,
    new_figure,
    set_log_x,
    styled,
)

Array = NDArray[np.float64]


def learned_figures(curves: Mapping[str, LearnedCurves], *, title: str = "") -> dict[str, Figure]:
    """Draw what there is, by name, in the order of a report.

    Args:
        curves: by label of the generated sample; full simulation against itself may be among them.
        title: written above each.
    """
    figures = {}
    if any(curve.scores for curve in curves.values()):
        scores = {label: curve.scores for label, curve in curves.items()}
        figures["classifier_roc"] = classifier_roc(scores, title=title)
        figures["classifier_scores"] = classifier_scores(scores, title=title)
        figures["classifier_calibration"] = classifier_calibration(scores, title=title)
    prd = {label: (c.recall, c.precision) for label, c in curves.items() if len(c.recall)}
    if prd:
        figures["precision_recall"] = precision_recall(prd, title=title)
    distances = {label: c.neighbours for label, c in curves.items() if c.neighbours is not None}
    if distances:
        figures["nearest_neighbours"] = nearest_neighbours(distances, title=title)
    return figures


@styled
def classifier_roc(scores: Mapping[str, Mapping[str, Scores]], *, title: str = "") -> Figure:
    """Receiver operating characteristic of each classifier: generated found against reference mistaken.

    Args:
        scores: by label of the sample, then by the classifier's name.
        title: written above.
    """
    figure, panels = _panel_of_each(scores, title)
    for name, axes in panels.items():
        axes.plot([0, 1], [0, 1], color="0.6", lw=1.0, ls=":")
        for k, (label, found) in enumerate(_of_classifier(scores, name).items()):
            mistaken, caught = roc(found)
            area = float(np.diff(mistaken) @ (caught[1:] + caught[:-1]) / 2)
            axes.plot(mistaken, caught, **_line(k), label=f"{label}: AUC {area:.3f}")
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_xlabel("share of full simulation called generated")
        axes.legend(loc="lower right", fontsize=9.5)
    next(iter(panels.values())).set_ylabel("share of generated called so")
    return figure


@styled
def classifier_scores(
    scores: Mapping[str, Mapping[str, Scores]], *, title: str = "", bins: int = 25
) -> Figure:
    """Distribution of the classifier's output for full simulation (tinted) and generated showers.

    Args:
        scores: by label of the sample, then by the classifier's name.
        title: written above.
        bins: number of bins of the score.
    """
    figure, panels = _panel_of_each(scores, title)
    edges = np.linspace(0, 1, bins + 1)
    for name, axes in panels.items():
        top = 0.0
        for k, (label, found) in enumerate(_of_classifier(scores, name).items()):
            base, other = (
                np.histogram(x, edges)[0] / max(len(x), 1) for x in (found.of_reference, found.of_generated)
            )
            colour = COLOURS[k % len(COLOURS)]
            axes.stairs(base, edges, fill=True, color=colour, alpha=0.18, lw=0)
            axes.stairs(other, edges, **_line(k), baseline=None, label=label)
            top = max(top, float(base.max()), float(other.max()))
        axes.set(xlim=(0, 1), ylim=(0, 1.35 * (top or 1.0)))
        axes.set_xlabel("score (probability of being generated)")
        axes.legend(loc="upper left", fontsize=9.5)
    next(iter(panels.values())).set_ylabel("share of showers per bin")
    return figure


@styled
def classifier_calibration(
    scores: Mapping[str, Mapping[str, Scores]], *, title: str = "", bins: int = 10
) -> Figure:
    """Share of generated showers among those of a score: a diagonal if the score is a probability.

    Args:
        scores: by label of the sample, then by the classifier's name.
        title: written above.
        bins: number of bins of the score; those with fewer than 5 showers are left blank.
    """
    figure, panels = _panel_of_each(scores, title)
    for name, axes in panels.items():
        axes.plot([0, 1], [0, 1], color="0.6", lw=1.0, ls=":")
        for k, (label, found) in enumerate(_of_classifier(scores, name).items()):
            score, share, error = reliability(found, bins)
            style: dict[str, Any] = {"color": COLOURS[k % len(COLOURS)], "marker": MARKERS[k % len(MARKERS)]}
            axes.errorbar(score, share, error, **style, ms=4.5, lw=1.1, label=label)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
        axes.set_xlabel("mean score")
        axes.legend(loc="upper left", fontsize=9.5)
    next(iter(panels.values())).set_ylabel("share that is generated")
    return figure


@styled
def precision_recall(curves: Mapping[str, tuple[Array, Array]], *, title: str = "") -> Figure:
    """Precision against recall of distributions (Sajjadi et al. 2018, arXiv:1806.00035).

    Args:
        curves: recall and precision, of one length, by label of the sample.
        title: written above.
    """
    figure = new_figure(5.4, 5.0)
    axes = figure.add_axes((0.13, 0.115, 0.835, 0.82))
    for k, (label, (recall, precision)) in enumerate(curves.items()):
        order = np.argsort(recall, kind="stable")
        axes.plot(recall[order], precision[order], **_line(k), label=label)
    axes.set(xlim=(0, 1.02), ylim=(0, 1.02), aspect="equal")
    axes.set_xlabel("recall (share of full simulation that is covered)")
    axes.set_ylabel("precision (share of generated that is real)")
    axes.legend(loc="lower left")
    name_plot(axes, title)
    return figure


@styled
def nearest_neighbours(distances: Mapping[str, Neighbours], *, title: str = "", bins: int = 40) -> Figure:
    """Distances of full simulation (tinted) and of generated showers to the nearest training shower.

    Args:
        distances: by label of the sample.
        title: written above.
        bins: number of bins of the distance, of equal width in its logarithm.
    """
    figure = new_figure(6.4, 4.6)
    axes = figure.add_axes((0.125, 0.125, 0.84, 0.8))
    first = next(iter(distances.values()))
    every = np.concatenate([first.of_reference, *(d.of_generated for d in distances.values())])
    edges = bin_edges(every, bins, log=True)
    base = _shares(first.of_reference, edges)
    axes.stairs(base, edges, fill=True, color="0.85", lw=0)
    axes.stairs(base, edges, color=REFERENCE_COLOUR, lw=1.6, baseline=None, label="full simulation")
    top = base.max()
    for k, (label, found) in enumerate(distances.items()):
        shares = _shares(found.of_generated, edges)
        axes.stairs(shares, edges, **_line(k), baseline=None, label=label)
        top = max(top, shares.max())
    axes.set_xlim(edges[0], edges[-1])
    set_log_x(axes)
    axes.set_ylim(0, 1.35 * (float(top) or 1.0))
    axes.set_xlabel("distance to the nearest training shower [spreads of the features]")
    axes.set_ylabel("share of showers per bin")
    axes.legend(loc="upper left")
    name_plot(axes, title)
    return figure


def roc(scores: Scores) -> tuple[Array, Array]:
    """Shares of reference and of generated showers above each possible cut, from (0, 0) to (1, 1).

    Equal scores are one step, so that the area is the probability that a generated shower has the higher
    score, ties counting half.
    """
    every = np.concatenate([scores.of_generated, scores.of_reference])
    cuts = np.unique(every)[::-1]
    shares = []
    for part in (scores.of_reference, scores.of_generated):
        above = len(part) - np.searchsorted(np.sort(part), cuts, side="left")
        shares.append(np.concatenate([[0.0], above / max(len(part), 1)]))
    return shares[0], shares[1]


def reliability(scores: Scores, bins: int = 10) -> tuple[Array, Array, Array]:
    """Mean score, share of generated showers and its binomial error in bins of the score, (K,) each.

    Samples of different sizes are weighted alike. Bins with fewer than 5 showers are left out.
    """
    parts = (scores.of_reference, scores.of_generated)
    edges = np.linspace(0, 1, bins + 1)
    counts = [np.histogram(part, edges)[0].astype(np.float64) for part in parts]
    sums = [np.histogram(part, edges, weights=part)[0] for part in parts]
    weights = [1.0 / max(len(part), 1) for part in parts]
    kept = counts[0] + counts[1] >= 5
    total = sum(weight * count[kept] for weight, count in zip(weights, counts, strict=True))
    score = sum(weight * s[kept] for weight, s in zip(weights, sums, strict=True)) / total
    share = weights[1] * counts[1][kept] / total
    error = np.sqrt(share * (1 - share) / (counts[0] + counts[1])[kept])
    return np.asarray(score), np.asarray(share), np.asarray(error)


def _panel_of_each(scores: Mapping[str, Mapping[str, Scores]], title: str) -> tuple[Figure, dict[str, Axes]]:
    """A panel for each classifier that any sample was shown to."""
    names = list(dict.fromkeys(name for found in scores.values() for name in found))
    width = 0.3 + 4.3 * len(names)
    figure = new_figure(width, 4.6)
    panels = {
        name: figure.add_axes(((0.7 + 4.3 * k) / width, 0.125, 3.7 / width, 0.8))
        for k, name in enumerate(names)
    }
    for k, (name, axes) in enumerate(panels.items()):
        name_plot(axes, "" if k else title, name)
    return figure, panels


def _of_classifier(scores: Mapping[str, Mapping[str, Scores]], name: str) -> dict[str, Scores]:
    return {label: found[name] for label, found in scores.items() if name in found}


def _line(k: int) -> dict[str, Any]:
    return {"color": COLOURS[k % len(COLOURS)], "ls": LINES[k % len(LINES)], "lw": 1.7}


def _shares(values: Array, edges: Array) -> Array:
    counts = np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0]
    return np.asarray(counts / max(len(values), 1))
