"""Clocks: rounds that take turns, and a child process with its time and memory."""

from __future__ import annotations

import os
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

_KIB = 1024
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Measurement:
    """One figure.

    Attributes:
        part: of the benchmark.
        what: was measured.
        value: in `unit`; the median if it was measured several times.
        unit: of the value.
        limit: that the value must stay below, if there is one.
        note: what to know about it.
        fastest: the smallest of all times, which other work on the machine disturbs least.
    """

    part: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""
    fastest: float | None = None

    @property
    def kept(self) -> bool | None:
        """Whether the value is below its limit; None without one."""
        return None if self.limit is None else self.value < self.limit


def rounds(
    tasks: Mapping[K, Callable[[], object]], n: int, clock: Callable[[], float] = time.perf_counter
) -> dict[K, list[float]]:
    """Time tasks in turns, so that whatever else the machine does meets all of them alike.

    Args:
        tasks: each is done once before the clock runs, and then once a round.
        n: number of rounds.
        clock: `time.process_time` for processor time, which other work on the machine lengthens least.

    Returns:
        Seconds of each round.
    """
    seconds: dict[K, list[float]] = {key: [] for key in tasks}
    for task in tasks.values():
        task()
    for _ in range(n):
        for key, task in tasks.items():
            begun = clock()
            task()
            seconds[key].append(clock() - begun)
    return seconds


def median_and_fastest(seconds: Sequence[float], scale: float = 1.0) -> tuple[float, float]:
    """Return the median and the smallest of some times, multiplied by `scale`."""
    return scale * statistics.median(seconds), scale * min(seconds)


@dataclass(frozen=True)
class Child:
    """A process that has ended.

    Attributes:
        seconds: wall clock from its start to its end.
        peak_mib: largest resident memory [MiB].
        output: what it wrote to standard output.
    """

    seconds: float
    peak_mib: float
    output: str


def run_child(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Child:
    """Run a command to its end, alone.

    Args:
        command: program and arguments.
        environment: variables on top of those of this process.

    Raises:
        RuntimeError: it failed.
    """
    begun = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        ) as process,
    ):
        output = process.stdout.read() if process.stdout else ""
        # the usage of this child only, not the largest of all children so far
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise RuntimeError(
                f"{shlex.join(command)} ended with exit code {process.returncode}:\n{errors.read()}"
            )
    return Child(seconds, usage.ru_maxrss * _KIB / _MIB, output)


def resident_mib() -> float:
    """Return the memory that this process has in use now [MiB]; Linux only."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
