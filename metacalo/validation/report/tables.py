"""Tables of a report: the verdict, the response against energy, thresholds, detector, further figures."""

from collections.abc import Mapping, Sequence
from html import escape
from math import hypot

from metacalo.geometry import Detector
from metacalo.validation.comparison import Comparison, EnergyBin, Estimate
from metacalo.validation.profiles import Moments
from metacalo.validation.report.markup import NONE, dot, folded, percent, section, shown, table
from metacalo.validation.report.verdict_table import VerdictTable
from metacalo.validation.verdicts import CRITERIA, ERRORS_ALLOWED, Light


def verdict(
    judged: VerdictTable,
    comparisons: Mapping[str, Comparison],
    floor: Comparison,
    notes: Sequence[str] = (),
) -> str:
    """The traffic-light table with what must be known to read it: notes on all samples, and on each."""
    header = ("Figure", *judged.labels, judged.floor_label, "Verdict")
    rows = (
        (
            f"{dot(row.light)}{escape(row.meaning)}",
            *map(shown, row.values),
            shown(row.floor),
            f"<b>{row.light.value}</b>: {escape(row.words)}",
        )
        for row in judged.rows
    )
    every = {**comparisons, judged.floor_label: floor}
    noted: dict[str, list[str]] = {}
    for label, comparison in every.items():
        for note in comparison.notes:
            noted.setdefault(note, []).append(label)
    said = [
        *notes,
        # What holds for all of them needs no names.
        *(n if len(labels) == len(every) else f"{', '.join(labels)}: {n}" for n, labels in noted.items()),
    ]
    items = "".join(f"<li>{escape(note)}.</li>\n" for note in said)
    sizes = "; ".join(
        f"{escape(label)}: {c.n_generated:,} showers against {c.n_reference:,}" for label, c in every.items()
    )
    return (
        f"{_summary(judged)}{table(header, rows, kind='verdicts')}"
        + (f"<ul class=notes>\n{items}</ul>\n" if items else "")
        + f"<p class=small>{sizes}. Figures are given ± one standard error. A separation power is 0 for "
        "equal and 1 for disjoint distributions, an AUC 0.5 where a classifier cannot tell and 1 where it "
        "always can. Even a perfect model does not reach 0: two samples of full simulation differ by chance, "
        "and that floor is in its own column.</p>\n"
    )


def _summary(judged: VerdictTable) -> str:
    """How many figures are good and which are poor, in a sentence."""
    said = ", ".join(f"{dot(light)}{n} {light.value}" for light, n in judged.counts.items())
    worst = [row.meaning for row in judged.rows if row.light is Light.RED]
    poor = f" Poor: {escape('; '.join(worst))}." if worst else ""
    label = escape(next(iter(judged.labels), ""))
    return f"<p class=summary>{label}: of {len(judged.rows)} figures {said}.{poor}</p>\n"


def thresholds(judged: VerdictTable) -> str:
    """What is called good and fair, folded away."""
    criteria = [CRITERIA[row.name] for row in judged.rows if row.name in CRITERIA]
    rows = (
        (
            escape(criterion.meaning),
            criterion.deviation,
            f"below {criterion.good_below:g}",
            f"below {criterion.fair_below:g}",
        )
        for criterion in criteria
    )
    body = (
        "<p>Good needs a standard error below its threshold too. A deviation whose error is larger, or of no "
        f"more than {ERRORS_ALLOWED:g} standard errors, is called compatible: these showers cannot tell it "
        "from none, more of them may. Poor is what is none of these.</p>\n"
    )
    return folded("Thresholds", body + table(("Figure", "Deviation", "Good", "Fair"), rows))


def response_in_energy_bins(comparisons: Mapping[str, Comparison], reference: str) -> str:
    """Mean and relative spread of the response in each bin of incident energy; empty without bins."""
    first = next(iter(comparisons.values()), None)
    if first is None or not first.energy_bins:
        return ""
    header = (
        "Incident energy [GeV]",
        "Showers",
        reference,
        *comparisons,
        *(f"{label} / {reference}" for label in comparisons),
    )
    parts = []
    for what, relative in (("Mean response [%]", False), ("Resolution, spread over mean [%]", True)):
        rows = (_energy_row(b, comparisons, relative=relative) for b in first.energy_bins)
        parts.append(section(what, table(header, rows)))
    return "".join(parts)


def _energy_row(
    wanted: EnergyBin, comparisons: Mapping[str, Comparison], *, relative: bool
) -> tuple[str, ...]:
    """Bin, showers of the reference, reference, every comparison, every ratio."""
    reference = _of_response(wanted.reference["response"], relative=relative)
    values, ratios = [], []
    for comparison in comparisons.values():
        found = [b for b in comparison.energy_bins if b.low_gev == wanted.low_gev]
        if not found:
            values.append(NONE)
            ratios.append(NONE)
            continue
        value = _of_response(found[0].generated["response"], relative=relative)
        values.append(percent(value))
        ratios.append(shown(_quotient(value, reference)))
    energy = f"{wanted.low_gev:.3g}–{wanted.high_gev:.3g}"
    return (energy, str(wanted.reference["response"].n), percent(reference), *values, *ratios)


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


def remaining(judged: VerdictTable, comparisons: Mapping[str, Comparison], floor: Comparison) -> str:
    """Figures that are not judged; empty if there are none."""
    every = {**comparisons, judged.floor_label: floor}
    known = {row.name for row in judged.rows}
    names = dict.fromkeys(name for c in every.values() for name in c.estimates if name not in known)
    rows = (
        (escape(name.replace("_", " ")), *(shown(c.estimates.get(name)) for c in every.values()))
        for name in names
    )
    body = (
        "<p class=small>Wasserstein distances are in standard deviations of full simulation; "
        "Kolmogorov–Smirnov is the largest difference of the cumulative distributions.</p>\n"
    )
    return section("Further figures", body + table(("Figure", *every), rows)) if names else ""


def detector_facts(detector: Detector) -> dict[str, object]:
    """What is known of a detector, by name."""
    stacks = [
        f"{part.repeat} × ("
        + " + ".join(f"{s.thickness_mm:g} mm {s.material}{' (active)' * s.active}" for s in part.stack)
        + ")"
        for part in detector.sections
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
