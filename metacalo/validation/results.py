"""The folder of a validation: figures as JSON, report, plots."""

import hashlib
import platform
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

import metacalo
from metacalo.atomic import write_json
from metacalo.geometry import Detector
from metacalo.validation.assessment import Assessment
from metacalo.validation.plots import Measured, all_figures, learned_figures, png_bytes, save_figures
from metacalo.validation.plots.catalogue import IN_ENERGY_BINS
from metacalo.validation.plots.style import FORMATS
from metacalo.validation.report import VerdictTable, verdict_table, write_report
from metacalo.validation.scales import Scales
from metacalo.validation.scope import Scope

SCHEMA = "metacalo-validation"
SCHEMA_VERSION = 1

PLOTS = "plots"
"""Folder of the plots."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where the showers of a sample came from.

    Attributes:
        path: of the file.
        sha256: of the file.
        n_showers: how many it holds.
    """

    path: str
    sha256: str
    n_showers: int

    @classmethod
    def of(cls, path: Path, n_showers: int) -> "Origin":
        """Read a file once for its hash."""
        with path.open("rb") as file:
            return cls(
                path=str(path), sha256=hashlib.file_digest(file, "sha256").hexdigest(), n_showers=n_showers
            )


def draw(
    assessment: Assessment,
    where: Detector | Scales | None,
    *,
    names: Collection[str] | None = None,
    energy_edges_gev: NDArray[np.float64] | None = None,
) -> dict[str, Figure]:
    """Draw the figures of an assessment by name: those of showers, and those of learned judges.

    Args:
        assessment: what was compared.
        where: the detector, its scales, or None.
        names: figures of showers that are wanted; all by default.
        energy_edges_gev: edges of bins of incident energy; three that hold all by default.
    """
    measured = Measured.of(assessment.samples, where)
    drawn = all_figures(
        measured, names=names, energy_edges_gev=energy_edges_gev, in_energy_bins=IN_ENERGY_BINS
    )
    curves = {label: comparison.curves for label, comparison in assessment.comparisons.items()}
    curves[assessment.floor_label] = assessment.floor.curves
    return drawn | learned_figures(curves, title=measured.title)


def verdicts(assessment: Assessment) -> dict[str, VerdictTable]:
    """Verdict table of every sample, by label; in each, that sample comes first."""
    tables = {}
    for label, comparison in assessment.comparisons.items():
        others = {name: c for name, c in assessment.comparisons.items() if name != label}
        tables[label] = verdict_table(
            {label: comparison, **others}, assessment.floor, floor_label=assessment.floor_label
        )
    return tables


def write_results(
    folder: Path,
    assessment: Assessment,
    detector: Detector | None,
    *,
    origins: Mapping[str, Origin],
    notes: Collection[str],
    scope: Scope,
    settings: Mapping[str, Any],
    figures: Mapping[str, Figure],
    formats: Collection[str] = FORMATS,
) -> None:
    """Write `metrics.json`, `report.html` and the plots into a folder that exists.

    Args:
        folder: to be filled.
        assessment: what was compared.
        detector: where the showers were, if it is known.
        origins: files by label, or by what else they were used as.
        notes: what is to be said of the samples.
        scope: what was computed.
        settings: other settings, in JSON's own types.
        figures: by name.
        formats: of the plots: png, pdf.

    Raises:
        OutputError: if something cannot be written.
    """
    versions = {
        "metacalo": metacalo.__version__,
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
    }
    write_json(
        folder / "metrics.json",
        {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "detector": None if detector is None else detector.name,
            "reference": assessment.reference,
            "sizes": assessment.sizes,
            "files": {label: asdict(origin) for label, origin in origins.items()},
            "comparisons": {label: c.to_dict() for label, c in assessment.comparisons.items()},
            "floor": assessment.floor.to_dict(),
            "verdicts": {
                label: {row.name: {"light": row.light.value, "reason": row.words} for row in table.rows}
                for label, table in verdicts(assessment).items()
            },
            "notes": list(notes),
            "settings": {**settings, "scope": asdict(scope)},
            "versions": versions,
        },
    )
    pngs = {name: png_bytes(figure) for name, figure in figures.items()}
    plots = folder / PLOTS
    plots.mkdir()
    save_figures(pngs, plots, formats=("png",))
    if "pdf" in formats:
        save_figures(figures, plots, formats=("pdf",))
    where = "" if detector is None else f" of {detector.name}"
    write_report(
        folder / "report.html",
        title=f"Validation{where}: {', '.join(assessment.comparisons)} against {assessment.reference}",
        detector=detector,
        comparisons=assessment.comparisons,
        floor=assessment.floor,
        floor_label=assessment.floor_label,
        figures=pngs,
        provenance={
            "compared": assessment.sizes,
            **{
                label: f"{origin.path}, {origin.n_showers:,} showers, SHA-256 {origin.sha256}"
                for label, origin in origins.items()
            },
            "to be kept in mind": "; ".join(notes),
            **settings,
            "versions": versions,
        },
        events=assessment.samples,
        reference=assessment.reference,
    )
