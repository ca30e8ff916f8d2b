"""Mean profiles and the spectrum of voxels, with their ratio to the reference."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import profiles
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.ratio import Curve, plot_with_ratio
from metacalo.validation.plots.style import styled

Array = NDArray[np.float64]


def longitudinal_profile(measured: Measured, *, log_y: bool = False) -> Figure:
    """Mean of (1/E_inc) dE/dt against the depth t, per mille of the incident energy per X0 (or layer).

    Args:
        measured: the samples.
        log_y: logarithmic, for the tail.
    """
    unit = measured.scales.depth_unit.removesuffix("s")
    return _profile(
        measured,
        profiles.longitudinal_profile,
        measured.depth_edges,
        x_label=f"depth $t$ [{measured.scales.depth_unit}]",
        y_label=rf"$10^3 \times (1/E_\mathrm{{inc}})\;\mathrm{{d}}E/\mathrm{{d}}t$ [1/{unit}]",
        log_y=log_y,
        end=measured.end,
    )


def longitudinal_tail(measured: Measured) -> Figure:
    """The longitudinal profile on a logarithmic axis."""
    return longitudinal_profile(measured, log_y=True)


def radial_profile(measured: Measured) -> Figure:
    """Mean of (1/E_inc) dE/dr against the distance r to the axis, per mille of E_inc per R_M (or mm)."""
    unit = measured.scales.radius_unit
    return _profile(
        measured,
        profiles.radial_profile,
        measured.radius_edges,
        x_label=f"distance to the axis $r$ [{unit}]",
        y_label=rf"$10^3 \times (1/E_\mathrm{{inc}})\;\mathrm{{d}}E/\mathrm{{d}}r$ [1/{unit}]",
        log_y=True,
        end=None,
    )


@styled
def voxel_spectrum(measured: Measured, bins: int = 60) -> Figure:
    """Mean number of hit voxels of a shower per decade of their energy [MeV], both axes logarithmic.

    Args:
        measured: the samples.
        bins: number of bins, from the 0.01 per cent quantile to the largest voxel of the reference.
    """
    energy = np.asarray(measured.reference.energies_mev)
    energy = energy[energy > 0]
    low, high = 0.1, 10.0
    if energy.size:
        # A quantile this small is the same in any thousandth part of a large sample.
        low, high = float(np.quantile(energy[:: 1 + energy.size // 2_000_000], 1e-4)), 1.2 * energy.max()
    edges = np.geomspace(low, high, bins + 1)
    decades = np.diff(np.log10(edges))
    found = {label: profiles.voxel_spectrum(s, edges) for label, s in measured.samples.items()}
    return plot_with_ratio(
        [Curve(label, edges, p.mean / decades, p.error / decades) for label, p in found.items()],
        title=measured.title,
        note=measured.note,
        x_label="energy of a voxel [MeV]",
        y_label="voxels per shower and decade",
        log_x=True,
        log_y=True,
    )


@styled
def _profile(
    measured: Measured,
    profile: Callable[[Showers], profiles.Profile],
    edges: Array,
    *,
    x_label: str,
    y_label: str,
    log_y: bool,
    end: float | None,
) -> Figure:
    """A mean profile between edges of depth or radius, as density per mille."""
    found = {label: profile(showers) for label, showers in measured.samples.items()}
    widths = np.diff(edges)
    curves = [
        Curve(label, edges, *(np.asarray(1e3 * part / widths, dtype=np.float64) for part in values))
        for label, values in found.items()
    ]
    return plot_with_ratio(
        curves,
        title=measured.title,
        note=measured.note,
        x_label=x_label,
        y_label=y_label,
        log_y=log_y,
        end=end,
    )
