"""What a figure of merit means in words: thresholds, beside what full simulation gives against itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import hypot, isfinite
from types import MappingProxyType

from metacalo.validation.comparison import Estimate

ERRORS_ALLOWED = 2.0
"""A deviation of no more standard errors than these is compatible with none."""


class Light(Enum):
    """A traffic light; pale green is a deviation that the errors may explain."""

    GREEN = "good"
    PALE = "compatible"
    AMBER = "fair"
    RED = "poor"
    NONE = "not judged"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """When a figure is good, fair or poor.

    The deviation is the excess over the floor, or for a ratio the distance to 1.

    Attributes:
        meaning: the figure in a physicist's words.
        good_below: deviation below which the figure is good.
        fair_below: deviation below which it is fair; poor from there on.
        is_ratio: whether the figure is a ratio, best at 1; else it is a distance, best at the floor.
    """

    meaning: str
    good_below: float
    fair_below: float
    is_ratio: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A light, and the reason in words."""

    light: Light
    reason: str


def _separation(of: str) -> Criterion:
    return Criterion(meaning=f"separation power, {of}", good_below=0.01, fair_below=0.05)


CRITERIA: Mapping[str, Criterion] = MappingProxyType(
    {
        "response_ratio": Criterion(
            meaning="mean response, ratio to the reference",
            good_below=0.02,
            fair_below=0.05,
            is_ratio=True,
        ),
        "resolution_ratio": Criterion(
            meaning="relative spread of the response, ratio to the reference",
            good_below=0.05,
            fair_below=0.15,
            is_ratio=True,
        ),
        "separation_mean": _separation("mean of the ten below"),
        "separation_voxel_spectrum": _separation("energies of voxels"),
        "separation_layer_energies": _separation("energies of layers (mean over layers)"),
        "separation_response": _separation("response"),
        "separation_depth": _separation("depth of the shower"),
        "separation_width_in_depth": _separation("width in depth"),
        "separation_width_in_radius": _separation("width in radius"),
        "separation_mean_radius": _separation("mean radius"),
        "separation_hits": _separation("number of hit voxels"),
        "separation_hottest_voxel": _separation("share of the hottest voxel"),
        "separation_core_fraction": _separation("share of the innermost ring"),
        "profile_deviation": Criterion(
            meaning="mean longitudinal profile, share in the wrong layer", good_below=0.01, fair_below=0.03
        ),
        "layer_correlation_error": Criterion(
            meaning="largest error of a correlation of two layers", good_below=0.05, fair_below=0.15
        ),
        "residual_layer_correlation_error": Criterion(
            meaning="the same of showers of one energy and angle", good_below=0.05, fair_below=0.15
        ),
        "frechet_distance": Criterion(
            meaning="Fréchet distance of the high-level features", good_below=1.0, fair_below=5.0
        ),
        "classifier_auc": Criterion(
            meaning="AUC of boosted trees that tell the two apart", good_below=0.1, fair_below=0.3
        ),
    }
)
"""Figures that a report judges, in its order, by their name in a comparison."""


def judge(criterion: Criterion, estimate: Estimate | None, floor: Estimate | None) -> Verdict:
    """Say how good a figure is.

    Good if the deviation is below `good_below`; else compatible if it is no larger than `ERRORS_ALLOWED`
    standard errors (of figure and floor together; of the figure alone for a ratio); else fair below
    `fair_below`, and poor from there on.

    Args:
        criterion: the thresholds.
        estimate: the figure; None if it could not be computed.
        floor: what full simulation gives against itself at the same sizes; a ratio does without.
    """
    if estimate is None or not isfinite(estimate.value):
        return Verdict(light=Light.NONE, reason="not computed")
    if criterion.is_ratio:
        deviation, error = estimate.value - 1.0, estimate.error or 0.0
        said = f"{100 * abs(deviation):.2g}% too {'high' if deviation > 0 else 'low'}"
    elif floor is None or not isfinite(floor.value):
        return Verdict(light=Light.NONE, reason="no floor to compare with")
    else:
        deviation = estimate.value - floor.value
        error = hypot(estimate.error or 0.0, floor.error or 0.0)
        said = f"{abs(deviation):.2g} {'above' if deviation > 0 else 'below'} the floor"
    size = abs(deviation) if criterion.is_ratio else deviation
    if size < criterion.good_below:
        return Verdict(light=Light.GREEN, reason=said)
    if size <= ERRORS_ALLOWED * error:
        return Verdict(light=Light.PALE, reason=f"{said}, within {ERRORS_ALLOWED:g} standard errors")
    return Verdict(light=Light.AMBER if size < criterion.fair_below else Light.RED, reason=said)
