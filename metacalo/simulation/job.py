"""What is to be simulated, and how it is cut into shards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.showers.incident import Range, check_incident, check_seed
from metacalo.simulation.engine import Engine, Simulated
from metacalo.simulation.particles import Species, checked_species, draw


@dataclass(frozen=True, kw_only=True)
class Job:
    """Showers of one detector that are asked for.

    Shard k has a stream of random numbers of its own, ``SeedSequence(seed, spawn_key=(k,))``, so that the
    showers depend neither on the number of workers nor on interruptions.

    Attributes:
        detector: the calorimeter.
        engine: what simulates it.
        n: number of showers.
        energy_gev: range of incident energies, even in their logarithm [GeV].
        theta_deg: range of angles to the normal of the front face, even [degrees].
        species: the particle.
        seed: of everything that is random.
        per_shard: showers that are made and kept together.
        deposits: whether deposits in detector coordinates are kept, too.

    Raises:
        SettingsError: a value that is impossible.
    """

    detector: Detector
    engine: Engine
    n: int
    energy_gev: Range
    theta_deg: Range
    species: Species = "e-"
    seed: int = 0
    per_shard: int = 500
    deposits: bool = False

    def __post_init__(self) -> None:
        if self.n < 1:
            raise SettingsError(f"expected at least 1 shower, got n = {self.n}; choose for example -n 1000")
        if self.per_shard < 1:
            raise SettingsError(
                f"expected at least 1 shower in a shard, got per_shard = {self.per_shard}; leave it out"
            )
        check_seed(self.seed)
        checked_species(self.species)
        check_incident(self.energy_gev.low, self.energy_gev.high, self.theta_deg.low, self.theta_deg.high)

    @property
    def n_shards(self) -> int:
        """Number of shards; all have `per_shard` showers but the last, which may have fewer."""
        return -(-self.n // self.per_shard)

    def showers_in(self, shard: int) -> int:
        """Return the number of showers of a shard."""
        return min(self.per_shard, self.n - shard * self.per_shard)

    def simulate(self, shard: int) -> Simulated:
        """Simulate one shard."""
        stream = np.random.SeedSequence(self.seed, spawn_key=(shard,))
        generator = np.random.Generator(np.random.PCG64(stream))
        particles = draw(
            self.showers_in(shard), self.energy_gev, self.theta_deg, generator, species=self.species
        )
        return self.engine.simulate(self.detector, particles, generator, deposits=self.deposits)

    def doubt_of_ranges(self) -> str | None:
        """Say what of the incident particles lies outside of the detector's own ranges, None if nothing."""
        asked = (
            ("energies", self.energy_gev, self.detector.energy_range_gev, "GeV", "energy_range_gev"),
            ("angles", self.theta_deg, self.detector.theta_range_deg, "degrees", "theta_range_deg"),
        )
        beyond = [
            f"{what} of {wanted} {unit} go beyond the {low:g} to {high:g} {unit} of its {key}"
            for what, wanted, (low, high), unit, key in asked
            if wanted.low < low or wanted.high > high
        ]
        if not beyond:
            return None
        return (
            f"{self.detector.name}: {', and '.join(beyond)}. `adapt` simulates within these ranges; widen "
            "them in the YAML if the detector is meant for more"
        )

    def identity(self) -> dict[str, Any]:
        """Return what the showers depend on, in JSON types; equal jobs give equal showers."""
        return {
            "detector": self.detector.fingerprint,
            "engine": dict(self.engine.provenance()),
            "n": self.n,
            "energy_gev": [self.energy_gev.low, self.energy_gev.high],
            "theta_deg": [self.theta_deg.low, self.theta_deg.high],
            "particle": self.species,
            "seed": self.seed,
            "showers_per_shard": self.per_shard,
            "deposits": self.deposits,
        }

    def attributes(self) -> dict[str, Any]:
        """Return what the file of showers says of itself."""
        return {
            "detector": self.detector.name,
            "detector_fingerprint": self.detector.fingerprint,
            "particle": self.species,
            "energy_range_gev": [self.energy_gev.low, self.energy_gev.high],
            "energy_spectrum": "log-uniform",
            "theta_range_deg": [self.theta_deg.low, self.theta_deg.high],
            "seed": self.seed,
            **self.engine.provenance(),
        }
