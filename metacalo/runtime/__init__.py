"""Showers from an exported model, with NumPy and ONNX Runtime alone: for where torch cannot be.

    from metacalo.runtime import load

    model = load("adapted/lhcb_ecal/model.onnx")
    showers = model.sample(energy_gev=[10.0, 50.0], theta_rad=0.1, seed=1)

The same sources are the distribution `metacalo-runtime`, module `metacalo_runtime`. Nothing else of metacalo
is imported here.
"""

from .errors import ConditionsError, ModelFileError, RangeWarning
from .model import Model, load
from .showers import ShowerHits

__all__ = ["ConditionsError", "Model", "ModelFileError", "RangeWarning", "ShowerHits", "load"]
