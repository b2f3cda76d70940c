"""Facts: how they are named, and how many days a duty has."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.rules import CORE_FACTS, Day, Duty, Fact, Vendor, fact_name
from peken.rules.facts import GROUNDS

FIRST, AFTER = date(2026, 11, 1), date(2026, 12, 1)


def test_every_fact_of_the_core_is_about_something_known() -> None:
    assert {fact.of for fact in CORE_FACTS} <= set(GROUNDS)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("peken.rules.facts", "core:Membership"),
        ("arcadia.rules", "arcadia:Membership"),
        ("peken.plugins.turnover.rules", "turnover:Membership"),
    ],
)
def test_a_fact_is_named_after_whom_it_belongs_to(module: str, name: str) -> None:
    membership = type("Membership", (Fact,), {"__module__": module}, frozen=True)

    assert fact_name(membership) == name


def test_a_day_knows_its_weekday() -> None:
    assert Day.on(date(2026, 11, 19), "feast") == Day(date(2026, 11, 19), 3, frozenset({"feast"}))


@pytest.mark.parametrize(
    ("duty", "days"),
    [
        (Duty(()), 0),
        (Duty(((date(2020, 1, 1), None),)), 30),
        (Duty(((date(2026, 11, 16), None),)), 15),
        (Duty(((date(2020, 1, 1), date(2026, 11, 11)),)), 10),
        (Duty(((FIRST, date(2026, 11, 11)), (date(2026, 11, 6), date(2026, 11, 16)))), 15),
        (Duty(((date(2026, 12, 1), None),)), 0),
        (Duty(((FIRST, None),), (("*", date(2026, 11, 2), date(2026, 11, 4)),)), 28),
        (Duty(((FIRST, None),), (("city.rule", date(2026, 11, 2), None),)), 1),
        (Duty(((FIRST, None),), (("city.other", date(2026, 11, 2), None),)), 30),
    ],
)
def test_days_owed_are_those_served_less_those_exempt(duty: Duty, days: int) -> None:
    assert duty.days_owed("city.rule", FIRST, AFTER) == days


@given(st.dates(FIRST, AFTER))
def test_who_is_transferred_owes_each_day_once(on: date) -> None:
    there, here = Duty(((FIRST, on),)), Duty(((on, None),))

    owed = there.days_owed("r", FIRST, AFTER) + here.days_owed("r", FIRST, AFTER)

    assert timedelta(days=owed) == AFTER - FIRST


def test_facts_cannot_be_changed() -> None:
    vendor = Vendor("umkm")

    with pytest.raises(AttributeError):
        vendor.verified = True  # type: ignore[misc]
