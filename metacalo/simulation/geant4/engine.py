"""The engine that asks Geant4: showers of full simulation, from a process of its own."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from typing import Any, Final

import numpy as np

from metacalo.errors import MissingExtraError
from metacalo.geometry import Detector
from metacalo.showers import concatenate
from metacalo.showers.origin import STAND_IN_MARK
from metacalo.simulation.engine import Deposits, Simulated
from metacalo.simulation.geant4.data_sets import DataSets, find_data_sets
from metacalo.simulation.geant4.protocol import Shot
from metacalo.simulation.geant4.session import MODULE, KilledError, Session, geant4_version
from metacalo.simulation.geant4.setup import DEFAULT_CUT_MM, check_options, setup_of
from metacalo.simulation.particles import Particles
from metacalo.simulation.scoring import score

PACKAGE = "geant4-pybind"
"""The wheel that holds Geant4."""

SCORED_AT_ONCE = 2_000_000
"""Deposits that are brought onto the grid together; bounds the memory where none are kept."""


class Geant4Engine:
    """Geant4 (Agostinelli et al. 2003, NIM A 506, 250), through its Python wheel.

    Slabs of at least 3 m x 3 m in a vacuum; the energy that is left in active material, as it is: no Birks
    law, no noise, no threshold. The first shower starts a process with Geant4 in it, which is kept for the
    next ones and ends with the engine; another detector gets another process. A copy (`pickle`) starts its
    own.

    Args:
        physics: one of `metacalo.simulation.geant4.PHYSICS`; ``option0`` to ``option4`` are those of
            G4EmStandardPhysics.
        cut_mm: production cut as a range [mm].

    Raises:
        MissingExtraError: the wheel is not installed.
        SettingsError: unknown physics, or an impossible cut.
    """

    name: Final = "geant4"
    own_processes: Final = False  # it starts them itself

    def __init__(self, *, physics: str = "option0", cut_mm: float = DEFAULT_CUT_MM) -> None:
        if importlib.util.find_spec(MODULE) is None:
            raise MissingExtraError(
                "the engine 'geant4' needs geant4-pybind, which is not installed; "
                "run `pip install 'metacalo[geant4]'`, or use `--engine parametric`"
            )
        check_options(physics, cut_mm)
        self.physics, self.cut_mm = physics, float(cut_mm)
        self._session: Session | None = None
        self._version: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.physics, self.cut_mm)

    def provenance(self) -> dict[str, Any]:
        """Return what a file of its showers says of it, see `metacalo.simulation.engine.Engine`.

        Raises:
            SimulationError: data sets of Geant4 are missing, or the wheel cannot be imported.
        """
        data_sets = self._data_sets()
        version = self._version or geant4_version()
        label = " on stand-in data, for tests only" if data_sets.stand_in else ""
        options = {"physics": self.physics, "cut_mm": self.cut_mm, "data_sets": data_sets.versions}
        said = {
            "engine": f"Geant4 {version}{label} ({PACKAGE} {importlib.metadata.version(PACKAGE)})",
            "engine_options": json.dumps(options, sort_keys=True),
            "physics": f"{self.physics}, production cut {self.cut_mm:g} mm; energy in active material, "
            "no Birks law, noise or threshold",
        }
        return {**said, STAND_IN_MARK: True} if data_sets.stand_in else said

    def check(self, detector: Detector) -> None:
        """Start Geant4 with a detector, and keep it for the first showers.

        Raises:
            UnknownMaterialError: a material that Geant4 does not have.
            SimulationError: data sets are missing, or Geant4 refuses; the message has Geant4's own.
        """
        self._session_for(detector)

    def simulate(
        self,
        detector: Detector,
        particles: Particles,
        generator: np.random.Generator,
        *,
        deposits: bool = False,
    ) -> Simulated:
        """Simulate one shower per particle; each has its own seed, so its shower depends on no other.

        Args:
            detector: the calorimeter, with its grid.
            particles: what enters it.
            generator: draws the seeds.
            deposits: also return the deposits in detector coordinates.

        Raises:
            UnknownMaterialError: a material that Geant4 does not have.
            SimulationError: data sets are missing, or Geant4 stopped; the message has Geant4's own.
        """
        seeds = generator.integers(1, 2**63 - 1, size=len(particles))
        shots = [
            Shot(float(energy), (float(x), float(y), float(z)), int(seed))
            for energy, (x, y, z), seed in zip(particles.energy_gev, particles.direction, seeds, strict=True)
        ]
        try:
            return self._simulated(detector, particles, shots, keep=deposits)
        except KilledError:  # once more, by another process; the seeds and so the showers are the same
            return self._simulated(detector, particles, shots, keep=deposits)

    def close(self) -> None:
        """End the process of Geant4; the next shower starts another one."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _simulated(
        self, detector: Detector, particles: Particles, shots: list[Shot], *, keep: bool
    ) -> Simulated:
        session = self._session_for(detector)
        attributes = self.provenance()
        parts: list[Simulated] = []
        begun, held = 0, []
        try:
            for number, found in enumerate(session.deposits(particles.species, shots), start=1):
                held.append(found)
                full = not keep and sum(map(len, held)) > SCORED_AT_ONCE
                if full or number == len(shots):
                    some = particles[begun:number]
                    parts.append(score(detector.grid, some, _joined(held), attributes, keep=keep))
                    begun, held = number, []
        except BaseException:
            self.close()  # what it was still asked for must not be taken for the next answer
            raise
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return score(detector.grid, particles, _joined([]), attributes, keep=keep)
        outside = np.concatenate([part.outside_grid_mev for part in parts])
        return Simulated(concatenate([part.showers for part in parts]), outside)

    def _data_sets(self) -> DataSets:
        return find_data_sets(self.physics)

    def _session_for(self, detector: Detector) -> Session:
        setup = setup_of(detector, self.physics, self.cut_mm)
        if self._session is None or self._session.setup != setup:
            self.close()
            self._session = Session(setup, self._data_sets())
            self._version = self._session.version
        return self._session


def _again(physics: str, cut_mm: float) -> Geant4Engine:
    return Geant4Engine(physics=physics, cut_mm=cut_mm)


def _joined(deposits: list[Any]) -> Deposits:
    """Join the deposits of particles one after another, (m, 4) each."""
    table = np.concatenate([np.empty((0, 4)), *deposits])
    event = np.repeat(np.arange(len(deposits)), [len(some) for some in deposits])
    return Deposits(event, *table.T)
