"""Response and resolution, against energy and angle, and the three terms of the resolution."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.validation import dependence, profiles
from metacalo.validation.comparison import Estimate
from metacalo.validation.merit.findings import Findings, estimate_of
from metacalo.validation.merit.pair import Pair
from metacalo.validation.resolution import fit_resolution, resolution_points

Array = NDArray[np.float64]

MIN_SHOWERS_IN_BIN = 20
"""Bins of energy or angle with fewer showers of a kind do not count."""

MIN_RANGE_RAD = 0.01
"""Angles that differ by less are one angle."""


def response_and_resolution(pair: Pair) -> Findings:
    """Mean response, and its relative spread, generated over reference.

    `response_ratio` and `resolution_ratio`; left out, with a note, if that has no meaning. The second is the
    geometric mean of the ratios in five bins of incident energy, each with the weight of its showers: in one
    spread over all energies, a few showers of the lowest would decide.
    """
    response = pair.scalars["response"]
    means = [_mean_and_spread(*sample)[0] for sample in zip(response, pair.weights, strict=True)]
    energies = [np.asarray(sample.incident_energy_gev, dtype=np.float64) for sample in pair.both]
    bins = list(_bins(pair, energies, profiles.energy_edges_gev(pair.reference))) or [pair.weights]
    log_ratio = np.zeros_like(means[0])
    showers = 0.0
    for weights in bins:
        spreads = [_mean_and_spread(*sample)[1] for sample in zip(response, weights, strict=True)]
        n = [weight[0].sum() for weight in weights]
        share = n[0] * n[1] / (n[0] + n[1])
        ratio = _quotient(spreads[1], spreads[0])
        log_ratio += share * np.log(ratio, out=np.full_like(ratio, np.nan), where=ratio > 0)
        showers += share
    ratios = {
        "response_ratio": _quotient(means[1], means[0]),
        "resolution_ratio": np.exp(log_ratio / showers),
    }
    estimates: dict[str, Estimate] = {}
    notes = []
    for name, replicas in ratios.items():
        if np.isfinite(replicas[0]):
            estimates[name] = estimate_of(replicas)
        else:
            notes.append(f"no {name.replace('_', ' ')}: it would be a division by zero")
    return Findings(estimates=estimates, notes=tuple(notes))


def terms_of_resolution(pair: Pair) -> Findings:
    """Stochastic [sqrt(GeV)], constant and noise term [GeV] fitted to each sample in quadrature.

    `resolution_stochastic_<sample>`, `resolution_constant_<sample>`, `resolution_noise_<sample>`, and the
    p-value of the fit, for the samples reference and generated; see `resolution.ResolutionFit`.
    """
    estimates: dict[str, Estimate] = {}
    notes = []
    for kind, sample in zip(("reference", "generated"), pair.both, strict=True):
        try:
            fit = fit_resolution(resolution_points(sample))
        except SettingsError as error:
            notes.append(f"no terms of the resolution of the {kind} showers: {error}")
            continue
        estimates |= {
            f"resolution_stochastic_{kind}": fit.stochastic,
            f"resolution_constant_{kind}": fit.constant,
            f"resolution_noise_{kind}": fit.noise,
            f"resolution_fit_p_value_{kind}": Estimate(fit.p_value),
        }
    return Findings(estimates=estimates, notes=tuple(notes))


def dependence_on_energy_and_angle(pair: Pair) -> Findings:
    """Mean over bins of |ratio - 1| of the mean response, and of its spread or of the mean depth.

    `energy_response_deviation` (linearity) and `energy_resolution_deviation` over five bins of incident
    energy, `angle_response_deviation` and `angle_depth_deviation` over five of the angle. Bins with fewer
    than `MIN_SHOWERS_IN_BIN` showers of a kind do not count. Biased upwards: read them beside the floor.
    """
    estimates: dict[str, Estimate] = {}
    notes = []
    energies = [np.asarray(sample.incident_energy_gev, dtype=np.float64) for sample in pair.both]
    bins = list(_bins(pair, energies, profiles.energy_edges_gev(pair.reference)))
    if bins:
        response = pair.scalars["response"]
        estimates["energy_response_deviation"] = _mean_deviation(response, bins, spread=False)
        estimates["energy_resolution_deviation"] = _mean_deviation(response, bins, spread=True)
    else:
        notes.append(
            f"no dependence on the energy: no bin of it has {MIN_SHOWERS_IN_BIN} showers of each kind"
        )
    angles = [np.asarray(sample.theta_rad, dtype=np.float64) for sample in pair.both]
    edges = dependence.theta_edges_rad(pair.reference)
    bins = list(_bins(pair, angles, edges)) if np.ptp(angles[0]) > MIN_RANGE_RAD else []
    if len(bins) > 1:
        for name in ("response", "depth"):
            estimates[f"angle_{name}_deviation"] = _mean_deviation(pair.scalars[name], bins, spread=False)
    else:
        notes.append("no dependence on the angle: the showers have one angle only, or too few have each")
    return Findings(
        estimates={k: e for k, e in estimates.items() if np.isfinite(e.value)}, notes=tuple(notes)
    )


def _bins(pair: Pair, conditions: list[Array], edges: Array) -> Iterator[tuple[Array, Array]]:
    """Weights of the showers in each bin that has enough of both kinds, as `pair.weights`."""
    members = [profiles.bin_of_each(values, edges) for values in conditions]
    for k in range(len(edges) - 1):
        inside = [member == k for member in members]
        if min(np.count_nonzero(mask) for mask in inside) >= MIN_SHOWERS_IN_BIN:
            yield pair.weights[0] * inside[0], pair.weights[1] * inside[1]


def _mean_deviation(
    values: tuple[Array, Array], bins: list[tuple[Array, Array]], *, spread: bool
) -> Estimate:
    """Mean over bins of |ratio - 1| of the mean of values, or of their relative spread."""
    deviations = []
    for weights in bins:
        found = [_mean_and_spread(*sample)[spread] for sample in zip(values, weights, strict=True)]
        deviations.append(np.abs(_quotient(found[1], found[0]) - 1.0))
    return estimate_of(np.asarray(np.mean(deviations, axis=0)))


def _mean_and_spread(values: Array, weights: Array) -> tuple[Array, Array]:
    """Mean of values and their relative spread, of each replica, shapes (replicas,)."""
    total = weights.sum(axis=1)
    mean = _quotient(weights @ values, total)
    variance = _quotient(weights @ values**2, total) - mean**2
    return mean, _quotient(np.sqrt(np.maximum(variance, 0.0)), mean)


def _quotient(numerator: Array, denominator: Array) -> Array:
    """Quotient, NaN for a division by zero or by nothing."""
    return np.asarray(
        np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
    )
