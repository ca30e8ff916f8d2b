"""The showers of all detectors, in memory, and what each use sees of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from metacalo.errors import SettingsError, ShowerFileError
from metacalo.geometry import load_detector
from metacalo.meta import Pool, Task
from metacalo.meta.sources import open_pools

if TYPE_CHECKING:
    from metacalo.benchmark.settings import RotationSettings
    from metacalo.geometry import Detector
    from metacalo.showers import Showers


@dataclass(frozen=True)
class Bench:
    """A held-out detector.

    Attributes:
        detector: whose showers they are.
        pool: that support showers are drawn from.
        test: that no training sees.
        other: as many of the pool: full simulation that is compared with the test for the floor, and whose
            incident energies and angles the generated showers have. So both comparisons are alike.
    """

    detector: Detector
    pool: Showers
    test: Showers
    other: Showers

    def support(self, n: int, seed: int) -> Showers:
        """Draw n support showers, the same for every learner."""
        drawn = np.random.default_rng([seed, 3]).choice(len(self.pool), n, replace=False)
        return self.pool[np.sort(drawn)]

    def task(self) -> Task:
        """Return the test showers as the query of a task without support."""
        hits = float(np.mean(self.pool.n_hits))
        return Task(self.detector, self.pool[:0], self.test, hits)


class Library:
    """Showers of every detector of a rotation, read once.

    Args:
        folder: with `NAME.h5` for each.
        settings: of the rotation.
        names: of the detectors; those of the settings by default.

    Raises:
        GeometryError: a name is no detector's.
        ShowerFileError: a file is missing or damaged, or has too few showers.
        SettingsError: the pool is smaller than the support or the test.
        GridMismatchError: showers are on another grid than their detector's.
    """

    def __init__(self, folder: Path, settings: RotationSettings, names: Sequence[str] | None = None) -> None:
        self._settings = settings
        self._pools = {
            pool.detector.name: pool
            for pool in open_pools([load_detector(name) for name in names or settings.detectors], folder)
        }
        largest = max((*settings.support, settings.tune_support, settings.test))
        if settings.pool < largest:
            raise SettingsError(
                f"expected a pool of at least {largest} showers, for the support and for as many as the test "
                f"has, got {settings.pool}; set pool, support and test"
            )
        needed = settings.pool + settings.test
        for name, pool in self._pools.items():
            if len(pool.showers) < needed:
                raise ShowerFileError(
                    f"expected at least {needed} showers of {name}, {settings.pool} to adapt to and "
                    f"{settings.test} to judge by, got {len(pool.showers)}; give more showers, or lower "
                    "--support, --set pool=... and --set test=..."
                )

    def training(self, names: Sequence[str]) -> tuple[Pool, ...]:
        """Return the pools of detectors to train on."""
        return tuple(
            Pool(self._pools[name].detector, self._pools[name].showers[: self._settings.train])
            for name in names
        )

    def bench(self, name: str) -> Bench:
        """Return what a held-out detector is judged with."""
        showers, s = self._pools[name].showers, self._settings
        pool = showers[: s.pool]
        return Bench(self._pools[name].detector, pool, showers[len(showers) - s.test :], pool[: s.test])
