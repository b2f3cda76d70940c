"""Dated parameters and modes that city hall sets beside the plugins' files; knows no order."""

from peken.parameters.following import follow, keep_up, served, take_in
from peken.parameters.setting import Done, NewVersion, columns_once, earliest_day, mode_version, set_version, withdraw
from peken.parameters.versions import Standing, standing_of, versions_of

__all__ = [
    "Done",
    "NewVersion",
    "Standing",
    "columns_once",
    "earliest_day",
    "follow",
    "keep_up",
    "mode_version",
    "served",
    "set_version",
    "standing_of",
    "take_in",
    "versions_of",
    "withdraw",
]
