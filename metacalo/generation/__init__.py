"""Showers from an adapted model: in memory, or streamed to a file of any length."""

from metacalo.generation.adapted import AdaptedModel, load
from metacalo.generation.request import Request
from metacalo.generation.stream import generate_to_file
from metacalo.showers.incident import Range

__all__ = ["AdaptedModel", "Range", "Request", "generate_to_file", "load"]
