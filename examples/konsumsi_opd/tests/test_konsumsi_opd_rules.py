"""The regulation as plain functions over facts, its table and its evidence; knows no database."""

from datetime import date
from pathlib import Path

import polib
import pytest

import konsumsi_opd.rules
from konsumsi_opd.rules import RULES, Budget, Group, Share, owed, spent
from peken.rules import (
    Buyer,
    Case,
    Chapter,
    Day,
    Line,
    LineKeys,
    Moment,
    Product,
    Regulations,
    Rulebook,
    Vendor,
    impurities,
    load_parameters,
    weigh,
)

FOLDER = Path(konsumsi_opd.rules.__file__).parent
OFFICE = Buyer(kind="department", department="dinkes")
BOXES = Product(category="meals.rice_box", categories=frozenset({"meals", "meals.rice_box"}))
PENS = Product(category="office.pens", categories=frozenset({"office", "office.pens"}))
TODAY = Day.on(date(2026, 11, 20))


def test_meals_of_a_department_from_a_group_with_poor_members_count_in_full() -> None:
    assert spent(Line(amount=750_000), BOXES, OFFICE, Group(poor=1)) == 750_000


@pytest.mark.parametrize(
    ("product", "buyer", "group"),
    [
        (BOXES, OFFICE, None),
        (BOXES, OFFICE, Group(poor=0)),
        (PENS, OFFICE, Group(poor=3)),
        (BOXES, Buyer(kind="employee", asn=True, department="dinkes"), Group(poor=3)),
    ],
    ids=["no group", "nobody poor", "no meal", "for oneself"],
)
def test_other_purchases_do_not_count(product: Product, buyer: Buyer, group: Group | None) -> None:
    assert spent(Line(amount=750_000), product, buyer, group) == 0


@pytest.mark.parametrize(
    ("budget", "due"),
    [(Budget(100_000_000), 40_000_000), (Budget(101), 40), (Budget(2), 0), (None, None)],
    ids=["whole", "rounded down", "next to nothing", "no budget"],
)
def test_a_share_of_the_budget_is_owed_with_source_and_mark(budget: Budget | None, due: int | None) -> None:
    table = load_parameters(FOLDER / "parameters.toml", [Share]).choose({}).table(Share, TODAY.date)

    row = owed(budget, table)

    assert (row.amount if row else None) == due
    assert row is None or (row.mark, row.source) == ("M", "Invented example: 40 percent of the meal budget")


def test_a_verified_purchase_outside_of_the_app_counts_too() -> None:
    async def unasked(keys: object, day: date) -> dict[str, Budget]:
        raise AssertionError

    given = Regulations(RULES, FOLDER / "parameters.toml", {Budget: unasked, Group: unasked})
    rulebook = Rulebook([Chapter("konsumsi_opd", "0.1", given)])
    keys = LineKeys("receipt", "boxes", "cook", "office", "entry", "dinkes")
    case = Case(
        TODAY,
        (keys,),
        {
            Line: {"receipt": Line(amount=900_000, channel="evidence")},
            Product: {"boxes": BOXES},
            Vendor: {"cook": Vendor(kind="umkm")},
            Buyer: {"office": OFFICE},
            Budget: {"dinkes": Budget(10_000_000)},
            Group: {"cook": Group(poor=2)},
        },
    )

    [decision] = weigh(rulebook.moves(case, Moment.DELIVERED, strict=True), {})

    assert (decision.subject, decision.window) == ("dinkes", "2026")
    assert (decision.values["amount"], decision.values["remaining"]) == (900_000, 3_100_000)


def test_the_regulation_is_pure_and_told_in_indonesian() -> None:
    [catalogue] = (FOLDER / "locale/id/LC_MESSAGES").glob("*.po")
    said = {sentence for rule in RULES for sentence in (rule.title, *rule.messages.values())}

    assert impurities(FOLDER / "rules.py") == []
    assert {entry.msgid for entry in polib.pofile(str(catalogue)) if entry.msgstr} == said
