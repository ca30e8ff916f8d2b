"""The traffic-light table, as data: a page and a terminal are both made of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from metacalo.validation.comparison import Comparison, Estimate
from metacalo.validation.verdicts import CRITERIA, Criterion, Light, judge

FLOOR_LABEL = "Geant4 against Geant4"

_SHORT_NAMES = {
    "response_ratio": "response ratio",
    "resolution_ratio": "resolution ratio",
    "energy_response_deviation": "response in bins",
    "energy_resolution_deviation": "resolution in bins",
    "profile_deviation": "longitudinal profile",
    "layer_correlation_error": "layer correlations",
    "residual_layer_correlation_error": "residual correlations",
    "frechet_distance": "Fréchet distance",
    "coverage": "coverage",
    "prd_f8": "recall (PRD, F8)",
    "classifier_auc": "AUC of boosted trees",
    "classifier_auc_features_network": "AUC of a network, features",
    "classifier_auc_voxels_network": "AUC of a network, voxels",
    "regressor_full_to_generated_energy_bias": "energy bias of a regressor",
    "memorisation_share_closer": "closeness to training",
}


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """A figure of merit with its verdict.

    Attributes:
        name: of the figure in a comparison.
        short: a few words that fit a terminal.
        meaning: the figure in a physicist's words.
        values: of each comparison, in the order of the table's labels; None where it is not known.
        floor: what full simulation gives against itself.
        light: the verdict on the first value.
        words: the reason.
    """

    name: str
    short: str
    meaning: str
    values: tuple[Estimate | None, ...]
    floor: Estimate | None
    light: Light
    words: str


@dataclass(frozen=True, kw_only=True)
class VerdictTable:
    """Figures of merit of samples side by side, the first of which is judged.

    Attributes:
        labels: of the comparisons.
        floor_label: of the floor.
        rows: one for each figure, in the order of the criteria.
    """

    labels: tuple[str, ...]
    floor_label: str
    rows: tuple[VerdictRow, ...]

    @property
    def counts(self) -> dict[Light, int]:
        """How many figures have each light, best first; not judged only if there are any."""
        found = Counter(row.light for row in self.rows)
        return {light: found[light] for light in Light if found[light] or light is not Light.NONE}


def verdict_table(
    comparisons: Mapping[str, Comparison],
    floor: Comparison,
    *,
    criteria: Mapping[str, Criterion] = CRITERIA,
    floor_label: str = FLOOR_LABEL,
) -> VerdictTable:
    """Judge the first of several comparisons, and put the others beside it.

    Args:
        comparisons: by label.
        floor: full simulation against itself at the same sizes.
        criteria: figures to judge, by name; those that the first comparison has not are left out.
        floor_label: what the floor is called.
    """
    judged = next(iter(comparisons.values()), None)
    rows = []
    for name, criterion in criteria.items():
        if judged is None or name not in judged.estimates:
            continue
        base = floor.estimates.get(name)
        verdict = judge(criterion, judged.estimates[name], base)
        rows.append(
            VerdictRow(
                name=name,
                short=short_name(name),
                meaning=criterion.meaning,
                values=tuple(c.estimates.get(name) for c in comparisons.values()),
                floor=base,
                light=verdict.light,
                words=verdict.reason,
            )
        )
    return VerdictTable(labels=tuple(comparisons), floor_label=floor_label, rows=tuple(rows))


def short_name(name: str) -> str:
    """A figure's name in a few words that fit a terminal."""
    return _SHORT_NAMES.get(name, name.replace("_", " "))
