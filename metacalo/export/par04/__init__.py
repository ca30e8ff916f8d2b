"""Models for Par04, Geant4's own example of fast simulation by machine learning, which runs unchanged."""

from metacalo.export.par04.root_output import read_par04
from metacalo.export.par04.writing import Par04Export, export_par04

__all__ = ["Par04Export", "export_par04", "read_par04"]
