"""Where showers are aimed at: centres, edges and corners of cells, borders of regions, anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metacalo.readout.placement import Placements, place
from metacalo.readout.readout import Readout

Floats = NDArray[np.float64]

PLACES = {"centre": (0.0, 0.0), "edge": (0.5, 0.0), "corner": (0.5, 0.5)}
"""Distance from the centre of a cell, in cells."""

ANYWHERE, BORDER = "anywhere", "border"
_NUDGE = 1e-6


@dataclass(frozen=True, eq=False)
class Aim:
    """Where showers go.

    Attributes:
        place: a key of `PLACES`, or another word for it.
        region: of cells, or range of eta.
        target: x and y [mm] or eta and phi [rad] where the axis is at the mean depth, shape (N, 2).
        placements: so that it is there, N.
    """

    place: str
    region: str
    target: Floats
    placements: Placements


def planar_aims(
    readout: Readout, theta: Floats, depth_mm: float, seed: int, places: tuple[str, ...]
) -> list[Aim]:
    """Aim showers at cells of each region, each shower at another cell."""
    rng = np.random.default_rng(seed)
    cells, n = readout.cells, len(theta)
    aims = []
    for number, region in enumerate(cells.region_names):
        own = np.flatnonzero((cells.region == number) & _surrounded(readout))
        chosen = rng.choice(own, n)
        centre = np.column_stack([cells.x_mm, cells.y_mm])[chosen]
        size = np.column_stack([cells.dx_mm, cells.dy_mm])[chosen]
        for name in places:
            offset = rng.uniform(-0.5, 0.5, (n, 2)) if name == ANYWHERE else np.array([PLACES[name]])
            aims.append(_planar_aim(readout, name, region, centre + offset * size, theta, depth_mm, rng))
    return aims


def border_aims(readout: Readout, theta: Floats, depth_mm: float, seed: int) -> list[Aim]:
    """Aim showers at the middle of the left side of a cell whose neighbour there is of another size."""
    rng = np.random.default_rng(seed)
    cells = readout.cells
    side = cells.x_mm - 0.5 * cells.dx_mm
    beyond = readout.locate(side - 1.0, cells.y_mm, np.broadcast_to(cells.z_mm[:1], side.shape))
    aims = []
    for number, region in enumerate(cells.region_names):
        own = np.flatnonzero((cells.region == number) & (beyond >= 0) & (cells.region[beyond] != number))
        if len(own):
            chosen = rng.choice(own, len(theta))
            target = np.column_stack([side[chosen], cells.y_mm[chosen]])
            other = cells.region_names[cells.region[beyond[own[0]]]]
            aims.append(_planar_aim(readout, BORDER, f"{other}/{region}", target, theta, depth_mm, rng))
    return aims


def planar_scan(readout: Readout, region: str, steps: Floats, theta: Floats, depth_mm: float) -> list[Aim]:
    """Aim showers at places across a cell in x, from -1/2 to 1/2 of it."""
    rng = np.random.default_rng(11)
    cells = readout.cells
    number = cells.region_names.index(region)
    chosen = rng.choice(np.flatnonzero((cells.region == number) & _surrounded(readout)), len(theta))
    aims = []
    for step in steps:
        target = np.column_stack([cells.x_mm[chosen] + step * cells.dx_mm[chosen], cells.y_mm[chosen]])
        aims.append(_planar_aim(readout, f"{step:+.2f}", region, target, theta, depth_mm, rng))
    return aims


def barrel_aims(
    readout: Readout, theta: Floats, depth_mm: float, seed: int, places: dict[str, tuple[float, float] | None]
) -> list[Aim]:
    """Aim showers at cells of the middle layer where particles from the origin have about their angle."""
    rng = np.random.default_rng(seed)
    cells, n = readout.cells, len(theta)
    assert cells.eta is not None  # noqa: S101
    middle = cells.layer == cells.layer_names.index("middle")
    deta = float(cells.deta[middle].min())
    dphi = float(cells.dphi_rad[middle][0])
    aims = []
    for name, offset in places.items():
        nearest = np.floor(np.arcsinh(np.tan(theta)) / deta) + 0.5
        column = rng.integers(0, round(2.0 * np.pi / dphi), n) + 0.5
        shift = rng.uniform(-0.5, 0.5, (n, 2)) if offset is None else np.array([offset])
        target = np.column_stack([(nearest + shift[:, 0]) * deta, (column + shift[:, 1]) * dphi - np.pi])
        radius = readout.front_mm + depth_mm
        entry = (radius * np.sinh(target[:, 0]) - depth_mm * np.tan(theta)) / readout.front_mm
        position = np.column_stack([np.arcsinh(entry), target[:, 1]])
        aims.append(Aim(name, "eta to 0.8", target, place(readout, position, theta_rad=theta, phi_rad=0.0)))
    return aims


def _planar_aim(
    readout: Readout,
    name: str,
    region: str,
    target: Floats,
    theta: Floats,
    depth_mm: float,
    rng: np.random.Generator,
) -> Aim:
    phi = rng.uniform(-np.pi, np.pi, len(theta))
    lean = depth_mm * np.tan(theta)[:, None] * np.column_stack([np.cos(phi), np.sin(phi)])
    placements = place(readout, target - lean, theta_rad=theta, phi_rad=phi, only_on_cells=False)
    return Aim(name, region, target, placements)


def _surrounded(readout: Readout) -> NDArray[np.bool_]:
    """Whether the eight cells around are of the same region."""
    cells = readout.cells
    same = np.ones(len(readout), dtype=np.bool_)
    z = np.broadcast_to(cells.z_mm[:1], cells.x_mm.shape)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            there = readout.locate(cells.x_mm + i * cells.dx_mm, cells.y_mm + j * cells.dy_mm, z)
            same &= (there >= 0) & (cells.region[there] == cells.region)
    return same
