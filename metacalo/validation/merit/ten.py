"""The ten separation powers whose mean stands for the whole: eight scalars, layers, and voxels."""

import numpy as np
from numpy.typing import NDArray

from metacalo.showers import Showers
from metacalo.validation import distances, observables, profiles
from metacalo.validation.merit.findings import Findings, estimate_of
from metacalo.validation.merit.pair import Pair

Array = NDArray[np.float64]


def ten_separations(pair: Pair) -> Findings:
    """Separation powers by name, and their mean.

    `separation_<name>` for every name in `SCALARS`, in bins fixed by the reference
    (`distances.quantile_cuts`); `separation_voxel_spectrum`, in 50 bins of the logarithm
    (`distances.log_cuts`); `separation_layer_energies`, the mean over layers of that of E_layer, without the
    layers that are empty in both samples (those behind the calorimeter); `separation_mean`, the mean of these
    ten.
    """
    separations = {"voxel_spectrum": _spectrum_separation(pair)}
    for name, (first, second) in pair.scalars.items():
        separations[name] = separation(first, second, pair.scope.bins, *pair.weights)
    separations["layer_energies"] = _layer_separation(pair)
    separations["mean"] = np.mean(list(separations.values()), axis=0)
    return Findings(
        estimates={f"separation_{name}": estimate_of(powers) for name, powers in separations.items()}
    )


def separation(first: Array, second: Array, bins: int, w1: Array, w2: Array) -> Array:
    """Separation power of a scalar observable and of its resamples, shape (1 + resamples,)."""
    return distances.separation_power(*contents_of(first, second, bins, w1, w2))


def contents_of(first: Array, second: Array, bins: int, w1: Array, w2: Array) -> tuple[Array, Array]:
    """Contents of the bins that the first sample fixes, each (rows of weights, bins)."""
    cuts = distances.quantile_cuts(first, bins)
    filled = [
        weights @ np.eye(len(cuts) + 1)[distances.bin_of_each(values, cuts)]
        for values, weights in ((first, w1), (second, w2))
    ]
    return filled[0], filled[1]


def reached_columns(first: Array, second: Array) -> list[tuple[Array, Array]]:
    """Columns (layers) that are not zero throughout in both samples: those would only dilute a mean."""
    reached = (first != 0).any(axis=0) | (second != 0).any(axis=0)
    return list(zip(first.T[reached], second.T[reached], strict=True))


def _layer_separation(pair: Pair) -> Array:
    first, second = (observables.layer_energies_mev(sample) for sample in pair.both)
    columns = reached_columns(first, second)
    powers = [separation(a, b, pair.scope.bins, *pair.weights) for a, b in columns]
    return np.asarray(np.mean(powers, axis=0))


def _spectrum_separation(pair: Pair) -> Array:
    """Separation power of the energies of hit voxels and of its resamples, shape (1 + resamples,)."""
    cuts = distances.log_cuts(np.asarray(pair.reference.energies_mev))
    edges = np.concatenate([[0.0], cuts, [np.inf]])

    def contents(sample: Showers, weights: Array) -> Array:
        return np.asarray(weights @ profiles.spectrum_of_each(sample, edges))

    filled = [contents(sample, w) for sample, w in zip(pair.both, pair.weights, strict=True)]
    return distances.separation_power(*filled)
