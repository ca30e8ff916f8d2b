"""The registry of observables that are one number a shower, in the order of a report."""

from collections.abc import Mapping
from typing import Literal

from metacalo.validation.observables import calogan, longitudinal, totals, transverse, voxels
from metacalo.validation.observables.observable import Observable, by_name


def _centre_and_width(axis: Literal["x", "y"]) -> tuple[Observable, Observable]:
    """Centre of energy and width across the axis."""
    column = "xy".index(axis)
    return (
        Observable(
            name=f"centre_{axis}",
            measure=lambda showers, scales: (
                transverse.transverse_centre_mm(showers)[:, column] / scales.radius_unit_mm
            ),
            label=rf"centre of energy $\langle {axis}\rangle$",
            unit="radius",
            heading=f"Centre of energy in {axis}",
            sentence=f"How far the centre of energy of a shower is off the line of flight in {axis}.",
            group="transverse",
        ),
        Observable(
            name=f"width_{axis}",
            measure=lambda showers, scales: (
                transverse.transverse_width_mm(showers)[:, column] / scales.radius_unit_mm
            ),
            label=rf"width of the shower $\sigma_{axis}$",
            unit="radius",
            heading=f"Width in {axis}",
            sentence=f"The energy-weighted standard deviation of {axis} about the centre of energy of each "
            "shower.",
            group="transverse",
        ),
    )


OBSERVABLES: Mapping[str, Observable] = by_name(
    Observable(
        name="response",
        measure=lambda showers, _: totals.response(showers),
        label=r"response $E_\mathrm{vis}/E_\mathrm{inc}$",
        heading="Response",
        sentence="The share of the incident energy that is visible: its mean is the calibration, its spread "
        "the energy resolution.",
        group="energy",
    ),
    Observable(
        name="total_energy",
        measure=lambda showers, _: totals.total_energy_mev(showers),
        label=r"visible energy $E_\mathrm{vis}$",
        unit="MeV",
        heading="Visible energy",
        sentence="The energy that a shower leaves in all voxels together; it follows the spectrum of the "
        "incident particles.",
        group="energy",
        log_x=True,
    ),
    Observable(
        name="depth",
        measure=lambda showers, scales: longitudinal.longitudinal_moments(showers, scales).mean,
        label="mean depth of the shower",
        unit="depth",
        heading="Depth of the shower",
        sentence="The energy-weighted mean depth of each shower; its spread is how much showers fluctuate in "
        "where they start, which a model of the mean profile alone would miss.",
        group="longitudinal",
    ),
    Observable(
        name="width_in_depth",
        measure=lambda showers, scales: longitudinal.longitudinal_moments(showers, scales).width,
        label="width of the shower in depth",
        unit="depth",
        heading="Width in depth",
        sentence="How far each shower stretches about its own mean depth; too narrow a distribution means "
        "showers that are too much alike.",
        group="longitudinal",
    ),
    Observable(
        name="skewness_in_depth",
        measure=lambda showers, scales: longitudinal.longitudinal_moments(showers, scales).skewness,
        label="skewness of the shower in depth",
        heading="Skewness in depth",
        sentence="How lopsided the longitudinal profile of each shower is: positive with a long tail at the "
        "back, as showers rise faster than they die out.",
        group="longitudinal",
    ),
    Observable(
        name="kurtosis_in_depth",
        measure=lambda showers, scales: longitudinal.longitudinal_moments(showers, scales).kurtosis,
        label="excess kurtosis of the shower in depth",
        heading="Kurtosis in depth",
        sentence="How much of the longitudinal profile of each shower is in its tails, less that of a "
        "Gaussian.",
        group="longitudinal",
    ),
    Observable(
        name="depth_of_maximum",
        measure=longitudinal.depth_of_maximum,
        label="depth of the shower maximum",
        unit="depth",
        heading="Depth of the maximum",
        sentence="Where the layer with the most energy is; it moves deeper with the logarithm of the "
        "incident energy.",
        group="longitudinal",
        discrete=True,
    ),
    Observable(
        name="depth_of_start",
        measure=longitudinal.depth_of_start,
        label="depth of the first layer above 5% of the maximum",
        unit="depth",
        heading="Start of the shower",
        sentence="The first layer with more than 5% of the energy of the highest one: where the cascade "
        "begins.",
        group="longitudinal",
        discrete=True,
    ),
    Observable(
        name="mean_radius",
        measure=lambda showers, scales: transverse.mean_radius_mm(showers) / scales.radius_unit_mm,
        label="mean radius of the shower",
        unit="radius",
        heading="Mean radius",
        sentence="The energy-weighted mean distance of each shower's energy to the line of flight: how wide "
        "showers are, and how much that varies from one to the next.",
        group="transverse",
    ),
    Observable(
        name="width_in_radius",
        measure=lambda showers, scales: transverse.width_in_radius_mm(showers) / scales.radius_unit_mm,
        label="width of the shower in radius",
        unit="radius",
        heading="Width in radius",
        sentence="How far the energy of each shower is spread about its own mean radius: large if there is a "
        "halo around the core.",
        group="transverse",
    ),
    Observable(
        name="skewness_in_radius",
        measure=lambda showers, _: transverse.radial_moments(showers).skewness,
        label="skewness of the shower in radius",
        heading="Skewness in radius",
        sentence="How lopsided the radial profile of each shower is: large with a sharp core and a long tail "
        "outwards.",
        group="transverse",
    ),
    Observable(
        name="kurtosis_in_radius",
        measure=lambda showers, _: transverse.radial_moments(showers).kurtosis,
        label="excess kurtosis of the shower in radius",
        heading="Kurtosis in radius",
        sentence="How much of the radial profile of each shower is in its outermost tail, less that of a "
        "Gaussian.",
        group="transverse",
    ),
    Observable(
        name="r90",
        measure=lambda showers, scales: transverse.containment_radius_mm(showers) / scales.radius_unit_mm,
        label=r"radius of 90% containment $R_{90}$",
        unit="radius",
        heading="Radius of 90% containment",
        sentence="The radius around the line of flight that holds nine tenths of the visible energy, which "
        "is about a Molière radius on average.",
        group="transverse",
    ),
    Observable(
        name="core_fraction",
        measure=lambda showers, _: transverse.core_fraction(showers),
        label="share of the energy in the innermost ring",
        heading="Core of the shower",
        sentence="The share of the visible energy in the innermost ring of the grid.",
        group="transverse",
    ),
    *_centre_and_width("x"),
    *_centre_and_width("y"),
    Observable(
        name="hits",
        measure=lambda showers, _: voxels.hits(showers),
        label="number of hit voxels",
        heading="Number of hit voxels",
        sentence="How many voxels of the grid a shower reaches; it grows with the incident energy, so the "
        "shape reflects the spectrum of the beam too.",
        group="voxels",
        log_x=True,
    ),
    Observable(
        name="sparsity",
        measure=lambda showers, _: voxels.sparsity(showers),
        label="share of the voxels that are hit",
        heading="Sparsity",
        sentence="The share of the voxels of the grid that a shower reaches.",
        group="voxels",
        log_x=True,
    ),
    Observable(
        name="hottest_voxel",
        measure=lambda showers, _: voxels.hottest_fraction(showers),
        label=r"share of the hottest voxel $E_1/E_\mathrm{tot}$",
        heading="Hottest voxel",
        sentence="The share of the visible energy in the voxel with the most: how concentrated the core is.",
        group="voxels",
    ),
    Observable(
        name="second_hottest_voxel",
        measure=lambda showers, _: voxels.second_hottest_fraction(showers),
        label=r"share of the second hottest voxel $E_2/E_\mathrm{tot}$",
        heading="Second hottest voxel",
        sentence="The share of the visible energy in the voxel with the second most.",
        group="voxels",
    ),
    Observable(
        name="e_ratio",
        measure=lambda showers, _: voxels.e_ratio(showers),
        label=r"$E_\mathrm{ratio} = (E_1-E_2)/(E_1+E_2)$",
        heading="Ratio of the two hottest voxels",
        sentence="How far the hottest voxel stands out from the second: 0 if they are alike, 1 if there is "
        "only one; experiments tell single photons from pairs by it.",
        group="voxels",
    ),
    Observable(
        name="deepest_range",
        measure=calogan.deepest_range,
        label="deepest range with energy $d$",
        heading="Deepest range reached",
        sentence="The number of the deepest coarse range of depth in which a shower leaves energy, from 0.",
        group="shape variables",
        discrete=True,
    ),
    Observable(
        name="depth_weighted_energy",
        measure=calogan.depth_weighted_energy_mev,
        label=r"depth-weighted energy $l_d = \sum_i i\,E_i$",
        unit="MeV",
        heading="Depth-weighted total energy",
        sentence="The energies of the coarse ranges of depth, each times the number of its range.",
        group="shape variables",
        log_x=True,
    ),
    Observable(
        name="shower_depth",
        measure=calogan.shower_depth,
        label=r"shower depth $s_d = l_d/E_\mathrm{tot}$",
        heading="Shower depth",
        sentence="The energy-weighted mean number of the coarse range of depth.",
        group="shape variables",
    ),
    Observable(
        name="shower_depth_width",
        measure=calogan.shower_depth_width,
        label=r"shower depth width $\sigma_{s_d}$",
        heading="Shower depth width",
        sentence="The energy-weighted standard deviation of the number of the coarse range of depth.",
        group="shape variables",
    ),
)
"""Observables that are one number a shower, by name; `measure` gives shape (N,)."""
