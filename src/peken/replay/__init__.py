"""Replays purchases that were made elsewhere through the market's own placing, with every rule of a city on."""

from peken.replay.cells import Line
from peken.replay.mapping import FileMapping, mapping_of, rate_of
from peken.replay.reading import Purchases, read_purchases
from peken.replay.report import (
    Account,
    CapOutcome,
    Closing,
    ObligationOutcome,
    Reading,
    Report,
    Sum,
    Unplaced,
    WindowOutcome,
)
from peken.replay.running import Progress, replay

__all__ = [
    "Account",
    "CapOutcome",
    "Closing",
    "FileMapping",
    "Line",
    "ObligationOutcome",
    "Progress",
    "Purchases",
    "Reading",
    "Report",
    "Sum",
    "Unplaced",
    "WindowOutcome",
    "mapping_of",
    "rate_of",
    "read_purchases",
    "replay",
]
