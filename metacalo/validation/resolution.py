"""The energy resolution against incident energy, and the three terms that calorimetry describes it by."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.validation.comparison import Estimate
from metacalo.validation.observables import response
from metacalo.validation.profiles import energy_bin_of_each, energy_edges_gev

Array = NDArray[np.float64]

MIN_POINTS = 4
"""Fewest energies of which three terms are fitted: one more than there are terms."""

MIN_ENERGY_RATIO = 2.0
"""Smallest ratio of the highest to the lowest energy that tells the terms apart."""

MIN_SHOWERS_IN_BIN = 20
"""Bins of energy with fewer showers are left out: a spread of 20 values is known to 16 per cent."""


class ResolutionPoints(NamedTuple):
    """Relative spread of the response at K energies, arrays of shape (K,) but the last.

    Attributes:
        energy_gev: incident energies, for bins their means [GeV].
        resolution: standard deviation over mean of the response.
        error: its standard error.
        inverse_energies: means over the showers of a bin of E^-1/2, E^-1 and E^-2 [GeV^-1/2, ...], shape
            (K, 3): what the terms of the fit are multiplied with, so that wide bins do no harm.
    """

    energy_gev: Array
    resolution: Array
    error: Array
    inverse_energies: Array

    @classmethod
    def at(cls, energy_gev: ArrayLike, resolution: ArrayLike, error: ArrayLike) -> "ResolutionPoints":
        """Points at single energies, as a test beam has them."""
        energy, spread, its_error = (np.asarray(v, dtype=np.float64) for v in (energy_gev, resolution, error))
        return cls(energy, spread, its_error, _inverse_powers(energy))


@dataclass(frozen=True, eq=False, kw_only=True)
class ResolutionFit:
    """Resolution as a function of the incident energy E.

    In quadrature, as the field has it (Review of Particle Physics, Particle detectors at accelerators,
    calorimeters): (sigma / mu)^2 = a^2 / E + b^2 + c^2 / E^2; or as a plain sum, a / sqrt(E) + b + c / E.

    Attributes:
        stochastic: a, from the fluctuations of the number of particles and of the sampling [sqrt(GeV)].
        constant: b, from leakage and non-uniformities.
        noise: c, from what does not grow with the energy [GeV].
        covariance: of (a^2, b^2, c^2), or of (a, b, c) for a plain sum, shape (3, 3); as if they could be
            negative, so that it stays meaningful for a term that came out 0.
        chi2: sum of squared deviations over squared errors.
        ndf: number of points less three.
        in_quadrature: whether the terms are added in quadrature.
    """

    stochastic: Estimate
    constant: Estimate
    noise: Estimate
    covariance: Array
    chi2: float
    ndf: int
    in_quadrature: bool = True

    @property
    def p_value(self) -> float:
        """Probability of a larger chi2 if the law holds."""
        from scipy.stats import chi2

        return float(chi2.sf(self.chi2, self.ndf))

    def resolution(self, energy_gev: ArrayLike) -> Array:
        """The fitted sigma / mu at energies [GeV], of their shape."""
        value = _terms_of(_inverse_powers(energy_gev), self.in_quadrature) @ self._coefficients
        return np.asarray(np.sqrt(value) if self.in_quadrature else value)

    def resolution_error(self, energy_gev: ArrayLike) -> Array:
        """Standard error of `resolution` from the covariance, of the shape of the energies."""
        terms = _terms_of(_inverse_powers(energy_gev), self.in_quadrature)
        error = np.sqrt(np.einsum("...i,ij,...j->...", terms, self.covariance, terms))
        return np.asarray(error / (2 * self.resolution(energy_gev)) if self.in_quadrature else error)

    @property
    def _coefficients(self) -> Array:
        values = np.array([self.stochastic.value, self.constant.value, self.noise.value])
        return values**2 if self.in_quadrature else values

    def to_dict(self) -> dict[str, Any]:
        """Describe the fit in JSON's own types."""
        return {
            "stochastic_sqrt_gev": self.stochastic._asdict(),
            "constant": self.constant._asdict(),
            "noise_gev": self.noise._asdict(),
            "covariance": self.covariance.tolist(),
            "chi2": self.chi2,
            "ndf": self.ndf,
            "p_value": self.p_value,
            "in_quadrature": self.in_quadrature,
        }

    def __str__(self) -> str:
        plus = "⊕" if self.in_quadrature else "+"
        a, b, c = (
            Estimate(100 * e.value, None if e.error is None else 100 * e.error)
            for e in (self.stochastic, self.constant, self.noise)
        )
        return f"({a})% / √(E/GeV) {plus} ({b})% {plus} ({c})% / (E/GeV)"


def resolution_points(
    showers: Showers, bins: int = 10, min_showers: int = MIN_SHOWERS_IN_BIN
) -> ResolutionPoints:
    """Relative spread of the response in bins of incident energy, equal in its logarithm.

    The error is that of a normal distribution, (sigma / mu) sqrt(1 / (2 (n - 1)) + (sigma / mu)^2 / n). Bins
    with fewer showers than `min_showers`, and those without a spread, are left out.
    """
    if not len(showers):
        return ResolutionPoints.at([], [], [])
    edges = energy_edges_gev(showers, bins)
    member, value = energy_bin_of_each(showers, edges), response(showers)
    energy = np.asarray(showers.incident_energy_gev, dtype=np.float64)
    found = []
    for k in range(bins):
        inside = member == k
        n = int(np.count_nonzero(inside))
        mean, spread = (
            (value[inside].mean(), value[inside].std(ddof=1)) if n >= max(min_showers, 2) else (0, 0)
        )
        if mean > 0 and spread > 1e-12 * mean:
            ratio = spread / mean
            error = ratio * np.sqrt(1 / (2 * (n - 1)) + ratio**2 / n)
            found.append([energy[inside].mean(), ratio, error, *_inverse_powers(energy[inside]).mean(axis=0)])
    table = np.array(found, dtype=np.float64).reshape(-1, 6)
    return ResolutionPoints(table[:, 0], table[:, 1], table[:, 2], table[:, 3:])


def fit_resolution(points: ResolutionPoints, *, in_quadrature: bool = True) -> ResolutionFit:
    """Fit the three terms of `ResolutionFit` to points by weighted least squares, none of them negative.

    In quadrature the squares of the terms are fitted to the squares of the resolution: that is linear, so
    that the best fit is found for sure. Relative errors are taken as given and scaled to the fitted curve,
    again until it stays: errors scaled to the points would favour those that are too low. The error of a term
    is that of its upper end, sqrt(a^2 + error of a^2) - a, so that a term that came out 0 has one too.

    Raises:
        SettingsError: if the points do not tell the terms apart: fewer than `MIN_POINTS`, or energies within
            a factor of `MIN_ENERGY_RATIO`; or if a resolution or an error is not positive.
    """
    _check(points)
    terms = _terms_of(points.inverse_energies, in_quadrature)
    value = points.resolution**2 if in_quadrature else points.resolution
    relative = points.error / points.resolution * (2 if in_quadrature else 1)
    fitted = value
    for _ in range(100):
        before, error = fitted, relative * fitted
        coefficients = _least_squares(terms / error[:, None], value / error)
        fitted = terms @ coefficients
        if np.allclose(fitted, before, rtol=1e-10, atol=0.0):
            break
    covariance = _covariance(terms / error[:, None])
    spread = np.sqrt(np.diag(covariance))
    if in_quadrature:
        estimates = [
            Estimate(float(np.sqrt(q)), float(np.sqrt(q + s) - np.sqrt(q)))
            for q, s in zip(coefficients, spread, strict=True)
        ]
    else:
        estimates = [Estimate(float(q), float(s)) for q, s in zip(coefficients, spread, strict=True)]
    return ResolutionFit(
        stochastic=estimates[0],
        constant=estimates[1],
        noise=estimates[2],
        covariance=covariance,
        chi2=float(np.sum(((value - fitted) / error) ** 2)),
        ndf=len(value) - len(estimates),
        in_quadrature=in_quadrature,
    )


def _check(points: ResolutionPoints) -> None:
    n = len(points.energy_gev)
    if n < MIN_POINTS:
        raise SettingsError(
            f"a fit of the resolution needs at least {MIN_POINTS} energies, got {n}; give it showers of more "
            "incident energies, or more of them"
        )
    low, high = points.energy_gev.min(), points.energy_gev.max()
    if not high >= MIN_ENERGY_RATIO * low > 0:
        raise SettingsError(
            f"a fit of the resolution needs energies that differ by a factor of {MIN_ENERGY_RATIO:g}, got "
            f"{low:.4g} to {high:.4g} GeV; give it showers of a wider range of incident energies"
        )
    for name, values in (("resolutions", points.resolution), ("errors", points.error)):
        if not (np.isfinite(values) & (values > 0)).all():
            raise SettingsError(f"a fit of the resolution needs {name} that are positive, got {values.min()}")


def _inverse_powers(energy_gev: ArrayLike) -> Array:
    """E^-1/2, E^-1, E^-2 along a new last axis."""
    energy = np.asarray(energy_gev, dtype=np.float64)
    return np.stack([energy**-0.5, energy**-1.0, energy**-2.0], axis=-1)


def _terms_of(inverse_energies: Array, in_quadrature: bool) -> Array:
    """What a, b, c (or their squares) are multiplied with, along the last axis."""
    root, first, second = np.moveaxis(inverse_energies, -1, 0)
    columns = (first, np.ones_like(first), second) if in_quadrature else (root, np.ones_like(first), first)
    return np.stack(columns, axis=-1)


def _least_squares(terms: Array, values: Array) -> Array:
    """Coefficients (3,), none negative, whose terms (K, 3) come closest to values (K,)."""
    from scipy.optimize import nnls

    scale = np.linalg.norm(terms, axis=0)
    return np.asarray(nnls(terms / scale, values)[0] / scale)


def _covariance(terms: Array) -> Array:
    """Covariance of the coefficients of terms (K, 3) in units of the errors, shape (3, 3)."""
    scale = np.linalg.norm(terms, axis=0)
    unit = terms / scale
    return np.asarray(np.linalg.inv(unit.T @ unit) / np.outer(scale, scale))
