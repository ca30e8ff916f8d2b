"""The page itself: tabs, their contents, and the policy that keeps it from calling anywhere."""

import base64
import hashlib
import struct
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path

from matplotlib.figure import Figure

from metacalo.atomic import write_atomically
from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation.comparison import Comparison
from metacalo.validation.plots.style import png_bytes
from metacalo.validation.report import tables
from metacalo.validation.report.captions import TABS, caption_of
from metacalo.validation.report.events import packed_events
from metacalo.validation.report.markup import section, table_of_facts
from metacalo.validation.report.verdict_table import FLOOR_LABEL, verdict_table

REFERENCE = "Geant4"


def write_report(
    path: Path,
    *,
    title: str,
    detector: Detector | None,
    comparisons: Mapping[str, Comparison],
    floor: Comparison,
    figures: Mapping[str, Figure | bytes],
    provenance: Mapping[str, object],
    events: Mapping[str, Showers] | None = None,
    reference: str = REFERENCE,
    floor_label: str = FLOOR_LABEL,
) -> None:
    """Write a self-contained HTML page: figures with a verdict, plots in tabs, showers in 3D, provenance.

    Everything that comes from outside is escaped, plots are inline PNGs, and the page forbids itself any
    network and every script but its own two. Without scripts it is one long page with the same links. It is
    written whole or not at all.

    Args:
        path: file to write, in an existing folder.
        title: heading of the page.
        detector: where the showers were; None if it is not known.
        comparisons: figures by label; the first is the one that is judged.
        floor: full simulation against itself at the same sizes.
        figures: plots, or PNGs of them, by name, in the order of the page; `captions.caption_of` says in
            which tab and under which heading.
        provenance: how the showers were made; a value may be a mapping.
        events: showers by label, the first of full simulation, a few of which can be turned around.
        reference: what full simulation is called.
        floor_label: what the floor is called.

    Raises:
        OutputError: if the file cannot be written; nothing is left behind.
    """
    judged = verdict_table(comparisons, floor, floor_label=floor_label)
    plots: dict[str, list[str]] = {}
    for name, figure in figures.items():
        plots.setdefault(caption_of(name).tab, []).append(_plot(name, figure))
    contents = {tab: f"<div class=plots>\n{''.join(drawn)}</div>\n" for tab, drawn in plots.items()}
    packed = packed_events(events, detector) if events else None
    if packed is not None:
        contents["showers"] = _display(packed) + contents.get("showers", "")
    contents["summary"] = tables.verdict(judged, comparisons, floor) + contents.get("summary", "")
    contents["energy"] = contents.get("energy", "") + tables.response_in_energy_bins(comparisons, reference)
    contents["details"] = (
        tables.thresholds(judged)
        + contents.get("details", "")
        + tables.remaining(judged, comparisons, floor)
        + section("Provenance", table_of_facts(provenance))
        + (section("Detector", table_of_facts(tables.detector_facts(detector))) if detector else "")
    )
    page = _page(
        title, {tab: contents[tab] for tab in TABS if contents.get(tab)}, with_display=packed is not None
    )
    write_atomically(path, lambda temporary: temporary.write_bytes(page.encode()))


def _page(title: str, contents: Mapping[str, str], *, with_display: bool) -> str:
    scripts = [_asset("navigation.js")] + ([_asset("display.js")] if with_display else [])
    style = _asset("page.css")
    # Nothing that slips into the page can run, look like part of it, or call anywhere.
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash_of(style)}'; "
        f"script-src {' '.join(repr(_hash_of(script)) for script in scripts)}; "
        "base-uri 'none'; form-action 'none'"
    )
    links = "".join(f'<a href="#{tab}">{escape(TABS[tab])}</a>\n' for tab in contents)
    panels = "".join(
        f'<section class=panel id="{tab}" tabindex=-1>\n<h2>{escape(TABS[tab])}</h2>\n{content}</section>\n'
        for tab, content in contents.items()
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(title)}</h1></header>\n"
        f'<nav id=tabs aria-label="Parts of the report">\n{links}</nav>\n<main>\n{panels}</main>\n'
        f"{''.join(f'<script>{script}</script>' for script in scripts)}\n</body>\n</html>\n"
    )


def _plot(name: str, figure: Figure | bytes) -> str:
    """A plot with its heading and sentence; a wide one takes the whole width of the page."""
    png = figure if isinstance(figure, bytes) else png_bytes(figure)
    width, height = struct.unpack(">II", png[16:24])
    _, heading, sentence = caption_of(name)
    identifier = "-".join(name.split())
    if identifier in TABS or identifier.startswith(("display", "tab")):
        identifier = f"figure-{identifier}"
    return (
        f'<figure id="{escape(identifier)}"{" class=whole" if width > 1.5 * height else ""}>\n'
        f"<h3>{escape(heading)}</h3>\n"
        f'<img alt="{escape(heading)}" width="{width}" height="{height}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">\n'
        f"<figcaption>{escape(sentence)}</figcaption>\n</figure>\n"
    )


def _display(packed: str) -> str:
    """Where the script puts showers that can be turned around, and the showers."""
    return (
        "<p>Showers of nearly the same incident energy and angle, side by side, where they were in the "
        "calorimeter.</p>\n<div id=display></div>\n"
        "<noscript><p>Turning them around needs JavaScript, which is switched off.</p></noscript>\n"
        f'<script type="application/json" id="display-data">{packed}</script>\n'
    )


def _asset(name: str) -> str:
    return files("metacalo.validation.report").joinpath(name).read_text(encoding="utf-8")


def _hash_of(source: str) -> str:
    """Hash by which the policy lets one inline element pass."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
