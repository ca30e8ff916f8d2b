"""Showers for a detector that has none: simulated, kept beside the model, and marked for what they are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from metacalo.errors import MetacaloError, OutputError, SettingsError
from metacalo.showers import open_showers
from metacalo.showers.incident import Range
from metacalo.simulation.job import Job
from metacalo.simulation.registry import SHOWERS_PER_SHARD
from metacalo.simulation.run import holds_showers_of, simulate_to_file

if TYPE_CHECKING:
    from metacalo.geometry import Detector
    from metacalo.showers import Showers
    from metacalo.simulation import Engine

FILE_NAME = "showers.h5"
"""File in the folder of an adaptation that holds the showers that it simulated."""

TEST_SHOWERS = {"parametric": 700, "geant4": 300}
"""Showers that are simulated beyond those to adapt to, to judge the model by."""


def support_job(
    detector: Detector, engine: Engine, n_support: int, *, n: int | None = None, seed: int = 0
) -> Job:
    """Return the job of showers to adapt to and to judge by: electrons over the detector's ranges.

    Args:
        detector: to adapt to.
        engine: that simulates it.
        n_support: showers to adapt to.
        n: showers in all; by default `n_support` and `TEST_SHOWERS`.
        seed: of the simulation.

    Raises:
        SettingsError: none is left to judge by.
        SimulationError: the engine cannot run here.
    """
    engine.provenance()  # refuses what is missing before anybody is told that it simulates
    n = n_support + TEST_SHOWERS[engine.name] if n is None else n
    if n <= n_support:
        raise SettingsError(
            f"expected more simulated showers than the {n_support} to adapt to, as others must judge the "
            f"model, got {n}; raise --simulate, or lower --n-showers"
        )
    return Job(
        detector=detector,
        engine=engine,
        n=n,
        energy_gev=Range(*detector.energy_range_gev),
        theta_deg=Range(*detector.theta_range_deg),
        seed=seed,
        per_shard=SHOWERS_PER_SHARD[engine.name],
    )


def simulated_showers(
    job: Job,
    folder: Path,
    *,
    workers: int | None = None,
    on_done: Callable[[int], object] = lambda _n: None,
) -> Showers:
    """Simulate showers into the folder of an adaptation, or take those that are there of the same job.

    Parametric showers of another job are replaced, as new ones take seconds; others may have taken hours, and
    are never touched.

    Args:
        job: see `support_job`.
        folder: of the adaptation; it is made.
        workers: processes, see `metacalo.simulation.simulate_to_file`.
        on_done: is told the numbers of showers made.

    Raises:
        OutputError: the folder cannot be written, or holds other showers that are not to be lost.
        MetacaloError: see `metacalo.simulation.simulate_to_file`.
    """
    path = folder / FILE_NAME
    if holds_showers_of(job, path):
        on_done(job.n)
    else:
        _check_replaceable(path)
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"expected a folder to write to, got {folder}: {error.strerror or error}; "
                "choose another --out"
            ) from error
        try:
            simulate_to_file(job, path, workers=workers, on_done=on_done)
        except BaseException:
            with suppress(OSError):  # one that holds something stays
                for place in made:
                    place.rmdir()
            raise
    return open_showers(path, detector=job.detector)


def _check_replaceable(path: Path) -> None:
    if not path.exists():
        return
    try:
        told = open_showers(path, check_values=False).attributes
    except MetacaloError:
        told = {}
    if told.get("engine_kind") == "parametric":
        return
    raise OutputError(
        f"expected {path} to be free, or to hold the showers that are asked for, but it holds others "
        f"(engine: {told.get('engine', 'not told')}), which are kept. Adapt to them with --showers {path}, "
        "simulate with the options that they were made with, move them away, or choose another --out"
    )
