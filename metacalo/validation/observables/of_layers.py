"""The registries of observables of each layer of the grid, and of each coarse range of depth."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.observables import calogan, layers
from metacalo.validation.observables.observable import Observable, by_name
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]


def _layer_widths(axis: Literal["x", "y", "r"]) -> tuple[Observable, Observable]:
    """Centre and width of the layers in one coordinate."""

    def measured(showers: Showers, scales: Scales, which: int) -> Array:
        return layers.layer_centre_and_width_mm(showers, axis)[which] / scales.radius_unit_mm

    return (
        Observable(
            name=f"layer_centre_{axis}",
            measure=lambda showers, scales: measured(showers, scales, 0),
            label=rf"centre of the layer $\langle {axis}\rangle$",
            unit="radius",
            heading=f"Centre of energy of layers in {axis}",
            sentence=f"The energy-weighted mean of {axis} in each layer.",
            group="transverse",
        ),
        Observable(
            name=f"layer_width_{axis}",
            measure=lambda showers, scales: measured(showers, scales, 1),
            label=rf"width of the layer $\sigma_{axis}$",
            unit="radius",
            heading=f"Width of layers in {axis}",
            sentence=f"The energy-weighted standard deviation of {axis} in each layer: showers widen with "
            "depth.",
            group="transverse",
        ),
    )


LAYER_OBSERVABLES: Mapping[str, Observable] = by_name(
    Observable(
        name="layer_energy",
        measure=lambda showers, _: layers.layer_energies_mev(showers),
        label="energy of the layer $E_z$",
        unit="MeV",
        heading="Energy of layers",
        sentence="The visible energy in each layer.",
        group="energy",
        log_x=True,
    ),
    Observable(
        name="layer_fraction",
        measure=lambda showers, _: layers.layer_fractions(showers),
        label=r"share of the layer $E_z/E_\mathrm{tot}$",
        heading="Share of layers",
        sentence="The share of the visible energy of each shower in each layer.",
        group="energy",
    ),
    *_layer_widths("x"),
    *_layer_widths("y"),
    *_layer_widths("r"),
    Observable(
        name="layer_centre_phi",
        measure=lambda showers, _: layers.layer_azimuth_and_width_rad(showers)[0],
        label=r"mean azimuth of the layer $\langle\varphi\rangle$",
        unit="rad",
        heading="Mean azimuth of layers",
        sentence="The direction, around the line of flight, in which the energy of each layer lies.",
        group="transverse",
    ),
    Observable(
        name="layer_width_phi",
        measure=lambda showers, _: layers.layer_azimuth_and_width_rad(showers)[1],
        label=r"angular deviation of the layer $\sigma_\varphi$",
        unit="rad",
        heading="Spread of layers in azimuth",
        sentence="How evenly the energy of each layer lies around the line of flight: 0 if it is all in one "
        "direction, 1.41 if in all alike.",
        group="transverse",
    ),
    Observable(
        name="layer_hits",
        measure=lambda showers, _: layers.layer_hits(showers),
        label="number of hit voxels in the layer",
        heading="Hits in layers",
        sentence="How many voxels of each layer a shower reaches.",
        group="voxels",
    ),
    Observable(
        name="layer_sparsity",
        measure=lambda showers, _: layers.layer_sparsity(showers),
        label="share of the voxels of the layer that are hit",
        heading="Sparsity of layers",
        sentence="The share of the voxels of each layer that a shower reaches.",
        group="voxels",
    ),
)
"""Observables of each layer of the grid, by name; `measure` gives shape (N, n_z)."""

RANGE_OBSERVABLES: Mapping[str, Observable] = by_name(
    Observable(
        name="range_energy",
        measure=calogan.range_energies_mev,
        label="energy of the range $E_i$",
        unit="MeV",
        heading="Energy of ranges of depth",
        sentence="The visible energy in each coarse range of depth.",
        group="shape variables",
        log_x=True,
    ),
    Observable(
        name="range_fraction",
        measure=calogan.range_fractions,
        label=r"share of the range $f_i = E_i/E_\mathrm{tot}$",
        heading="Share of ranges of depth",
        sentence="The share of the visible energy in each coarse range of depth.",
        group="shape variables",
    ),
    Observable(
        name="range_e_ratio",
        measure=calogan.range_e_ratios,
        label=r"$E_{\mathrm{ratio},i} = (E_1-E_2)/(E_1+E_2)$ of the range",
        heading="Ratio of the two hottest voxels of ranges",
        sentence="How far the hottest voxel of each coarse range of depth stands out from the second.",
        group="shape variables",
    ),
    Observable(
        name="range_width",
        measure=lambda showers, scales: calogan.range_widths_mm(showers, scales) / scales.radius_unit_mm,
        label=r"lateral width of the range $\sigma_i$",
        unit="radius",
        heading="Lateral width of ranges of depth",
        sentence="The energy-weighted standard deviation of x in each coarse range of depth.",
        group="shape variables",
    ),
    Observable(
        name="range_sparsity",
        measure=calogan.range_sparsity,
        label="share of the voxels of the range that are hit",
        heading="Sparsity of ranges of depth",
        sentence="The share of the voxels of each coarse range of depth that a shower reaches.",
        group="shape variables",
    ),
)
"""CaloGAN's variables of each coarse range of depth, by name; `measure` gives shape (N, ranges)."""
