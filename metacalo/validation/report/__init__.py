"""The report of a validation: one HTML page that needs no other file and no network."""

from metacalo.validation.report.captions import TABS, Caption, caption_of
from metacalo.validation.report.page import write_report
from metacalo.validation.report.verdict_table import FLOOR_LABEL, VerdictRow, VerdictTable, verdict_table

__all__ = [
    "FLOOR_LABEL",
    "TABS",
    "Caption",
    "VerdictRow",
    "VerdictTable",
    "caption_of",
    "verdict_table",
    "write_report",
]
