"""Whole Rupiah: how it is written and rounded. Refuses to know fractions and other currencies."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

Rupiah = NewType("Rupiah", int)


def rupiah_text(amount: int) -> str:
    """As people write it in Indonesia: `Rp1.500.000`, below zero `-Rp5.000`."""
    sign = "-" if amount < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def half_up(amount: Decimal) -> Rupiah:
    """Round to whole Rupiah, halves away from zero, as shops do (not to even, as Python does)."""
    return Rupiah(int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP)))
