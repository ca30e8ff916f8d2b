"""The external tool test: regressors of energy and angle learn from one sample and are used on the other.

It is what an analysis does with simulation. A generated sample can stand in for full simulation if regressors
trained on full simulation measure its showers as well as those of full simulation itself, and if those that
were trained on it measure full simulation as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid
from metacalo.showers.sums import binned_energy
from metacalo.validation.classifiers.split import folds_of
from metacalo.validation.comparison import Estimate

Array = NDArray[np.float64]

MIN_SHOWERS = 100
"""Fewest showers of each kind for which regressors are trained."""

FOLDS = 3
"""Parts of the showers; each is measured by regressors that learned from the others."""

KINDS = ("full", "generated")

MIN_VISIBLE_MEV = 1e-6
"""Showers without energy count as of this energy [MeV], for the logarithm."""


@dataclass(frozen=True, kw_only=True)
class RegressorFigures:
    """How well a regressor measures a sample.

    Attributes:
        energy_bias: mean of ln(E_rec / E_true).
        energy_resolution: its standard deviation.
        theta_bias_rad: mean of theta_rec - theta_true [rad]; None if the angle does not vary.
        theta_resolution_rad: its standard deviation [rad]; None as before.
    """

    energy_bias: Estimate
    energy_resolution: Estimate
    theta_bias_rad: Estimate | None
    theta_resolution_rad: Estimate | None


@dataclass(frozen=True, kw_only=True)
class RegressionTest:
    """Figures of all four cases.

    Attributes:
        cases: by what was trained on and what was measured, each full or generated: ("full", "generated") is
            a regressor that learned from full simulation and measures generated showers, ("full", "full") is
            what it is to be compared with.
        n_full: number of showers of full simulation.
        n_generated: number of generated showers.
        notes: what could not be computed, and why.
    """

    cases: Mapping[tuple[str, str], RegressorFigures]
    n_full: int
    n_generated: int
    notes: tuple[str, ...] = ()

    def estimates(self) -> dict[str, Estimate]:
        """Every figure by name, as ``regressor_full_to_generated_energy_bias``."""
        return {
            f"regressor_{source}_to_{target}_{name}": estimate
            for (source, target), figures in self.cases.items()
            for name, estimate in vars(figures).items()
            if estimate is not None
        }


def regression_test(
    full: Showers,
    generated: Showers,
    *,
    groups: tuple[NDArray[np.generic], NDArray[np.generic]] | None = None,
    seed: int = 0,
) -> RegressionTest:
    """Train regressors of incident energy and angle on each sample and measure both with each.

    The regressors are boosted trees (scikit-learn's `HistGradientBoostingRegressor`, fixed settings) of
    ln(E_inc / E_vis), which is nearly the same for all showers so that the steps of trees do not show, and of
    theta. They see what a detector sees (`visible_features`): no incident energy, and no E / E_inc.

    The showers are split at random in `FOLDS` parts that keep twins together; each part of both samples is
    measured by regressors that learned from the other parts of one. Regressors of samples of different size
    are not equally good: compare at equal sizes.

    Args:
        full: full simulation, N showers.
        generated: M showers on the same grid.
        groups: a label of each shower, (N,) and (M,), that keeps those of one label in one part; needed for
            showers that were generated at the incident energies of the reference, as a regressor that has
            seen the one could know the energy of its twin.
        seed: of the split and of the trees.

    Raises:
        GridMismatchError: if the two samples have different grids.
        SettingsError: for fewer than `MIN_SHOWERS` showers of a kind.
    """
    check_same_grid("generated showers", generated.grid, full.grid, "the reference", "compare on one grid")
    if min(len(full), len(generated)) < MIN_SHOWERS:
        raise SettingsError(
            f"a regressor needs at least {MIN_SHOWERS} showers of each kind, got {len(full)} of full "
            f"simulation and {len(generated)} generated; give it more showers or leave it out"
        )
    samples = dict(zip(KINDS, (full, generated), strict=True))
    features = {kind: visible_features(sample) for kind, sample in samples.items()}
    visible = {kind: np.log(_visible_mev(sample) / 1000.0) for kind, sample in samples.items()}
    energy = {kind: np.log(sample.incident_energy_gev.astype(np.float64)) for kind, sample in samples.items()}
    theta = {kind: sample.theta_rad.astype(np.float64) for kind, sample in samples.items()}
    label = None if groups is None else np.concatenate(groups)
    both = folds_of(len(full) + len(generated), label, FOLDS, seed)
    fold = {"full": both[: len(full)], "generated": both[len(full) :]}
    with_angle = all(float(np.ptp(values)) > 0 for values in theta.values())
    deviations = {
        case: (np.zeros(len(samples[case[1]])), np.zeros(len(samples[case[1]])))
        for case in product(KINDS, KINDS)
    }
    for part, source in product(range(FOLDS), KINDS):
        learn = fold[source] != part
        correction = _trees(seed, features[source][learn], (energy[source] - visible[source])[learn])
        angle = _trees(seed, features[source][learn], theta[source][learn]) if with_angle else None
        for target in KINDS:
            rows = fold[target] == part
            of_energy, of_theta = deviations[source, target]
            seen = features[target][rows]
            of_energy[rows] = visible[target][rows] + correction.predict(seen) - energy[target][rows]
            if angle is not None:
                of_theta[rows] = angle.predict(seen) - theta[target][rows]
    cases = {}
    for case, (of_energy, of_theta) in deviations.items():
        energy_figures = _mean_and_spread(of_energy)
        theta_figures = _mean_and_spread(of_theta) if with_angle else (None, None)
        cases[case] = RegressorFigures(
            energy_bias=energy_figures[0],
            energy_resolution=energy_figures[1],
            theta_bias_rad=theta_figures[0],
            theta_resolution_rad=theta_figures[1],
        )
    notes = () if with_angle else ("no regression of the angle: all showers of a sample have the same",)
    return RegressionTest(cases=cases, n_full=len(full), n_generated=len(generated), notes=notes)


def visible_features(showers: Showers) -> Array:
    """Describe each shower by what is seen of it, without its incident energy, shape (N, 6 + n_z + n_r).

    ln of the visible energy [MeV], ln(1 + hits), mean and spread of the layer, centre along x and y [mm], the
    roots of the shares of all layers and of all rings.
    """
    n_r, n_phi, n_z = showers.grid.shape
    layers = np.asarray(showers.layer_energies_mev, dtype=np.float64)
    columns = binned_energy(showers.blocks(), len(showers), n_r * n_phi, lambda voxels: voxels // n_z)
    total = np.maximum(layers.sum(axis=1, keepdims=True), MIN_VISIBLE_MEV)
    layer_share, column_share = layers / total, columns / total
    ring_share = column_share.reshape(len(showers), n_r, n_phi).sum(axis=2)
    number = np.arange(n_z)
    depth = layer_share @ number
    spread = np.sqrt(np.maximum(layer_share @ number**2 - depth**2, 0.0))
    r, phi = np.asarray(showers.grid.r_centres_mm), np.asarray(showers.grid.phi_centres_rad)
    x, y = (column_share @ np.outer(r, wave(phi)).ravel() for wave in (np.cos, np.sin))
    scalars = np.stack([np.log(total[:, 0]), np.log1p(showers.n_hits), depth, spread, x, y], axis=1)
    return np.concatenate([scalars, np.sqrt(layer_share), np.sqrt(ring_share)], axis=1)


def _visible_mev(showers: Showers) -> Array:
    return np.maximum(np.asarray(showers.total_energy_mev, dtype=np.float64), MIN_VISIBLE_MEV)


class _Regressor:
    """Boosted trees on one thread: so small a task gains little from more, and may lose much."""

    def __init__(self, seed: int) -> None:
        from sklearn.ensemble import HistGradientBoostingRegressor

        self._trees = HistGradientBoostingRegressor(
            max_iter=100,
            learning_rate=0.1,
            max_leaf_nodes=15,
            max_bins=63,
            early_stopping=False,
            random_state=seed,
        )

    def fit(self, features: Array, target: Array) -> "_Regressor":
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # it has no stubs

        with threadpool_limits(1, user_api="openmp"):
            self._trees.fit(features, target)
        return self

    def predict(self, features: Array) -> Array:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, user_api="openmp"):
            return np.asarray(self._trees.predict(features), dtype=np.float64)


def _trees(seed: int, features: Array, target: Array) -> _Regressor:
    return _Regressor(seed).fit(features, target)


def _mean_and_spread(values: Array) -> tuple[Estimate, Estimate]:
    """Mean and standard deviation, each with its standard error for any distribution with a fourth moment."""
    n = len(values)
    spread = float(values.std(ddof=1))
    fourth = float(np.mean((values - values.mean()) ** 4))
    variance_of_variance = max(fourth - spread**4 * (n - 3) / (n - 1), 0.0) / n
    error = variance_of_variance**0.5 / (2 * spread) if spread > 0 else 0.0
    return Estimate(float(values.mean()), spread / n**0.5), Estimate(spread, error)
