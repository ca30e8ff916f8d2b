"""Figures of a comparison: every function takes showers by label, the first of them the reference."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation.plots.curves import (
    longitudinal_profile,
    radial_profile,
    response_and_resolution,
    voxel_spectrum,
)
from metacalo.validation.plots.distributions import (
    distribution,
    hits,
    shower_depth,
    shower_length,
    shower_radius,
)
from metacalo.validation.plots.pictures import layer_correlations, loss_curve, shower_pictures
from metacalo.validation.plots.style import png_bytes, save_pngs

__all__ = [
    "all_figures",
    "distribution",
    "hits",
    "layer_correlations",
    "longitudinal_profile",
    "loss_curve",
    "png_bytes",
    "radial_profile",
    "response_and_resolution",
    "save_pngs",
    "shower_depth",
    "shower_length",
    "shower_pictures",
    "shower_radius",
    "voxel_spectrum",
]


def all_figures(samples: Mapping[str, Showers], detector: Detector) -> dict[str, Figure]:
    """Draw every figure that needs nothing but showers, by name, in the order of a report.

    Args:
        samples: showers by label; the first is the reference.
        detector: where they were.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    draw = (
        longitudinal_profile,
        radial_profile,
        response_and_resolution,
        voxel_spectrum,
        hits,
        shower_depth,
        shower_length,
        shower_radius,
        layer_correlations,
        shower_pictures,
    )
    return {function.__name__: function(samples, detector) for function in draw}
