"""Which figures there are, by name, in the order of a report."""

from collections.abc import Callable, Collection, Mapping
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.geometry.naming import did_you_mean
from metacalo.showers import Showers
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES
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
    filled_energy_bins,
)
from metacalo.validation.plots.layers import against_depth
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.pictures import energy_maps, layer_correlations, shower_pictures
from metacalo.validation.plots.response import (
    angle_dependence,
    depth_and_response,
    has_angles,
    has_resolution,
    resolution_fit,
    response_and_resolution,
)
from metacalo.validation.scales import Scales

Draw = Callable[[Measured], Figure]

IN_ENERGY_BINS = ("response", "depth", "mean_radius", "hits")
"""Observables that are drawn in bins of incident energy too, unless others are asked for."""

MAIN_FIGURES = (
    "response",
    "response_and_resolution",
    "resolution_fit",
    "angle_dependence",
    "longitudinal_profile",
    "depth",
    "width_in_depth",
    "radial_profile",
    "mean_radius",
    "voxel_spectrum",
    "hits",
    "hottest_voxel",
    "layer_correlations",
    "depth_and_response",
    "shower_pictures",
)
"""Figures of a short report."""


def all_figures(
    samples: Mapping[str, Showers] | Measured,
    where: Detector | Scales | None = None,
    *,
    names: Collection[str] | None = None,
    energy_edges_gev: NDArray[np.float64] | None = None,
    in_energy_bins: Collection[str] = IN_ENERGY_BINS,
) -> dict[str, Figure]:
    """Draw every figure that needs nothing but showers, by name, in the order of a report.

    Left out is what has no meaning for these samples: the dependence on the angle if there is one angle only,
    a fitted resolution if there are too few energies or showers, bins of incident energy if none has enough
    showers.

    Args:
        samples: showers by label, the first is the reference; or what was measured on them already.
        where: the detector, its scales, or None; not looked at with a `Measured`.
        names: figures wanted, as `MAIN_FIGURES`; all by default.
        energy_edges_gev: edges of the bins of incident energy [GeV]; by default three bins that hold all of
            the reference.
        in_energy_bins: names of the observables that are drawn in bins of incident energy.

    Raises:
        SettingsError: without samples, with an empty one, or for a name that no figure or observable has.
    """
    measured = samples if isinstance(samples, Measured) else Measured.of(samples, where)
    edges = measured.energy_edges_gev(3) if energy_edges_gev is None else np.asarray(energy_edges_gev)
    _check("observable", in_energy_bins, OBSERVABLES)
    drawn = figures_by_name(edges, in_energy_bins)
    if names is not None:
        _check("figure", names, drawn)
        drawn = {name: draw for name, draw in drawn.items() if name in names}
    if not has_angles(measured):
        drawn.pop("angle_dependence", None)
    if not has_resolution(measured):
        drawn.pop("resolution_fit", None)
    if not filled_energy_bins(measured, edges):
        drawn = {name: draw for name, draw in drawn.items() if not name.endswith("_in_energy_bins")}
    return {name: draw(measured) for name, draw in drawn.items()}


def figures_by_name(edges_gev: NDArray[np.float64], in_energy_bins: Collection[str]) -> dict[str, Draw]:
    """How each figure is drawn, by name, in the order of a report."""
    of_each: dict[str, dict[str, Draw]] = {
        group: {} for group in ("energy", "longitudinal", "transverse", "voxels", "shape variables")
    }
    of_each["energy"]["response_and_resolution"] = response_and_resolution
    of_each["energy"]["resolution_fit"] = resolution_fit
    of_each["energy"]["angle_dependence"] = angle_dependence
    of_each["longitudinal"]["longitudinal_profile"] = longitudinal_profile
    of_each["longitudinal"]["longitudinal_tail"] = longitudinal_tail
    of_each["transverse"]["radial_profile"] = radial_profile
    of_each["voxels"]["voxel_spectrum"] = voxel_spectrum
    for name, observable in OBSERVABLES.items():
        of_each[observable.group][name] = partial(distribution, observable=observable)
        if name in in_energy_bins:
            draw = partial(distribution_in_energy_bins, observable=observable, edges_gev=edges_gev)
            of_each[observable.group][f"{name}_in_energy_bins"] = draw
    for name, observable in LAYER_OBSERVABLES.items():
        of_each[observable.group][name] = partial(against_depth, observable=observable)
    for name, observable in RANGE_OBSERVABLES.items():
        of_each[observable.group][name] = partial(distribution_in_ranges, observable=observable)
    of_each["voxels"]["energy_maps"] = energy_maps
    return {
        **{name: draw for group in of_each.values() for name, draw in group.items()},
        "layer_correlations": layer_correlations,
        "depth_and_response": depth_and_response,
        "shower_pictures": shower_pictures,
    }


def _check(kind: str, names: Collection[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise SettingsError(
                f"there is no {kind} {name!r}; {did_you_mean(name, known)}".removesuffix("; ")
            )
