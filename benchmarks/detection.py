"""Which figure sees which defect, and from how many showers on: defects planted in full simulation.

    python benchmarks/detection.py --showers FILE.h5 --out OUT
    python benchmarks/detection.py --report OUT [--page PAGE.md]

FILE holds full simulation. A and B are disjoint showers of it, the defects are planted in B, and B is
compared with A; undamaged, it is the floor. Each comparison that is done is a line of OUT/results.jsonl, and
is not done again. The report is OUT/detection.md, detection.json and detection.png; a page of the
documentation gets the tables between its marks for figures, and its folder of images the picture.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Plant defects in full simulation, and see which figures see them.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--report", type=Path, metavar="OUT", help="only write the report of the results in this folder")
    add("--page", type=Path, help="page of the documentation to put the report into, too")
    add("--showers", type=Path, help="file of full simulation; its last 400 count as training showers")
    add("--detector", default="lhcb_shashlik", help="that the showers are of: a name or a YAML file")
    add("--out", type=Path, help="folder for the results")
    add("--sizes", default="300,1000,2500", help="numbers of showers of each kind, with commas between")
    add("--seeds", type=int, default=3, help="how often each defect is planted")
    add("--floors", type=int, default=8, help="how often undamaged showers are compared")
    add("--learned-seeds", type=int, default=1, help="how often networks and regressors judge a defect")
    add("--learned-floors", type=int, default=4, help="how often they judge undamaged showers")
    chosen = parser.parse_args(arguments)
    if chosen.report is None and (chosen.showers is None or chosen.out is None):
        parser.error("expected --showers and --out, or --report")
    return chosen


def run(chosen: argparse.Namespace) -> None:
    """Do all comparisons that are not done yet."""
    import torch
    from defects.study import all_tasks, append, read_records, run_task

    from metacalo.geometry import load_detector
    from metacalo.showers import open_showers

    torch.set_num_threads(1)
    detector = load_detector(chosen.detector)
    showers = open_showers(chosen.showers, detector=detector)
    results = chosen.out / "results.jsonl"
    done = {record.task for record in read_records(results)}
    sizes = [int(text) for text in chosen.sizes.split(",")]
    tasks = all_tasks(sizes, chosen.seeds, chosen.floors, chosen.learned_seeds, chosen.learned_floors)
    todo = [task for task in tasks if task not in done]
    for number, task in enumerate(todo, 1):
        record = run_task(task, showers, detector)
        append(results, record)
        print(f"[{number}/{len(todo)}] {task}: {record.seconds:.1f} s", flush=True)


def report(folder: Path, page: Path | None = None) -> None:
    """Write tables and picture into a folder of results, and into a page; print the tables."""
    from defects.figure import draw
    from defects.study import read_records
    from defects.tables import document, summary

    records = list(read_records(folder / "results.jsonl"))
    if not records:
        raise SystemExit(f"expected results in {folder}/results.jsonl, got none; run the study first")
    text = document(records)
    (folder / "detection.md").write_text(text, encoding="utf-8")
    (folder / "detection.json").write_text(json.dumps(summary(records), indent=1) + "\n", encoding="utf-8")
    (folder / "detection.png").write_bytes(draw(records))
    if page is not None:
        _put(page, text, folder / "detection.png")
    print(text)


def _put(page: Path, tables: str, picture: Path) -> None:
    """Put tables between the marks of a page, and the picture into its folder of images.

    Raises:
        SystemExit: the page has not exactly one place for figures, or there is no folder of images.
    """
    marks = r"(?<=<!-- figures:begin -->\n).*?(?=<!-- figures:end -->)"
    filled, places = re.subn(marks, lambda _: tables, page.read_text(encoding="utf-8"), flags=re.DOTALL)
    images = [place for above in page.resolve().parents[:2] if (place := above / "images").is_dir()]
    if places != 1 or not images:
        raise SystemExit(f"expected one place for figures in {page} and a folder of images, got {places}")
    page.write_text(filled, encoding="utf-8")
    (images[0] / "detection.png").write_bytes(picture.read_bytes())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    chosen = parse(arguments)
    if chosen.report is not None:
        report(chosen.report, chosen.page)
        return 0
    # before NumPy and scikit-learn are imported, which read it then
    os.environ["OMP_NUM_THREADS"] = "1"
    run(chosen)
    report(chosen.out, chosen.page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
