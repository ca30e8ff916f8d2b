"""Energy spots: where each shower of a batch leaves its visible energy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metacalo.simulation.parametric.gflash import draw_longitudinal, radial, radius_at
from metacalo.simulation.parametric.stack import QUANTILES, Stack
from metacalo.simulation.particles import Particles

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

CONVERSION_X0 = 9.0 / 7.0
"""Mean free path of a photon before it makes a pair [X0]."""


MOST_SPOTS = 2_000_000
"""Spots of one shower at the most, so that one of many TeV fits into memory; each has more energy then."""


@dataclass(frozen=True, eq=False)
class Spots:
    """Visible energy spots, along each particle's direction and in depth.

    Attributes:
        event: particle of each, ascending, shape (m,).
        radius_mm: distance from the axis [mm], shape (m,).
        turn: azimuth about it from -pi to pi as 0 to 1, shape (m,).
        along_mm: depth along flight [mm], shape (m,).
        z_mm: depth below the front face [mm], shape (m,).
        energy_mev: visible energy [MeV], shape (m,).
    """

    event: NDArray[np.int32]
    radius_mm: Singles
    turn: Singles
    along_mm: Singles
    z_mm: Singles
    energy_mev: Singles


@dataclass(frozen=True, eq=False)
class _Places:
    """Spots in the shower's own coordinates: depth [X0], radius [R_M], and whether they are of the core."""

    event: NDArray[np.int32]
    depth_x0: Singles
    radius: Singles
    core: NDArray[np.bool_]


def number_of_spots(stack: Stack, particles: Particles) -> NDArray[np.int64]:
    """Return how many spots are drawn for each particle before those of the core are grouped, shape (n,)."""
    expected = stack.spots_per_mev * 1000.0 * particles.energy_gev
    return np.clip(np.rint(expected), 1, MOST_SPOTS).astype(np.int64)


def draw_spots(stack: Stack, particles: Particles, generator: np.random.Generator) -> Spots:
    """Draw the spots of some showers.

    Depth is gamma distributed; each spot that falls into a cell of depth is placed in the cell's active
    slab, along the direction of flight, so that the radius is kept. What falls in front of the calorimeter,
    behind it, or far from any active slab is lost.

    Args:
        stack: the calorimeter.
        particles: n particles, few enough for all spots to fit into memory.
        generator: source of randomness.
    """
    places = _draw_places(stack, particles, generator)
    event = places.event
    turn, which = generator.random((2, len(event)), dtype=np.float32)
    energy_mev = _share_out(stack, particles, places, which, generator)
    theta = particles.theta_rad
    cosine, sine = np.cos(theta).astype(np.float32)[event], np.sin(theta).astype(np.float32)[event]
    axis_mm = stack.depths.millimetres(places.depth_x0 * cosine)
    radius_mm = places.radius * stack.depths.scale_mm(axis_mm)
    # z = w cos(theta) - u sin(theta), and the azimuth of u = r cos(azimuth) is that of `turn` from -pi on
    z_mm = axis_mm + radius_mm * np.cos(np.float32(2.0 * np.pi) * turn) * sine
    cell, inside = stack.depths.cell(z_mm)
    seen = inside & (stack.visible[cell] > 0.0)
    cell, z_mm = cell[seen], z_mm[seen]
    active_mm = stack.depths.into_active(z_mm, cell)
    return Spots(
        event=event[seen],
        radius_mm=radius_mm[seen],
        turn=turn[seen],
        along_mm=(axis_mm[seen] + active_mm - z_mm) / cosine[seen],
        z_mm=active_mm,
        energy_mev=energy_mev[seen] * stack.visible[cell],
    )


def _draw_places(stack: Stack, particles: Particles, generator: np.random.Generator) -> _Places:
    log_gev = np.log(particles.energy_gev)
    log_y = log_gev + np.log(1000.0) - stack.medium.log_critical_mev
    start_x0 = np.zeros(len(particles))
    if particles.species == "gamma":
        start_x0, log_y = converted(log_y, generator)
    profile = draw_longitudinal(stack.medium, log_y, generator)
    count = number_of_spots(stack, particles)

    def spread(values: NDArray[Any]) -> Singles:
        return np.repeat(values.astype(np.float32), count)

    event = np.repeat(np.arange(len(particles), dtype=np.int32), count)
    depth = generator.standard_gamma(spread(profile.alpha), dtype=np.float32) / spread(profile.beta)
    late = np.maximum(depth - spread(profile.maximum_x0), np.float32(0.0))
    depth += late * spread(profile.stretch - 1.0)
    core, tail, weight = radial(stack.medium, spread(log_gev), depth * spread(profile.tau_per_x0))
    share, luck = generator.random((2, len(event)), dtype=np.float32)
    of_core = share < weight
    taken = ~of_core | (luck * np.float32(stack.core_group) < 1.0)
    return _Places(
        event=event[taken],
        depth_x0=(depth + spread(start_x0))[taken],
        radius=radius_at(share[taken], core[taken], tail[taken], weight[taken]),
        core=of_core[taken],
    )


def _share_out(
    stack: Stack, particles: Particles, places: _Places, which: Singles, generator: np.random.Generator
) -> Singles:
    """Share each shower's energy out among its spots, and let the sum fluctuate as sampling does [MeV].

    The sum is gamma distributed about the incident energy with the relative variance c^2 / E, which grows
    with the slant of the layers as 1 / cos(theta).
    """
    quantile = (which * QUANTILES).astype(np.int32)
    core = np.float32(stack.core_group) * stack.core_quantiles[quantile]
    relative = np.where(places.core, core, stack.tail_quantiles[quantile])
    total = np.bincount(places.event, weights=relative, minlength=len(particles))
    energy = 1000.0 * particles.energy_gev
    if stack.resolution > 0.0:
        variance = stack.resolution**2 / (particles.energy_gev * np.cos(particles.theta_rad))
        energy = energy * variance * generator.standard_gamma(1.0 / variance)
    return np.asarray(relative * (energy / np.maximum(total, 1e-12)).astype(np.float32)[places.event])


def converted(log_y: Floats, generator: np.random.Generator) -> tuple[Floats, Floats]:
    """Let photons convert: return the depths [X0], and ln y of an electron that showers like the pair.

    The pair shares the energy evenly in the mean: x and 1 - x, with x between 0 and 1. The depth of either's
    shower goes with the logarithm of its energy, so that the energy-weighted mean is that of an electron
    with ln y + x ln x + (1 - x) ln (1 - x).

    Args:
        log_y: logarithm of the photons' over the critical energy, shape (n,).
        generator: source of randomness.
    """
    depth = CONVERSION_X0 * generator.standard_exponential(len(log_y))
    x = np.clip(generator.random(len(log_y)), 1e-9, 1.0 - 1e-9)
    return depth, log_y + x * np.log(x) + (1.0 - x) * np.log1p(-x)
