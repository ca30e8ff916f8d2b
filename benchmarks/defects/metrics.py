"""The figures of a comparison that are looked at, and in which direction each of them is bad."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain


@dataclass(frozen=True)
class Metric:
    """A figure of merit.

    Attributes:
        figure: name in `metacalo.validation.Comparison`.
        heading: a few words.
        worse: +1 if a larger value is worse, -1 if a smaller one is, 0 if either is.
        least_deviation: of the floor that is believed: of a count that is always 0, say, it is not 0.
        logarithmic: whether its logarithm is looked at, as of a size over decades.
        own_error: whether the error that the figure comes with counts too, beside the floor's spread: that of
            judges, which the seed of their training moves.
    """

    figure: str
    heading: str
    worse: int = 1
    least_deviation: float = 0.0
    logarithmic: bool = False
    own_error: bool = False

    def value_of(self, value: float) -> float:
        """What is compared of a value of the figure."""
        return math.log(value) if self.logarithmic else value


GROUPS: dict[str, tuple[Metric, ...]] = {
    "response": (
        Metric("response_ratio", "mean response, ratio", 0),
        Metric("resolution_ratio", "spread of the response, ratio", 0),
        Metric("energy_response_deviation", "linearity"),
        Metric("energy_resolution_deviation", "resolution in bins of energy"),
    ),
    "one observable": (
        Metric("wasserstein_response", "Wasserstein, response"),
        Metric("separation_response", "separation, response"),
        Metric("wasserstein_depth", "Wasserstein, depth"),
        Metric("separation_depth", "separation, depth"),
        Metric("separation_width_in_depth", "separation, width in depth"),
        Metric("separation_mean_radius", "separation, mean radius"),
        Metric("separation_width_in_radius", "separation, width in radius"),
        Metric("separation_hits", "separation, hits"),
        Metric("separation_hottest_voxel", "separation, hottest voxel"),
        Metric("separation_core_fraction", "separation, core fraction"),
        Metric("separation_voxel_spectrum", "separation, voxel spectrum"),
        Metric("separation_layer_energies", "separation, layer energies"),
        Metric("separation_mean", "separation, mean of ten"),
    ),
    "longitudinal": (
        Metric("profile_deviation", "longitudinal profile"),
        Metric("layer_correlation_error", "layer correlations"),
        Metric("residual_layer_correlation_error", "layer correlations, residual"),
    ),
    "all features": (
        Metric("frechet_distance", "Fréchet distance"),
        Metric("frechet_physics_distance", "Fréchet physics distance"),
        Metric("kernel_physics_distance", "kernel physics distance"),
        Metric("mmd", "MMD"),
        Metric("sliced_wasserstein_features", "sliced Wasserstein, features"),
        Metric("sliced_wasserstein_voxels", "sliced Wasserstein, voxels"),
    ),
    "coverage": (
        Metric("precision", "precision", -1),
        Metric("recall", "recall", -1),
        Metric("density", "density", 0),
        Metric("coverage", "coverage", -1),
        Metric("prd_auc", "PRD area", -1),
    ),
    "diversity": (
        Metric("ssim_diversity", "likeness of pictures (SSIM)"),
        Metric("support_size", "support size", -1, logarithmic=True),
        Metric("memorisation_share_closer", "closer to training showers"),
        Metric("memorised_copies", "copies of training showers", least_deviation=1.0),
    ),
    "judges": (
        Metric("classifier_auc", "AUC, boosted trees", own_error=True),
        Metric("classifier_auc_features_network", "AUC, network on features", own_error=True),
        Metric("classifier_auc_voxels_network", "AUC, network on voxels", own_error=True),
        Metric("regressor_full_to_generated_energy_bias", "energy regressor, bias", 0),
        Metric("regressor_full_to_generated_energy_resolution", "energy regressor, resolution", 0),
    ),
}
"""Figures by group, in the order of tables and picture."""

METRICS: tuple[Metric, ...] = tuple(chain.from_iterable(GROUPS.values()))
