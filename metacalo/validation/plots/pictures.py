"""Pictures in two dimensions: correlations of layers, mean energy maps, single showers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import observables, profiles
from metacalo.validation.plots.measured import Measured
from metacalo.validation.plots.style import name_plot, new_figure, set_log_ticks, styled

Array = NDArray[np.float64]

LARGEST_RATIO = 2.0
"""Where the colours of a ratio end, above and (as its inverse) below 1."""

LARGEST_ERROR_OF_RATIO = 0.3
"""Voxels whose mean has a larger relative error in the reference have no colour in a map of ratios."""


@styled
def layer_correlations(measured: Measured) -> Figure:
    """Correlations of the energies of layers (over the incident energy), and their differences below.

    One matrix a sample, (n_z, n_z); that of the reference is subtracted in the second row.
    """
    found = {label: profiles.layer_correlations(s) for label, s in measured.samples.items()}
    first = next(iter(found.values()))
    return _two_rows(
        list(found),
        list(found.values()),
        [matrix - first for matrix in list(found.values())[1:]],
        edges=(measured.depth_edges, measured.depth_edges),
        labels=(measured.depth_label, measured.depth_label),
        scales=(
            {"cmap": "RdBu_r", "norm": Normalize(-1, 1)},
            {"cmap": "PuOr_r", "norm": Normalize(-0.5, 0.5)},
        ),
        bars=(r"correlation of $E_z/E_\mathrm{inc}$", "difference"),
        size=(3.1, 3.1),
        note=measured.title,
    )


@styled
def energy_maps(measured: Measured) -> Figure:
    """Mean over showers of the energy density in (r, z) over the incident energy; the ratio below.

    Per mille of the incident energy per cm3, logarithmic. A ratio is shown where its denominator has a
    relative standard error below 30%, its colours logarithmic and centred at 1.
    """
    volume_cm3 = measured.grid.voxel_volume_mm3[:, None] * measured.grid.shape[1] / 1e3
    found = {label: mean_energy_map(s) for label, s in measured.samples.items()}
    densities = [1e3 * mean / volume_cm3 for mean, _ in found.values()]
    mean, error = next(iter(found.values()))
    known = (mean > 0) & (error < LARGEST_ERROR_OF_RATIO * mean)
    base = np.where(known, mean, np.nan)
    top = max(float(density.max(initial=0.0)) for density in densities) or 1.0
    figure = _two_rows(
        list(found),
        [np.ma.masked_less_equal(density, 0.0) for density in densities],
        [np.ma.masked_invalid(other / base) for other, _ in list(found.values())[1:]],
        edges=(measured.depth_edges, measured.radius_edges),
        labels=(measured.depth_label, f"$r$ [{measured.scales.radius_unit}]"),
        scales=(
            {"cmap": "magma_r", "norm": LogNorm(top * 1e-6, top)},
            {"cmap": "RdBu_r", "norm": LogNorm(1 / LARGEST_RATIO, LARGEST_RATIO)},
        ),
        bars=(r"$10^3 \times$ density$/E_\mathrm{inc}$ [1/cm$^3$]", "ratio"),
        size=(3.9, 2.2),
        note=measured.title,
        end=measured.end,
    )
    if len(found) > 1:
        axis = figure.axes[-1].yaxis
        axis.set_major_locator(FixedLocator([0.5, 0.7, 1.0, 1.4, 2.0]))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    return figure


@styled
def shower_pictures(measured: Measured, columns: int = 4) -> Figure:
    """A few showers from the side: energy [MeV] in (r, z), a row for each sample, logarithmic colours.

    The upper half of a picture holds the sectors with x > 0, the lower half the others. The columns are
    showers of the reference at energies spread evenly in the logarithm; a sample generated at the conditions
    of the reference shows the same conditions below, any other one the shower of the nearest energy.

    Args:
        measured: the samples.
        columns: number of showers of each sample.
    """
    samples = measured.samples
    edges = measured.energy_edges_gev(columns)
    wanted = nearest_in_energy(measured.reference, np.sqrt(edges[:-1] * edges[1:]))
    energy_gev = np.asarray(measured.reference.incident_energy_gev, dtype=np.float64)[wanted]
    images = {
        label: [_side_view(s[i : i + 1]) for i in nearest_in_energy(s, energy_gev)]
        for label, s in samples.items()
    }
    hottest = max(float(image.max()) for row in images.values() for image in row) or 1.0
    norm = LogNorm(hottest * 1e-5, hottest)
    figure, grid, (bar,) = _panels_with_bars(len(samples), columns, width=2.6, height=1.5, apart=0.3)
    across = np.concatenate([-measured.radius_edges[:0:-1], measured.radius_edges])
    for axes_row, (label, row) in zip(grid, images.items(), strict=True):
        picked = samples[label].incident_energy_gev[nearest_in_energy(samples[label], energy_gev)]
        for k, (axes, image, energy) in enumerate(zip(axes_row, row, picked, strict=True)):
            shown = np.ma.masked_less_equal(image, 0.0)
            axes.pcolormesh(measured.depth_edges, across, shown, norm=norm, cmap="magma_r")
            axes.axhline(0.0, color="0.5", lw=0.5)
            _mark_end(axes, measured.end)
            name_plot(axes, "" if k else label, f"{energy:.3g} GeV")
        axes_row[0].set_ylabel(f"$r$ [{measured.scales.radius_unit}]", loc="center")
    for axes in grid[-1]:
        axes.set_xlabel(measured.depth_label)
    figure.colorbar(grid[0][0].collections[0], cax=bar, label="deposited energy [MeV]")
    set_log_ticks(bar.yaxis, *bar.get_ylim())
    return figure


def nearest_in_energy(showers: Showers, energy_gev: Array) -> NDArray[np.int64]:
    """Index of the shower whose incident energy is nearest, in the logarithm, to each wanted one."""
    distance = np.abs(np.log(np.asarray(showers.incident_energy_gev)[None, :] / energy_gev[:, None]))
    return np.asarray(np.argmin(distance, axis=1), dtype=np.int64)


def _two_rows(
    names: Sequence[str],
    upper: Sequence[Any],
    lower: Sequence[Any],
    *,
    edges: tuple[Array, Array],
    labels: tuple[str, str],
    scales: tuple[dict[str, Any], dict[str, Any]],
    bars: tuple[str, str],
    size: tuple[float, float],
    note: str,
    end: float | None = None,
) -> Figure:
    """A row of pictures, and below all but the first how they differ from it, each row with a colour bar."""
    rows = 2 if lower else 1
    figure, grid, places = _panels_with_bars(
        rows, len(names), width=size[0], height=size[1], apart=0.14, bars=rows
    )
    for k, (name, picture) in enumerate(zip(names, upper, strict=True)):
        image = grid[0][k].pcolormesh(*edges, picture, **scales[0])
        _mark_end(grid[0][k], end)
        name_plot(grid[0][k], name, note if k == len(names) - 1 else "")
        if k == 0:
            figure.colorbar(image, cax=places[0], label=bars[0])
            if isinstance(scales[0]["norm"], LogNorm):
                set_log_ticks(places[0].yaxis, *places[0].get_ylim())
    for k, picture in enumerate(lower, start=1):
        image = grid[1][k].pcolormesh(*edges, picture, **scales[1])
        _mark_end(grid[1][k], end)
        if k == 1:
            figure.colorbar(image, cax=places[1], label=bars[1])
            grid[1][k].set_ylabel(labels[1])
            grid[1][k].tick_params(labelleft=True)
    if lower:
        grid[1][0].remove()
        grid[0][0].tick_params(labelbottom=True)
    grid[0][0].set_ylabel(labels[1])
    for k in range(len(names)):
        # At the left, below the first picture: the labels of the second row are at the right.
        grid[1 if lower and k else 0][k].set_xlabel(labels[0], loc="left" if lower and not k else "right")
    return figure


def _panels_with_bars(
    rows: int, columns: int, *, width: float, height: float, apart: float, bars: int = 1
) -> tuple[Figure, list[list[Axes]], list[Axes]]:
    """A figure of panels [inches] with common axes, and places for colour bars at their right.

    Args:
        rows: of panels.
        columns: of panels.
        width: of a panel.
        height: of a panel.
        apart: distance between rows.
        bars: 1 for one as high as all the rows, or as many as there are rows.
    """
    left, right, bottom, top = 0.7, 1.2, 0.6, 0.35
    total = left + columns * width + (columns - 1) * 0.12 + right
    tall = bottom + rows * height + (rows - 1) * apart + top
    figure = new_figure(total, tall)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    figure.subplots_adjust(
        left=left / total,
        right=1 - right / total,
        bottom=bottom / tall,
        top=1 - top / tall,
        wspace=0.12 / width,
        hspace=apart / height,
    )
    span = tall - bottom - top if bars == 1 else height
    places = [
        figure.add_axes(
            (
                1 - (right - 0.15) / total,
                (tall - top - span - k * (height + apart)) / tall,
                0.18 / total,
                span / tall,
            )
        )
        for k in range(bars)
    ]
    return figure, [list(row) for row in grid], places


def _mark_end(axes: Axes, end: float | None) -> None:
    if end is not None:
        axes.axvline(end, color="0.35", lw=0.8, ls=(0, (6, 3)))


def mean_energy_map(showers: Showers) -> tuple[Array, Array]:
    """Mean over showers of the energy over the incident energy in (r, z) and its error, (n_r, n_z) each.

    The error is that of independent voxels, sqrt(sum of squares) / N.
    """
    n_r, n_phi, n_z = showers.grid.shape
    total, squares = np.zeros((2, n_r * n_phi * n_z))
    for first, offsets, voxels, energy in showers.blocks():
        incident = 1e3 * showers.incident_energy_gev[first : first + len(offsets) - 1]
        share = energy / np.repeat(incident, np.diff(offsets))
        total += np.bincount(voxels, weights=share, minlength=len(total))
        squares += np.bincount(voxels, weights=share * share, minlength=len(total))
    mean, square = (x.reshape(n_r, n_phi, n_z).sum(axis=1) / len(showers) for x in (total, squares))
    return mean, np.sqrt(square / len(showers))


def _side_view(shower: Showers) -> Array:
    """Energy [MeV] of one shower in (-r .. r, z), shape (2 n_r, n_z)."""
    n_r, n_phi, n_z = shower.grid.shape
    _, voxel, energy = observables.hit_arrays(shower)
    ring, sector, layer = np.unravel_index(voxel, (n_r, n_phi, n_z))
    above = np.cos((sector + 0.5) * 2 * np.pi / n_phi - np.pi) > 0
    row = np.where(above, n_r + ring, n_r - 1 - ring)
    flat = np.bincount(row * n_z + layer, weights=energy, minlength=2 * n_r * n_z)
    return np.asarray(flat, dtype=np.float64).reshape(2 * n_r, n_z)
