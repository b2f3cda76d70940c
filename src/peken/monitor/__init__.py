"""The monitor of obligations: how far all who owe have come, for those who answer for them."""

from peken.monitor.listing import everyone, page
from peken.monitor.summing import FRESH, Counts, Summary, summary
from peken.monitor.watching import Among, Status, Watched, current, rules, scope, status_of, watched

__all__ = [
    "FRESH",
    "Among",
    "Counts",
    "Status",
    "Summary",
    "Watched",
    "current",
    "everyone",
    "page",
    "rules",
    "scope",
    "status_of",
    "summary",
    "watched",
]
