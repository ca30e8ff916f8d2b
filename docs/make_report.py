"""Make the page of the documentation that shows the report of an adaptation of the shipped model.

    python docs/make_report.py

Adapts the shipped checkpoint to lhcb_ecal with its shipped showers, as the first command of the README does,
and puts the report into `docs/pages/reports`, beside what it says of the model. To be run by hand when the
checkpoint or the report changes; it takes a minute.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metacalo.adaptation.run import Adaptation

PAGES = Path(__file__).parent / "pages"
DETECTOR = "lhcb_ecal"
COMMAND = f"metacalo adapt --geometry {DETECTOR}"

LARGEST_REPORT = 2_500_000
"""Bytes: it is kept with the sources."""

_PLACE = re.compile(r"(?<=<!-- figures:begin -->\n).*?(?=<!-- figures:end -->)", re.DOTALL)


def filled(page: str, text: str) -> str:
    """Put text between the marks of a page for figures.

    Raises:
        ValueError: the page has not exactly one such place.
    """
    found, places = _PLACE.subn(lambda _: text, page)
    if places != 1:
        raise ValueError(f"expected one place for figures in the page, got {places}")
    return found


def table_of(adaptation: Adaptation, made: datetime) -> str:
    """What the report is of, as a table of the page."""
    info = adaptation.model.info
    compared = adaptation.assessment.comparisons["adapted"]
    settings = info.training["adaptation"]
    rows = {
        "command": f"`{COMMAND}`",
        "metacalo": info.versions["metacalo"],
        "pretrained model": f"`{info.extra['checkpoint']}`, weights with SHA-256 "
        f"`{info.extra['checkpoint_sha256'][:16]}…`",
        "adapted to": f"{settings['n_showers']} showers, seed {settings['seed']}",
        "training": f"{adaptation.tuning.history[-1].step} steps, best after {adaptation.tuning.best_step}",
        "compared": f"{compared.n_generated:,} generated showers with {compared.n_reference:,} of Geant4",
        "AUC of boosted trees": str(compared["classifier_auc"]),
        "mean separation": str(compared["separation_mean"]),
        "made": f"{made:%Y-%m-%d}",
    }
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items()), ""])


def main() -> None:
    """Adapt, and put report and table in their places."""
    from metacalo.adaptation import adapt, find_showers
    from metacalo.geometry import load_detector

    parser = argparse.ArgumentParser(description="Make the report that the documentation shows.")
    parser.add_argument("--pages", type=Path, default=PAGES, help="folder of the pages")
    pages = parser.parse_args().pages
    page = pages / "reports" / "index.md"
    report = page.parent / f"{DETECTOR}.html"
    before = page.read_text(encoding="utf-8")
    detector = load_detector(DETECTOR)
    with tempfile.TemporaryDirectory(prefix="metacalo-report-") as folder:
        adaptation = adapt(detector, find_showers(detector), Path(folder) / DETECTOR, command=COMMAND)
        made = adaptation.folder / "report.html"
        size = made.stat().st_size
        if size > LARGEST_REPORT:
            raise SystemExit(f"expected a report of at most {LARGEST_REPORT:,} bytes, got {size:,}")
        shutil.copyfile(made, report)
    table = table_of(adaptation, datetime.now(UTC))
    page.write_text(filled(before, table), encoding="utf-8")
    print(f"{report}: {size:,} bytes\n{table}")


if __name__ == "__main__":
    main()
