"""Tries a draft regulation on past orders: who would have been refused, what would be owed; writes nothing."""

from peken.whatif.report import Gap, Outcome, Refusal, Report, Sum
from peken.whatif.running import Progress, bad_draft, silent, simulate
from peken.whatif.spread import Spread, spread_of

__all__ = [
    "Gap",
    "Outcome",
    "Progress",
    "Refusal",
    "Report",
    "Spread",
    "Sum",
    "bad_draft",
    "silent",
    "simulate",
    "spread_of",
]
