"""The parametric engine: thousands of showers a second for any stack, without any dependency."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import MetacaloWarning
from metacalo.geometry import Detector
from metacalo.simulation.engine import Deposits, Simulated
from metacalo.simulation.parametric import adjusted
from metacalo.simulation.parametric.compared import outside_of_comparison
from metacalo.simulation.parametric.spots import Spots, draw_spots, number_of_spots
from metacalo.simulation.parametric.stack import Stack
from metacalo.simulation.particles import Particles
from metacalo.simulation.scoring import Tally, voxel_of

Floats = NDArray[np.float64]

BATCH_SPOTS = 100_000
"""Spots that are drawn at a time: their arrays stay near the processor."""


@final
class ParametricEngine:
    """GFlash (Grindhammer and Peters 1993, hep-ex/0001020) for any stack, adjusted to full simulation.

    Showers are drawn from parameterised profiles, not tracked: their means and main fluctuations are near
    full simulation, see the table in the documentation, their details are not. Particles are electrons,
    positrons (which shower as electrons do) or photons (which convert first).
    """

    name = "parametric"
    own_processes = False

    def provenance(self) -> dict[str, Any]:
        """Return what a file of its showers says of it."""
        from metacalo import __version__

        return {
            "engine": f"metacalo {__version__} parametric",
            "engine_kind": self.name,
            "engine_options": json.dumps({"constants": adjusted.digest()}),
            "physics": "parameterised profiles, GFlash (hep-ex/0001020) adjusted to full simulation",
            "parametric": True,
        }

    def check(self, detector: Detector) -> None:
        """Warn of a detector that is unlike all that the engine was compared with; none is refused.

        Warns:
            MetacaloWarning: it has active gas, or sees too small a share of the energy.
        """
        doubt = outside_of_comparison(detector)
        if doubt is not None:
            warnings.warn(doubt, MetacaloWarning, stacklevel=2)

    def close(self) -> None:
        """Do nothing: it keeps no process."""

    def simulate(
        self,
        detector: Detector,
        particles: Particles,
        generator: np.random.Generator,
        *,
        deposits: bool = False,
    ) -> Simulated:
        """Simulate one shower per particle; see `metacalo.simulation.engine.Engine`."""
        stack = _prepared(detector)
        tally = Tally(detector.grid)
        outside: list[Floats] = [np.zeros(0)]
        kept: list[Deposits] = []
        for batch in _batches(number_of_spots(stack, particles)):
            some = particles[batch]
            spots = draw_spots(stack, some, generator)
            voxel, inside = voxel_of(detector.grid, spots.radius_mm, spots.turn, spots.along_mm)
            tally.add(len(some), spots.event[inside], voxel, spots.energy_mev[inside])
            lost = np.bincount(spots.event[~inside], spots.energy_mev[~inside], minlength=len(some))
            outside.append(lost.astype(np.float64))
            if deposits:
                kept.append(_in_detector(spots, some, batch.start))
        return Simulated(
            tally.showers(particles, self.provenance()),
            np.concatenate(outside),
            _joined(kept) if deposits else None,
        )


@lru_cache(maxsize=4)
def _prepared(detector: Detector) -> Stack:
    return Stack.of(detector)


def _batches(spots: NDArray[np.int64]) -> Iterator[slice]:
    """Cut showers into runs of up to `BATCH_SPOTS` spots, or one shower."""
    done = np.concatenate([[0], np.cumsum(spots)])
    start = 0
    while start < len(spots):
        stop = int(np.searchsorted(done, done[start] + BATCH_SPOTS, side="right")) - 1
        stop = max(start + 1, stop)
        yield slice(start, stop)
        start = stop


def _in_detector(spots: Spots, particles: Particles, first: int) -> Deposits:
    """Turn spots into deposits in detector coordinates, of events from `first` on."""
    azimuth = 2.0 * np.pi * (spots.turn.astype(np.float64) - 0.5)
    u, v = spots.radius_mm * np.cos(azimuth), spots.radius_mm * np.sin(azimuth)
    along = spots.along_mm.astype(np.float64)
    theta, phi = particles.theta_rad[spots.event], particles.phi_rad[spots.event]
    ahead = u * np.cos(theta) + along * np.sin(theta)
    return Deposits(
        event=spots.event.astype(np.int64) + first,
        x_mm=ahead * np.cos(phi) - v * np.sin(phi),
        y_mm=ahead * np.sin(phi) + v * np.cos(phi),
        z_mm=spots.z_mm.astype(np.float64),
        energy_mev=spots.energy_mev.astype(np.float64),
    )


def _joined(parts: list[Deposits]) -> Deposits:
    columns = [
        [getattr(part, name) for part in parts] for name in ("event", "x_mm", "y_mm", "z_mm", "energy_mev")
    ]
    event, *others = [
        np.concatenate(column) if column else np.zeros(0, dtype=np.float64) for column in columns
    ]
    return Deposits(event.astype(np.int64), *others)
