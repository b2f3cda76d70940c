"""How Rupiah is written and rounded."""

from decimal import Decimal

import pytest

from peken.money import half_up, rupiah_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "Rp0"), (999, "Rp999"), (1_500_000, "Rp1.500.000"), (-5_000, "-Rp5.000"), (4_800_000_000, "Rp4.800.000.000")],
)
def test_an_amount_is_written_with_dots(amount: int, text: str) -> None:
    assert rupiah_text(amount) == text


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.49", 2), ("-2.5", -3), ("15000.00", 15_000)]
)
def test_a_half_is_rounded_up(amount: str, rounded: int) -> None:
    assert half_up(Decimal(amount)) == rounded
