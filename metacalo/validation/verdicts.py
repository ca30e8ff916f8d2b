"""What a figure of merit means in words: thresholds, beside what full simulation gives against itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import hypot, isfinite
from types import MappingProxyType
from typing import Literal

from metacalo.validation.comparison import Estimate

ERRORS_ALLOWED = 2.0
"""A deviation of no more standard errors than these is compatible with none."""


class Light(Enum):
    """A traffic light; pale green is a deviation that the errors may explain, or hide."""

    GREEN = "good"
    PALE = "compatible"
    AMBER = "fair"
    RED = "poor"
    NONE = "not judged"


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """When a figure is good, fair or poor.

    The deviation is the excess over the floor; for a ratio the distance to 1; for a share that is best high
    what it lacks to the floor; for a shift, which has a sign, the distance to the floor.

    Attributes:
        meaning: the figure in a physicist's words.
        good_below: deviation below which the figure is good.
        fair_below: deviation below which it is fair; poor from there on.
        kind: what sort of figure it is.
    """

    meaning: str
    good_below: float
    fair_below: float
    kind: Literal["distance", "ratio", "share", "shift"] = "distance"

    @property
    def is_ratio(self) -> bool:
        """Whether the figure is best at 1 and needs no floor."""
        return self.kind == "ratio"

    @property
    def deviation(self) -> str:
        """What is judged, in words."""
        return {
            "distance": "excess over the floor",
            "ratio": "distance to 1",
            "share": "lack to the floor",
            "shift": "distance to the floor",
        }[self.kind]


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
            kind="ratio",
        ),
        "resolution_ratio": Criterion(
            meaning="relative spread of the response in bins of energy, ratio to the reference",
            good_below=0.05,
            fair_below=0.15,
            kind="ratio",
        ),
        "energy_response_deviation": Criterion(
            meaning="mean response in bins of energy, mean distance of the ratio to 1",
            good_below=0.01,
            fair_below=0.03,
        ),
        "energy_resolution_deviation": Criterion(
            meaning="relative spread of the response in bins of energy, mean distance of the ratio to 1",
            good_below=0.05,
            fair_below=0.15,
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
        "coverage": Criterion(
            meaning="coverage: share of full simulation with a generated shower nearby",
            good_below=0.02,
            fair_below=0.1,
            kind="share",
        ),
        "prd_f8": Criterion(
            meaning="recall of the distributions (PRD, F8)", good_below=0.01, fair_below=0.05, kind="share"
        ),
        "classifier_auc": Criterion(
            meaning="AUC of boosted trees that tell the two apart", good_below=0.1, fair_below=0.3
        ),
        "classifier_auc_features_network": Criterion(
            meaning="AUC of a network on high-level features", good_below=0.1, fair_below=0.3
        ),
        "classifier_auc_voxels_network": Criterion(
            meaning="AUC of a network on all voxels", good_below=0.1, fair_below=0.3
        ),
        "regressor_full_to_generated_energy_bias": Criterion(
            meaning="energy bias of a regressor trained on full simulation",
            good_below=0.01,
            fair_below=0.03,
            kind="shift",
        ),
        "memorisation_share_closer": Criterion(
            meaning="chance of being closer to a training shower than full simulation is",
            good_below=0.02,
            fair_below=0.1,
        ),
    }
)
"""Figures that a report judges, in its order, by their name in a comparison."""


def judge(criterion: Criterion, estimate: Estimate | None, floor: Estimate | None) -> Verdict:
    """Say how good a figure is.

    Good if the deviation is below `good_below`, and its standard error (of figure and floor together; of the
    figure alone for a ratio) is too; if the error is larger, or the deviation is no larger than
    `ERRORS_ALLOWED` errors, compatible: these showers are too few to say more. Else fair below `fair_below`,
    and poor from there on.

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
    size = {"distance": deviation, "share": -deviation}.get(criterion.kind, abs(deviation))
    if size < criterion.good_below:
        if error <= criterion.good_below:
            return Verdict(light=Light.GREEN, reason=said)
        shown = f"{100 * error:.2g}%" if criterion.is_ratio else f"{error:.2g}"
        return Verdict(
            light=Light.PALE, reason=f"{said}, but not enough showers to say: the error is {shown}"
        )
    if size <= ERRORS_ALLOWED * error:
        return Verdict(light=Light.PALE, reason=f"{said}, within {ERRORS_ALLOWED:g} standard errors")
    return Verdict(light=Light.AMBER if size < criterion.fair_below else Light.RED, reason=said)
