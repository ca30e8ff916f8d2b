"""Showers from Geant4 itself, through the wheel geant4-pybind (extra ``geant4``)."""

from metacalo.simulation.geant4.engine import Geant4Engine
from metacalo.simulation.geant4.setup import PHYSICS

__all__ = ["PHYSICS", "Geant4Engine"]
