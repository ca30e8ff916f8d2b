"""How good generated showers are, in the field's own figures, beside those of full simulation itself."""

from metacalo.validation.classifier import classifier_auc
from metacalo.validation.comparison import Comparison, EnergyBin, Estimate
from metacalo.validation.distances import (
    expected_separation,
    frechet_distance,
    kolmogorov_smirnov,
    separation_power,
    wasserstein_distance,
)
from metacalo.validation.features import high_level_features
from metacalo.validation.metrics import compare, floor, split_halves

__all__ = [
    "Comparison",
    "EnergyBin",
    "Estimate",
    "classifier_auc",
    "compare",
    "expected_separation",
    "floor",
    "frechet_distance",
    "high_level_features",
    "kolmogorov_smirnov",
    "separation_power",
    "split_halves",
    "wasserstein_distance",
]
