"""The parametric engine against full simulation, detector by detector.

    python benchmarks/parametric_truth.py SHOWERS --out DIR

SHOWERS is a folder of files NAME.h5 of full simulation, also in folders within. Writes parametric_truth.json,
parametric_truth.md and parametric_profiles.png.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="The parametric engine against full simulation.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("showers", type=Path, help="folder of files of full simulation")
    parser.add_argument("-n", "--number", type=int, default=2000, help="most showers of a detector")
    parser.add_argument("--detectors", default="", help="with commas between; all by default")
    parser.add_argument("--seed", type=int, default=1, help="of the parametric showers")
    parser.add_argument("--out", type=Path, default=Path("parametric_truth"), help="folder for the results")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    chosen = parse(arguments)
    from parametric_study.comparison import compare_all
    from parametric_study.tables import document, draw_profiles

    from metacalo.atomic import write_atomically

    names = tuple(name for name in chosen.detectors.split(",") if name)
    compared = []
    for one in compare_all(chosen.showers, chosen.number, chosen.seed, names):
        compared.append(one)
        print(f"{one.detector.name}: {one.per_second:.0f} showers/s, beyond reach: {one.beyond_reach()}")
    if not compared:
        print(f"error: expected files NAME.h5 in {chosen.showers}, got none", file=sys.stderr)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    table = {one.detector.name: one.to_dict() for one in compared}
    files = {
        "parametric_truth.json": json.dumps(table, indent=1).encode(),
        "parametric_truth.md": document(compared, chosen.number).encode(),
        "parametric_profiles.png": draw_profiles(compared),
    }
    for name, content in files.items():
        write_atomically(chosen.out / name, partial(Path.write_bytes, data=content))
        print(chosen.out / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
