"""What a user reads at the end of an adaptation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metacalo.adaptation import Adaptation

_SHOWN = {
    "response_ratio": "response / Geant4's",
    "resolution_ratio": "resolution / Geant4's",
    "separation_mean": "separation, mean of ten",
    "separation_voxel_spectrum": "  voxel spectrum",
    "separation_layer_energies": "  layer energies",
    "separation_hits": "  hits",
    "profile_deviation": "longitudinal profile",
    "layer_correlation_error": "layer correlations, worst",
    "frechet_distance": "Frechet distance",
    "classifier_auc": "AUC of boosted trees",
}
"""Figures by the short names that fit a terminal; the report has them all and says what they mean."""


def print_verdict(adaptation: Adaptation) -> None:
    """Print the figures that matter, the time it took, and where to look next."""
    from rich.console import Console
    from rich.table import Table

    from metacalo.adaptation import ADAPTED, BEFORE

    assessed = adaptation.assessment
    table = Table(title=f"{adaptation.model.detector.name}: fast against full simulation")
    for column, justify in (
        ("", "left"),
        ("before", "right"),
        ("adapted", "right"),
        ("Geant4 itself", "right"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for name, short in _SHOWN.items():
        columns = (assessed.comparisons[BEFORE], assessed.comparisons[ADAPTED], assessed.floor)
        shown = [str(c.estimates[name]) if name in c.estimates else "-" for c in columns]
        table.add_row(short, *shown)
    console = Console()
    console.print(table)
    tuning = adaptation.tuning
    console.print(
        f"trained {tuning.seconds:.1f} s, {tuning.history[-1].step} steps, best after {tuning.best_step} "
        f"(stopped by {tuning.stopped_by})"
    )
    console.print(f"report: {adaptation.folder / 'report.html'}", soft_wrap=True)
