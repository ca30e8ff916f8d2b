"""How layers rise and fall together, and how far generated showers are from it."""

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import observables
from metacalo.validation.profiles import correlation

Array = NDArray[np.float64]

MIN_LAYER_SHARE = 0.01
"""Layers with a smaller share of the reference's energy are left out of the errors of correlations."""

MIN_SHOWERS_FOR_RESIDUALS = 20
"""Fewest showers of each kind of which residuals are taken: five parameters are fitted to each layer."""


def residual_layer_responses(showers: Showers) -> Array:
    """E_z / E_inc of each layer without its mean dependence on incident energy and angle, shape (N, n_z).

    What is left after a linear fit by least squares in 1, ln E, (ln E)^2, theta and theta^2: the fluctuations
    of showers of one energy and angle.
    """
    values = observables.layer_responses(showers)
    log_energy = np.log(np.asarray(showers.incident_energy_gev, dtype=np.float64))
    theta = np.asarray(showers.theta_rad, dtype=np.float64)
    terms = [np.ones(len(theta)), log_energy, log_energy**2, theta, theta**2]
    residuals = values - _fitted(np.stack(terms, axis=1), values)
    # what is rounding alone would correlate at random
    left = np.sqrt(np.square(residuals).sum(axis=0)) > 1e-12 * np.sqrt(np.square(values).sum(axis=0))
    return np.asarray(residuals * left)


def correlation_errors(reference: Showers, generated: Showers, w1: Array, w2: Array) -> dict[str, Array]:
    """Largest differences of a correlation of two layers, each of shape (1 + resamples,).

    Of E_z / E_inc (`layer_correlation_error`), and of its residuals (`residual_layer_correlation_error`; left
    out for fewer than `MIN_SHOWERS_FOR_RESIDUALS` showers). The fit of the residuals is that of all showers,
    also for the resamples.

    Args:
        reference: full simulation, N showers.
        generated: M showers on the same grid.
        w1: weights of the reference, shape (1 + resamples, N).
        w2: weights of the generated showers, shape (1 + resamples, M).
    """
    both = (reference, generated)
    responses = [observables.layer_responses(sample) for sample in both]
    kept = responses[0].sum(axis=0) / responses[0].sum() >= MIN_LAYER_SHARE
    values = {"layer_correlation_error": responses}
    if min(map(len, both)) >= MIN_SHOWERS_FOR_RESIDUALS:
        values["residual_layer_correlation_error"] = [residual_layer_responses(sample) for sample in both]
    return {
        name: _largest_differences(first[:, kept], second[:, kept], w1, w2)
        for name, (first, second) in values.items()
    }


def _largest_differences(first: Array, second: Array, w1: Array, w2: Array) -> Array:
    pairs = zip(w1, w2, strict=True)
    return np.array([np.abs(correlation(first, a) - correlation(second, b)).max() for a, b in pairs])


def _fitted(terms: Array, values: Array) -> Array:
    """Best linear combination of the columns of terms (N, T) for each column of values (N, K)."""
    # powers of one variable are nearly parallel unless it is centred and scaled; a constant one drops out
    spread = terms.std(axis=0)
    centred = np.divide(terms - terms.mean(axis=0), spread, out=np.zeros_like(terms), where=spread > 1e-9)
    centred[:, 0] = 1.0
    found = np.linalg.lstsq(centred, values, rcond=None)[0]
    return np.asarray(centred @ found)
