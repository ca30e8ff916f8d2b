"""Each detector's parametric showers beside full simulation at the same incident energies and angles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from metacalo.geometry import Detector, load_detector
from metacalo.showers import Showers, open_showers
from metacalo.simulation import Particles, engine
from parametric_study.observables import ENERGY_EDGES_GEV, Figures, figures_by_energy

REACH = {"fraction": 0.15, "resolution": 0.25, "maximum_x0": 0.5, "r90_mm": 0.15}
"""How near each figure is to be: relative, the depth of the maximum in X0."""

NOT_ADJUSTED_TO = ("lhcb_shashlik", "atlas_lar")
"""Detectors that no constant of the engine was adjusted to."""


@dataclass(frozen=True)
class Compared:
    """One detector.

    Attributes:
        detector: the calorimeter.
        full: figures of full simulation in each bin of energy.
        parametric: the same of the parametric engine.
        per_second: parametric showers per second of one processor, at these energies.
        profiles: longitudinal and radial profiles of both, for the figure.
    """

    detector: Detector
    full: list[Figures]
    parametric: list[Figures]
    per_second: float
    profiles: dict[str, dict[str, list[float]]]

    def deviation(self, name: str, at: int) -> float:
        """Return how far a figure is from full simulation's: relative, depths in X0."""
        found, true = getattr(self.parametric[at], name), getattr(self.full[at], name)
        return found - true if name.endswith("_x0") else found / true - 1.0

    def beyond_reach(self) -> list[str]:
        """Name the figures that are farther off than `REACH`, with their bin of energy."""
        return [
            f"{name} at {ENERGY_EDGES_GEV[at]:g}-{ENERGY_EDGES_GEV[at + 1]:g} GeV"
            for name, most in REACH.items()
            for at in range(len(self.full))
            if abs(self.deviation(name, at)) > most
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return everything in JSON types."""
        return {
            "full": [figures.to_dict() for figures in self.full],
            "parametric": [figures.to_dict() for figures in self.parametric],
            "parametric_per_second": round(self.per_second),
            "beyond_reach": self.beyond_reach(),
        }


def compare_all(folder: Path, most: int, seed: int, chosen: tuple[str, ...] = ()) -> Iterator[Compared]:
    """Compare every detector of which the folder, or one in it, has showers as NAME.h5.

    Args:
        folder: with files of full simulation.
        most: showers that are taken of each.
        seed: of the parametric showers.
        chosen: names of detectors; all by default.
    """
    paths = sorted([*folder.glob("*.h5"), *folder.glob("*/*.h5")], key=lambda path: path.stem)
    seen: set[str] = set()
    for path in paths:
        if path.stem in seen or path.parent.name == "hits" or (chosen and path.stem not in chosen):
            continue
        seen.add(path.stem)
        detector = load_detector(path.stem)
        full = open_showers(path, detector=detector, check_values=False)[:most].load()
        yield compare(detector, full, seed)


def compare(detector: Detector, full: Showers, seed: int) -> Compared:
    """Simulate the same incident particles, and measure both."""
    particles = Particles("e-", full.incident_energy_gev, full.theta_rad, full.phi_rad)
    started = process_time()
    made = engine("parametric").simulate(detector, particles, np.random.default_rng(seed)).showers
    seconds = process_time() - started
    return Compared(
        detector=detector,
        full=figures_by_energy(full, detector),
        parametric=figures_by_energy(made, detector),
        per_second=len(full) / seconds,
        profiles={"Geant4": _profiles(full), "parametric": _profiles(made)},
    )


def _profiles(showers: Showers) -> dict[str, list[float]]:
    layers = showers.layer_energies_mev / showers.total_energy_mev[:, None]
    rings = showers.ring_energies_mev / showers.total_energy_mev[:, None]
    return {"longitudinal": layers.mean(axis=0).tolist(), "radial": rings.mean(axis=0).tolist()}
