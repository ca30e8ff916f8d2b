"""What simulates showers, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.simulation.particles import Particles

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Deposits:
    """Energy deposits in active material, in detector coordinates, in the order of the events.

    The front face is the plane z = 0 and the particle enters at the origin.

    Attributes:
        event: number of the particle that each belongs to, ascending, shape (m,).
        x_mm: across the face [mm], shape (m,).
        y_mm: across the face [mm], shape (m,).
        z_mm: depth below the face [mm], shape (m,).
        energy_mev: deposited energy, not corrected for the sampling fraction [MeV], shape (m,).
    """

    event: NDArray[np.int64]
    x_mm: Floats
    y_mm: Floats
    z_mm: Floats
    energy_mev: Floats

    def __len__(self) -> int:
        return len(self.event)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Showers as an engine returns them.

    Attributes:
        showers: energy in active material [MeV] on the detector's grid, along each particle's direction, one
            shower per particle, in their order.
        outside_grid_mev: energy in active material outside the grid [MeV], shape (n,).
        deposits: the deposits that the showers were scored from, if they were asked for.
    """

    showers: Showers
    outside_grid_mev: Floats
    deposits: Deposits | None = None


class Engine(Protocol):
    """A simulation of electromagnetic showers.

    An engine is picklable: a worker process gets a copy of it. Its results depend on the generator's state
    and on the arguments only.
    """

    @property
    def name(self) -> str:
        """Name of the engine, as on the command line: ``parametric`` or ``geant4``."""

    @property
    def own_processes(self) -> bool:
        """Whether each worker needs an interpreter of its own, as for a library that can be set up once."""

    def provenance(self) -> dict[str, Any]:
        """Return what a file of its showers says of it.

        Values of the kinds that attributes of showers may have: ``engine`` (name and version),
        ``engine_options`` (JSON), ``physics`` (in words), and ``stand_in_data`` (True) if showers come from
        data tables that are no measurement and no evaluation.
        """

    def check(self, detector: Detector) -> None:
        """Refuse a detector that the engine cannot simulate, before any worker is started.

        Raises:
            MetacaloError: something is missing or unknown, with the reason and the remedy.
        """

    def close(self) -> None:
        """End processes that it keeps, if it does; they are started again when they are needed."""

    def simulate(
        self,
        detector: Detector,
        particles: Particles,
        generator: np.random.Generator,
        *,
        deposits: bool = False,
    ) -> Simulated:
        """Simulate one shower per particle.

        Args:
            detector: the calorimeter, with its grid.
            particles: what enters it.
            generator: the only source of randomness.
            deposits: also return the deposits in detector coordinates.
        """
