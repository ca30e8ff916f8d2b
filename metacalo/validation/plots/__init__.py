"""Figures of a comparison: every function takes what was measured on samples, the first the reference.

`Measured.of(samples, detector)` prepares showers by label for them; `all_figures` draws them all.
"""

from metacalo.validation.curves import LearnedCurves, Neighbours, Scores
from metacalo.validation.plots.catalogue import MAIN_FIGURES, all_figures
from metacalo.validation.plots.curves import (
    longitudinal_profile,
    longitudinal_tail,
    radial_profile,
    voxel_spectrum,
)
from metacalo.validation.plots.distributions import (
    distribution,
    distribution_in_energy_bins,
    distribution_in_ranges,
)
from metacalo.validation.plots.layers import against_depth
from metacalo.validation.plots.learned import learned_figures
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.pictures import energy_maps, layer_correlations, shower_pictures
from metacalo.validation.plots.response import (
    angle_dependence,
    depth_and_response,
    resolution_fit,
    response_and_resolution,
)
from metacalo.validation.plots.style import pdf_bytes, png_bytes, save_figures
from metacalo.validation.plots.training import loss_curve

__all__ = [
    "MAIN_FIGURES",
    "LearnedCurves",
    "Measured",
    "Neighbours",
    "Scores",
    "against_depth",
    "all_figures",
    "angle_dependence",
    "depth_and_response",
    "distribution",
    "distribution_in_energy_bins",
    "distribution_in_ranges",
    "energy_maps",
    "layer_correlations",
    "learned_figures",
    "longitudinal_profile",
    "longitudinal_tail",
    "loss_curve",
    "pdf_bytes",
    "png_bytes",
    "radial_profile",
    "resolution_fit",
    "response_and_resolution",
    "save_figures",
    "shower_pictures",
    "voxel_spectrum",
]
