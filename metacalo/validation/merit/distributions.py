"""Distances of the distributions of every observable: of showers, of layers, of ranges of depth."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from metacalo.validation import distances
from metacalo.validation.comparison import Estimate
from metacalo.validation.distances.samples import cumulative_difference
from metacalo.validation.merit.findings import Findings, estimate_of
from metacalo.validation.merit.pair import SCALARS, Pair
from metacalo.validation.merit.ten import contents_of, reached_columns
from metacalo.validation.observables import LAYER_OBSERVABLES, OBSERVABLES, RANGE_OBSERVABLES, Observable

Array = NDArray[np.float64]

LAYER_RESAMPLES = 10
"""Bootstrap resamples of the distances of layers, which are means over many."""

ELSEWHERE: Mapping[str, str] = MappingProxyType({"layer_energy": "layer_energies"})
"""Names under which an observable's figures stand, where they are not its own."""


def distances_of_observables(pair: Pair) -> Findings:
    """Distances of each of `OBSERVABLES`, by the bins of `ten_separations`.

    `separation_`, `kullback_leibler_` and `jensen_shannon_<name>` [bit], `chi2_per_dof_` and
    `chi2_p_value_<name>`, `kolmogorov_smirnov_` and `ks_p_value_<name>`, `wasserstein_<name>` in standard
    deviations of the reference.
    """
    estimates: dict[str, Estimate] = {}
    few = min(map(len, pair.both)) < distances.MIN_SHOWERS_FOR_KS_TEST
    for name, observable in OBSERVABLES.items():
        first, second = values_of(pair, observable)
        found = _replicas(first, second, pair.scope.bins, *pair.weights)
        estimates |= {f"{figure}_{name}": estimate_of(values) for figure, values in found.items()}
        estimates |= _chi_squared(name, first, second, pair.scope.bins)
        if not few:
            test = distances.kolmogorov_smirnov_test(first, second)
            estimates[f"ks_p_value_{name}"] = Estimate(test.p_value)
    note = f"no p-values of Kolmogorov-Smirnov: fewer than {distances.MIN_SHOWERS_FOR_KS_TEST} showers"
    return Findings(estimates=estimates, notes=(note,) if few else ())


def distances_of_layers(pair: Pair) -> Findings:
    """Means over layers, or ranges of depth, of the distances of `LAYER_OBSERVABLES` and `RANGE_OBSERVABLES`.

    As `distances_of_observables`, without p-values, of which a mean says nothing. Layers in which an
    observable is 0 in all showers of both samples are left out.
    """
    weights = [w[: 1 + LAYER_RESAMPLES] for w in pair.weights]
    estimates: dict[str, Estimate] = {}
    for name, observable in {**LAYER_OBSERVABLES, **RANGE_OBSERVABLES}.items():
        columns = reached_columns(*values_of(pair, observable))
        found = [_replicas(a, b, pair.scope.bins, weights[0], weights[1]) for a, b in columns]
        for figure in found[0] if found else ():
            mean = np.mean([replicas[figure] for replicas in found], axis=0)
            estimates[f"{figure}_{ELSEWHERE.get(name, name)}"] = estimate_of(mean)
    # The one that the mean of the ten holds has more resamples.
    estimates.pop("separation_layer_energies", None)
    return Findings(estimates=estimates)


def values_of(pair: Pair, observable: Observable) -> tuple[Array, Array]:
    """Values of an observable in both samples; those of `SCALARS` in units of the grid."""
    if observable.name in SCALARS:
        return pair.scalars[observable.name]
    first, second = (
        np.asarray(observable.measure(sample, pair.scales), dtype=np.float64) for sample in pair.both
    )
    return first, second


def _replicas(first: Array, second: Array, bins: int, w1: Array, w2: Array) -> dict[str, Array]:
    """Distances by name, of the samples and their resamples, each of shape (1 + resamples,)."""
    filled = contents_of(first, second, bins, w1, w2)
    return {
        "separation": distances.separation_power(*filled),
        "kullback_leibler": distances.kullback_leibler(*filled),
        "jensen_shannon": distances.jensen_shannon(*filled),
        **_of_samples(first, second, w1, w2),
    }


def _of_samples(first: Array, second: Array, w1: Array, w2: Array) -> dict[str, Array]:
    """Distances that need no bins, of the samples and their resamples."""
    points, difference = cumulative_difference(first, second, (w1, w2))
    steps = np.diff(points)
    size = np.abs(difference, out=difference)
    # Between two equal values there is no point at which the distributions could be compared.
    return {
        "wasserstein": size[:, :-1] @ steps / (float(np.std(first)) or 1.0),
        "kolmogorov_smirnov": size[:, np.append(steps > 0, True)].max(axis=1),
    }


def _chi_squared(name: str, first: Array, second: Array, bins: int) -> dict[str, Estimate]:
    """Chi-squared over its degrees of freedom, if there are any, and its p-value."""
    ones = np.ones((1, len(first))), np.ones((1, len(second)))
    found = distances.chi_squared(*contents_of(first, second, bins, *ones))
    freedom = int(found.degrees_of_freedom[0])
    if not freedom:
        return {}
    return {
        f"chi2_per_dof_{name}": Estimate(float(found.value[0]) / freedom),
        f"chi2_p_value_{name}": Estimate(float(found.p_value[0])),
    }
