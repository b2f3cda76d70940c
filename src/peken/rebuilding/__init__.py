"""Derives the ledger and the balances once more, from orders, their lines, their dockets and the rules."""

from peken.rebuilding.deriving import Entry
from peken.rebuilding.running import Balance, Rebuilt, Wrong, rebuild

__all__ = ["Balance", "Entry", "Rebuilt", "Wrong", "rebuild"]
