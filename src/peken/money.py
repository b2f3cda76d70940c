"""Whole Rupiah: how it is written, read and rounded. Refuses to know fractions and other currencies."""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Rupiah = NewType("Rupiah", int)

_WRITTEN = re.compile(r"(-?)\s*(?:Rp\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)(?:,(?:00|-))?", re.IGNORECASE)


def rupiah_text(amount: int) -> str:
    """As people write it in Indonesia: `Rp1.500.000`, below zero `-Rp5.000`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def parse_rupiah(text: str) -> Rupiah:
    """Read `Rp1.500.000`, `1.500.000`, `1500000` or `Rp5.000,00`; raises ValueError for all else.

    A comma followed by cents other than 00 is refused: a fraction of a Rupiah would be lost in silence.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"not an amount in whole Rupiah: {text!r}")
    digits = int(found[2].replace(".", ""))
    return Rupiah(-digits if found[1] else digits)


def half_up(amount: Decimal) -> Rupiah:
    """Round to whole Rupiah, halves away from zero, as shops do (not to even, as Python does)."""
    return Rupiah(int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)))
