"""Trained generators on disk, and the state of a training that is to go on."""

from metacalo.checkpoint.bundled import bundled_models
from metacalo.checkpoint.info import FORMAT, FORMAT_VERSION, ModelInfo
from metacalo.checkpoint.model import load_model, save_model
from metacalo.checkpoint.state import load_state, save_state

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "ModelInfo",
    "bundled_models",
    "load_model",
    "load_state",
    "save_model",
    "save_state",
]
