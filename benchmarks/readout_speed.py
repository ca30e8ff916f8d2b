"""Speed and memory of projecting showers onto readout cells.

    python benchmarks/readout_speed.py
    python benchmarks/readout_speed.py --lhcb FILE.h5 --atlas FILE.h5 --showers 10000

Takes the showers of each file that are near the wanted energy and repeats them. Each measurement is a process
of its own; processor time is told beside the wall clock, since other work on the machine stretches only that.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

PARTS = ("streamed", "normal", "one place", "spots")
LIMIT_MS = 2.0
_GEOMETRIES = {"lhcb_ecal": "lhcb", "atlas_barrel": "atlas"}


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Speed of projecting showers onto readout cells.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--lhcb", type=Path, help="showers of LHCb; by default what its YAML names")
    add("--atlas", type=Path, help="showers of ATLAS; likewise")
    add("--showers", type=int, default=10_000, help="showers to project")
    add("--energy", type=float, default=20.0, help="wanted energy [GeV], to 30%%")
    add("--naive", type=int, default=20, help="showers for the naive loop over voxels")
    add("--processes", type=int, default=2, help="processes that share the showers")
    add("--out", type=Path, default=Path("readout_speed.json"), help="file for all figures")
    add("--only", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 1 if the limit is missed, by processor time if the machine is busy."""
    chosen = parse(arguments)
    from readout_timing.measure import Measured, Task, as_table, measure, run_task

    from metacalo.atomic import write_atomically

    if chosen.only is not None:
        print(json.dumps(measure(Task.from_json(chosen.only))))
        return 0
    found: list[Measured] = []
    for geometry, option in _GEOMETRIES.items():
        given = getattr(chosen, option)
        task = Task(geometry, str(given) if given else None, chosen.energy, chosen.showers, "streamed")
        found += [run_task(task, part, chosen.showers, chosen.processes) for part in PARTS]
        # The same stream, a tenth as long: memory must not tell them apart.
        found.append(run_task(task, "streamed", max(1, chosen.showers // 10), 1))
        found.append(run_task(task, "naive", chosen.naive, 1))
    print(as_table(found, LIMIT_MS))
    busy = os.getloadavg()[0] > chosen.processes + 0.7
    if busy:
        print("\nNote: the machine was busy with other work, so that the wall clock says nothing.")
    content = json.dumps([vars(one) for one in found], indent=1).encode()
    write_atomically(chosen.out, partial(Path.write_bytes, data=content))
    streamed = [one for one in found if one.part == "streamed" and one.n_showers == chosen.showers]
    spent = [one.processor_ms / one.processes if busy else one.wall_ms for one in streamed]
    return int(max(spent) > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
