"""The course of a training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from metacalo.validation.plots.style import COLOURS, LINES, name_plot, new_figure, styled


@styled
def loss_curve(
    losses: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str = "",
    best_step: float | None = None,
    y_label: str = "loss per shower",
) -> Figure:
    """The course of a training: loss against step.

    Args:
        losses: steps and losses (of one length) by label, for instance of support and held-back showers.
        title: written above.
        best_step: where early stopping took the model from; marked if given.
        y_label: what the loss is.
    """
    figure = new_figure(6.4, 4.4)
    axes = figure.add_axes((0.125, 0.125, 0.84, 0.8))
    colours = (COLOURS[1], COLOURS[0], *COLOURS[2:])
    for (label, (steps, values)), colour, line in zip(losses.items(), colours, LINES, strict=False):
        axes.plot(
            steps, values, color=colour, ls=line, marker="o" if len(steps) < 30 else None, ms=4, label=label
        )
    if best_step is not None:
        axes.axvline(best_step, color="0.4", lw=1.0, ls=":", label=f"taken from step {best_step:g}")
    known = np.array([value for _, values in losses.values() for value in values], dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size:
        # The first steps may be so bad that the rest would look flat.
        low, high = float(known.min()), float(np.quantile(known, 0.98))
        margin = 0.08 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
    axes.set_xlabel("step")
    axes.set_ylabel(y_label)
    name_plot(axes, title)
    axes.legend()
    return figure
