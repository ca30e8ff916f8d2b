"""The study as a picture: which figure sees which defect, from how many showers on."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.colors import to_rgb
from matplotlib.patches import Patch, Rectangle

from defects.catalogue import DEFECTS
from defects.metrics import GROUPS
from defects.significance import first_seen, significances
from defects.study import Record
from defects.tables import measured, sizes_of
from metacalo.validation.plots.style import new_figure, png_bytes, styled

SHADES = ("#084594", "#4292c6", "#c6dbef", "#e6f0fa")
"""From the smallest size on: the darker, the fewer showers are needed."""
NEVER = "#ffffff"
NOT_MADE = "#dddddd"


@styled
def draw(records: Sequence[Record]) -> bytes:
    """Draw a row for each figure and a column for each defect, and return them as a PNG.

    The colour is the size from which on the defect is seen; the number is the significance at the largest.

    Args:
        records: of defects and of undamaged showers.

    Raises:
        ValueError: for more sizes than there are shades.
    """
    found, sizes = significances(records), sizes_of(records)
    if len(sizes) > len(SHADES):
        raise ValueError(f"expected at most {len(SHADES)} sizes, got {len(sizes)}")
    shades = dict(zip(sizes, SHADES, strict=False))
    metrics = measured(found)
    width, height = 11.0, 2.7 + 0.27 * len(metrics)
    figure = new_figure(width, height)
    axes = figure.add_axes((3.0 / width, 0.5 / height, 1 - 4.6 / width, 1 - 2.7 / height))
    for row, metric in enumerate(metrics):
        for column, name in enumerate(DEFECTS):
            first = first_seen(found, name, metric.figure, sizes)
            made = any((name, metric.figure, size) in found for size in sizes)
            colour = shades[first] if first else NEVER if made else NOT_MADE
            axes.add_patch(_cell(column, row, colour))
            value = found.get((name, metric.figure, sizes[-1]))
            if value is not None:
                text = ">99" if value > 99 else f"{max(value, 0.0):.0f}" if value > -0.5 else "<0"
                ink = "white" if sum(to_rgb(colour)) < 1.6 else "black"
                axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color=ink)
    axes.set_xlim(-0.5, len(DEFECTS) - 0.5)
    axes.set_ylim(len(metrics) - 0.5, -0.5)
    headings = [defect.heading for defect in DEFECTS.values()]
    axes.set_xticks(range(len(DEFECTS)), headings, rotation=40, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(len(metrics)), [metric.heading for metric in metrics])
    axes.minorticks_off()
    axes.tick_params(length=0, labelsize=10, bottom=False, labelbottom=False, labeltop=True)
    edge = -0.5
    for members in list(GROUPS.values())[:-1]:
        edge += sum(metric in metrics for metric in members)
        axes.axhline(edge, color="black", linewidth=1.2)
    handles = [Patch(facecolor=shades[s], edgecolor="grey", label=f"from {s:,} showers on") for s in sizes]
    handles.append(Patch(facecolor=NEVER, edgecolor="grey", label="not seen"))
    figure.legend(handles=handles, loc="lower center", ncols=len(handles))
    return png_bytes(figure)


def _cell(column: int, row: int, colour: str) -> Rectangle:
    """A square of the map."""
    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=colour, edgecolor="#bbbbbb", linewidth=0.6)
