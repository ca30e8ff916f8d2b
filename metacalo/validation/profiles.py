"""What is measured on many showers together: mean profiles, spectrum, correlations, energy bins."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.observables.sums import runs_of_hits

Array = NDArray[np.float64]


class Profile(NamedTuple):
    """A mean over showers and its standard error, arrays of one shape."""

    mean: Array
    error: Array


class Moments(NamedTuple):
    """Mean and standard deviation of an observable with their standard errors, in its own unit.

    The error of the spread is that of a normal distribution, spread / sqrt(2 (n - 1)).
    """

    n: int
    mean: float
    mean_error: float
    spread: float
    spread_error: float

    @property
    def relative_spread(self) -> float:
        """Spread over mean: for the response, the energy resolution."""
        return self.spread / self.mean if self.mean else 0.0

    @property
    def relative_spread_error(self) -> float:
        """Standard error of `relative_spread`, to first order."""
        return self.spread_error / abs(self.mean) if self.mean else 0.0


def moments(values: Array) -> Moments:
    """Moments of values (n,).

    Raises:
        ValueError: for fewer than two values, which have no spread.
    """
    n = len(values)
    if n < 2:
        raise ValueError(f"a spread needs at least 2 values, got {n}")
    spread = float(np.std(values, ddof=1))
    return Moments(n, float(np.mean(values)), spread / n**0.5, spread, spread / (2 * (n - 1)) ** 0.5)


def longitudinal_profile(showers: Showers) -> Profile:
    """Mean over showers of E_z / E_inc, per layer of the grid, shape (n_z,).

    Every shower counts alike, whatever its energy.
    """
    return _mean_profile(observables.layer_responses(showers))


def radial_profile(showers: Showers) -> Profile:
    """Mean over showers of E_r / E_inc, per ring of the grid, shape (n_r,); every shower counts alike."""
    ring = observables.ring_fractions(showers) * observables.response(showers)[:, None]
    return _mean_profile(ring)


def voxel_spectrum(showers: Showers, edges_mev: Array) -> Profile:
    """Mean number of hit voxels of a shower in each bin of energy, shape (len(edges_mev) - 1,).

    The error comes from the spread over showers, since the voxels of one shower are not independent.
    Voxels outside of the edges are not counted.
    """
    return _mean_profile(spectrum_of_each(showers, edges_mev))


def spectrum_of_each(showers: Showers, edges_mev: Array, *, keep_outside: bool = False) -> Array:
    """Number of hit voxels of each shower in each bin of energy, shape (N, len(edges_mev) - 1).

    Args:
        showers: the showers.
        edges_mev: edges of the bins [MeV], increasing.
        keep_outside: count voxels outside of the edges in the first or last bin, not nowhere.
    """
    bins = len(edges_mev) - 1
    counts = np.zeros((len(showers), bins))
    for rows, shower, _, energy in runs_of_hits(showers):
        index = np.searchsorted(edges_mev, energy, side="right") - 1
        if keep_outside:
            index = np.clip(index, 0, bins - 1)
        kept = (energy > 0) & (index >= 0) & (index < bins)
        flat = np.bincount(shower[kept] * bins + index[kept], minlength=(rows.stop - rows.start) * bins)
        counts[rows] = flat.reshape(-1, bins)
    return counts


def layer_correlations(showers: Showers) -> Array:
    """Pearson correlations between layers of E_z / E_inc, shape (n_z, n_z).

    Dividing by the incident energy leaves the correlations of the shower's shape and response, which would
    drown in the common growth with energy. Over a wide range of energies they are still dominated by the
    energy dependence of the mean shape: showers of high energy are deeper, so that early layers fall and late
    ones rise together. `correlations.residual_layer_responses` takes this out. A layer whose energy never
    varies has correlation 0 with all others.
    """
    return correlation(observables.layer_responses(showers))


def correlation(values: Array, weights: Array | None = None) -> Array:
    """Pearson correlations of columns of values (N, K), rows weighted with (N,), shape (K, K)."""
    weights = np.ones(len(values)) if weights is None else weights
    centred = values - np.average(values, axis=0, weights=weights)
    covariance = (centred * weights[:, None]).T @ centred
    spread = np.sqrt(np.diag(covariance))
    # A column that is constant but for rounding has no correlation to speak of.
    varies = spread > 1e-12 * np.sqrt(weights @ np.square(values))
    inverse = np.divide(1.0, spread, out=np.zeros_like(spread), where=varies)
    matrix = np.clip(covariance * np.outer(inverse, inverse), -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def energy_edges_gev(showers: Showers, bins: int = 5) -> Array:
    """Edges of bins of incident energy [GeV], equal in its logarithm, that hold every shower, (bins + 1,).

    Showers of one energy are given bins that share one per cent of it.
    """
    low, high = float(showers.incident_energy_gev.min()), float(showers.incident_energy_gev.max())
    if high <= low * (1 + 1e-6):
        low, high = low * 0.995, high * 1.005
    edges = np.geomspace(low, high, bins + 1)
    edges[0], edges[-1] = low, high
    return edges


def energy_bin_of_each(showers: Showers, edges_gev: Array) -> NDArray[np.int64]:
    """Bin of incident energy of each shower, shape (N,); -1 for one outside of the edges."""
    return bin_of_each(np.asarray(showers.incident_energy_gev, dtype=np.float64), edges_gev)


def bin_of_each(values: Array, edges: Array) -> NDArray[np.int64]:
    """Bin of each value (N,) between edges, the last one included; -1 for one outside of them."""
    bins = len(edges) - 1
    index = np.searchsorted(edges, values, side="right") - 1
    index[values == edges[-1]] = bins - 1
    index[(index < 0) | (index >= bins)] = -1
    return index.astype(np.int64)


def _mean_profile(values: Array) -> Profile:
    """Mean and standard error over the rows of values (N, K)."""
    n = len(values)
    error = np.std(values, axis=0, ddof=1) / n**0.5 if n > 1 else np.zeros(values.shape[1])
    return Profile(np.asarray(values.mean(axis=0)), np.asarray(error))
