"""What an adaptation has to reach, and whether it does: one line for each goal."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metacalo.benchmark.tables import markdown
from trials.aggregate import Cell, by_cell, detectors_of, races
from trials.plan import ADAPTED, FIELD_VAE, FLOOR, SCRATCH, ZERO_SHOT, Method
from trials.records import Record

SUPPORT = 300
FEW = 30

_SHAPES = tuple(
    f"separation_{name}"
    for name in ("response", "depth", "width_in_depth", "width_in_radius", "hits", "layer_energies")
)
_CORE = ("separation_hottest_voxel", "separation_core_fraction")


class Sample:
    """Means over seeds of what was measured on one detector.

    Args:
        records: one of each trial.
        detector: whose are looked at.
        start: checkpoint that is judged.
    """

    def __init__(self, records: Sequence[Record], detector: str, start: str) -> None:
        self._cells = by_cell(records, detector)
        self._races = [
            race.ratio or 0.0
            for race in races({record.trial: record for record in records})
            if race.trial.method == Method(ADAPTED, start)
            and (race.trial.detector, race.trial.support) == (detector, SUPPORT)
        ]
        self._start = start

    def adapted(self, *figures: str, support: int = SUPPORT) -> float:
        """Mean of figures of the adapted model; not a number if there is no such trial."""
        return self._figures(ADAPTED, self._start, support, figures)

    def above_floor(self, *figures: str) -> float:
        """Mean of figures of the adapted model, less that of full simulation against itself."""
        return self.adapted(*figures) - self._figures(FLOOR, "", 0, figures)

    def zero_shot(self, figure: str) -> float:
        """Mean of a figure before adaptation."""
        return self._figures(ZERO_SHOT, self._start, 0, (figure,))

    def against_scratch(self, figure: str, support: int, scratch: int) -> float:
        """Adapted with so many showers, less from scratch with so many others."""
        return self.adapted(figure, support=support) - self._figures(SCRATCH, FIELD_VAE, scratch, (figure,))

    def seconds(self) -> float:
        """Mean of the CPU seconds of training."""
        return _mean([record.cpu_seconds for record in self._records(ADAPTED, self._start, SUPPORT)])

    def faster(self) -> float:
        """Median of the ratios of the times to the best loss from scratch; 0 where it is not reached."""
        return statistics.median(self._races) if self._races else math.nan

    def _figures(self, kind: str, start: str, support: int, figures: Sequence[str]) -> float:
        records = self._records(kind, start, support)
        return _mean([record.figures.get(figure, math.nan) for record in records for figure in figures])

    def _records(self, kind: str, start: str, support: int) -> Sequence[Record]:
        return self._cells.get(Cell(support, Method(kind, start)), ())


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else math.nan


@dataclass(frozen=True)
class Goal:
    """A figure with what it must, and what it should reach.

    Attributes:
        heading: the figure in words.
        of: its value.
        must, aim: limits; not a number where there is none.
        digits: after the point.
        sign: 1 if lower is better, -1 if higher is.
    """

    heading: str
    of: Callable[[Sample], float]
    must: float
    aim: float
    digits: int = 4
    sign: int = 1

    def reached(self, value: float) -> str:
        """Return in a word what a value reaches."""
        if math.isnan(value):
            return "–"
        for limit, word in ((self.aim, "aim"), (self.must, "must")):
            if not math.isnan(limit) and self.sign * value <= self.sign * limit:
                return word
        return "missed"


_NO_LIMIT = math.nan

GOALS = (
    Goal("CPU seconds of training", lambda s: s.seconds(), 20, 5, 1),
    Goal(
        "mean response in five bins: off beyond 2 standard errors",
        lambda s: s.adapted("response_excess"),
        0.01,
        0,
    ),
    Goal("its relative width, the same", lambda s: s.adapted("width_excess"), 0.05, 0, 3),
    Goal("longitudinal profile, the same", lambda s: s.adapted("profile_excess"), 0.03, 0, 3),
    Goal("voxel spectrum, separation", lambda s: s.adapted("separation_voxel_spectrum"), 0.005, 0.002),
    Goal(
        "response, depth, length, width, hits, layers, mean separation: above the floor",
        lambda s: s.above_floor(*_SHAPES),
        0.02,
        0,
    ),
    Goal(
        "hottest voxel, core fraction, mean separation: above the floor",
        lambda s: s.above_floor(*_CORE),
        0.03,
        0,
    ),
    Goal(
        "correlations of layers, largest error: above the floor",
        lambda s: s.above_floor("layer_correlation_error"),
        0.05,
        0,
        3,
    ),
    Goal("AUC, trees on features", lambda s: s.adapted("classifier_auc"), 0.75, 0.60, 3),
    Goal("AUC, network on voxels", lambda s: s.adapted("classifier_auc_voxels_network"), 0.80, 0.65, 3),
    Goal(
        f"AUC with {SUPPORT}, less from scratch with 1,000",
        lambda s: s.against_scratch("classifier_auc", SUPPORT, 1000),
        0,
        _NO_LIMIT,
        3,
    ),
    Goal(
        f"AUC with {SUPPORT}, less from scratch with 2,400",
        lambda s: s.against_scratch("classifier_auc", SUPPORT, 2400),
        _NO_LIMIT,
        0,
        3,
    ),
    Goal(
        f"mean separation with {SUPPORT}, less from scratch with 1,000",
        lambda s: s.against_scratch("separation_mean", SUPPORT, 1000),
        0,
        _NO_LIMIT,
    ),
    Goal(
        f"AUC with {FEW}, less from scratch with 300",
        lambda s: s.against_scratch("classifier_auc", FEW, SUPPORT),
        0,
        _NO_LIMIT,
        3,
    ),
    Goal(
        f"AUC with {FEW}, less from scratch with 1,000",
        lambda s: s.against_scratch("classifier_auc", FEW, 1000),
        _NO_LIMIT,
        0,
        3,
    ),
    Goal("mean separation before adaptation", lambda s: s.zero_shot("separation_mean"), 0.10, 0.05, 3),
    Goal("AUC before adaptation", lambda s: s.zero_shot("classifier_auc"), 0.97, 0.85, 3),
    Goal("times faster to the best loss from scratch, median", lambda s: s.faster(), 20, 200, 0, -1),
)


def goals_table(records: Sequence[Record], start: str) -> str:
    """Return the table of the goals for models adapted from a checkpoint, a column for each detector.

    Goals that nothing is known of are left out.

    Args:
        records: one of each trial.
        start: name of the checkpoint.
    """
    detectors = detectors_of(records)
    samples = [Sample(records, detector, start) for detector in detectors]
    rows = []
    for goal in GOALS:
        values = [goal.of(sample) for sample in samples]
        if all(map(math.isnan, values)):
            continue
        rows.append(
            [
                goal.heading,
                *("" if math.isnan(limit) else f"{limit:g}" for limit in (goal.must, goal.aim)),
                *(
                    "–"
                    if math.isnan(value)
                    else f"{'∞' if math.isinf(value) else f'{value:.{goal.digits}f}'} ({goal.reached(value)})"
                    for value in values
                ),
            ]
        )
    return markdown(["figure", "must", "aim", *detectors], rows)
