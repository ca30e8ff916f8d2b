"""The mean longitudinal profile, and how layers rise and fall together."""

import numpy as np

from metacalo.validation import correlations, observables
from metacalo.validation.merit.findings import Findings, estimate_of, one_thread
from metacalo.validation.merit.pair import Pair


def profile_and_correlations(pair: Pair) -> Findings:
    """`profile_deviation`, `layer_correlation_error` and `residual_layer_correlation_error`.

    The first is the share of the mean longitudinal profile that is in the wrong layer: sum over layers of
    |difference| of the mean E_z / E_inc, over their sum in the reference. The others are the largest
    difference of a correlation of two layers, see `correlations.correlation_errors`; the last is left out,
    with a note, for very few showers.
    """
    first, second = (
        weights @ observables.layer_responses(sample) / weights.sum(axis=1, keepdims=True)
        for sample, weights in zip(pair.both, pair.weights, strict=True)
    )
    deviation = np.abs(second - first).sum(axis=1) / first.sum(axis=1)
    with one_thread():
        errors = correlations.correlation_errors(*pair.both, *pair.weights)
    notes: tuple[str, ...] = ()
    if "residual_layer_correlation_error" not in errors:
        fewest = correlations.MIN_SHOWERS_FOR_RESIDUALS
        notes = (f"no residual layer correlations: they need at least {fewest} showers of each kind",)
    estimates = {name: estimate_of(error) for name, error in errors.items()}
    return Findings(estimates={"profile_deviation": estimate_of(deviation), **estimates}, notes=notes)
