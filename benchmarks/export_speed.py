"""Milliseconds a shower, end to end, for every way to run an adapted model, beside the dense baseline.

    python benchmarks/export_speed.py
    python benchmarks/export_speed.py --model DIR --par04 CKPT --cpp build/metacalo_showers --threads 2

End to end means from energies and angles in arrays to hits in arrays, with the random numbers. Everything
takes turns in one run. Writes a table and export_speed.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

ENGINES = (
    "torch",
    "torch.compile",
    "TorchScript",
    "ONNX Runtime",
    "ONNX Runtime fp16",
    "ONNX Runtime int8",
    "C++",
    "random numbers alone",
    "par04_vae in torch",
)
BASELINE = "par04_vae in torch"
_QUIET_LOAD = 0.7


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Speed of exported models.", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add("--model", help="folder of an adapted model; by default the shipped one, for its detector lhcb_ecal")
    add("--par04", help="par04_vae to compare with; by default an untrained one, which hits every voxel")
    add("--cpp", help="program of examples/cpp, built against ONNX Runtime")
    add("--engines", default=",".join(ENGINES), help="with commas between")
    add("--batches", default="1,10,100,1000,10000", help="showers that are asked for at a time")
    add("--threads", type=int, default=1)
    add("--rounds", type=int, default=5)
    add("--clock", choices=("wall", "cpu"), default="wall", help="cpu: processor time, on a busy machine")
    add("--out", type=Path, default=Path("export_speed.json"), help="file for all figures")
    return parser.parse_args(arguments)


def table_of(figures: dict[str, dict[int, float]], batches: Sequence[int], baseline: str = BASELINE) -> Table:
    """Return ms per shower, and how many times as fast as the baseline each is."""
    from rich.table import Table

    table = Table(title="ms per shower, fastest round (and how many times as fast as the dense baseline)")
    table.add_column("")
    for batch in batches:
        table.add_column(f"batch {batch:,}", justify="right")
    for name, row in figures.items():
        cells = []
        for batch in batches:
            if batch not in row:
                cells.append("")
                continue
            against = figures.get(baseline, {}).get(batch)
            ratio = f" ({against / row[batch]:.2g})" if against and name != baseline else ""
            cells.append(f"{row[batch]:.3g}{ratio}")
        table.add_row(name, *cells)
    return table


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    chosen = parse(arguments)
    batches = [int(text) for text in chosen.batches.split(",")]
    engines = chosen.engines.split(",")
    if unknown := set(engines) - set(ENGINES):
        raise SystemExit(f"expected --engines out of {', '.join(ENGINES)}, got {', '.join(sorted(unknown))}")
    from rich.console import Console
    from timing.exported import Prepared, measure, measure_start
    from timing.tables import machine

    notes = []
    if os.getloadavg()[0] > _QUIET_LOAD:
        notes.append("the machine was busy with other work, so that times are too long")
    with tempfile.TemporaryDirectory(prefix="metacalo-speed-") as name:
        prepared = Prepared.of(Path(name), chosen)
        figures, more = measure(prepared, engines, batches, chosen.rounds)
        start = measure_start(prepared.path("fp32"))
    notes += more
    content = {
        "machine": machine(),
        "threads": chosen.threads,
        "clock": chosen.clock,
        "ms_per_shower": {name: {str(n): ms for n, ms in row.items()} for name, row in figures.items()},
        "runtime": start,
        "notes": notes,
    }
    chosen.out.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table_of(figures, batches))
    console.print(
        f"{chosen.threads} thread(s), {chosen.clock} clock; "
        + ", ".join(f"{k} {v}" for k, v in machine().items())
    )
    console.print("metacalo.runtime: " + ", ".join(f"{key} {value:.0f}" for key, value in start.items()))
    for note in notes:
        console.print(f"Note: {note}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
