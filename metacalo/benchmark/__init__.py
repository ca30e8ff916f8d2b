"""Meta-learners side by side: tuned and trained alike, and judged on detectors held out of the training."""

from metacalo.benchmark.folds import Fold, rotation
from metacalo.benchmark.learners import LEARNERS, candidates
from metacalo.benchmark.records import Record, Trial, read_records
from metacalo.benchmark.report import write_report
from metacalo.benchmark.run import run_rotation
from metacalo.benchmark.settings import RotationSettings
from metacalo.benchmark.tuning import tune

__all__ = [
    "LEARNERS",
    "Fold",
    "Record",
    "RotationSettings",
    "Trial",
    "candidates",
    "read_records",
    "rotation",
    "run_rotation",
    "tune",
    "write_report",
]
