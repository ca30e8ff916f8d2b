"""How the figures look: one place for colours, lines and type, and the canvas that they are drawn on."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from math import ceil, floor, log10
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from metacalo.atomic import write_atomically
from metacalo.errors import SettingsError
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
    "axes.formatter.limits": (-4, 5),
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
    # A fixed place: to look for one, matplotlib measures all labels of the axes beforehand.
    "axes.titley": 1.0,
    "legend.frameon": False,
    "legend.fontsize": 10.5,
    "lines.linewidth": 1.6,
    "image.cmap": "viridis",
    "mathtext.fontset": "dejavusans",
}

DPI = 120
"""Dots per inch of PNGs."""

FORMATS = ("png", "pdf")

_MATHTEXT = re.compile(r"\\[a-zA-Z]+|[${}^_]")
"""What is not seen of a label in mathtext, roughly."""

_SUBDIVISIONS = (
    (1,),
    (1, 2, 5),
    (1, 1.5, 2, 3, 5, 7),
    (1, 1.2, 1.4, 1.6, 1.8, 2, 2.3, 2.6, 3, 3.5, 4, 5, 6, 7, 8, 9),
)
"""Numbers within a decade, from few to many."""

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


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


def set_label(axis: Axis, label: str) -> None:
    """Name an axis, in smaller type where the axis is too short for it."""
    length = len(_MATHTEXT.sub("", label))
    box = axis.axes.get_position()
    figure = axis.get_figure()
    width, height = figure.get_size_inches() if isinstance(figure, Figure) else (6.0, 5.0)
    inches = width * box.width if isinstance(axis, XAxis) else height * box.height
    # A letter is about 0.54 of the size of the type wide.
    fitting = 72 * inches / (0.54 * max(length, 1))
    axis.set_label_text(label, fontsize=min(RC["axes.labelsize"], max(fitting, 6.5)))


def set_log_x(axes: Axes) -> None:
    """Make the x axis logarithmic, with numbers at 1, 2 and 5 if there is room for them."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    figure = axes.get_figure()
    inches = axes.get_position().width * (figure.get_figwidth() if isinstance(figure, Figure) else 6.0)
    set_log_ticks(axes.xaxis, low, high, dense=log10(high / low) < 0.45 * inches)


def set_log_ticks(axis: Axis, low: float, high: float, *, dense: bool = False) -> None:
    """Number a logarithmic axis: plainly over a few usual decades, by powers of ten elsewhere.

    Args:
        axis: that is logarithmic already.
        low: its lower end.
        high: its upper end.
        dense: numbers at 1, 2 and 5 of each decade, not at 1 only.
    """
    plain = low > 1e-3 and high < 2e5
    axis.set_major_locator(FixedLocator(_numbers(low, high, _SUBDIVISIONS[int(dense) :], 3 if dense else 2)))
    # Not in mathtext, which takes more time than all the rest of a plot.
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}" if plain else power_of_ten(value)))
    axis.set_minor_locator(FixedLocator(_numbers(low, high, (tuple(range(1, 10)),))))
    axis.set_minor_formatter(NullFormatter())


def _numbers(
    low: float, high: float, subdivisions: Sequence[Sequence[float]], fewest: int = 1
) -> list[float]:
    """Numbers between two ends, by the coarsest subdivision of decades that gives enough of them."""
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    found: list[float] = []
    for factors in subdivisions:
        found = [n for n in (factor * 10.0**k for k in decades for factor in factors) if low <= n <= high]
        if len(found) >= fewest:
            break
    # Of very many decades some are left out.
    return found[:: 1 + len(found) // 12] if len(subdivisions) > 1 else found


def power_of_ten(value: float) -> str:
    """Write a positive number as 10⁻³, or as 2·10⁴ if it is no power of ten."""
    exponent = floor(log10(value) + 1e-9)
    factor = value / 10.0**exponent
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    return power if abs(factor - 1) < 1e-6 else f"{factor:g}·{power}"


def energy_range(low: float, high: float) -> str:
    """A range of incident energy [GeV], as it is written on a plot."""
    return f"{low:.3g} GeV" if high < 1.005 * low else f"{low:.3g}–{high:.3g} GeV"


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


def png_bytes(figure: Figure, dpi: int = DPI) -> bytes:
    """Render a figure as a PNG of 256 colours, which takes a third of the bytes of one of all colours."""
    from PIL import Image

    whole = _rendered(figure, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    palette = (
        Image.open(io.BytesIO(whole))
        .convert("RGB")
        .quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    )
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", dpi=(dpi, dpi))
    return buffer.getvalue()


def pdf_bytes(figure: Figure) -> bytes:
    """Render a figure as a PDF, the same each time."""
    return _rendered(figure, format="pdf", dpi=200, metadata={"CreationDate": None, "Producer": None})


def save_figures(
    figures: Mapping[str, Figure | bytes], folder: Path, formats: Sequence[str] = FORMATS, dpi: int = DPI
) -> list[Path]:
    """Write figures as `<name>.<format>` in an existing folder, each whole or not at all.

    Args:
        figures: figures by name; one that is the bytes of a PNG already is written as PNG only.
        folder: where to.
        formats: of "png" and "pdf".
        dpi: dots per inch of the PNGs.

    Returns:
        The files, in the order of the figures.

    Raises:
        SettingsError: for another format.
        OutputError: if the folder cannot be written to.
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise SettingsError(f"figures are written as {' or '.join(FORMATS)}, got {unknown[0]!r}")
    written = []
    for name, figure in figures.items():
        for wanted in formats:
            if isinstance(figure, bytes):
                if wanted != "png":
                    continue
                content = figure
            else:
                content = png_bytes(figure, dpi) if wanted == "png" else pdf_bytes(figure)
            path = folder / f"{name}.{wanted}"
            write_atomically(path, partial(Path.write_bytes, data=content))
            written.append(path)
    return written


def _rendered(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(buffer, **options)
    return buffer.getvalue()
