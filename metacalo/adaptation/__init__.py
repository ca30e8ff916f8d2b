"""Adaptation of a pretrained generator to a new detector, and its report."""

from metacalo.adaptation.assessment import ADAPTED, BEFORE, REFERENCE, Assessment, assess
from metacalo.adaptation.fine_tune import FineTuning, fine_tune
from metacalo.adaptation.run import Adaptation, adapt
from metacalo.adaptation.settings import AdaptSettings
from metacalo.adaptation.support import divide, find_showers

__all__ = [
    "ADAPTED",
    "BEFORE",
    "REFERENCE",
    "AdaptSettings",
    "Adaptation",
    "Assessment",
    "FineTuning",
    "adapt",
    "assess",
    "divide",
    "find_showers",
    "fine_tune",
]
