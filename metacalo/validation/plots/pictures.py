"""Pictures: correlations of layers, single showers, the course of a training."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from metacalo.geometry import Detector, depth_in_x0
from metacalo.showers import Showers
from metacalo.validation import observables, profiles
from metacalo.validation.plots.style import COLOURS, LINES, check_samples, name_plot, new_figure, styled

Array = NDArray[np.float64]
Samples = Mapping[str, Showers]


@styled
def layer_correlations(samples: Samples, detector: Detector) -> Figure:
    """Correlations of the energies of layers (over the incident energy), one matrix a sample, depth in X0.

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the radiation lengths.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    figure, row, bar = _panels_with_bar(1, len(samples), width=3.3, height=3.3, apart=0.12)
    image = None
    for k, (axes, (label, showers)) in enumerate(zip(row[0], samples.items(), strict=True)):
        matrix = profiles.layer_correlations(showers)
        depth = depth_in_x0(detector, showers.grid.z_edges_mm)
        image = axes.pcolormesh(depth, depth, matrix, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.set_aspect("equal")
        axes.set_xlabel(r"depth [$X_0$]")
        if k == 0:
            axes.set_ylabel(r"depth [$X_0$]")
        name_plot(axes, label, detector.name if k == len(samples) - 1 else "")
    if image is not None:
        figure.colorbar(image, cax=bar, label=r"correlation of $E_z/E_\mathrm{inc}$")
    return figure


@styled
def shower_pictures(samples: Samples, detector: Detector, columns: int = 4) -> Figure:
    """A few showers from the side: energy [MeV] in (r, z), a row for each sample, logarithmic colours.

    The upper half of a picture holds the sectors with x > 0, the lower half the others. The columns are
    showers of the reference at energies spread evenly in the logarithm; a sample generated at the conditions
    of the reference shows the same conditions below, any other one the shower of the nearest energy.

    Args:
        samples: showers by label; the first is the reference.
        detector: gives the radiation lengths and the Moliere radius.
        columns: number of showers of each sample.

    Raises:
        SettingsError: without samples, or with an empty one.
    """
    check_samples(samples)
    reference = next(iter(samples.values()))
    edges = profiles.energy_edges_gev(reference, columns)
    wanted = _nearest(reference, np.sqrt(edges[:-1] * edges[1:]))
    energy_gev = np.asarray(reference.incident_energy_gev, dtype=np.float64)[wanted]
    images = {
        label: [_side_view(s[i : i + 1]) for i in _nearest(s, energy_gev)] for label, s in samples.items()
    }
    hottest = max(float(image.max()) for row in images.values() for image in row) or 1.0
    norm = LogNorm(hottest * 1e-5, hottest)
    figure, grid, bar = _panels_with_bar(len(samples), columns, width=2.6, height=1.5, apart=0.3)
    for axes_row, (label, row) in zip(grid, images.items(), strict=True):
        picked = samples[label].incident_energy_gev[_nearest(samples[label], energy_gev)]
        for k, (axes, image, energy) in enumerate(zip(axes_row, row, picked, strict=True)):
            _draw_side_view(axes, image, norm, reference, detector)
            name_plot(axes, "" if k else label, f"{energy:.3g} GeV")
        axes_row[0].set_ylabel(r"$r$ [$R_\mathrm{M}$]", loc="center")
    for axes in grid[-1]:
        axes.set_xlabel(r"depth [$X_0$]")
    figure.colorbar(grid[0][0].collections[0], cax=bar, label="deposited energy [MeV]")
    return figure


@styled
def loss_curve(
    losses: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    title: str = "",
    best_step: float | None = None,
    y_label: str = "loss per shower",
) -> Figure:
    """The course of a training: loss against step.

    Args:
        losses: steps and losses (of one length) by label, for instance of support and held-back showers.
        title: written above.
        best_step: where early stopping took the model from; marked if given.
        y_label: what the loss is.
    """
    figure = new_figure(6.4, 4.4)
    axes = figure.add_axes((0.125, 0.125, 0.84, 0.8))
    colours = (COLOURS[1], COLOURS[0], *COLOURS[2:])
    for (label, (steps, values)), colour, line in zip(losses.items(), colours, LINES, strict=False):
        axes.plot(
            steps, values, color=colour, ls=line, marker="o" if len(steps) < 30 else None, ms=4, label=label
        )
    if best_step is not None:
        axes.axvline(best_step, color="0.4", lw=1.0, ls=":", label=f"taken from step {best_step:g}")
    known = np.array([value for _, values in losses.values() for value in values], dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size:
        # The first steps may be so bad that the rest would look flat.
        low, high = float(known.min()), float(np.quantile(known, 0.98))
        margin = 0.08 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)
    axes.set_xlabel("step")
    axes.set_ylabel(y_label)
    name_plot(axes, title)
    axes.legend()
    return figure


def _panels_with_bar(
    rows: int, columns: int, *, width: float, height: float, apart: float
) -> tuple[Figure, list[list[Axes]], Axes]:
    """A figure of panels [inches] with common axes, and a place for a colour bar at their right."""
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
    bar = figure.add_axes(
        (1 - (right - 0.15) / total, bottom / tall, 0.18 / total, 1 - (bottom + top) / tall)
    )
    return figure, [list(row) for row in grid], bar


def _nearest(showers: Showers, energy_gev: Array) -> NDArray[np.int64]:
    """Index of the shower whose incident energy is nearest, in the logarithm, to each wanted one."""
    distance = np.abs(np.log(np.asarray(showers.incident_energy_gev)[None, :] / energy_gev[:, None]))
    return np.asarray(np.argmin(distance, axis=1), dtype=np.int64)


def _side_view(shower: Showers) -> Array:
    """Energy [MeV] of one shower in (-r .. r, z), shape (2 n_r, n_z)."""
    n_r, n_phi, n_z = shower.grid.shape
    _, voxel, energy = observables.hit_arrays(shower)
    ring, sector, layer = np.unravel_index(voxel, (n_r, n_phi, n_z))
    above = np.cos((sector + 0.5) * 2 * np.pi / n_phi - np.pi) > 0
    row = np.where(above, n_r + ring, n_r - 1 - ring)
    flat = np.bincount(row * n_z + layer, weights=energy, minlength=2 * n_r * n_z)
    return np.asarray(flat, dtype=np.float64).reshape(2 * n_r, n_z)


def _draw_side_view(axes: Axes, image: Array, norm: LogNorm, showers: Showers, detector: Detector) -> None:
    n_r = showers.grid.shape[0]
    width = n_r * float(showers.grid.dr_mm) / float(detector.moliere_radius_mm)
    across = np.linspace(-width, width, 2 * n_r + 1)
    shown = np.ma.masked_less_equal(image, 0.0)
    axes.pcolormesh(depth_in_x0(detector, showers.grid.z_edges_mm), across, shown, norm=norm, cmap="magma_r")
    axes.axhline(0.0, color="0.5", lw=0.5)
