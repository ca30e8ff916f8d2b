"""Showers streamed to disk: how fast, and whether the memory stays what it was."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from timing.clock import Measurement, resident_mib, run_child

_EARLY = 0.1
_KIB = 1024
_GROWTH_MIB = 50.0


def measure_streaming(folder: Path, n: int) -> list[Measurement]:
    """Stream n showers in a process of its own.

    Args:
        folder: with an adapted model; the showers are written there too, and removed.
        n: number of showers.
    """
    # a module, for the folder of this file must not stand for the library's names
    command = [sys.executable, str(Path(__file__).parents[1] / "speed.py"), "--stream-from", str(folder)]
    seen = json.loads(run_child([*command, "--stream", str(n)]).output)
    part = f"stream {n:,} showers"
    size = f"{seen['file_mib']:.0f} MiB on disk"
    return [
        Measurement(part, "speed", seen["seconds"] * 1e3 / n, "ms/shower", note=size),
        Measurement(part, "memory at 10%", seen["early_mib"], "MiB"),
        Measurement(part, "memory at 100%", seen["late_mib"], "MiB"),
        Measurement(
            part,
            "growth of the peak from 10% to 100%",
            seen["late_peak_mib"] - seen["early_peak_mib"],
            "MiB",
            _GROWTH_MIB,
        ),
    ]


def stream(folder: Path, n: int) -> dict[str, float]:
    """Stream n showers to a file, remove it, and return what this process needed for it."""
    from metacalo import load
    from metacalo.generation import generate_to_file
    from timing.generation import conditions

    model = load(folder)
    path = folder / "streamed.h5"
    made = 0
    seen: dict[str, float] = {}

    def look(more: int) -> None:
        nonlocal made
        made += more
        if made >= _EARLY * n and "early_mib" not in seen:
            seen.update(early_mib=resident_mib(), early_peak_mib=_peak_mib())

    begun = time.perf_counter()
    try:
        generate_to_file(model, conditions(model.detector, n), path, on_batch=look)
        seen.update(
            seconds=time.perf_counter() - begun,
            late_mib=resident_mib(),
            late_peak_mib=_peak_mib(),
            file_mib=path.stat().st_size / 2**20,
        )
    finally:
        path.unlink(missing_ok=True)
    return seen


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
