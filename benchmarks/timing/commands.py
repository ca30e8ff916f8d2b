"""The commands as a user types them: how soon they answer, and what an adaptation takes."""

from __future__ import annotations

import json
import shutil
import sys
from functools import partial
from pathlib import Path

from timing.clock import Measurement, median_and_fastest, rounds, run_child

_ANSWER_S = 0.3
_TRAINING_S = 20.0
_COMMAND_S = 45.0
_PEAK_MIB = 1.5e9 / 2**20


def executable() -> str:
    """Return the `metacalo` that belongs to this Python.

    Raises:
        FileNotFoundError: it is not installed there.
    """
    beside = Path(sys.executable).with_name("metacalo")
    found = str(beside) if beside.exists() else shutil.which("metacalo")
    if found is None:
        raise FileNotFoundError("expected the command metacalo beside this Python, got none; pip install it")
    return found


def measure_answers(n: int) -> list[Measurement]:
    """Time `--help` and `--version`, with Python's own start beside them."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "metacalo --version": [executable(), "--version"],
        "metacalo --help": [executable(), "--help"],
    }
    seconds = rounds({what: partial(run_child, command) for what, command in commands.items()}, n)
    found = []
    for what, times in seconds.items():
        median, fastest = median_and_fastest(times)
        limit = _ANSWER_S if what.startswith("metacalo") else None
        found.append(Measurement("start", what, median, "s", limit, f"median of {n}", fastest))
    return found


def measure_adaptation(
    geometry: str,
    showers: Path | None,
    checkpoint: str,
    n_showers: int,
    folder: Path,
    threads: int | None = None,
) -> list[Measurement]:
    """Run `metacalo adapt` once.

    Args:
        geometry: as for the command.
        showers: as for the command.
        checkpoint: as for the command.
        n_showers: as for the command.
        folder: that receives the adapted model.
        threads: that OMP_NUM_THREADS allows; None for what the command chooses by itself.
    """
    command = [executable(), "adapt", "--geometry", geometry, "--checkpoint", checkpoint]
    command += ["--n-showers", str(n_showers), "--device", "cpu", "--out", str(folder)]
    if showers is not None:
        command += ["--showers", str(showers)]
    child = run_child(command, None if threads is None else {"OMP_NUM_THREADS": str(threads)})
    training = json.loads((folder / "adapted.json").read_text(encoding="utf-8"))["training"]
    steps = f"{training['steps']} steps, ended by {training['stopped_by']}"
    part = f"adapt, {n_showers} showers" + ("" if threads is None else f", OMP_NUM_THREADS={threads}")
    return [
        Measurement(part, "training", training["seconds"], "s", _TRAINING_S, steps),
        Measurement(part, "the whole command", child.seconds, "s", _COMMAND_S, "with its report"),
        Measurement(part, "peak memory", child.peak_mib, "MiB", _PEAK_MIB),
    ]
