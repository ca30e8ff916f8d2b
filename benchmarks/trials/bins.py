"""How far generated showers are off in bins of energy and in layers, beyond chance, and in the tails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import observables, profiles
from metacalo.validation.merit import SCALARS

N_BINS = 5
SHARE_OF_ENERGY = 0.95
"""Layers count that hold this share of the deposits, the richest first."""

TAIL = 0.01
"""Share of the full simulation beyond each end of an observable that is taken for its tail."""

_DEVIATIONS = 2.0
"""Standard deviations that are taken for chance."""

Array = NDArray[np.float64]


def excesses(reference: Showers, made: Showers) -> dict[str, float]:
    """Largest deviations, each less two standard deviations of its statistics, and not below 0.

    Returns:
        `response_excess` and `width_excess`, of the ratios of the mean response and of its relative width in
        bins of incident energy, even in its logarithm; `profile_excess`, of the ratio of the mean of
        E_layer / E_inc in the layers that count.
    """
    energies = np.log(reference.incident_energy_gev)
    edges = np.linspace(energies.min(), energies.max(), N_BINS + 1)[1:-1]
    bins = [np.digitize(np.log(sample.incident_energy_gev), edges) for sample in (reference, made)]
    responses = [observables.response(sample) for sample in (reference, made)]
    response, width = [], []
    for k in range(N_BINS):
        of_full, of_made = (
            profiles.moments(values[inside == k]) for values, inside in zip(responses, bins, strict=True)
        )
        errors = [found.mean_error / found.mean for found in (of_full, of_made)]
        response.append(_excess(of_made.mean / of_full.mean, np.hypot(*errors)))
        errors = [found.relative_spread_error / found.relative_spread for found in (of_full, of_made)]
        width.append(_excess(of_made.relative_spread / of_full.relative_spread, np.hypot(*errors)))
    full, fast = (profiles.longitudinal_profile(sample) for sample in (reference, made))
    layers = richest(full.mean)
    errors_of_ratio = np.hypot(full.error[layers] / full.mean[layers], fast.error[layers] / full.mean[layers])
    profile = _excess(fast.mean[layers] / full.mean[layers], errors_of_ratio)
    return {
        "response_excess": float(np.max(response)),
        "width_excess": float(np.max(width)),
        "profile_excess": float(np.max(profile)),
    }


def tail_error(reference: Showers, made: Showers) -> float:
    """Relative error of the share of showers in a tail, root mean square over observables and both ends.

    Of n full-simulated showers against n others, sqrt(2 / (n TAIL)) is what chance gives.
    """
    errors = []
    for measure in SCALARS.values():
        values = measure(made)
        low, high = np.quantile(measure(reference), [TAIL, 1.0 - TAIL])
        errors += [np.mean(values < low) / TAIL - 1.0, np.mean(values > high) / TAIL - 1.0]
    return float(np.sqrt(np.mean(np.square(errors))))


def richest(profile: Array) -> NDArray[np.int64]:
    """Indices of the fewest layers that hold `SHARE_OF_ENERGY` of a profile, shape (n_z,), richest first."""
    order = np.argsort(-profile, kind="stable")
    held = np.cumsum(profile[order]) / profile.sum()
    return order[: int(np.searchsorted(held, SHARE_OF_ENERGY)) + 1]


def _excess(ratio: Array | float, error: Array | float) -> Array:
    return np.asarray(np.maximum(np.abs(np.asarray(ratio) - 1.0) - _DEVIATIONS * np.asarray(error), 0.0))
