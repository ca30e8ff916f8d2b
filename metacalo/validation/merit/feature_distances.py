"""Distances of the samples as wholes: by their high-level features, and by their voxels."""

import numpy as np

from metacalo.validation import distances
from metacalo.validation.comparison import Estimate
from metacalo.validation.merit.findings import Findings, estimate_of, one_thread
from metacalo.validation.merit.pair import Pair, voxel_matrix

FRECHET_RESAMPLES = 20


def frechet(pair: Pair) -> Findings:
    """`frechet_distance` of the standardised high-level features."""
    first, second = pair.standardised
    rows = zip(*(w[: 1 + FRECHET_RESAMPLES] for w in pair.weights), strict=True)
    with one_thread():
        replicas = np.array([distances.frechet_distance(first, second, weights=row) for row in rows])
    return Findings(estimates={"frechet_distance": estimate_of(replicas)})


def sliced_features(pair: Pair) -> Findings:
    """`sliced_wasserstein_features`, in standard deviations of the reference."""
    found = distances.sliced_wasserstein(*pair.standardised, seed=pair.seed)
    return Findings(estimates={"sliced_wasserstein_features": found})


def sliced_voxels(pair: Pair) -> Findings:
    """`sliced_wasserstein_voxels`, of the deposits in per cent of the incident energy."""
    voxels = (voxel_matrix(sample, per_energy=True) for sample in pair.both)
    found = distances.sliced_wasserstein(*voxels, seed=pair.seed)
    return Findings(estimates={"sliced_wasserstein_voxels": found})


def discrepancy(pair: Pair) -> Findings:
    """`mmd`, the squared maximum mean discrepancy of the standardised features, and `mmd_p_value`."""
    found = distances.mmd_squared(*pair.standardised, seed=pair.seed)
    chance = distances.mmd_p_value(*pair.standardised, seed=pair.seed)
    return Findings(estimates={"mmd": found, "mmd_p_value": Estimate(chance)})


def frechet_physics(pair: Pair) -> Findings:
    """`frechet_physics_distance` of the features, times 1,000 as it is published."""
    with one_thread():
        found = distances.frechet_physics_distance(*pair.features)
    return _in_thousandths("frechet_physics_distance", found)


def kernel_physics(pair: Pair) -> Findings:
    """`kernel_physics_distance` of the features, times 1,000 as it is published."""
    return _in_thousandths("kernel_physics_distance", distances.kernel_physics_distance(*pair.features))


def _in_thousandths(name: str, found: Estimate) -> Findings:
    error = None if found.error is None else 1000 * found.error
    return Findings(estimates={name: Estimate(1000 * found.value, error)})
