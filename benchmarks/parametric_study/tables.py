"""The table for the documentation, and the figure beside it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from io import BytesIO

import numpy as np

from parametric_study.comparison import NOT_ADJUSTED_TO, REACH, Compared
from parametric_study.observables import ENERGY_EDGES_GEV

COLUMNS = {
    "fraction": ("visible fraction", "%"),
    "resolution": ("resolution", "%"),
    "maximum_x0": ("depth of the maximum", "X0"),
    "depth_spread_x0": ("spread of depths", "X0"),
    "r90_mm": ("R90", "%"),
    "hits": ("hits", "%"),
    "hottest": ("hottest voxel", "%"),
}


def document(compared: Sequence[Compared], n: int) -> str:
    """Return the table as Markdown: of each figure the deviation in each bin of energy."""
    bins = ", ".join(f"{low:g}-{high:g}" for low, high in itertools.pairwise(ENERGY_EDGES_GEV))
    heads = [f"{title} [{unit}]" for title, unit in COLUMNS.values()]
    lines = [
        f"Parametric engine minus Geant4 in bins of {bins} GeV; up to {n:,} showers of each.",
        "",
        "| detector | " + " | ".join(heads) + " |",
        "|---|" + "---|" * len(heads),
    ]
    for one in compared:
        name = one.detector.name + (" *" if one.detector.name in NOT_ADJUSTED_TO else "")
        cells = [" ".join(_cell(one, figure, at) for at in range(len(one.full))) for figure in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", "Detectors with a star were not used to adjust any constant.", ""]
    far = {one.detector.name: one.beyond_reach() for one in compared}
    beyond = [f"{name}: {', '.join(which)}" for name, which in far.items() if which]
    reach = ", ".join(
        f"{COLUMNS[name][0]} {most:g} X0" if name.endswith("_x0") else f"{COLUMNS[name][0]} {most:.0%}"
        for name, most in REACH.items()
    )
    lines.append(f"Aim: {reach}. " + (f"Not reached: {'; '.join(beyond)}." if beyond else "Reached by all."))
    return "\n".join(lines) + "\n"


def _cell(one: Compared, figure: str, at: int) -> str:
    deviation = one.deviation(figure, at)
    return f"{deviation:+.2f}" if figure.endswith("_x0") else f"{100 * deviation:+.0f}"


def draw_profiles(compared: Sequence[Compared]) -> bytes:
    """Draw longitudinal and radial profiles of every detector, both engines."""
    from matplotlib.figure import Figure

    columns = 4
    rows = -(-len(compared) // columns)
    figure = Figure(figsize=(3.1 * columns, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    for panel in axes.flat[len(compared) :]:
        panel.set_visible(False)
    for panel, one in zip(axes.flat, compared, strict=False):
        grid = one.detector.grid
        depth = grid.z_edges_mm / one.detector.x0_mm
        for label, colour, dashes in (("Geant4", "0.25", "-"), ("parametric", "tab:red", "--")):
            profile = np.array(one.profiles[label]["longitudinal"])
            panel.stairs(profile / np.diff(depth), depth, color=colour, linestyle=dashes, label=label)
        panel.set_title(one.detector.name, fontsize=9)
        panel.set_yscale("log")
        panel.set_ylim(1e-5, 0.3)
        panel.set_xlim(0, 30)
        panel.tick_params(labelsize=7)
        inset = panel.inset_axes((0.12, 0.13, 0.4, 0.42))
        for label, colour, dashes in (("Geant4", "0.25", "-"), ("parametric", "tab:red", "--")):
            radius = grid.r_edges_mm / one.detector.moliere_radius_mm
            inset.stairs(one.profiles[label]["radial"], radius, color=colour, linestyle=dashes)
        inset.set_yscale("log")
        inset.tick_params(labelsize=5)
        inset.set_xlabel("r / R$_M$", fontsize=5, labelpad=0)
    axes.flat[0].legend(fontsize=6, loc="upper right", frameon=False)
    figure.supxlabel("depth along flight [X$_0$]", fontsize=9)
    figure.supylabel("share of the visible energy per X$_0$ (inset: per ring)", fontsize=9)
    png = BytesIO()
    figure.savefig(png, format="png", dpi=110)
    return png.getvalue()
