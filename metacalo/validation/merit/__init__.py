"""Figures of merit of two samples, each group of them a function of a `Pair` that gives `Findings`."""

from metacalo.validation.merit.findings import Findings, attempt
from metacalo.validation.merit.pair import SCALARS, Pair

__all__ = ["SCALARS", "Findings", "Pair", "attempt"]
