"""How the figures look: one place for colours, lines and type, and the canvas that they are drawn on."""

import io
from collections.abc import Callable, Mapping
from functools import partial, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from metacalo.atomic import write_atomically
from metacalo.errors import SettingsError
from metacalo.geometry import CylinderGrid
from metacalo.showers import Showers

P = ParamSpec("P")
R = TypeVar("R")

REFERENCE_COLOUR = "black"
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Colours of all samples but the reference: Okabe and Ito's, told apart by colour-blind readers too."""
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (3, 1, 1, 1)), (0, (5, 1)))

RC: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["TeX Gyre Heros", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 11,
    "axes.labelsize": 12,
    "axes.linewidth": 1.0,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 4),
    "xaxis.labellocation": "right",
    "yaxis.labellocation": "top",
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.minor.visible": True,
    "ytick.minor.visible": True,
    "xtick.major.size": 6,
    "ytick.major.size": 6,
    "xtick.minor.size": 3,
    "ytick.minor.size": 3,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "lines.linewidth": 1.6,
    "image.cmap": "viridis",
    "mathtext.fontset": "dejavusans",
}


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the house style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with mpl.rc_context(RC):
            return draw(*args, **kwargs)

    return wrapper


def new_figure(width: float, height: float) -> Figure:
    """An empty figure [inches] that belongs to no window and to no global list.

    Its plots are put in fixed places: matplotlib's automatic layout takes as long as all the drawing.
    """
    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def name_plot(axes: Axes, title: str, note: str = "") -> None:
    """Write what is shown above a plot: a title in bold at the left, a note at the right."""
    axes.set_title(title, loc="left", fontweight="bold", fontsize=12)
    axes.set_title(note, loc="right", fontsize=10.5)


def set_log_x(axes: Axes) -> None:
    """Make the x axis logarithmic: plain numbers at 1, 2, 5 over few decades, powers of ten over many."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    if high < 3e3 * low:
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(LogLocator(subs=tuple(range(1, 10)), numticks=100))
    axes.xaxis.set_minor_formatter(NullFormatter())


def first_grid(samples: Mapping[str, Showers]) -> CylinderGrid:
    """Grid of the reference, which is that of all.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    return next(iter(samples.values())).grid


def energy_note(samples: Mapping[str, Showers]) -> str:
    """Range of incident energy of the reference, to be written on a plot."""
    energy = next(iter(samples.values())).incident_energy_gev
    low, high = float(energy.min()), float(energy.max())
    return f"{low:.3g} GeV" if high < 1.005 * low else f"{low:.2g}–{high:.3g} GeV"


def check_samples(samples: Mapping[str, Showers]) -> None:
    """Refuse what cannot be drawn.

    Raises:
        SettingsError: without samples, or with one that has no showers.
    """
    if not samples:
        raise SettingsError("nothing to draw: give at least the reference sample")
    for name, showers in samples.items():
        if len(showers) == 0:
            raise SettingsError(f"sample {name!r} has no showers to draw; leave it out")


def png_bytes(figure: Figure, dpi: int = 110) -> bytes:
    """Render a figure as a PNG."""
    buffer = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def save_pngs(figures: Mapping[str, Figure | bytes], folder: Path, dpi: int = 110) -> list[Path]:
    """Write figures (or PNGs of them) as `<name>.png` in an existing folder, each whole or not at all.

    Raises:
        OutputError: if the folder cannot be written to.
    """
    written = []
    for name, figure in figures.items():
        content = figure if isinstance(figure, bytes) else png_bytes(figure, dpi)
        path = folder / f"{name}.png"
        write_atomically(path, partial(Path.write_bytes, data=content))
        written.append(path)
    return written
