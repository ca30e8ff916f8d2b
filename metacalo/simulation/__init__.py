"""Simulation of showers: engines that make the showers of a detector that has none yet."""

from metacalo.simulation.engine import Deposits, Engine, Simulated
from metacalo.simulation.job import Job
from metacalo.simulation.particles import Particles, Species, draw
from metacalo.simulation.registry import ENGINES, best_engine, engine
from metacalo.simulation.run import simulate_to_file
from metacalo.simulation.scoring import score

__all__ = [
    "ENGINES",
    "Deposits",
    "Engine",
    "Job",
    "Particles",
    "Simulated",
    "Species",
    "best_engine",
    "draw",
    "engine",
    "score",
    "simulate_to_file",
]
