"""The report of a comparison: tables and a picture, from the results in a folder."""

from __future__ import annotations

from pathlib import Path

from metacalo.atomic import write_atomically
from metacalo.benchmark.records import newest, read_records
from metacalo.benchmark.tables import document
from metacalo.benchmark.training import MODEL_FILE
from metacalo.benchmark.tuning import read_tuned
from metacalo.checkpoint import load_model
from metacalo.errors import SettingsError

REPORT_FILE = "report.md"
FIGURE_FILE = "meta_learners.png"
START_FOLDER = "start"


def write_report(out: Path) -> Path:
    """Write `report.md` and `meta_learners.png` of the results in a folder; it may be unfinished.

    Args:
        out: folder of a rotation.

    Returns:
        Path of the report.

    Raises:
        SettingsError: there are no results.
        OutputError: the folder is not writable.
    """
    from metacalo.benchmark.figure import draw

    records = newest(read_records(out))
    if not records:
        raise SettingsError(
            f"expected results in {out}/results*.jsonl, got none; run `metacalo benchmark meta` with "
            "--showers first"
        )
    folders = sorted(path.parent for path in out.glob(f"fold_*/*/{MODEL_FILE}"))
    models = [load_model(folder)[1] for folder in folders if folder.name != START_FOLDER]
    text, png = document(records, read_tuned(out), models), draw(records)
    write_atomically(out / FIGURE_FILE, lambda temporary: temporary.write_bytes(png))
    write_atomically(out / REPORT_FILE, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return out / REPORT_FILE
