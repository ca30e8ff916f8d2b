"""The figures of merit: generated against full simulation, and full simulation against itself."""

import itertools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.geometry import Detector
from metacalo.showers import Showers
from metacalo.validation import profiles
from metacalo.validation.comparison import Comparison, EnergyBin
from metacalo.validation.merit import (
    SCALARS,
    Findings,
    Pair,
    attempt,
    coverage,
    distributions,
    energy,
    feature_distances,
    judges,
    shape,
    ten,
)
from metacalo.validation.merit.pair import Array
from metacalo.validation.scales import Scales
from metacalo.validation.scope import QUICK, Scope

__all__ = ["SCALARS", "compare", "floor", "half_rows", "split_halves"]

MIN_SHOWERS_IN_ENERGY_BIN = 10

Group = Callable[[Pair], Findings]


def compare(
    reference: Showers,
    generated: Showers,
    where: Detector | Scales | None = None,
    *,
    scope: Scope = QUICK,
    training: Showers | None = None,
    energy_edges_gev: Array | None = None,
    seed: int = 0,
    device: str = "cpu",
    on_figure: Callable[[str], object] = lambda _figure: None,
) -> Comparison:
    """Compare generated showers with a reference.

    Which figures there are, by name, is said by the functions of `metacalo.validation.merit` that find them;
    `scope` says which are asked for. Errors are of the bootstrap (showers resampled with replacement), of
    folds, or those of the figure's own function. What cannot be computed with these showers is left out, and
    a note says why.

    Most distances are biased: two samples of the same distribution give more than 0 (for a separation power,
    `distances.expected_separation`), the more so the fewer the showers. `floor` gives what full simulation
    gives against itself; it must be taken at the same sizes.

    Args:
        reference: full simulation, N showers.
        generated: M showers on the same grid, best with the incident energies and angles of the reference.
        where: the detector that the showers were in, its scales, or None if it is not known.
        scope: what is computed. Its largest number of showers is not looked at here.
        training: showers that the generator was trained on, for the memorisation test.
        energy_edges_gev: edges of the bins of incident energy [GeV]; five that hold all of the reference by
            default.
        seed: of everything that is random.
        device: that networks are trained on: auto, cpu or cuda.
        on_figure: is told what is being computed.

    Raises:
        GridMismatchError: if the two samples have different grids.
        SettingsError: if a sample has fewer than 2 showers, or the reference no energy.
    """
    scales = where if isinstance(where, Scales) else Scales.of(reference.grid, where)
    pair = Pair(
        reference=reference,
        generated=generated,
        scales=scales,
        scope=scope,
        seed=seed,
        training=training,
        device=device,
    )
    parts = []
    for what, group in groups_of(scope).items():
        on_figure(what)
        parts.append(attempt(lambda group=group: group(pair)))  # type: ignore[misc] # bound at once
    found = Findings.together(parts)
    return Comparison(
        n_reference=len(reference),
        n_generated=len(generated),
        estimates=found.estimates,
        energy_bins=_energy_bins(pair, energy_edges_gev),
        notes=found.notes,
        curves=found.curves,
    )


def groups_of(scope: Scope) -> dict[str, Group]:
    """Groups of figures that a scope asks for, by what they are in a few words, in the order of a report."""
    asked: dict[str, tuple[bool, Group]] = {
        "separation powers": (True, ten.ten_separations),
        "response and resolution": (True, energy.response_and_resolution),
        "dependence on energy and angle": (True, energy.dependence_on_energy_and_angle),
        "terms of the resolution": (True, energy.terms_of_resolution),
        "profile and correlations": (True, shape.profile_and_correlations),
        "Frechet distance": (True, feature_distances.frechet),
        "distances of observables": (True, distributions.distances_of_observables),
        "distances of layers": (scope.layers, distributions.distances_of_layers),
        "sliced Wasserstein, features": (True, feature_distances.sliced_features),
        "sliced Wasserstein, voxels": (scope.voxels, feature_distances.sliced_voxels),
        "mean discrepancy": (scope.kernels, feature_distances.discrepancy),
        "Frechet physics distance": (scope.kernels, feature_distances.frechet_physics),
        "kernel physics distance": (scope.kernels, feature_distances.kernel_physics),
        "precision and coverage": (scope.coverage, coverage.precision_and_coverage),
        "precision-recall curve": (scope.diversity, coverage.precision_recall_curve),
        "similarity of pictures": (scope.diversity, coverage.similarity_of_pictures),
        "support size": (scope.diversity, coverage.support),
        "memorisation": (True, coverage.memorised),
        "boosted trees": (scope.trees, judges.trees),
        "network on features": (scope.networks, judges.network_on_features),
        "network on voxels": (scope.networks, judges.network_on_voxels),
        "regressors": (scope.regression, judges.regressors),
    }
    return {what: group for what, (wanted, group) in asked.items() if wanted}


def floor(
    reference_a: Showers,
    reference_b: Showers,
    where: Detector | Scales | None = None,
    *,
    scope: Scope = QUICK,
    training: Showers | None = None,
    energy_edges_gev: Array | None = None,
    seed: int = 0,
    device: str = "cpu",
    on_figure: Callable[[str], object] = lambda _figure: None,
) -> Comparison:
    """Compare full simulation with full simulation: what a perfect generator would score.

    The figures are those of `compare`; `split_halves` makes two samples of one. The biases go like 1/N, so
    compare it only with figures at the same two sizes (`n_reference`, `n_generated` of the result): half of
    the reference against half is the floor of a comparison of half against half, not of the whole.

    Args:
        reference_a: full simulation, in the role of the reference.
        reference_b: other showers of it, in the role of the generated ones.
        where: as in `compare`.
        scope: as in `compare`.
        training: as in `compare`.
        energy_edges_gev: as in `compare`.
        seed: as in `compare`.
        device: as in `compare`.
        on_figure: as in `compare`.

    Raises:
        MetacaloError: as `compare`.
    """
    return compare(
        reference_a,
        reference_b,
        where,
        scope=scope,
        training=training,
        energy_edges_gev=energy_edges_gev,
        seed=seed,
        device=device,
        on_figure=on_figure,
    )


def split_halves(showers: Showers, seed: int = 0) -> tuple[Showers, Showers]:
    """Split showers at random in two halves of the same distribution of incident energy.

    Of two showers next to each other in incident energy, each half gets one, as generated showers get the
    energies of the reference; with an odd number the last is left out.

    Raises:
        SettingsError: for fewer than 4 showers.
    """
    first, second = half_rows(showers, seed)
    return showers[first], showers[second]


def half_rows(showers: Showers, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the showers of each half of `split_halves`, ascending.

    Raises:
        SettingsError: for fewer than 4 showers.
    """
    if len(showers) < 4:
        raise SettingsError(f"two halves that can be compared need at least 4 showers, got {len(showers)}")
    pairs = np.argsort(showers.incident_energy_gev, kind="stable")[: len(showers) // 2 * 2].reshape(-1, 2)
    pairs = np.random.default_rng(seed).permuted(pairs, axis=1)
    return np.sort(pairs[:, 0]), np.sort(pairs[:, 1])


def _energy_bins(pair: Pair, edges_gev: Array | None) -> tuple[EnergyBin, ...]:
    edges = profiles.energy_edges_gev(pair.reference) if edges_gev is None else np.asarray(edges_gev)
    members = [profiles.energy_bin_of_each(sample, edges) for sample in pair.both]
    found = []
    for k, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = [member == k for member in members]
        if min(np.count_nonzero(mask) for mask in inside) >= MIN_SHOWERS_IN_ENERGY_BIN:
            first, second = (
                {
                    name: profiles.moments(pair_of[kind][inside[kind]])
                    for name, pair_of in pair.scalars.items()
                }
                for kind in (0, 1)
            )
            found.append(
                EnergyBin(low_gev=float(low), high_gev=float(high), reference=first, generated=second)
            )
    return tuple(found)
