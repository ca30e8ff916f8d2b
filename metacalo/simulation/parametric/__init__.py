"""The embedded engine: GFlash's parameterisation for any stack of slabs."""

from metacalo.simulation.parametric.engine import ParametricEngine

__all__ = ["ParametricEngine"]
