"""How much a validation computes: three presets, and every choice in them by name."""

from dataclasses import dataclass

from metacalo.errors import SettingsError
from metacalo.geometry.naming import did_you_mean


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is computed, and on how many showers.

    Attributes:
        bins: number of bins of histograms of single-shower observables.
        resamples: number of bootstrap resamples.
        max_showers: largest number of showers of each kind; of more, so many are taken. None for all.
        layers: distances of every observable of layers and of ranges of depth, not of their energies only.
        voxels: sliced Wasserstein distance of voxels.
        kernels: maximum mean discrepancy, Frechet and kernel physics distance.
        coverage: precision, recall, density and coverage.
        diversity: PRD, similarity of pictures, support size.
        trees: boosted trees on features.
        networks: networks on features and on voxels.
        thorough_networks: train them as the CaloChallenge does: on a GPU, or with patience.
        network_repeats: how many times with another fifth of the showers as test, 1 to 5.
        regression: regressors of energy and angle, trained on each sample and used on the other.
    """

    bins: int = 30
    resamples: int = 50
    max_showers: int | None = None
    layers: bool = True
    voxels: bool = True
    kernels: bool = True
    coverage: bool = True
    diversity: bool = True
    trees: bool = True
    networks: bool = True
    thorough_networks: bool = False
    network_repeats: int = 1
    regression: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            SettingsError: for bins, resamples, showers or repetitions that make no sense.
        """
        for name, least in (("bins", 2), ("resamples", 2), ("network_repeats", 1)):
            if getattr(self, name) < least:
                raise SettingsError(f"expected {name} of at least {least}, got {getattr(self, name)}")
        if self.max_showers is not None and self.max_showers < 2:
            raise SettingsError(f"expected max_showers of at least 2, or None, got {self.max_showers}")

    @classmethod
    def named(cls, name: str) -> "Scope":
        """Preset of that name.

        Raises:
            SettingsError: if there is none.
        """
        if name not in PRESETS:
            suggestion = did_you_mean(name, PRESETS) or f"choose one of {', '.join(PRESETS)}"
            raise SettingsError(f"there is no scope {name!r}; {suggestion}")
        return PRESETS[name]


QUICK = Scope(
    max_showers=2000,
    layers=False,
    voxels=False,
    kernels=False,
    coverage=True,
    diversity=False,
    networks=False,
    regression=False,
)
"""Seconds: single observables, response and resolution, correlations, features, trees."""

STANDARD = Scope(max_showers=10_000)
"""Minutes: every figure, with small networks."""

THOROUGH = Scope(thorough_networks=True, network_repeats=5)
"""Hours on a CPU: the networks of the CaloChallenge, and every shower tested by one that has not seen it."""

PRESETS = {"quick": QUICK, "standard": STANDARD, "thorough": THOROUGH}
