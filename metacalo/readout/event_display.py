"""A picture of one event on the cells of its readout."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry.drawing import save_figure
from metacalo.readout.cell_outlines import Face, outlines
from metacalo.readout.shown_event import Event, groups_of, merged_hits, window_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

    from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

DECADES = 4.0
"""Energies are coloured over so many powers of ten below the largest; what is less has the lowest colour."""

_MOST_OUTLINES = 60_000
_ENTRY = "#0072B2"
_REGIONS = ("#0072B2", "#009E73", "#D55E00", "#CC79A7", "#E69F00", "#56B4E9")
_RC: Any = {
    "font.size": 10.5,
    "axes.labelsize": 11.5,
    "axes.linewidth": 0.9,
    "xaxis.labellocation": "right",
    "yaxis.labellocation": "top",
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
}


def draw_event(event: Event) -> Figure:
    """Draw an event: the cells across the face, coloured by energy.

    Cells one deep: near the shower, and the whole wall with its regions beside it. A barrel: pseudorapidity
    and azimuth, layer by layer. Other layers: across, summed over groups of layers, and the energy of each.

    Args:
        event: what is drawn.

    Returns:
        The figure.
    """
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        if event.readout.cylindrical:
            return _draw_layers(event, [[k] for k in range(len(event.readout.cells.layer_names))])
        if len(event.readout.cells.layer_names) == 1:
            return _draw_wall(event)
        return _draw_layers(event, groups_of(len(event.readout.cells.layer_names)), profile=True)


def save_event_picture(event: Event, path: Path) -> None:
    """Draw an event into a PNG, SVG or PDF file.

    Raises:
        SettingsError: another ending.
        OutputError: the file cannot be written.
    """
    save_figure(lambda: draw_event(event), path, what="picture", dpi=150)


def _draw_wall(event: Event) -> Figure:
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(10.4, 6.0))
    near = figure.add_axes((0.075, 0.105, 0.49, 0.80))
    bar = figure.add_axes((0.58, 0.105, 0.018, 0.80))
    whole = figure.add_axes((0.735, 0.36, 0.245, 0.545))
    face = Face.of(event.readout, event.entry_mm)
    colours = _colours(event.energy_mev)
    window = window_of(event, face)
    _draw_cells(near, event, face, np.arange(len(event.readout)), colours, window)
    _name_axes(near, face, window)
    near.text(0.0, 1.065, event.title, transform=near.transAxes, fontweight="bold", fontsize=12.5)
    near.set_title(event.note, loc="left", fontsize=10.5)
    _draw_bar(bar, colours)
    _draw_regions(whole, event.readout, face, near.get_legend_handles_labels()[0])
    limits = whole.get_xlim(), whole.get_ylim()
    _fill(whole, outlines(event.readout, face, event.cell), event.energy_mev, colours)
    (left, right), (low, high) = window
    whole.add_patch(Rectangle((left, low), right - left, high - low, fill=False, ec="black", lw=1.3))
    whole.set_title("all cells", loc="left", fontsize=10.5)
    whole.set(xlim=limits[0], ylim=limits[1], xlabel=face.names[0])
    whole.set_aspect("equal", anchor="N")
    whole.set_ylabel(face.names[1])
    whole.locator_params(nbins=5)
    return figure


def _draw_layers(event: Event, groups: Sequence[Sequence[int]], *, profile: bool = False) -> Figure:
    """Draw a panel for each group of layers, with one colour scale."""
    from matplotlib.figure import Figure

    cells, layer = event.readout.cells, event.readout.cells.layer
    face = Face.of(event.readout, event.entry_mm)
    window = window_of(event, face)
    columns = min(len(groups), 3 if profile else 4)
    rows = -(-len(groups) // columns)
    height = 0.95 + 3.15 * rows + (1.9 if profile else 0.0)
    figure = Figure(figsize=(1.6 + 3.15 * columns, height), layout="constrained")
    main: Any = figure
    if profile:
        main, below = np.asarray(figure.subfigures(2, 1, height_ratios=(3.3 * rows, 1.8)))
        _draw_profile(below.subplots(), event)
    panels = main.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    merged = [merged_hits(event, face, np.isin(layer[event.cell], group)) for group in groups]
    colours = _colours(np.concatenate([energy for _, energy in merged]))
    for panel, group, (cell, energy) in zip(panels.flat, groups, merged, strict=False):
        part = Event(event.readout, cell, energy, event.entry_mm, "", "")
        # cells behind each other in a group are drawn once
        shown = np.flatnonzero(layer == (layer[cell].min() if len(cell) else group[0]))
        _draw_cells(panel, part, face, shown, colours, window)
        name = cells.layer_names[group[0]]
        last = cells.layer_names[group[-1]]
        panel.set_title(name if name == last else f"{name} to {last}", loc="left", fontsize=10.5)
        panel.set_title(f"{energy.sum():,.1f} MeV", loc="right", fontsize=9.5)
        _name_axes(panel, face, window)
        panel.locator_params(axis="x", nbins=4)
        panel.label_outer()
    panels.flat[0].legend(loc="lower left", fontsize=9, handletextpad=0.1, borderpad=0.1)
    for panel in list(panels.flat)[len(groups) :]:
        panel.set_axis_off()
    main.suptitle(f"{event.title}:  {event.note}", fontsize=11.5, fontweight="bold")
    bar = main.colorbar(colours, ax=list(panels.flat), pad=0.015, fraction=0.03, aspect=30)
    bar.set_label("energy [MeV]")
    return figure


def _draw_profile(axes: Axes, event: Event) -> None:
    n_layers = len(event.readout.cells.layer_names)
    energy = np.bincount(event.readout.cells.layer[event.cell], weights=event.energy_mev, minlength=n_layers)
    axes.stairs(energy, np.arange(n_layers + 1) - 0.5, fill=True, color="#7a5c8e")
    axes.set(xlim=(-0.5, n_layers - 0.5), ylabel="energy [MeV]", xlabel="layer")


def _draw_cells(
    axes: Axes, event: Event, face: Face, cells: Indices, colours: ScalarMappable, window: Floats
) -> None:
    """Draw the outlines of cells in the window, and fill those that were hit."""
    from matplotlib.collections import PolyCollection

    first, second = face.centres(event.readout, cells)
    width, height = face.sizes(event.readout, cells)
    (left, right), (low, high) = window
    near = (np.abs(first - 0.5 * (left + right)) < 0.5 * (right - left + width)) & (
        np.abs(second - 0.5 * (low + high)) < 0.5 * (high - low + height)
    )
    shown = cells[near]
    if len(shown) <= _MOST_OUTLINES:
        empty = outlines(event.readout, face, shown)
        line = 0.6 if len(shown) < 2000 else 0.25
        axes.add_collection(PolyCollection(list(empty), facecolors="none", edgecolors="#c4cad0", lw=line))
    _fill(axes, outlines(event.readout, face, event.cell), event.energy_mev, colours)
    entry = face.point(event.entry_mm)
    axes.plot(*entry, marker="P", ms=8, mew=0.9, color=_ENTRY, mec="white", ls="none", label="entry")


def _fill(axes: Axes, shapes: Floats, energy_mev: Floats, colours: ScalarMappable) -> None:
    from matplotlib.collections import PolyCollection

    positive = energy_mev > 0.0
    faces = colours.to_rgba(energy_mev[positive])
    axes.add_collection(
        PolyCollection(list(shapes[positive]), facecolors=faces, edgecolors="#8a8f96", lw=0.3)
    )


def _draw_regions(axes: Axes, readout: Readout, face: Face, handles: list[Any]) -> None:
    """Tint the cells of each region of a wall, and name them below, with what else is to be named."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    named: list[Any] = []
    for k, name in enumerate(readout.cells.region_names):
        shapes = outlines(readout, face, np.flatnonzero(readout.cells.region == k))
        colour = _REGIONS[k % len(_REGIONS)]
        cells = PolyCollection(list(shapes), facecolors=(colour, 0.13), edgecolors=(colour, 0.3), lw=0.15)
        axes.add_collection(cells)
        label = f"{name}: {len(shapes):,} cells"
        named.append(Patch(facecolor=(colour, 0.25), edgecolor=colour, label=label))
    axes.autoscale_view()
    below = (-0.03, -0.17)
    axes.legend(handles=[*named, *handles], loc="upper left", bbox_to_anchor=below, fontsize=10)


def _name_axes(axes: Axes, face: Face, window: Floats) -> None:
    axes.set(xlim=window[0], ylim=window[1], xlabel=face.names[0], ylabel=face.names[1])
    if face.lengths:
        axes.set_aspect("equal")


def _draw_bar(axes: Axes, colours: ScalarMappable) -> None:
    figure = axes.figure
    bar = figure.colorbar(colours, cax=axes)
    bar.set_label("energy of the cell [MeV]")


def _colours(energy_mev: Floats) -> ScalarMappable:
    """A logarithmic scale of magma, light to dark, which readers who are colour-blind and printers keep."""
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, LogNorm

    positive = energy_mev[energy_mev > 0.0]
    high = float(positive.max())
    low = max(float(positive.min()), high * 10.0**-DECADES)
    # the lightest colours are those of the paper
    colours = ListedColormap(mpl.colormaps["magma_r"](np.linspace(0.06, 1.0, 256)))
    return ScalarMappable(LogNorm(min(low, 0.1 * high), high, clip=True), colours)
