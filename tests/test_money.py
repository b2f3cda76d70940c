"""How Rupiah is written, read and rounded."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.money import half_up, parse_rupiah, rupiah_text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "Rp0"), (999, "Rp999"), (1_500_000, "Rp1.500.000"), (-5_000, "-Rp5.000"), (4_800_000_000, "Rp4.800.000.000")],
)
def test_an_amount_is_written_with_dots(amount: int, text: str) -> None:
    assert rupiah_text(amount) == text


@given(st.integers())
def test_what_was_written_reads_back(amount: int) -> None:
    assert parse_rupiah(rupiah_text(amount)) == amount


@pytest.mark.parametrize("text", ["Rp 5.000", "rp5.000,00", "5000", "Rp.5.000,-", " 5.000 "])
def test_people_write_an_amount_in_several_ways(text: str) -> None:
    assert parse_rupiah(text) == 5_000


@pytest.mark.parametrize("text", ["", "Rp", "5.00", "5,50", "1.0000", "5e3", "USD 5", "5.000.", "--5"])
def test_what_is_not_whole_rupiah_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount in whole Rupiah"):
        parse_rupiah(text)


@pytest.mark.parametrize(
    ("amount", "rounded"), [("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.49", 2), ("-2.5", -3), ("15000.00", 15_000)]
)
def test_a_half_is_rounded_up(amount: str, rounded: int) -> None:
    assert half_up(Decimal(amount)) == rounded
