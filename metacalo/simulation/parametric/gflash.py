r"""The profiles of GFlash: Grindhammer and Peters 1993, hep-ex/0001020.

The energy of an electromagnetic shower is spread as dE = E f(t) dt f(r) dr dphi / 2 pi, with the depth t in
radiation lengths and the radius r in Moliere radii. Formulas and numbers are those of the paper's appendix
for individual showers; numbers that are adjusted to full simulation are in
`metacalo.simulation.parametric.adjusted`, with the paper's beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from metacalo.simulation.parametric.adjusted import (
    ALPHA,
    CORE,
    CORE_WEIGHT,
    EXTRA_CORRELATION,
    LARGEST_RADIUS,
    MAXIMUM,
    SPREAD_OF_ALPHA,
    SPREAD_OF_MAXIMUM,
    TAIL,
    late_spread,
)
from metacalo.simulation.parametric.medium import Medium

Floats = NDArray[np.float64]
Array = TypeVar("Array", bound=NDArray[np.floating[Any]])

SMALLEST_MAXIMUM_X0 = 1.0
SMALLEST_ALPHA = 1.2
SMALLEST_BETA = 0.3
WIDEST_SPREAD = 0.5
LARGEST_CORRELATION = 0.95
"""Bounds below about 100 critical energies, where the formulas end: that of beta is the attenuation of the
photons that penetrate deepest."""


@dataclass(frozen=True, eq=False)
class Longitudinal:
    r"""Longitudinal profiles of n showers: f(t) = (beta t)^(alpha-1) beta exp(-beta t) / Gamma(alpha).

    Attributes:
        maximum_x0: depth of each shower's maximum T [X0], shape (n,).
        alpha: its shape parameter, shape (n,).
        mean_alpha: median of alpha at its energy, shape (n,).
        stretch: by what depths behind the maximum are stretched, shape (n,).
    """

    maximum_x0: Floats
    alpha: Floats
    mean_alpha: Floats
    stretch: Floats

    @property
    def beta(self) -> Floats:
        """Rate beta = (alpha - 1) / T [1/X0], shape (n,)."""
        return (self.alpha - 1.0) / self.maximum_x0

    @property
    def tau_per_x0(self) -> Floats:
        """What turns a depth [X0] into tau, the depth in units of the mean maximum's, shape (n,)."""
        mean = self.mean_alpha / (self.mean_alpha - 1.0)
        return (self.alpha - 1.0) / self.alpha * mean / self.maximum_x0


def median_longitudinal(medium: Medium, log_y: Floats) -> tuple[Floats, Floats]:
    """Return the medians of T [X0] and alpha of individual showers.

    Args:
        medium: what the shower develops in.
        log_y: logarithm of incident over critical energy, shape (n,).

    Returns:
        T and alpha, each of shape (n,).
    """
    maximum = MAXIMUM[0] + MAXIMUM[1] * log_y + MAXIMUM[2] * medium.layer_x0 + MAXIMUM[3] * medium.lost
    alpha = ALPHA[0] + (ALPHA[1] + ALPHA[2] / medium.z) * log_y
    alpha = alpha + ALPHA[3] * medium.layer_x0 + ALPHA[4] * medium.lost
    return np.maximum(maximum, SMALLEST_MAXIMUM_X0), np.maximum(alpha, SMALLEST_ALPHA)


def draw_longitudinal(medium: Medium, log_y: Floats, generator: np.random.Generator) -> Longitudinal:
    """Draw the profiles of individual showers: ln T and ln alpha are normal and correlated.

    Args:
        medium: what they develop in.
        log_y: logarithm of incident over critical energy, shape (n,).
        generator: source of randomness; three numbers are taken per shower.
    """
    share = medium.homogeneous
    inverse_t = share * (-1.4 + 1.26 * log_y) + (1.0 - share) * (-2.5 + 1.25 * log_y)
    inverse_alpha = share * (-0.58 + 0.86 * log_y) + (1.0 - share) * (-0.82 + 0.79 * log_y)
    rho = share * 0.705 + (1.0 - share) * 0.784 - 0.023 * log_y + EXTRA_CORRELATION
    rho = np.clip(rho, 0.0, LARGEST_CORRELATION)
    sigma_t = SPREAD_OF_MAXIMUM / np.maximum(inverse_t, 1.0 / WIDEST_SPREAD)
    sigma_alpha = SPREAD_OF_ALPHA / np.maximum(inverse_alpha, 1.0 / WIDEST_SPREAD)
    normal = generator.standard_normal((len(log_y), 2))
    both, apart = np.sqrt((1.0 + rho) / 2.0) * normal[:, 0], np.sqrt((1.0 - rho) / 2.0) * normal[:, 1]
    maximum, alpha = median_longitudinal(medium, log_y)
    deepest = np.maximum(maximum * np.exp(sigma_t * (both + apart)), SMALLEST_MAXIMUM_X0)
    bound = np.maximum(SMALLEST_ALPHA, 1.0 + SMALLEST_BETA * deepest)
    return Longitudinal(
        maximum_x0=deepest,
        alpha=np.maximum(alpha * np.exp(sigma_alpha * (both - apart)), bound),
        mean_alpha=alpha,
        stretch=np.exp(late_spread(medium.z) * generator.standard_normal(len(log_y))),
    )


def radial(medium: Medium, log_gev: Array, tau: Array) -> tuple[Array, Array, Array]:
    r"""Return the radial profile f(r) = p 2 r R_C^2/(r^2 + R_C^2)^2 + (1-p) 2 r R_T^2/(r^2 + R_T^2)^2.

    Args:
        medium: what the shower develops in.
        log_gev: logarithm of the incident energy in GeV, shape (m,).
        tau: depth in units of the mean maximum's, shape (m,).

    Returns:
        R_C and R_T [Moliere radii] and p, each of shape (m,).
    """
    early = np.exp(-tau) * medium.layer_x0
    core = CORE[0] + CORE[1] * log_gev + (CORE[2] + CORE[3] * medium.z) * tau
    core = core + CORE[4] * medium.lost + CORE[5] * early
    later = tau - 0.645
    tail = (TAIL[0] + TAIL[1] * medium.z) * (
        np.exp(-2.59 * later) + np.exp((TAIL[2] + TAIL[3] * log_gev) * later)
    )
    tail = tail + TAIL[4] * medium.lost + TAIL[5] * early
    x = (0.401 + 0.00187 * medium.z - tau) / (1.313 - 0.0686 * log_gev)
    weight = (2.632 - 0.00094 * medium.z) * np.exp(x - np.exp(x))
    if medium.lost:
        at_maximum = CORE_WEIGHT[1] * medium.layer_x0 * np.exp(-np.square(tau - 1.0))
        weight = weight + medium.lost * (CORE_WEIGHT[0] + at_maximum)
    bounded = np.maximum(core, 0.01), np.maximum(tail, 0.05), np.clip(weight, 0.0, 1.0)
    return cast(tuple[Array, Array, Array], bounded)


def radius_at(share: Array, core: Array, tail: Array, weight: Array) -> Array:
    """Turn numbers that are even between 0 and 1 into radii of the profile of `radial`.

    The lower `weight` of them become radii of the core, the others radii of the tail, each by the inverse of
    its share of the energy within r, r^2 / (r^2 + R^2), cut off at `LARGEST_RADIUS`.

    Args:
        share: from 0 to below 1, shape (m,).
        core: R_C, shape (m,).
        tail: R_T, shape (m,).
        weight: p, shape (m,).

    Returns:
        Radii in the units of R_C and R_T, shape (m,).
    """
    inner = share < weight
    within = np.where(inner, share, share - weight) / np.where(inner, weight, 1.0 - weight)
    scale = np.where(inner, core, tail)
    within = within / (1.0 + np.square(scale / LARGEST_RADIUS))
    return cast(Array, scale * np.sqrt(within / (1.0 - within)))
