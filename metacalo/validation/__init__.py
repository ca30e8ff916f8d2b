"""How good generated showers are, in the field's own figures, beside those of full simulation itself.

`validate` does all of it with files; `compare` and `floor` with showers in memory, `assess_samples` with
several samples at equal sizes.
"""

from metacalo.validation.assessment import Assessment, assess_samples
from metacalo.validation.classifiers import classifier_auc
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
from metacalo.validation.run import Validation, validate
from metacalo.validation.scope import QUICK, STANDARD, THOROUGH, Scope

__all__ = [
    "QUICK",
    "STANDARD",
    "THOROUGH",
    "Assessment",
    "Comparison",
    "EnergyBin",
    "Estimate",
    "Scope",
    "Validation",
    "assess_samples",
    "classifier_auc",
    "compare",
    "expected_separation",
    "floor",
    "frechet_distance",
    "high_level_features",
    "kolmogorov_smirnov",
    "separation_power",
    "split_halves",
    "validate",
    "wasserstein_distance",
]
