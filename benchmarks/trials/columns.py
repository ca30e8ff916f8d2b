"""The figures that are shown of a trial, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

from trials.records import Record


@dataclass(frozen=True)
class Column:
    """A figure of a trial.

    Attributes:
        heading: of the column.
        figure: name in `Record.figures`, or an attribute of the record.
        digits: after the point.
        best: the value of a perfect generator, to which a better one is nearer; None if it is no quality.
    """

    heading: str
    figure: str
    digits: int = 4
    best: float | None = 0.0

    def of(self, record: Record) -> float | None:
        """Value of a record; None if it has none."""
        if self.best is None:
            return float(getattr(record, self.figure))
        return record.figures.get(self.figure)

    def distance(self, value: float) -> float:
        """How far a value is from a perfect generator's."""
        return abs(value - (self.best or 0.0))


SECONDS = (
    Column("seconds", "seconds", 1, None),
    Column("CPU seconds", "cpu_seconds", 1, None),
)

ASKED = (
    Column("voxel spectrum", "separation_voxel_spectrum"),
    Column("response", "separation_response"),
    Column("depth", "separation_depth"),
    Column("width in depth", "separation_width_in_depth"),
    Column("width in r", "separation_width_in_radius"),
    Column("hits", "separation_hits"),
    Column("E_layer, mean", "separation_layer_energies"),
    Column("Frechet", "frechet_distance", 3),
    Column("AUC", "classifier_auc", 3, 0.5),
    Column("AUC, voxels", "classifier_auc_voxels_network", 3, 0.5),
)
"""The columns that generators are judged by: separation powers, then distances of all features together."""

MORE = (
    Column("mean separation", "separation_mean"),
    Column("hottest voxel", "separation_hottest_voxel"),
    Column("core fraction", "separation_core_fraction"),
    Column("layer correlations, error", "layer_correlation_error", 3),
    Column("response, ratio", "response_ratio", 4, 1.0),
    Column("resolution, ratio", "resolution_ratio", 3, 1.0),
    Column("response in bins", "response_excess"),
    Column("width in bins", "width_excess", 3),
    Column("profile", "profile_excess", 3),
)

VARIETY = (
    Column("recall", "recall", 3, 1.0),
    Column("coverage", "coverage", 3, 1.0),
    Column("different showers", "support_size", 0, float("inf")),
    Column("copies of support showers", "memorised_copies", 0),
    Column("nearer to the support than Geant4", "memorisation_share_closer", 3, 0.5),
    Column("tails", "tail_error", 2),
)
"""How many different showers there are, how near to those trained on, and how often rare ones come."""

_AUC = ASKED[-2]

SUMMARY = (MORE[0], _AUC)
"""The two that stand for all: mean separation and AUC."""

GLANCE = (SECONDS[1], MORE[0], ASKED[0], *ASKED[-2:])
"""Of the short table: what it costs, mean separation, the energies of voxels, both AUCs."""
