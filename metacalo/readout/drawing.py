"""A drawing of a readout: its cells across the face, and where its layers are in depth."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry.drawing import save_figure
from metacalo.readout.barrel import BarrelReadout
from metacalo.readout.cell_outlines import Face, outlines
from metacalo.readout.endcap import EndcapReadout
from metacalo.readout.hexagons import ROW
from metacalo.readout.readout import Readout

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#1f4e9c", "#3fa7a0", "#d1605e", "#f2a03d", "#8c6d54", "#8cb35a", "#7f93a8")
_GREY = "#404040"
_MAXIMUM_DRAWN = 20_000
_EDGE = 0.35
_NO_EDGE = 0.0
_CUT_OUT_CELLS = 12.0
_CUT_OUT_ETA = 0.25
_CUT_OUT_PHI = 0.25

Indices = NDArray[np.int64]


def draw_readout(readout: Readout) -> "Figure":
    """Draw the cells of a readout to scale.

    Across the face all cells of the first layer, coloured by region, and beside it where the layers are in
    depth; or, if there are too many cells to be seen, their extent and a cut-out around the default position;
    of a barrel a cut-out in eta and phi for each layer, and their radii.

    Args:
        readout: the readout.

    Returns:
        The figure.
    """
    return _draw_barrel(readout) if isinstance(readout, BarrelReadout) else _draw_plane(readout)


def save_readout_drawing(readout: Readout, path: Path) -> None:
    """Draw a readout into a PNG, SVG or PDF file.

    Args:
        readout: the readout.
        path: the file; its ending chooses the format.

    Raises:
        SettingsError: another ending.
        OutputError: the file cannot be written.
    """
    save_figure(lambda: draw_readout(readout), path)


def _draw_plane(readout: Readout) -> "Figure":
    from matplotlib.figure import Figure

    cells = readout.cells
    first = np.flatnonzero(cells.layer == cells.layer[0])
    many = len(first) > _MAXIMUM_DRAWN
    wide = many or readout.has_depth
    figure = Figure(figsize=(11.0, 6.2) if wide else (8.0, 7.0), layout="constrained", dpi=150)
    panels = list(figure.subplots(1, 2, squeeze=False)[0]) if wide else [figure.subplots()]
    x, y = readout.default_position
    _draw_cells(panels[0], readout, first, _NO_EDGE if many else _EDGE)
    if many:
        reach = _CUT_OUT_CELLS * float(np.median(cells.dx_mm[first]))
        near = (np.abs(cells.x_mm[first] - x) < 1.2 * reach) & (np.abs(cells.y_mm[first] - y) < 1.2 * reach)
        _draw_cells(panels[1], readout, first[near], _EDGE)
        panels[1].set(xlim=(x - reach, x + reach), ylim=(y - reach, y + reach))
        panels[1].set_title("around the default position", fontsize=10)
    elif wide:
        _draw_depths(panels[1], readout)
    for axes in panels[: 2 if many else 1]:
        if isinstance(readout, EndcapReadout):
            _draw_modules(axes, readout)
        axes.plot(x, y, "+", color="black", markersize=9, label="default position")
        axes.set(xlabel="x [mm]", ylabel="y [mm]", aspect="equal")
    panels[0].legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.11), ncols=1 if wide else 2, frameon=False, fontsize=9
    )
    layers = len(cells.layer_names)
    panels[0].set_title(
        f"{readout.name}: {len(readout):,} cells"
        + (f" in {layers} layers, the first of them" if layers > 1 else "")
        + f"\n{readout.kind} readout, front face at z = {readout.front_mm:g} mm",
        fontsize=10,
    )
    return figure


def _draw_cells(axes: "Axes", readout: Readout, cell: Indices, edge: float) -> None:
    from matplotlib.collections import PolyCollection

    cells, face = readout.cells, Face(("x [mm]", "y [mm]"), True)
    for number, name in enumerate(cells.region_names):
        own = cell[cells.region[cell] == number]
        if not len(own):
            continue
        colour = _COLOURS[number % len(_COLOURS)]
        shapes: Sequence[Any] = list(outlines(readout, face, own))
        axes.add_collection(
            PolyCollection(
                shapes,
                facecolors=(colour, 0.22 if edge else 0.5),
                edgecolors=colour if edge else "none",
                linewidths=edge,
                antialiased=bool(edge),
                rasterized=not edge,
                label=f"{name}: {len(own):,} of {cells.dx_mm[own[0]]:.4g} × {cells.dy_mm[own[0]]:.4g} mm",
            )
        )
    axes.autoscale_view()


def _draw_modules(axes: "Axes", readout: EndcapReadout) -> None:
    from matplotlib.collections import PolyCollection

    u, v = readout.module_uv.T
    centres = readout.module_mm * np.stack([u + 0.5 * v, ROW * v], axis=1)
    angle = np.radians(30.0 + 60.0 * np.arange(6))
    corners = readout.module_mm / (2.0 * ROW) * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    shapes: Sequence[Any] = list(centres[:, None, :] + corners)
    axes.add_collection(
        PolyCollection(shapes, facecolors="none", edgecolors=_GREY, linewidths=0.8, label="modules"),
        autolim=False,
    )


def _draw_depths(axes: "Axes", readout: Readout) -> None:
    cells = readout.cells
    for layer, name in enumerate(cells.layer_names):
        one = int(np.argmax(cells.layer == layer))
        begin = cells.z_mm[one] - 0.5 * cells.dz_mm[one] - readout.front_mm
        axes.broken_barh(
            [(float(begin), float(cells.dz_mm[one]))],
            (0.0, 1.0),
            facecolors=_COLOURS[layer % len(_COLOURS)],
            label=name,
        )
    axes.set(xlim=(0.0, readout.depth_mm), yticks=[], xlabel="depth behind the front face [mm]")
    axes.set_title(f"{len(cells.layer_names)} layers in depth", fontsize=10)


def _draw_barrel(readout: BarrelReadout) -> "Figure":
    from matplotlib.figure import Figure

    cells = readout.cells
    layers = len(cells.layer_names)
    columns = min(layers, 4)
    rows = -(-layers // columns)
    figure = Figure(figsize=(2.6 * columns + 1.2, 3.4 * rows + 2.8), layout="constrained", dpi=150)
    above, below = np.atleast_1d(np.asarray(figure.subfigures(2, 1, height_ratios=(3.4 * rows, 2.4))))
    panels = above.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).reshape(-1)
    for layer, axes in enumerate(panels):
        if layer < layers:
            _draw_cut_out(axes, readout, layer)
        else:
            axes.set_axis_off()
    _draw_radii(below.subplots(), readout)
    figure.suptitle(
        f"{readout.name}: {len(readout):,} cells in {layers} layers, a cut-out of each", fontsize=11
    )
    return figure


def _draw_cut_out(axes: "Axes", readout: Readout, layer: int) -> None:
    from matplotlib.collections import PolyCollection

    cells = readout.cells
    assert cells.eta is not None  # noqa: S101 - barrels have it
    assert cells.phi_rad is not None  # noqa: S101
    eta, phi = readout.default_position
    face = Face((r"$\eta$", r"$\phi$ [rad]"), False, phi)
    own = np.flatnonzero(cells.layer == layer)
    centre_eta, centre_phi = face.centres(readout, own)
    size_eta, size_phi = face.sizes(readout, own)
    near = (np.abs(centre_eta - eta) < 0.5 * (_CUT_OUT_ETA + size_eta)) & (
        np.abs(centre_phi - phi) < 0.5 * (_CUT_OUT_PHI + size_phi)
    )
    colour = _COLOURS[layer % len(_COLOURS)]
    axes.add_collection(
        PolyCollection(
            list(outlines(readout, face, own[near])),
            facecolors=(colour, 0.22),
            edgecolors=colour,
            linewidths=0.5,
        )
    )
    axes.plot(eta, phi, "+", color="black", markersize=9)
    axes.set(
        xlim=(eta - 0.5 * _CUT_OUT_ETA, eta + 0.5 * _CUT_OUT_ETA),
        ylim=(phi - 0.5 * _CUT_OUT_PHI, phi + 0.5 * _CUT_OUT_PHI),
        xlabel=face.names[0],
    )
    if axes.get_subplotspec() is not None and axes.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axes.set_ylabel(face.names[1])
    turn = round(2.0 * np.pi / float(np.median(size_phi)))
    reach = float((np.abs(centre_eta) + 0.5 * size_eta).max())
    axes.set_title(
        f"{cells.layer_names[layer]}\n{np.median(size_eta):.4g} × 2π/{turn}, |η| < {reach:.4g}\n"
        f"{len(own):,} cells",
        fontsize=9,
    )


def _draw_radii(axes: "Axes", readout: BarrelReadout) -> None:
    cells = readout.cells
    assert cells.eta is not None  # noqa: S101 - barrels have it
    assert cells.deta is not None  # noqa: S101
    front, back = readout.front_mm, readout.front_mm + readout.depth_mm
    for layer, name in enumerate(cells.layer_names):
        own = np.flatnonzero(cells.layer == layer)
        radius = float(np.hypot(cells.x_mm[own[0]], cells.y_mm[own[0]]))
        inner, outer = radius - 0.5 * cells.dx_mm[own[0]], radius + 0.5 * cells.dx_mm[own[0]]
        reach = float((np.abs(cells.eta[own]) + 0.5 * cells.deta[own]).max())
        colour = _COLOURS[layer % len(_COLOURS)]
        side = np.sinh(reach)
        axes.fill(
            [-inner * side, inner * side, outer * side, -outer * side],
            [inner, inner, outer, outer],
            facecolor=(colour, 0.35),
            edgecolor=colour,
            linewidth=0.6,
            label=f"{name}: r = {inner:.5g} to {outer:.5g} mm",
        )
    for radius in (front, back):
        axes.axhline(radius, color=_GREY, linewidth=0.8, linestyle="--")
    low, high = readout.radii.edges[[0, -1]]
    margin = 0.05 * (max(high, back) - min(low, front))
    axes.set(xlabel="z [mm]", ylabel="r [mm]", ylim=(min(low, front) - margin, max(high, back) + margin))
    axes.set_title("layers from the side; dashed: front and back of the stack", fontsize=9)
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=8)
