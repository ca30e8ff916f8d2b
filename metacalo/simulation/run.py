"""The whole way of a simulation: shards, workers, and one file in the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from metacalo.errors import MetacaloError, OutputError, SettingsError
from metacalo.showers import open_showers
from metacalo.simulation.job import Job
from metacalo.simulation.shards import Shards, deposits_path, parts_folder
from metacalo.simulation.workers import make_in_processes

_NO_SHOWERS = "no showers of this grid"


def processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def checked_workers(text: str) -> int | None:
    """Read a number of workers; None stands for ``auto``.

    Raises:
        SettingsError: it is neither ``auto`` nor a positive number.
    """
    if text == "auto":
        return None
    if not (text.isdecimal() and int(text) > 0):
        raise SettingsError(f"expected --workers auto or a number of at least 1, got {text!r}")
    return int(text)


def simulate_to_file(
    job: Job,
    out: str | Path,
    *,
    workers: int | None = None,
    restart: bool = False,
    on_done: Callable[[int], object] = lambda _n: None,
) -> None:
    """Simulate showers into a file, shard by shard.

    Finished shards are kept beside the file, in ``FILE.h5.parts``, until all are there: after an interrupt,
    a crash or a full disk, the same call goes on. The showers depend on the job only.

    Args:
        job: what to simulate.
        out: the file of showers to write or replace; its folder must exist.
        workers: processes; None for as many as there are processors, at most one per shard.
        restart: throw finished shards away, also those of another job.
        on_done: is told the number of showers of each finished shard; first those of an earlier run.

    Raises:
        SettingsError: beside the file are shards of another job.
        SimulationError: a worker died twice over one shard.
        OutputError: the place is not writable, or full.
        MetacaloError: what the engine refuses, see its `check`.
    """
    job.engine.check(job.detector)
    shards = Shards(job, Path(out))
    shards.prepare(restart=restart)
    todo = shards.missing()
    finished = job.n - sum(job.showers_in(shard) for shard in todo)
    if finished:
        on_done(finished)
    n_workers = min(workers or processors(), len(todo))
    if n_workers <= 1 and not job.engine.own_processes:
        for shard in todo:
            shards.make(shard)
            on_done(job.showers_in(shard))
    else:
        job.engine.close()  # each worker has a copy
        make_in_processes(shards, todo, n_workers, lambda shard: on_done(job.showers_in(shard)))
    shards.merge()


def holds_showers_of(job: Job, path: Path) -> bool:
    """Say whether a file holds just the showers of a job, with their deposits beside it if it wants them."""
    return path.is_file() and not _differences(job, path)


def already_there(job: Job, path: Path) -> bool:
    """Say whether a file holds the showers of a job, so that nothing is left to do.

    What an interrupted run of the same job left beside it goes before: that was begun to replace the file.

    Raises:
        OutputError: it holds something else, which is not to be lost.
    """
    if not path.is_file() or parts_folder(path).exists():
        return False
    different = _differences(job, path)
    if different:
        raise OutputError(
            f"expected {path} to be free, or to hold the showers that are asked for, but it holds "
            f"{_other(different)}. It is kept: choose another --out, or give --restart to replace it"
        )
    return True


def _other(different: list[str]) -> str:
    if different == [_NO_SHOWERS]:
        return "something else than showers of this grid"
    return f"others ({', '.join(different)} {'differ' if len(different) > 1 else 'differs'})"


def _differences(job: Job, path: Path) -> list[str]:
    """Return the names of what tells a file from the one that a job writes."""
    try:
        showers = open_showers(path, detector=job.detector, check_values=False)
    except MetacaloError:
        return [_NO_SHOWERS]
    said = {name: list(v) if isinstance(v, tuple) else v for name, v in showers.attributes.items()}
    different = [name for name, value in job.attributes().items() if said.get(name) != value]
    if len(showers) != job.n:
        different.append(f"number of showers ({len(showers):,} there)")
    if job.deposits and not deposits_path(path).is_file():
        different.append("file of deposits")
    return different
