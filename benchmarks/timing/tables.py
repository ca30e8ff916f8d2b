"""What was measured, for eyes and for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.table import Table

from timing.clock import Measurement


def as_table(measurements: Sequence[Measurement]) -> Table:
    """Return a table with a section for each part."""
    table = Table(title="metacalo: speed and memory")
    for heading, justify in (
        ("part", "left"),
        ("what", "left"),
        ("value", "right"),
        ("best", "right"),
        ("unit", "left"),
        ("limit", "right"),
        ("", "left"),
        ("note", "left"),
    ):
        table.add_column(heading, justify="right" if justify == "right" else "left")
    part = None
    for found in measurements:
        if part not in (None, found.part):
            table.add_section()
        verdict = {None: "", True: "kept", False: "MISSED"}[found.kept]
        table.add_row(
            found.part if found.part != part else "",
            found.what,
            _number(found.value),
            _number(found.fastest),
            found.unit,
            "" if found.limit is None else f"< {_number(found.limit)}",
            verdict,
            found.note,
        )
        part = found.part
    return table


def as_json(measurements: Sequence[Measurement], notes: Sequence[str]) -> str:
    """Return everything as JSON, with the machine."""
    content = {
        "machine": machine(),
        "notes": list(notes),
        "measurements": [{**asdict(found), "kept": found.kept} for found in measurements],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def machine() -> dict[str, Any]:
    """Return what the figures depend on: processor, cores, versions, and how busy the machine was."""
    from metacalo.checkpoint.info import running_versions

    return {
        **running_versions(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
