"""The figures of merit: generated against full simulation, and full simulation against itself."""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid
from metacalo.validation import classifier, correlations, distances, observables, profiles
from metacalo.validation.comparison import Comparison, EnergyBin, Estimate
from metacalo.validation.features import high_level_features

Array = NDArray[np.float64]

SCALARS: dict[str, Callable[[Showers], Array]] = {
    "response": observables.response,
    "depth": observables.depth,
    "width_in_depth": observables.width_in_depth,
    "width_in_radius": observables.width_in_radius_mm,
    "mean_radius": observables.mean_radius_mm,
    "hits": observables.hits,
    "hottest_voxel": observables.hottest_fraction,
    "core_fraction": observables.core_fraction,
}
"""Observables of single showers that are compared, by name."""

MIN_SHOWERS_IN_ENERGY_BIN = 10


def compare(
    reference: Showers,
    generated: Showers,
    detector: Detector,
    *,
    bins: int = 30,
    resamples: int = 50,
    test_classifier: bool = True,
    seed: int = 0,
) -> Comparison:
    """Compare generated showers with a reference.

    The estimates, each with an error from resampling showers with replacement (bootstrap):

    - `separation_<name>`, 0 (equal) to 1 (disjoint): separation power, in bins fixed by the reference
      (`distances.quantile_cuts`; for the voxel spectrum 50 bins in the logarithm, `distances.log_cuts`), for
      every name in `SCALARS`, for `voxel_spectrum`, and for `layer_energies`, the mean over layers of that of
      E_layer, without the layers that are empty in both samples (those behind the calorimeter).
      `separation_mean` is the mean of these ten.
    - `wasserstein_<name>` in standard deviations of the reference and `kolmogorov_smirnov_<name>`, without
      errors.
    - `response_ratio`, `resolution_ratio`: mean response, and its relative spread, generated over reference;
      left out, with a note, if that has no meaning.
    - `profile_deviation`: sum over layers of |difference| of the mean E_z / E_inc, over their sum in the
      reference.
    - `layer_correlation_error`: largest difference of a correlation of two layers
      (`profiles.layer_correlations`) among those with at least `correlations.MIN_LAYER_SHARE` of the energy;
      `residual_layer_correlation_error`: the same without the mean dependence on incident energy and angle
      (`correlations.residual_layer_responses`), left out, with a note, for very few showers.
    - `frechet_distance`: of the standardised high-level features.
    - `classifier_auc`: of boosted trees on high-level features, incident energy and angle, its error from the
      folds.

    All but the ratios are biased: two samples of the same distribution give more than 0 (for a separation
    power, `distances.expected_separation`), the more so the fewer the showers. `floor` gives what full
    simulation gives against itself; it must be taken at the same sizes.

    Args:
        reference: full simulation, N showers.
        generated: M showers on the same grid, best with the incident energies and angles of the reference.
        detector: where the showers were.
        bins: number of bins of the separation powers of single-shower observables.
        resamples: number of bootstrap resamples.
        test_classifier: also train the classifier, which takes longer than all the rest.
        seed: of the bootstrap and of the classifier's folds.

    Raises:
        GridMismatchError: if the two samples have different grids.
        SettingsError: if a sample has fewer than 2 showers, or the reference no energy.
    """
    _check(reference, generated)
    rng = np.random.default_rng(seed)
    w1, w2 = (distances.bootstrap_weights(len(sample), resamples, rng) for sample in (reference, generated))
    estimates: dict[str, Estimate] = {}
    notes: list[str] = []

    separations = {"voxel_spectrum": _spectrum_separation(reference, generated, w1, w2)}
    values = {name: (scalar(reference), scalar(generated)) for name, scalar in SCALARS.items()}
    for name, (first, second) in values.items():
        separations[name] = _separation(first, second, bins, w1, w2)
    separations["layer_energies"] = _layer_separation(reference, generated, bins, w1, w2)
    separations["mean"] = np.mean(list(separations.values()), axis=0)
    estimates |= {f"separation_{name}": _estimate(powers) for name, powers in separations.items()}
    for name, ratios in _response_ratios(*values["response"], w1, w2).items():
        if np.isfinite(ratios[0]):
            estimates[name] = _estimate(ratios)
        else:
            notes.append(f"no {name.replace('_', ' ')}: it would be a division by zero")
    estimates["profile_deviation"] = _profile_deviation(reference, generated, w1, w2)
    errors = correlations.correlation_errors(reference, generated, _with_all(w1), _with_all(w2))
    estimates |= {name: _estimate(error) for name, error in errors.items()}
    if "residual_layer_correlation_error" not in errors:
        fewest = correlations.MIN_SHOWERS_FOR_RESIDUALS
        notes.append(f"no residual layer correlations: they need at least {fewest} showers of each kind")

    features = [high_level_features(sample, detector)[0] for sample in (reference, generated)]
    estimates["frechet_distance"] = _frechet(features[0], features[1], w1, w2)
    if not test_classifier:
        notes.append("the classifier was not asked for")
    elif min(len(reference), len(generated)) < classifier.MIN_SHOWERS:
        notes.append(f"no classifier AUC: it needs at least {classifier.MIN_SHOWERS} showers of each kind")
    else:
        inputs = [
            np.column_stack([np.log(sample.incident_energy_gev), sample.theta_rad, found])
            for sample, found in zip((reference, generated), features, strict=True)
        ]
        auc = classifier.classifier_auc(*inputs, groups=_twins(reference, generated), seed=seed)
        estimates["classifier_auc"] = Estimate(*auc)
    for name, (first, second) in values.items():
        estimates[f"wasserstein_{name}"] = Estimate(distances.wasserstein_distance(first, second))
        estimates[f"kolmogorov_smirnov_{name}"] = Estimate(distances.kolmogorov_smirnov(first, second))
    return Comparison(
        n_reference=len(reference),
        n_generated=len(generated),
        estimates=estimates,
        energy_bins=_energy_bins(reference, generated, values),
        notes=tuple(notes),
    )


def floor(
    reference_a: Showers,
    reference_b: Showers,
    detector: Detector,
    *,
    bins: int = 30,
    resamples: int = 50,
    test_classifier: bool = True,
    seed: int = 0,
) -> Comparison:
    """Compare full simulation with full simulation: what a perfect generator would score.

    The figures are those of `compare`; `split_halves` makes two samples of one. The
    biases go like 1/N, so compare it only with figures at the same two sizes (`n_reference`, `n_generated` of
    the result): half of the reference against half is the floor of a comparison of half against half, not of
    the whole.

    Args:
        reference_a: full simulation, in the role of the reference.
        reference_b: other showers of it, in the role of the generated ones.
        detector: where the showers were.
        bins: as in `compare`.
        resamples: as in `compare`.
        test_classifier: as in `compare`.
        seed: as in `compare`.

    Raises:
        MetacaloError: as `compare`.
    """
    return compare(
        reference_a,
        reference_b,
        detector,
        bins=bins,
        resamples=resamples,
        test_classifier=test_classifier,
        seed=seed,
    )


def split_halves(showers: Showers, seed: int = 0) -> tuple[Showers, Showers]:
    """Split showers at random in two halves of the same distribution of incident energy.

    Of two showers next to each other in incident energy, each half gets one, as generated showers get the
    energies of the reference; with an odd number the last is left out.

    Raises:
        SettingsError: for fewer than 4 showers.
    """
    if len(showers) < 4:
        raise SettingsError(f"two halves that can be compared need at least 4 showers, got {len(showers)}")
    pairs = np.argsort(showers.incident_energy_gev, kind="stable")[: len(showers) // 2 * 2].reshape(-1, 2)
    pairs = np.random.default_rng(seed).permuted(pairs, axis=1)
    return showers[np.sort(pairs[:, 0])], showers[np.sort(pairs[:, 1])]


def _check(reference: Showers, generated: Showers) -> None:
    check_same_grid(
        "generated showers", generated.grid, reference.grid, "the reference", "compare showers on one grid"
    )
    for kind, sample in (("reference", reference), ("generated", generated)):
        if len(sample) < 2:
            raise SettingsError(f"a comparison needs at least 2 {kind} showers, got {len(sample)}")
    if not (np.asarray(reference.energies_mev) > 0).any():
        raise SettingsError("the reference has no energy in any voxel; give showers that hit the detector")


def _estimate(replicas: Array) -> Estimate:
    """Of a figure (first) and the same of the resamples (rest), shape (1 + resamples,).

    Resamples in which the figure is not defined (of few showers all drawn may be one) are left out.
    """
    resampled = replicas[1:][np.isfinite(replicas[1:])]
    error = float(np.std(resampled, ddof=1)) if len(resampled) > 1 else None
    return Estimate(float(replicas[0]), error)


def _profile_deviation(reference: Showers, generated: Showers, w1: Array, w2: Array) -> Estimate:
    """Share of the mean longitudinal profile that is in the wrong layer, sum |b - a| / sum a."""
    first, second = (
        _with_all(weights)
        @ observables.layer_responses(sample)
        / _with_all(weights).sum(axis=1, keepdims=True)
        for sample, weights in ((reference, w1), (generated, w2))
    )
    return _estimate(np.abs(second - first).sum(axis=1) / first.sum(axis=1))


def _with_all(weights: Array) -> Array:
    """Weights of the resamples with those of the sample itself (ones) before them."""
    return np.concatenate([np.ones((1, weights.shape[1])), weights])


def _separation(first: Array, second: Array, bins: int, w1: Array, w2: Array) -> Array:
    """Separation power of a scalar observable and of its resamples, shape (1 + resamples,)."""
    cuts = distances.quantile_cuts(first, bins)
    contents = [
        _with_all(weights) @ np.eye(len(cuts) + 1)[distances.bin_of_each(values, cuts)]
        for values, weights in ((first, w1), (second, w2))
    ]
    return distances.separation_power(*contents)


def _layer_separation(reference: Showers, generated: Showers, bins: int, w1: Array, w2: Array) -> Array:
    """Mean over layers of the separation power of E_layer and of its resamples, shape (1 + resamples,).

    Layers without energy in both samples would only dilute it.
    """
    first, second = (observables.layer_energies_mev(sample) for sample in (reference, generated))
    reached = (first.sum(axis=0) > 0) | (second.sum(axis=0) > 0)
    columns = zip(first.T[reached], second.T[reached], strict=True)
    powers = [_separation(a, b, bins, w1, w2) for a, b in columns]
    return np.asarray(np.mean(powers, axis=0))


def _spectrum_separation(reference: Showers, generated: Showers, w1: Array, w2: Array) -> Array:
    """Separation power of the energies of hit voxels and of its resamples, shape (1 + resamples,)."""
    cuts = distances.log_cuts(np.asarray(reference.energies_mev))
    edges = np.concatenate([[0.0], cuts, [np.inf]])
    contents = [
        _with_all(weights) @ profiles.spectrum_of_each(sample, edges)
        for sample, weights in ((reference, w1), (generated, w2))
    ]
    return distances.separation_power(*contents)


def _response_ratios(first: Array, second: Array, w1: Array, w2: Array) -> dict[str, Array]:
    """Ratios by name, of the samples and their resamples, (1 + resamples,); NaN for one to zero."""
    means, spreads = [], []
    for values, weights in ((first, _with_all(w1)), (second, _with_all(w2))):
        mean = weights @ values / len(values)
        variance = weights @ values**2 / len(values) - mean**2
        means.append(mean)
        spreads.append(_quotient(np.sqrt(np.maximum(variance, 0.0)), mean))
    return {
        "response_ratio": _quotient(means[1], means[0]),
        "resolution_ratio": _quotient(spreads[1], spreads[0]),
    }


def _quotient(numerator: Array, denominator: Array) -> Array:
    return np.asarray(
        np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
    )


def _frechet(first: Array, second: Array, w1: Array, w2: Array) -> Estimate:
    first, second = distances.standardise(first, second)
    weights = zip(_with_all(w1)[:21], _with_all(w2)[:21], strict=True)
    return _estimate(np.array([distances.frechet_distance(first, second, weights=pair) for pair in weights]))


def _twins(reference: Showers, generated: Showers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Label of each shower, shared by twins: the few of exactly the same incident energy and angle."""
    both = (reference, generated)
    conditions = np.concatenate([np.column_stack([s.incident_energy_gev, s.theta_rad]) for s in both])
    _, label, size = np.unique(conditions, axis=0, return_inverse=True, return_counts=True)
    label = np.where(size[label] > 8, len(size) + np.arange(len(label)), label)
    return label[: len(reference)], label[len(reference) :]


def _energy_bins(
    reference: Showers, generated: Showers, values: dict[str, tuple[Array, Array]]
) -> tuple[EnergyBin, ...]:
    edges = profiles.energy_edges_gev(reference)
    members = [profiles.energy_bin_of_each(sample, edges) for sample in (reference, generated)]
    found = []
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = [member == k for member in members]
        if min(np.count_nonzero(mask) for mask in inside) >= MIN_SHOWERS_IN_ENERGY_BIN:
            first, second = (
                {name: profiles.moments(pair[kind][inside[kind]]) for name, pair in values.items()}
                for kind in (0, 1)
            )
            found.append(
                EnergyBin(low_gev=float(low), high_gev=float(high), reference=first, generated=second)
            )
    return tuple(found)
