"""Replays purchases that were made elsewhere through the market's own placing, with every rule of a city on."""

from peken.replay.report import CapOutcome, Closing, ObligationOutcome, Report, Sum, Unplaced, WindowOutcome
from peken.replay.running import Progress, replay

__all__ = [
    "CapOutcome",
    "Closing",
    "ObligationOutcome",
    "Progress",
    "Report",
    "Sum",
    "Unplaced",
    "WindowOutcome",
    "replay",
]
