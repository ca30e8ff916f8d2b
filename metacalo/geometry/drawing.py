"""A drawing of a calorimeter to scale: the slabs in depth, the grid around the shower, one layer enlarged."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from metacalo.atomic import write_atomically
from metacalo.errors import SettingsError
from metacalo.geometry.detector import Detector
from metacalo.geometry.materials import CONDENSED_ABOVE_G_CM3, Material
from metacalo.geometry.stack import Section

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PASSIVE = ("#3d4a5c", "#8c6d54", "#7f93a8", "#b8a88f", "#a9b8c4", "#cfc6b8", "#d5dde3")
_ACTIVE = ("#f2a03d", "#3fa7a0", "#d1605e", "#8cb35a")
_GAS = "#f3f5f7"
_GRID = "#1f4e9c"
_MAXIMUM_SECTIONS = 3


def draw_detector(detector: Detector) -> "Figure":
    """Draw a calorimeter from the side, to scale.

    Above, the whole depth with the grid's cylinder along a perpendicular particle, in mm and X0; below, one
    repetition of each section (the first three), enlarged, with the thicknesses.

    Args:
        detector: the detector.

    Returns:
        The figure.
    """
    from matplotlib.figure import Figure

    colours = _colours(detector)
    sections = detector.sections[:_MAXIMUM_SECTIONS]
    figure = Figure(figsize=(9.0, 6.6), layout="constrained", dpi=150)
    figures = np.atleast_1d(np.asarray(figure.subfigures(2, 1, height_ratios=(1.75, 1.0))))
    _draw_whole(figures[0].subplots(), detector, colours)
    panels = figures[1].subplots(1, len(sections), squeeze=False)[0]
    for panel, section in zip(panels, sections, strict=True):
        _draw_section(panel, section, colours)
    return figure


def save_drawing(detector: Detector, path: Path) -> None:
    """Draw a calorimeter into a PNG, SVG or PDF file.

    Args:
        detector: the detector.
        path: the file; its ending chooses the format.

    Raises:
        SettingsError: another ending.
        OutputError: the file cannot be written.
    """
    save_figure(lambda: draw_detector(detector), path)


def save_figure(
    draw: Callable[[], "Figure"],
    path: Path,
    *,
    what: str = "drawing",
    dpi: float | Literal["figure"] = "figure",
) -> None:
    """Draw a figure into a PNG, SVG or PDF file, whole or not at all.

    Args:
        draw: makes the figure; not called if the file cannot be of that kind.
        path: the file; its ending chooses the format.
        what: it is called in the message.
        dpi: of a PNG; that of the figure by default.

    Raises:
        SettingsError: another ending.
        OutputError: the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in {".png", ".svg", ".pdf"}:
        raise SettingsError(
            f"expected a {what} that ends in .png, .svg or .pdf, got {path.name!r}; rename it"
        )
    figure = draw()
    write_atomically(path, lambda temporary: figure.savefig(temporary, format=suffix[1:], dpi=dpi))


def _colours(detector: Detector) -> dict[tuple[str, bool], str]:
    slabs = {
        (s.material, s.active): detector.material(s.material) for sec in detector.sections for s in sec.stack
    }
    colours: dict[tuple[str, bool], str] = {}
    passive = active = 0
    # The heavier the darker, so that absorbers look like absorbers in every drawing.
    for key, found in sorted(slabs.items(), key=lambda item: -item[1].mean_z):
        if _is_gas(found) and not key[1]:
            colours[key] = _GAS
        elif key[1]:
            colours[key] = _ACTIVE[active % len(_ACTIVE)]
            active += 1
        else:
            colours[key] = _PASSIVE[passive % len(_PASSIVE)]
            passive += 1
    return colours


def _is_gas(found: Material) -> bool:
    return found.density_g_cm3 <= CONDENSED_ABOVE_G_CM3


def _draw_whole(axes: "Axes", detector: Detector, colours: dict[tuple[str, bool], str]) -> None:
    from matplotlib.patches import Patch, Rectangle

    grid, edges = detector.grid, detector.slab_edges_mm
    half = 1.25 * grid.radius_mm
    length = max(detector.depth_mm, grid.depth_mm)
    for key, colour in colours.items():
        spans = [
            (float(edges[i]), slab.thickness_mm)
            for i, slab in enumerate(detector.slabs)
            if (slab.material, slab.active) == key
        ]
        # Without its own outline a slab far thinner than a pixel still gives the right mean shade.
        axes.broken_barh(spans, (-half, 2.0 * half), facecolors=colour, linewidth=0.0, snap=False)
    axes.add_patch(
        Rectangle((0.0, -half), detector.depth_mm, 2.0 * half, fill=False, edgecolor="#404040", linewidth=0.8)
    )
    axes.add_patch(
        Rectangle(
            (0.0, -grid.radius_mm),
            grid.depth_mm,
            2.0 * grid.radius_mm,
            fill=False,
            edgecolor=_GRID,
            linewidth=1.4,
            linestyle=(0, (5, 3)),
        )
    )
    axes.annotate(
        "",
        (0.0, 0.0),
        (-0.09 * length, 0.0),
        arrowprops={"arrowstyle": "-|>", "color": _GRID, "linewidth": 1.6},
    )
    axes.set(xlim=(-0.1 * length, 1.02 * length), ylim=(-1.05 * half, 1.05 * half), aspect="equal")
    axes.set_xlabel("depth [mm]")
    axes.set_ylabel("transverse [mm]")
    x0_mm = detector.x0_mm

    def to_x0(depth_mm: ArrayLike) -> ArrayLike:
        return np.asarray(depth_mm, dtype=np.float64) / x0_mm

    def to_mm(depth_x0: ArrayLike) -> ArrayLike:
        return np.asarray(depth_x0, dtype=np.float64) * x0_mm

    axes.secondary_xaxis("top", functions=(to_x0, to_mm)).set_xlabel(r"depth [$X_0$]")
    axes.set_title(
        f"{detector.name}: {detector.n_layers} layers, {detector.depth_x0:.1f} $X_0$, "
        f"sampling fraction about {detector.sampling_fraction:.3g}",
        fontsize=11,
    )
    handles = [
        Patch(
            facecolor=colour,
            edgecolor="#404040",
            linewidth=0.6,
            label=f"{material}{' (active)' if active else ''}",
        )
        for (material, active), colour in colours.items()
    ]
    n_r, n_phi, n_z = grid.shape
    handles.append(
        Patch(
            fill=False, edgecolor=_GRID, linestyle="--", linewidth=1.4, label=f"grid {n_r} × {n_phi} × {n_z}"
        )
    )
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)


def _draw_section(axes: "Axes", section: Section, colours: dict[tuple[str, bool], str]) -> None:
    depth = 0.0
    for number, slab in enumerate(section.stack):
        axes.broken_barh(
            [(depth, slab.thickness_mm)],
            (0.0, 1.0),
            facecolors=colours[slab.material, slab.active],
            edgecolor="#404040",
            linewidth=0.6,
        )
        # Labels of thin neighbours would overlap on one line.
        axes.annotate(
            f"{slab.material} {slab.thickness_mm:g} mm",
            (depth + 0.5 * slab.thickness_mm, 1.0),
            (depth + 0.5 * slab.thickness_mm, 1.12 + 0.2 * (number % 3)),
            ha="center",
            va="bottom",
            fontsize=8,
            arrowprops={"arrowstyle": "-", "linewidth": 0.5, "color": "#404040"},
        )
        depth += slab.thickness_mm
    axes.set(xlim=(-0.08 * depth, 1.08 * depth), ylim=(0.0, 1.75), yticks=[])
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.set_xlabel(f"{section.repeat} × this, depth [mm]", fontsize=9)
