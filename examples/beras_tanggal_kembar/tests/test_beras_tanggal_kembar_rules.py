"""The regulation as plain functions over facts, its dates and its table; knows no rulebook and no database."""

from datetime import date
from pathlib import Path

import polib
import pytest

import beras_tanggal_kembar.rules
from beras_tanggal_kembar.rules import RULES, Family, Rice, given, owed, rice
from peken.rules import Buyer, Day, Line, Product, impurities, load_parameters

FOLDER = Path(beras_tanggal_kembar.rules.__file__).parent
BAG = Line(amount=75_000, quantity=2, measure=10_000, measure_unit="g")
RICE = Product(category="staples.rice", categories=frozenset({"staples", "staples.rice"}))
OIL = Product(category="staples.oil", categories=frozenset({"staples", "staples.oil"}))
ASN = Buyer(kind="employee", asn=True, classes=(("golongan", "III/c"),))


def test_two_bags_of_five_kilograms_are_ten_whatever_they_cost() -> None:
    cheap = Line(amount=1, quantity=2, measure=10_000, measure_unit="g")

    assert given(BAG, RICE, Family()) == given(cheap, RICE, Family()) == 10_000


@pytest.mark.parametrize(
    ("line", "product", "family"),
    [
        (BAG, RICE, None),
        (BAG, OIL, Family()),
        (Line(amount=75_000, quantity=2, measure=2, measure_unit="piece"), RICE, Family()),
        (Line(amount=75_000, quantity=2), RICE, Family()),
    ],
    ids=["for nobody in need", "no rice", "by the piece", "of unknown weight"],
)
def test_what_is_no_rice_by_weight_for_a_family_in_need_does_not_count(
    line: Line, product: Product, family: Family | None
) -> None:
    assert given(line, product, family) == 0


@pytest.mark.parametrize(
    ("buyer", "grams"),
    [
        (ASN, 10_000),
        (Buyer(kind="employee", asn=True, classes=(("golongan", "I/b"),)), 5_000),
        (Buyer(kind="employee", asn=True), 10_000),
        (Buyer(kind="public", classes=(("golongan", "III/c"),)), None),
    ],
    ids=["III", "I", "no class", "public"],
)
def test_what_is_owed_goes_by_class_and_by_weight(buyer: Buyer, grams: int | None) -> None:
    table = load_parameters(FOLDER / "parameters.toml", [Rice]).choose({}).table(Rice, date(2026, 4, 4))

    row = owed(buyer, table)

    assert (row.amount if row else None) == grams


def test_the_dates_are_those_of_which_day_and_month_are_one_number() -> None:
    year = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(365)]

    counting = [on for on in year if rice.window.key(Day.on(on))]

    assert counting == [date(2026, month, month) for month in range(1, 13)]


def test_every_row_says_that_it_is_invented() -> None:
    rows = load_parameters(FOLDER / "parameters.toml", [Rice]).tables[Rice]

    assert {row.mark for row in rows} == {"M"}
    assert all(row.source.startswith("Invented") for row in rows)


def test_the_regulation_is_pure_and_told_in_indonesian() -> None:
    [catalogue] = (FOLDER / "locale/id/LC_MESSAGES").glob("*.po")
    said = {sentence for rule in RULES for sentence in (rule.title, *rule.messages.values())}

    assert impurities(FOLDER / "rules.py") == []
    assert {entry.msgid for entry in polib.pofile(str(catalogue)) if entry.msgstr} == said
