"""How far two samples are apart, on arrays: histograms, single observables, features, voxels."""

from metacalo.validation.distances.binning import bin_of_each, binned, log_cuts, quantile_cuts
from metacalo.validation.distances.frechet import (
    MIN_SHOWERS_FOR_FPD,
    frechet_distance,
    frechet_physics_distance,
)
from metacalo.validation.distances.histograms import (
    ChiSquared,
    chi_squared,
    expected_separation,
    jensen_shannon,
    kullback_leibler,
    separation_power,
)
from metacalo.validation.distances.kernel_physics import MIN_SHOWERS_FOR_KPD, kernel_physics_distance
from metacalo.validation.distances.mmd import (
    MIN_SHOWERS_FOR_MMD,
    median_distance,
    mmd_p_value,
    mmd_squared,
)
from metacalo.validation.distances.resampling import bootstrap_weights
from metacalo.validation.distances.samples import (
    MIN_SHOWERS_FOR_KS_TEST,
    KolmogorovSmirnov,
    kolmogorov_smirnov,
    kolmogorov_smirnov_test,
    wasserstein_distance,
    weighted_kolmogorov_smirnov,
    weighted_wasserstein,
)
from metacalo.validation.distances.sliced import MIN_SHOWERS_FOR_SLICED_WASSERSTEIN, sliced_wasserstein
from metacalo.validation.distances.standardisation import CLIP, standardise

__all__ = [
    "CLIP",
    "MIN_SHOWERS_FOR_FPD",
    "MIN_SHOWERS_FOR_KPD",
    "MIN_SHOWERS_FOR_KS_TEST",
    "MIN_SHOWERS_FOR_MMD",
    "MIN_SHOWERS_FOR_SLICED_WASSERSTEIN",
    "ChiSquared",
    "KolmogorovSmirnov",
    "bin_of_each",
    "binned",
    "bootstrap_weights",
    "chi_squared",
    "expected_separation",
    "frechet_distance",
    "frechet_physics_distance",
    "jensen_shannon",
    "kernel_physics_distance",
    "kolmogorov_smirnov",
    "kolmogorov_smirnov_test",
    "kullback_leibler",
    "log_cuts",
    "median_distance",
    "mmd_p_value",
    "mmd_squared",
    "quantile_cuts",
    "separation_power",
    "sliced_wasserstein",
    "standardise",
    "wasserstein_distance",
    "weighted_kolmogorov_smirnov",
    "weighted_wasserstein",
]
