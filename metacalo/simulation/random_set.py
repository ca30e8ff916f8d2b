"""A folder of random detectors with their showers, as `metacalo pretrain` takes it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from metacalo.atomic import write_atomically
from metacalo.errors import MetacaloWarning, OutputError, SettingsError
from metacalo.simulation.job import Job
from metacalo.simulation.random_detectors import random_detector
from metacalo.simulation.run import already_there, holds_showers_of, simulate_to_file

JobOf = Callable[[int], Job]


def simulate_random_detectors(
    jobs: JobOf,
    n_detectors: int,
    folder: str | Path,
    *,
    workers: int | None = 1,
    replace: bool = True,
    on_done: Callable[[int], object] = lambda _n: None,
) -> None:
    """Simulate random detectors: ``random_NNNN.yaml`` and ``random_NNNN.h5`` of each in one folder.

    Detectors whose showers are there already, made with the same options, are left as they are, so that an
    interrupted call can be repeated.

    Args:
        jobs: returns the job of a number; see `random_job`.
        n_detectors: how many.
        folder: for the files; it is made.
        workers: processes for each detector's shards; see `metacalo.simulation.simulate_to_file`.
        replace: whether files of other showers are replaced.
        on_done: is told the numbers of showers made.

    Raises:
        SettingsError: no detectors are asked for.
        OutputError: the folder cannot be written, or holds other showers that are not to be replaced.
    """
    if n_detectors < 1:
        raise SettingsError(f"expected at least 1 random detector, got {n_detectors}; choose for example 200")
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"{folder}: it cannot be made ({error.strerror or error}); choose another --out"
        ) from error
    for number in range(n_detectors):
        job = jobs(number)
        name = job.detector.name
        path = folder / f"{name}.h5"
        there = holds_showers_of(job, path) or (not replace and already_there(job, path))
        text = job.detector.to_yaml().encode()
        write_atomically(folder / f"{name}.yaml", partial(Path.write_bytes, data=text))
        if there:
            on_done(job.n)
            continue
        with warnings.catch_warnings():  # one warning for each of hundreds would tell nothing
            warnings.filterwarnings("ignore", "the parametric engine was not compared", MetacaloWarning)
            simulate_to_file(job, path, workers=workers, restart=True, on_done=on_done)


def random_job(number: int, like: Job) -> Job:
    """Return the job of a random detector: that of `like`, with the detector and a seed of its own."""
    return Job(
        detector=random_detector(number, like.seed),
        engine=like.engine,
        n=like.n,
        energy_gev=like.energy_gev,
        theta_deg=like.theta_deg,
        species=like.species,
        seed=int(
            np.random.SeedSequence([like.seed, number]).generate_state(1, np.uint64)[0] >> np.uint64(16)
        ),
        per_shard=like.per_shard,
        deposits=like.deposits,
    )
