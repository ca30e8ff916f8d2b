"""From points with energy to cells with energy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.placement import Placements
from metacalo.readout.projection.depth import ActiveDepth
from metacalo.readout.readout import Readout
from metacalo.showers.runs import gather

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

GAP, OUTSIDE = 0, 1
"""Columns of `Shared.lost_mev`, in the order of `metacalo.readout.hits.LOST`."""


@dataclass(frozen=True, eq=False)
class Points:
    """Energy at points of showers' grids, in the order of the showers.

    Attributes:
        count: points of each shower, shape (n_showers,).
        x_mm: r cos phi [mm], shape (n,).
        y_mm: r sin phi [mm], shape (n,).
        low_mm: along flight, where the point's bin of depth begins [mm], shape (n,).
        high_mm: where it ends [mm], shape (n,).
        along: share of the bin's energy before the point, shape (n,).
        energy_mev: energy [MeV], shape (n,).
    """

    count: Indices
    x_mm: Floats
    y_mm: Floats
    low_mm: Floats
    high_mm: Floats
    along: Floats
    energy_mev: Floats


@dataclass(frozen=True, eq=False)
class Shared:
    """Energy of showers by cell.

    Attributes:
        count: cells of each shower, shape (n_showers,).
        cell: numbers of the cells, ascending in each shower, shape (m,).
        energy_mev: energy [MeV], shape (m,).
        lost_mev: energy in no cell by reason [MeV], shape (n_showers, 2).
    """

    count: Indices
    cell: Indices
    energy_mev: Floats
    lost_mev: Floats

    @classmethod
    def joined(cls, parts: Sequence["Shared"], order: Indices | None = None) -> "Shared":
        """Put showers of several blocks one after the other, or where `order` says that they belong."""
        if not parts:
            nothing = np.zeros(0, dtype=np.int64)
            return cls(nothing, nothing, np.zeros(0), np.zeros((0, 2)))
        count, cell, energy, lost = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("count", "cell", "energy_mev", "lost_mev")
        )
        if order is None or np.array_equal(order, np.arange(len(order))):
            return cls(count, cell, energy, lost)
        back = np.argsort(order)
        _, hits = gather(np.concatenate([[0], np.cumsum(count)]), back)
        return cls(count[back], cell[hits], energy[hits], lost[back])


def located(
    points: Points, readout: Readout, active: ActiveDepth, placements: Placements
) -> tuple[Indices, NDArray[np.bool_]]:
    """Find the cells of points.

    Returns:
        Number of each point's cell, -1 if it is in none, shape (n,); and of those in none, whether they are
        in a gap of the readout, shape (number in none,).
    """
    x, y, z = _in_detector(points, active, placements)
    cell = readout.locate(x, y, z)
    nowhere = np.flatnonzero(cell < 0)
    return cell, readout.contains(x[nowhere], y[nowhere], z[nowhere])


def share(points: Points, readout: Readout, active: ActiveDepth, placements: Placements) -> Shared:
    """Add up the energies of points by cell.

    Args:
        points: of n showers.
        readout: the cells.
        active: the depths that are read out.
        placements: n, or one for all showers.
    """
    cell, in_gap = located(points, readout, active, placements)
    return add_up(points.count, cell, in_gap, points.energy_mev, len(readout))


def add_up(
    count: Indices, cell: Indices, in_gap: NDArray[np.bool_], energy_mev: Floats, n_cells: int
) -> Shared:
    """Add up energies by shower and cell.

    Args:
        count: energies of each shower, shape (n_showers,).
        cell: cell of each energy, -1 for none, shape (n,).
        in_gap: of those in none, whether they are in a gap of the readout, shape (number in none,).
        energy_mev: energies [MeV], shape (n,).
        n_cells: cells of the readout.
    """
    n = len(count)
    shower = np.repeat(np.arange(n), count)
    lost = np.zeros((n, 2))
    if len(in_gap):
        nowhere = np.flatnonzero(cell < 0)
        target = 2 * shower[nowhere] + np.where(in_gap, GAP, OUTSIDE)
        lost[:] = np.bincount(target, weights=energy_mev[nowhere], minlength=2 * n).reshape(n, 2)
        kept = cell >= 0
        cell, shower, energy_mev = cell[kept], shower[kept], energy_mev[kept]
    hit = np.zeros(n_cells, dtype=np.bool_)
    hit[cell] = True
    used = np.flatnonzero(hit)
    column = np.empty(n_cells, dtype=np.int32)
    column[used] = np.arange(len(used))
    target = column[cell] + shower * len(used)
    dense = np.bincount(target, weights=energy_mev, minlength=n * len(used)).reshape(n, len(used))
    row, place = np.nonzero(dense)
    energy = np.asarray(dense[row, place], dtype=np.float64)
    return Shared(np.bincount(row, minlength=n).astype(np.int64), used[place], energy, lost)


def _in_detector(
    points: Points, active: ActiveDepth, placements: Placements
) -> tuple[Floats, Floats, Floats]:
    """Positions of points in detector coordinates [mm]."""
    x, y = points.x_mm, points.y_mm

    def of_point(values: Floats) -> Floats:
        return values if len(values) == 1 else np.repeat(values, points.count)

    theta = placements.theta_rad
    if np.all(theta == theta[0]):
        theta = theta[:1]
    if np.any(theta):
        # Depth below the face: what leans forward is less deep than the axis is at the same flight.
        cos, rise = of_point(np.cos(theta)), of_point(np.sin(theta)) * x
        depth = active.between(points.low_mm * cos - rise, points.high_mm * cos - rise, points.along)
        z = (depth + rise) / cos
    else:
        z = active.between(points.low_mm, points.high_mm, points.along)
    rotation, origin = placements.rotation, placements.origin_mm
    if np.all(rotation == rotation[0]):
        rotation = rotation[:1]
    position = []
    for axis in range(3):
        value = of_point(rotation[:, axis, 0]) * x
        for along, other in ((1, y), (2, z)):
            if np.any(rotation[:, axis, along]):
                value += of_point(rotation[:, axis, along]) * other
        value += of_point(origin[:, axis])
        position.append(value)
    return position[0], position[1], position[2]
