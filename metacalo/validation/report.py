"""The report of an adaptation: one HTML page that needs no other file and no network."""

import base64
import struct
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import hypot
from pathlib import Path

from matplotlib.figure import Figure

from metacalo.atomic import write_atomically
from metacalo.geometry import Detector
from metacalo.validation.captions import caption_of
from metacalo.validation.comparison import Comparison, EnergyBin, Estimate
from metacalo.validation.plots.style import png_bytes
from metacalo.validation.profiles import Moments
from metacalo.validation.report_style import CSS
from metacalo.validation.verdicts import CRITERIA, ERRORS_ALLOWED, Criterion, Light, Verdict, judge

FLOOR_LABEL = "Geant4 against Geant4"
_NONE = "–"


def write_report(
    path: Path,
    *,
    title: str,
    detector: Detector,
    comparisons: Mapping[str, Comparison],
    floor: Comparison,
    figures: Mapping[str, Figure | bytes],
    provenance: Mapping[str, object],
) -> None:
    """Write a self-contained HTML page: figures with a verdict, provenance, detector, plots, response.

    Everything that comes from outside is escaped, plots are inline PNGs, and the page forbids itself any
    network. It is written whole or not at all.

    Args:
        path: file to write, in an existing folder.
        title: heading of the page.
        detector: where the showers were.
        comparisons: figures by label; the first is the one that is judged.
        floor: full simulation against itself at the same sizes.
        figures: plots, or PNGs of them, by name, in the order of the page.
        provenance: how the model was made; a value may be a mapping.

    Raises:
        OutputError: if the file cannot be written; nothing is left behind.
    """
    sections = (
        _verdict_section(comparisons, floor),
        _section("Provenance", _rows_of(provenance)),
        _section("Detector", _rows_of(_detector_facts(detector))),
        _section("Plots", f"<div class=plots>\n{''.join(map(_plot, figures.items()))}</div>\n"),
        _energy_section(comparisons),
        _remaining_section(comparisons, floor),
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        # Nothing that slips into the page can call anywhere.
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{''.join(sections)}</main>\n</body>\n</html>\n"
    )
    write_atomically(path, lambda temporary: temporary.write_bytes(page.encode()))


def _verdict_section(comparisons: Mapping[str, Comparison], floor: Comparison) -> str:
    judged = next(iter(comparisons.values()), None)
    found = {name: c for name, c in CRITERIA.items() if judged is not None and name in judged.estimates}
    verdicts = {
        name: judge(criterion, judged.estimates[name], floor.estimates.get(name))
        for name, criterion in found.items()
        if judged is not None
    }
    header = ("Figure", *comparisons, FLOOR_LABEL, "Verdict")
    rows = (
        (
            escape(criterion.meaning),
            *(_shown(c.estimates.get(name)) for c in comparisons.values()),
            _shown(floor.estimates.get(name)),
            _lit(verdicts[name]),
        )
        for name, criterion in found.items()
    )
    notes = "".join(
        f"<p>{escape(label)}: {escape(note)}.</p>\n"
        for label, comparison in {**comparisons, FLOOR_LABEL: floor}.items()
        for note in comparison.notes
    )
    body = (
        f"<p class=summary>{_summary(next(iter(comparisons), ''), verdicts)}</p>\n"
        f"{_table(header, rows)}{notes}{_sizes(comparisons, floor)}{_thresholds(found)}"
    )
    return _section("How good it is", body)


def _summary(label: str, verdicts: Mapping[str, Verdict]) -> str:
    counts = {
        light: sum(verdict.light is light for verdict in verdicts.values())
        for light in (Light.GREEN, Light.PALE, Light.AMBER, Light.RED)
    }
    said = ", ".join(f"{_dot(light)}{n} {light.value}" for light, n in counts.items())
    worst = [CRITERIA[name].meaning for name, verdict in verdicts.items() if verdict.light is Light.RED]
    poor = f" Poor: {escape('; '.join(worst))}." if worst else ""
    return f"{escape(label)}: of {len(verdicts)} figures {said}.{poor}"


def _sizes(comparisons: Mapping[str, Comparison], floor: Comparison) -> str:
    sizes = "; ".join(
        f"{escape(label)}: {c.n_generated:,} showers against {c.n_reference:,}"
        for label, c in {**comparisons, FLOOR_LABEL: floor}.items()
    )
    return (
        f"<p class=small>{sizes}. Figures are given ± one standard error. A separation power is 0 for equal "
        "and 1 for disjoint distributions, an AUC 0.5 where trees cannot tell and 1 where they always can. "
        "Even a perfect model does not reach 0: two samples of full simulation differ by chance, and that "
        "floor is in its own column.</p>\n"
    )


def _thresholds(criteria: Mapping[str, Criterion]) -> str:
    rows = (
        (
            escape(criterion.meaning),
            "distance to 1" if criterion.is_ratio else "excess over the floor",
            f"below {criterion.good_below:g}",
            f"below {criterion.fair_below:g}",
        )
        for criterion in criteria.values()
    )
    table = _table(("Figure", "Deviation", "Good", "Fair"), rows)
    return (
        "<details><summary>Thresholds</summary>\n<p>A deviation that is not good, but of no more than "
        f"{ERRORS_ALLOWED:g} standard errors, is called compatible: these showers cannot tell it from none, "
        "more of them may. Poor is what is none of these.</p>\n"
        f"{table}</details>\n"
    )


def _detector_facts(detector: Detector) -> dict[str, object]:
    stacks = [
        f"{section.repeat} × ("
        + " + ".join(f"{s.thickness_mm:g} mm {s.material}{' (active)' * s.active}" for s in section.stack)
        + ")"
        for section in detector.sections
    ]
    grid = detector.grid
    low, high = detector.energy_range_gev
    flat, steep = detector.theta_range_deg
    return {
        "name": detector.name,
        "description": detector.description,
        "reference": detector.reference,
        "layers": ", then ".join(stacks),
        "depth": f"{detector.depth_mm:.0f} mm, {detector.depth_x0:.1f} X0",
        "radiation length X0": f"{detector.x0_mm:.2f} mm",
        "Molière radius": f"{detector.moliere_radius_mm:.1f} mm",
        "critical energy": f"{detector.critical_energy_mev:.1f} MeV",
        "density": f"{detector.density_g_cm3:.2f} g/cm³",
        "active share of the depth": f"{100 * detector.active_fraction:.1f}%",
        "sampling fraction (estimate)": f"{100 * detector.sampling_fraction:.2g}%",
        "grid (r × φ × z)": f"{' × '.join(map(str, grid.shape))} voxels, dr = {grid.dr_mm:.4g} mm "
        f"({grid.dr_mm / detector.moliere_radius_mm:.2f} R_M), dz = {grid.dz_mm:.4g} mm "
        f"({grid.dz_mm / detector.x0_mm:.2f} X0)",
        "incident energies": f"{low:g} to {high:g} GeV",
        "angles to the normal": f"{flat:g}° to {steep:g}°",
        "fingerprint": detector.fingerprint,
    }


def _plot(named: tuple[str, Figure | bytes]) -> str:
    """A plot with its heading and sentence; a wide one takes the whole width of the page."""
    name, figure = named
    png = figure if isinstance(figure, bytes) else png_bytes(figure)
    width, height = struct.unpack(">II", png[16:24])
    heading, sentence = caption_of(name)
    return (
        f'<figure id="{escape(name)}"{" class=whole" if width > 1.5 * height else ""}>\n'
        f"<h3>{escape(heading)}</h3>\n"
        f'<img alt="{escape(heading)}" width="{width}" height="{height}" '
        f'src="data:image/png;base64,{base64.b64encode(png).decode("ascii")}">\n'
        f"<figcaption>{escape(sentence)}</figcaption>\n</figure>\n"
    )


def _energy_section(comparisons: Mapping[str, Comparison]) -> str:
    first = next(iter(comparisons.values()), None)
    if first is None or not first.energy_bins:
        return ""
    labels = ["Geant4", *comparisons]
    of_ratio = [f"{label} / Geant4" for label in comparisons]
    parts = []
    for what, relative in (("mean response [%]", False), ("resolution, spread over mean [%]", True)):
        rows = (_energy_row(b, comparisons, relative=relative) for b in first.energy_bins)
        parts.append(f"<h3>{what.capitalize()}</h3>\n")
        parts.append(_table(("Incident energy [GeV]", "Showers", *labels, *of_ratio), rows))
    return _section("Response against energy", "".join(parts))


def _energy_row(
    wanted: EnergyBin, comparisons: Mapping[str, Comparison], *, relative: bool
) -> tuple[str, ...]:
    """Bin, showers of the reference, reference, every comparison, every ratio."""
    reference = _of_response(wanted.reference["response"], relative=relative)
    values, ratios = [], []
    for comparison in comparisons.values():
        found = [b for b in comparison.energy_bins if b.low_gev == wanted.low_gev]
        if not found:
            values.append(_NONE)
            ratios.append(_NONE)
            continue
        value = _of_response(found[0].generated["response"], relative=relative)
        values.append(_percent(value))
        ratios.append(_shown(_quotient(value, reference)))
    energy = f"{wanted.low_gev:.3g}–{wanted.high_gev:.3g}"
    return (energy, str(wanted.reference["response"].n), _percent(reference), *values, *ratios)


def _of_response(moments: Moments, *, relative: bool) -> Estimate:
    if relative:
        return Estimate(moments.relative_spread, moments.relative_spread_error)
    return Estimate(moments.mean, moments.mean_error)


def _quotient(first: Estimate, second: Estimate) -> Estimate | None:
    if not first.value or not second.value:
        return None
    ratio = first.value / second.value
    error = ratio * hypot((first.error or 0.0) / first.value, (second.error or 0.0) / second.value)
    return Estimate(ratio, error)


def _remaining_section(comparisons: Mapping[str, Comparison], floor: Comparison) -> str:
    """Figures that are not judged, folded away."""
    names = [n for n in floor.estimates if n not in CRITERIA]
    rows = (
        (
            escape(name.replace("_", " ")),
            *(_shown(c.estimates.get(name)) for c in comparisons.values()),
            _shown(floor.estimates[name]),
        )
        for name in names
    )
    table = _table(("Figure", *comparisons, FLOOR_LABEL), rows)
    return (
        "<details><summary>Further figures</summary>\n<p>Wasserstein distances are in standard deviations of "
        "full simulation; Kolmogorov–Smirnov is the largest difference of the cumulative distributions.</p>\n"
        f"{table}</details>\n"
        if names
        else ""
    )


def _section(heading: str, body: str) -> str:
    return f"<section>\n<h2>{escape(heading)}</h2>\n{body}</section>\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Table of cells that are HTML already, under a header that is not."""
    head = "".join(f"<th scope=col>{escape(text)}</th>" for text in header)
    body = "".join(
        f"<tr><th scope=row>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>\n"
        for row in rows
    )
    return (
        f"<div class=wide><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n"
    )


def _rows_of(facts: Mapping[str, object]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(str(name))}</th><td>{escape(_text(value))}</td></tr>\n"
        for name, value in facts.items()
        if value not in ("", None)
    )
    return f"<div class=wide><table class=facts>\n<tbody>\n{rows}</tbody>\n</table></div>\n"


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    return str(value)


def _shown(estimate: Estimate | None) -> str:
    return _NONE if estimate is None else escape(str(estimate)).replace(" ± ", "&nbsp;±&nbsp;")


def _percent(estimate: Estimate) -> str:
    return _shown(Estimate(100 * estimate.value, None if estimate.error is None else 100 * estimate.error))


def _lit(verdict: Verdict) -> str:
    return f"{_dot(verdict.light)}<b>{verdict.light.value}</b>: {escape(verdict.reason)}"


def _dot(light: Light) -> str:
    return f'<span class="dot {light.name.lower()}" aria-hidden=true></span>'
