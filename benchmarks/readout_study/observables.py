"""What experiments measure of a shower in their cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.hits import CellHits
from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

STRIPS, MIDDLE, BACK = "strips", "middle", "back"


def hottest(hits: CellHits, allowed: NDArray[np.bool_] | None = None) -> Indices:
    """Cell of most energy of each event, of those allowed; shape (N,)."""
    energy = hits.energy_mev if allowed is None else np.where(allowed[hits.cell], hits.energy_mev, 0.0)
    order = np.lexsort((-energy, hits.event))
    return np.asarray(hits.cell[order[hits.offsets[:-1]]])


def window(readout: Readout, centre: Indices, n_first: int, n_second: int) -> Indices:
    """Cells in a window of cells of the central one's size, -1 where there is none or it counts already.

    Args:
        readout: the cells.
        centre: central cell of each event, shape (N,).
        n_first: width along x or eta, in cells.
        n_second: width along y or phi, in cells.

    Returns:
        Shape (N, n_first * n_second).
    """
    cells = readout.cells
    first = np.arange(n_first) - n_first // 2
    second = np.arange(n_second) - n_second // 2
    step_1, step_2 = (a.reshape(-1) for a in np.meshgrid(first, second, indexing="ij"))
    if readout.cylindrical:
        radius = np.hypot(cells.x_mm, cells.y_mm)[centre][:, None]
        eta = cells.eta[centre][:, None] + step_1 * cells.deta[centre][:, None]
        phi = cells.phi_rad[centre][:, None] + step_2 * cells.dphi_rad[centre][:, None]
        found = readout.locate(radius * np.cos(phi), radius * np.sin(phi), radius * np.sinh(eta))
        found = np.where(cells.layer[found] == cells.layer[centre][:, None], found, -1)
    else:
        x = cells.x_mm[centre][:, None] + step_1 * cells.dx_mm[centre][:, None]
        y = cells.y_mm[centre][:, None] + step_2 * cells.dy_mm[centre][:, None]
        found = readout.locate(x, y, np.broadcast_to(cells.z_mm[centre][:, None], x.shape))
    ordered = np.sort(found, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = -1
    return ordered


def planar_observables(hits: CellHits, aimed: Floats, threshold_mev: float) -> dict[str, Floats]:
    """Observables on cells one deep, each of shape (N,); energies as shares of the visible energy.

    Args:
        hits: the events.
        aimed: x and y that the shower is aimed at [mm], shape (N, 2).
        threshold_mev: for counting cells, visible [MeV].
    """
    cells, total = hits.readout.cells, hits.total_energy_mev
    centre = hottest(hits)
    around = window(hits.readout, centre, 3, 3)
    aimed_cell = hits.readout.locate(aimed[:, 0], aimed[:, 1], cells.z_mm[0])
    of_aimed = window(hits.readout, aimed_cell, 3, 3)
    return {
        "E hottest": hits.energy_in(centre[:, None]) / total,
        "E 3x3": hits.energy_in(around) / total,
        "cells > 10 MeV": _cells_above(hits, threshold_mev),
        "centroid x": (centroid(hits, of_aimed, cells.x_mm) - aimed[:, 0]) / cells.dx_mm[aimed_cell],
        "centroid y": (centroid(hits, of_aimed, cells.y_mm) - aimed[:, 1]) / cells.dy_mm[aimed_cell],
    }


def barrel_observables(hits: CellHits, aimed: Floats, threshold_mev: float) -> dict[str, Floats]:
    """Observables on layers of eta x phi, each of shape (N,); energies as shares of the visible energy.

    Args:
        hits: the events.
        aimed: eta and phi that the shower is aimed at, shape (N, 2).
        threshold_mev: for counting cells, visible [MeV].
    """
    cells, total = hits.readout.cells, hits.total_energy_mev
    names = list(cells.layer_names)
    layers = hits.layer_energies_mev
    of_layer = {name: cells.layer == names.index(name) for name in (STRIPS, MIDDLE, BACK)}
    middle = hottest(hits, of_layer[MIDDLE])
    strip = hottest(hits, of_layer[STRIPS])
    strips = window(hits.readout, strip, 21, 3)
    w3x5 = window(hits.readout, middle, 3, 5)
    return {
        "E hottest": hits.energy_in(middle[:, None]) / total,
        "E 3x3": hits.energy_in(window(hits.readout, middle, 3, 3)) / total,
        "E strips": layers[:, names.index(STRIPS)] / total,
        "E middle": layers[:, names.index(MIDDLE)] / total,
        "E back": layers[:, names.index(BACK)] / total,
        "E hottest strip": hits.energy_in(strip[:, None]) / total,
        "strip width": spread(hits, strips, cells.eta) / cells.deta[strip],
        "R_eta": hits.energy_in(window(hits.readout, middle, 3, 7))
        / hits.energy_in(window(hits.readout, middle, 7, 7)),
        "w_eta2": spread(hits, w3x5, cells.eta),
        "cells > 10 MeV": _cells_above(hits, threshold_mev),
        "centroid x": (centroid(hits, w3x5, cells.eta) - aimed[:, 0]) / cells.deta[middle],
    }


def centroid(hits: CellHits, within: Indices, coordinate: Floats) -> Floats:
    """Mean of a coordinate over some cells, weighted with energy; shape (N,)."""
    weight = _energies(hits, within)
    return np.asarray((weight * coordinate[within]).sum(axis=1) / weight.sum(axis=1))


def spread(hits: CellHits, within: Indices, coordinate: Floats) -> Floats:
    """Root mean square spread of a coordinate over some cells, weighted with energy; shape (N,)."""
    weight = _energies(hits, within)
    mean = (weight * coordinate[within]).sum(axis=1) / weight.sum(axis=1)
    square = (weight * (coordinate[within] - mean[:, None]) ** 2).sum(axis=1) / weight.sum(axis=1)
    return np.asarray(np.sqrt(square))


def _energies(hits: CellHits, within: Indices) -> Floats:
    return np.stack([hits.energy_in(column[:, None]) for column in within.T], axis=1)


def _cells_above(hits: CellHits, threshold_mev: float) -> Floats:
    return np.bincount(hits.event[hits.energy_mev > threshold_mev], minlength=len(hits)).astype(np.float64)
