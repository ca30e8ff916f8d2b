"""What passes between metacalo and the process that runs Geant4, pickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from metacalo.simulation.geant4.setup import Setup


class Shot(NamedTuple):
    """One particle.

    Attributes:
        energy_gev: kinetic energy [GeV].
        direction: unit vector of flight.
        seed: of all random numbers of its shower.
    """

    energy_gev: float
    direction: tuple[float, float, float]
    seed: int


@dataclass(frozen=True)
class Start:
    """What to be ready for; answered by `Ready` or a `Refusal`.

    Attributes:
        setup: calorimeter, physics and cut.
        tables: folder in which each element's tables are looked for first; None for complete data.
    """

    setup: Setup
    tables: Path | None


@dataclass(frozen=True)
class Ready:
    """Geant4 is set up.

    Attributes:
        version: Geant4's own number of its version, such as 1141 for 11.4.1.
    """

    version: int


@dataclass(frozen=True)
class Refusal:
    """A material cannot be built.

    Attributes:
        reason: why, and what to do.
    """

    reason: str


@dataclass(frozen=True)
class Batch:
    """Particles to simulate; answered by their deposits, one array each: x, y, z [mm], energy [MeV].

    Attributes:
        species: ``e-``, ``e+`` or ``gamma``.
        shots: the particles.
    """

    species: str
    shots: tuple[Shot, ...]
