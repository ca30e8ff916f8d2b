"""Means over showers with their ratio to the reference: profiles, response, spectrum of voxels."""

from collections.abc import Callable, Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import observables, profiles
from metacalo.validation.plots.ratio import Curve, draw_with_ratio, plot_with_ratio, ratio_panels
from metacalo.validation.plots.style import (
    check_samples,
    energy_note,
    first_grid,
    name_plot,
    new_figure,
    styled,
)

Array = NDArray[np.float64]
Samples = Mapping[str, Showers]


def longitudinal_profile(samples: Samples, detector: Detector) -> Figure:
    """Mean of (1/E_inc) dE/dt against the depth t [X0], per mille of the incident energy per X0.

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the radiation lengths.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    edges = depth_in_x0(detector, first_grid(samples).z_edges_mm)
    return _profile(
        samples,
        profiles.longitudinal_profile,
        edges,
        title=detector.name,
        x_label=r"depth $t$ [$X_0$]",
        y_label=r"$10^3 \times (1/E_\mathrm{inc})\;\mathrm{d}E/\mathrm{d}t$ [$1/X_0$]",
        log_y=False,
    )


def radial_profile(samples: Samples, detector: Detector) -> Figure:
    """Mean of (1/E_inc) dE/dr against the distance r to the axis [R_M], per mille of E_inc per R_M.

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the Moliere radius.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    edges = first_grid(samples).r_edges_mm / detector.moliere_radius_mm
    return _profile(
        samples,
        profiles.radial_profile,
        edges,
        title=detector.name,
        x_label=r"distance to the axis $r$ [$R_\mathrm{M}$]",
        y_label=r"$10^3 \times (1/E_\mathrm{inc})\;\mathrm{d}E/\mathrm{d}r$ [$1/R_\mathrm{M}$]",
        log_y=True,
    )


@styled
def response_and_resolution(samples: Samples, detector: Detector, bins: int = 8) -> Figure:
    """Mean response and its relative spread (standard deviation over mean) against incident energy.

    Bins with fewer than 10 showers of a sample are left blank.

    Args:
        samples: showers by label; the first is the reference.
        detector: its name is the title.
        bins: number of bins of incident energy.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    edges = profiles.energy_edges_gev(next(iter(samples.values())), bins)
    means, spreads = [], []
    for label, showers in samples.items():
        member, value = profiles.energy_bin_of_each(showers, edges), observables.response(showers)
        found = np.full((bins, 4), np.nan)
        for k in range(bins):
            if np.count_nonzero(member == k) >= 10:
                m = profiles.moments(value[member == k])
                found[k] = m.mean, m.mean_error, m.relative_spread, m.relative_spread_error
        found *= 100
        means.append(Curve(label, edges, found[:, 0], found[:, 1]))
        spreads.append(Curve(label, edges, found[:, 2], found[:, 3]))
    figure = new_figure(11, 5.4)
    panels = (ratio_panels(figure, left=0.07, right=0.485), ratio_panels(figure, left=0.565, right=0.98))
    labels = (r"response $E_\mathrm{vis}/E_\mathrm{inc}$ [%]", r"resolution $\sigma/\mu$ [%]")
    for (upper, lower), curves, label in zip(panels, (means, spreads), labels, strict=True):
        draw_with_ratio(
            upper,
            lower,
            curves,
            x_label=r"incident energy $E_\mathrm{inc}$ [GeV]",
            y_label=label,
            log_x=True,
            as_points=True,
        )
    name_plot(panels[0][0], detector.name)
    name_plot(panels[1][0], "", energy_note(samples))
    return figure


@styled
def voxel_spectrum(samples: Samples, detector: Detector, bins: int = 60) -> Figure:
    """Mean number of hit voxels of a shower per decade of their energy [MeV], both axes logarithmic.

    Args:
        samples: showers by label; the first is the reference.
        detector: its name is the title.
        bins: number of bins, from the 0.01 per cent quantile to the largest voxel of the reference.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    energy = np.asarray(next(iter(samples.values())).energies_mev, dtype=np.float64)
    energy = energy[energy > 0]
    low, high = (np.quantile(energy, 1e-4), energy.max() * 1.2) if energy.size else (0.1, 10.0)
    edges = np.geomspace(low, high, bins + 1)
    decades = np.diff(np.log10(edges))
    curves = [
        Curve(label, edges, spectrum.mean / decades, spectrum.error / decades)
        for label, spectrum in ((label, profiles.voxel_spectrum(s, edges)) for label, s in samples.items())
    ]
    return plot_with_ratio(
        curves,
        title=detector.name,
        note=energy_note(samples),
        x_label="energy of a voxel [MeV]",
        y_label="voxels per shower and decade",
        log_x=True,
        log_y=True,
    )


@styled
def _profile(
    samples: Samples,
    profile: Callable[[Showers], profiles.Profile],
    edges: Array,
    *,
    title: str,
    x_label: str,
    y_label: str,
    log_y: bool,
) -> Figure:
    """A mean profile between edges of depth or radius, as density per mille."""
    found = {label: profile(showers) for label, showers in samples.items()}
    widths = np.diff(edges)
    curves = [
        Curve(label, edges, *(np.asarray(1e3 * part / widths, dtype=np.float64) for part in values))
        for label, values in found.items()
    ]
    note = energy_note(samples)
    return plot_with_ratio(curves, title=title, note=note, x_label=x_label, y_label=y_label, log_y=log_y)
