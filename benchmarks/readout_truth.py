"""Readout cells made from voxels, against full simulation that is binned straight into the cells.

    python benchmarks/readout_truth.py HITS --out DIR

HITS is a folder with `lhcb_shashlik.h5` and `atlas_lar.h5`: showers on the grid beside their deposits of
1 mm x 1 mm x layer. Writes readout_truth.json, readout_truth.md and plots.
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
        description="Readout cells made from voxels, against full simulation.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("hits", type=Path, help="folder of files with deposits")
    parser.add_argument("--detectors", default="lhcb_shashlik,atlas_lar", help="with commas between")
    parser.add_argument("--replicas", type=int, default=2, help="places of a kind for each shower")
    parser.add_argument("--spots", default="6", help="energies of spots [MeV], with commas between")
    parser.add_argument("--out", type=Path, default=Path("readout_truth"), help="folder for the results")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    chosen = parse(arguments)
    from readout_study.figures import draw_all
    from readout_study.study import Study, chosen_parts
    from readout_study.tables import document

    from metacalo.atomic import write_atomically

    spots = [float(text) for text in chosen.spots.split(",")]
    study = Study()
    for name, run in chosen_parts(chosen.detectors).items():
        run(study, chosen.hits / f"{name}.h5", chosen.replicas, spots)
    chosen.out.mkdir(parents=True, exist_ok=True)
    files = {
        "readout_truth.json": json.dumps(study.to_dict(), indent=1).encode(),
        "readout_truth.md": document(study).encode(),
        **draw_all(study),
    }
    for name, content in files.items():
        write_atomically(chosen.out / name, partial(Path.write_bytes, data=content))
        print(chosen.out / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
