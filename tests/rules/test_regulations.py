"""Regulations that other cities will ask for: each is told by its own functions, and the engine names no city."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import ClassVar

from peken.rules import (
    YEAR,
    Amount,
    Buyer,
    Case,
    Chapter,
    Check,
    Day,
    Department,
    Fact,
    Line,
    LineKeys,
    Moment,
    Obligation,
    Order,
    Product,
    Regulations,
    Row,
    Rulebook,
    Table,
    Vendor,
    Verdict,
    dates,
    refuse,
    weigh,
)


class Household(Fact, frozen=True):
    """Who receives an order that somebody else pays for."""

    of: ClassVar[str] = "order"
    in_need: bool


class Budget(Fact, frozen=True):
    of: ClassVar[str] = "department"
    meals: int


class Group(Fact, frozen=True):
    of: ClassVar[str] = "vendor"
    poor_members: int


class Rice(Amount, frozen=True, kw_only=True):
    """Grams on each given date."""


class Share(Row, frozen=True, kw_only=True):
    """Percent of a budget."""

    percent: int


def grams_given(line: Line, product: Product, household: Household | None) -> int:
    given = household is not None and household.in_need and line.measure_unit == "g"
    return line.measure if given and product.category == "staples.rice" else 0


def grams_owed(buyer: Buyer, table: Table[Rice]) -> Rice | None:
    return table.one() if buyer.asn else None


def meals(line: Line, group: Group | None) -> int:
    return line.amount if group is not None and group.poor_members > 0 else 0


def share(budget: Budget, table: Table[Share]) -> int | None:
    return next((budget.meals * row.percent // 100 for row in table.rows), None)


def near(buyer: Buyer, vendor: Vendor) -> Verdict | None:
    return None if buyer.region[:8] == vendor.region[:8] else refuse("too_far")


def routed(order: Order, vendors: tuple[Vendor, ...]) -> Verdict | None:
    small = order.amount <= 50_000_000 or all(vendor.kind == "kelontong" for vendor in vendors)
    return None if small else refuse("too_large", instead="e-purchasing", limit=50_000_000)


RICE = Obligation(
    code="arcadia.rice",
    cites="a decree",
    subject="buyer",
    window=dates("same-day-and-month", lambda on: on.day == on.month),
    at=Moment.PLACED,
    counts=grams_given,
    floor=grams_owed,
    unit="g",
)
MEALS = Obligation(
    code="arcadia.meals",
    cites="a decree",
    subject="department",
    window=YEAR,
    counts=meals,
    floor=share,
    evidence=True,
)
NEAR = Check(code="arcadia.near", cites="a decree", on="line", judge=near)
ROUTED = Check(code="arcadia.routed", cites="a decree", on="order", judge=routed)
TABLES = """
[[rice]]
amount = 10_000
valid_from = 2026-01-01
source = "a decree"
mark = "M"

[[share]]
percent = 40
valid_from = 2026-01-01
source = "a decree"
mark = "M"
"""


async def load(keys: Iterable[str], day: date) -> Mapping[str, Fact]:
    return {}


LOADS = {Household: load, Budget: load, Group: load}
RULEBOOK = Rulebook(
    [Chapter("arcadia", "1", Regulations((RICE, MEALS, NEAR, ROUTED), TABLES, LOADS))],
)
KEYS = (LineKeys("l", "p", "v", "b", "o", "d"),)


def case(line: Line, on: date, *, in_need: bool = True) -> Case:
    facts: dict[type[Fact], dict[str, Fact]] = {
        Line: {"l": line},
        Product: {"p": Product("staples.rice")},
        Vendor: {"v": Vendor("umkm", region="99.01.02.1001")},
        Buyer: {"b": Buyer("employee", asn=True, region="99.01.02.1009")},
        Order: {"o": Order(line.amount)},
        Department: {"d": Department("1.01", "Education")},
        Household: {"o": Household(in_need)},
        Budget: {"d": Budget(1_000_001)},
        Group: {"v": Group(2)},
    }
    return Case(Day.on(on), KEYS, facts)


def test_two_bags_of_five_kilograms_are_ten_and_less_is_short() -> None:
    bags = case(Line(150_000, quantity=2, measure=10_000, measure_unit="g"), date(2026, 5, 5))
    short = case(Line(900_000, quantity=1, measure=9_500, measure_unit="g"), date(2026, 5, 5))

    remaining = [
        weigh(RULEBOOK.moves(each, Moment.PLACED, strict=True), {})[0].values["remaining"] for each in (bags, short)
    ]

    assert remaining == [0, 500]


def test_rice_for_nobody_in_need_does_not_count_and_neither_does_rice_on_another_day() -> None:
    rice = Line(150_000, measure=10_000, measure_unit="g")

    bought = RULEBOOK.moves(case(rice, date(2026, 5, 5), in_need=False), Moment.PLACED, strict=True)
    late = RULEBOOK.moves(case(rice, date(2026, 5, 6)), Moment.PLACED, strict=True)

    assert bought == late == ()


def test_a_department_owes_a_share_of_its_budget_over_the_year() -> None:
    given = case(Line(300_000, channel="evidence"), date(2026, 11, 20))

    target = RULEBOOK.target("arcadia.meals", "d", given.facts, given.day, strict=True)
    [decision] = weigh(RULEBOOK.moves(given, Moment.DELIVERED, strict=True), {("arcadia.meals", "d", "2026"): 50_000})

    assert target is not None
    assert (target.floor, target.first, target.after) == (400_000, date(2026, 1, 1), date(2027, 1, 1))
    assert decision.values["remaining"] == 50_000
    assert any(name.endswith(":Budget/d") for name in decision.facts)


def test_an_order_above_a_value_goes_elsewhere_and_nearness_needs_no_amount() -> None:
    large = case(Line(50_000_001), date(2026, 11, 20))

    decisions = {decision.rule: decision for decision in RULEBOOK.judge(large, strict=True)}

    assert decisions["arcadia.near"].code == "allowed"
    assert (decisions["arcadia.routed"].code, decisions["arcadia.routed"].instead) == ("too_large", "e-purchasing")
