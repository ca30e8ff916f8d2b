"""How observables depend on the incident energy and angle: their moments in bins of it."""

import itertools
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation.observables import OBSERVABLES
from metacalo.validation.profiles import Moments, bin_of_each, energy_edges_gev, moments
from metacalo.validation.scales import Scales

Array = NDArray[np.float64]

MIN_SHOWERS_IN_BIN = 10
"""Bins with fewer showers are left out."""

FOLLOWED = ("response", "depth", "width_in_depth", "mean_radius", "width_in_radius")
"""Observables that are followed through energy and angle, by name."""


class BinMoments(NamedTuple):
    """Moments of observables in one bin of the incident energy [GeV] or angle [rad].

    Attributes:
        low: lower edge of the bin.
        high: upper edge.
        moments: of each observable, by name.
    """

    low: float
    high: float
    moments: Mapping[str, Moments]


def angle_dependence(
    showers: Showers, scales: Scales, edges_rad: Array | None = None
) -> tuple[BinMoments, ...]:
    """Moments of the observables `FOLLOWED` in bins of the incident angle theta.

    Compare samples of one spectrum of incident energy only: depth and response follow the energy too.

    Args:
        showers: the showers.
        scales: units of lengths.
        edges_rad: edges of the bins [rad]; `theta_edges_rad` by default.
    """
    edges = theta_edges_rad(showers) if edges_rad is None else edges_rad
    return moments_in_bins(np.asarray(showers.theta_rad, dtype=np.float64), edges, _followed(showers, scales))


def energy_dependence(
    showers: Showers, scales: Scales, edges_gev: Array | None = None
) -> tuple[BinMoments, ...]:
    """Moments of the observables `FOLLOWED` in bins of the incident energy.

    Args:
        showers: the showers.
        scales: units of lengths.
        edges_gev: edges of the bins [GeV]; `profiles.energy_edges_gev` by default.
    """
    edges = energy_edges_gev(showers) if edges_gev is None else edges_gev
    energy = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    return moments_in_bins(energy, edges, _followed(showers, scales))


def moments_in_bins(
    condition: Array, edges: Array, values: Mapping[str, Array], min_showers: int = MIN_SHOWERS_IN_BIN
) -> tuple[BinMoments, ...]:
    """Moments of observables in bins of a condition; bins with too few showers are left out.

    Args:
        condition: what the bins are of, shape (N,).
        edges: edges of the bins, increasing.
        values: observables by name, each of shape (N,).
        min_showers: fewest showers of a bin, at least 2.
    """
    member = bin_of_each(condition, edges)
    return tuple(
        BinMoments(float(low), float(high), {name: moments(v[member == k]) for name, v in values.items()})
        for k, (low, high) in enumerate(itertools.pairwise(edges))
        if np.count_nonzero(member == k) >= max(min_showers, 2)
    )


def theta_edges_rad(showers: Showers, bins: int = 5) -> Array:
    """Edges of bins of the incident angle [rad], of one width, that hold every shower, shape (bins + 1,).

    Showers of one angle are given a single bin of one degree about it.
    """
    low, high = float(showers.theta_rad.min()), float(showers.theta_rad.max())
    if high - low < 1e-6:
        half = np.deg2rad(0.5)
        return np.array([low - half, high + half])
    edges = np.linspace(low, high, bins + 1)
    edges[-1] = high
    return edges


def _followed(showers: Showers, scales: Scales) -> dict[str, Array]:
    return {name: OBSERVABLES[name].measure(showers, scales) for name in FOLLOWED}
