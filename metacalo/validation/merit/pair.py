"""Two samples that are compared, and what all figures share: resamples, features, labels of twins."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from metacalo.errors import SettingsError
from metacalo.showers import Showers
from metacalo.showers.checks import check_same_grid
from metacalo.validation import distances, observables
from metacalo.validation.features import high_level_features
from metacalo.validation.scales import Scales
from metacalo.validation.scope import Scope

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Array = NDArray[np.float64]
Two = tuple[Array, Array]

SCALARS: MappingProxyType[str, Callable[[Showers], Array]] = MappingProxyType(
    {
        "response": observables.response,
        "depth": observables.depth,
        "width_in_depth": observables.width_in_depth,
        "width_in_radius": observables.width_in_radius_mm,
        "mean_radius": observables.mean_radius_mm,
        "hits": observables.hits,
        "hottest_voxel": observables.hottest_fraction,
        "core_fraction": observables.core_fraction,
    }
)
"""Observables of single showers that enter the mean separation, by name, in units of the grid."""

TWINS_AT_MOST = 8
"""Showers of one energy and angle that are more than these are a beam, not twins."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Pair:
    """A reference and generated showers on one grid.

    Attributes:
        reference: full simulation, N showers.
        generated: M showers.
        scales: units of depth and radius.
        scope: what is to be computed.
        seed: of the bootstrap and all else that is random.
        training: showers that the generator was trained on, if known.
        device: that networks are trained on.
    """

    reference: Showers
    generated: Showers
    scales: Scales
    scope: Scope
    seed: int = 0
    training: Showers | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse what cannot be compared.

        Raises:
            GridMismatchError: if the two samples have different grids.
            SettingsError: if a sample has fewer than 2 showers, or the reference no energy.
        """
        check_same_grid(
            "generated showers",
            self.generated.grid,
            self.reference.grid,
            "the reference",
            "compare showers on one grid",
        )
        for kind, sample in (("reference", self.reference), ("generated", self.generated)):
            if len(sample) < 2:
                raise SettingsError(f"a comparison needs at least 2 {kind} showers, got {len(sample)}")
        if not (np.asarray(self.reference.energies_mev) > 0).any():
            raise SettingsError(
                "the reference has no energy in any voxel; give showers that hit the detector"
            )

    @property
    def both(self) -> tuple[Showers, Showers]:
        """Reference and generated showers."""
        return self.reference, self.generated

    @cached_property
    def weights(self) -> Two:
        """Ones, then the weights of each bootstrap resample, (1 + resamples, N) and (1 + resamples, M)."""
        rng = np.random.default_rng(self.seed)
        first, second = (
            distances.bootstrap_weights(len(sample), self.scope.resamples, rng) for sample in self.both
        )
        return with_all(first), with_all(second)

    @cached_property
    def scalars(self) -> dict[str, Two]:
        """Values of `SCALARS` in both samples, by name."""
        return {name: (measure(self.reference), measure(self.generated)) for name, measure in SCALARS.items()}

    @cached_property
    def features(self) -> Two:
        """High-level features of both, (N, F) and (M, F)."""
        first, second = (high_level_features(sample, self.scales)[0] for sample in self.both)
        return first, second

    @cached_property
    def standardised(self) -> Two:
        """The features in standard deviations of the reference, clipped; see `distances.standardise`."""
        return distances.standardise(*self.features)

    @cached_property
    def conditioned(self) -> Two:
        """Ln of the incident energy, angle and features: what classifiers look at."""
        first, second = (
            np.column_stack([np.log(sample.incident_energy_gev), sample.theta_rad, found])
            for sample, found in zip(self.both, self.features, strict=True)
        )
        return first, second

    @cached_property
    def twins(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Label of each shower, shared by the few of exactly the same incident energy and angle."""
        conditions = np.concatenate(
            [np.column_stack([s.incident_energy_gev, s.theta_rad]) for s in self.both]
        )
        _, label, size = np.unique(conditions, axis=0, return_inverse=True, return_counts=True)
        label = np.where(size[label] > TWINS_AT_MOST, len(size) + np.arange(len(label)), label)
        return label[: len(self.reference)], label[len(self.reference) :]


def voxel_matrix(showers: Showers, *, per_energy: bool = False) -> "csr_matrix":
    """Deposits [MeV] as a sparse matrix (N, voxels); or in per cent of the incident energy."""
    from scipy.sparse import csr_matrix

    energies = np.asarray(showers.energies_mev, dtype=np.float64)
    if per_energy:
        energy = 1000.0 * np.asarray(showers.incident_energy_gev, dtype=np.float64)
        energies = 100.0 * energies / np.repeat(energy, showers.n_hits)
    shape = (len(showers), showers.grid.n_voxels)
    return csr_matrix((energies, np.asarray(showers.voxels, dtype=np.int32), showers.offsets), shape=shape)


def with_all(weights: Array) -> Array:
    """Weights of the resamples with those of the sample itself (ones) before them."""
    return np.concatenate([np.ones((1, weights.shape[1])), weights])
