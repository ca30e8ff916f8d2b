"""Files of showers in the layouts of others: one module for each."""

from metacalo.showers.formats.binning import DATASET_2, Binning, read_binning, write_binning
from metacalo.showers.formats.calochallenge import write_calochallenge
from metacalo.showers.formats.calochallenge_reading import CaloChallengeFile

__all__ = [
    "DATASET_2",
    "Binning",
    "CaloChallengeFile",
    "read_binning",
    "write_binning",
    "write_calochallenge",
]
