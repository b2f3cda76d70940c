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


SPANS = st.tuples(st.dates(date(2026, 10, 1), date(2027, 1, 1)), st.none() | st.integers(1, 60)).map(
    lambda span: (span[0], None if span[1] is None else span[0] + timedelta(days=span[1]))
)
EXEMPT = st.tuples(st.sampled_from(["*", "city.rule", "city.other"]), SPANS).map(lambda each: (each[0], *each[1]))
DUTIES = st.builds(Duty, st.lists(SPANS, max_size=3).map(tuple), st.lists(EXEMPT, max_size=3).map(tuple))


@given(DUTIES)
def test_days_owed_and_days_exempt_are_the_days_served(duty: Duty) -> None:
    served = Duty(duty.served).days_owed("city.rule", FIRST, AFTER)

    owed, exempt = (ask("city.rule", FIRST, AFTER) for ask in (duty.days_owed, duty.days_exempt))

    assert owed + exempt == served
    assert min(owed, exempt) >= 0
    assert served <= (AFTER - FIRST).days


@given(DUTIES, SPANS)
def test_one_exemption_more_never_makes_anybody_owe_more(duty: Duty, span: tuple[date, date | None]) -> None:
    freer = Duty(duty.served, (*duty.exempt, ("city.rule", *span)))

    before, after = (each.days_owed("city.rule", FIRST, AFTER) for each in (duty, freer))

    assert after <= before
    assert freer.days_owed("city.other", FIRST, AFTER) == duty.days_owed("city.other", FIRST, AFTER)


@given(DUTIES, st.dates(FIRST, AFTER))
def test_the_days_of_two_parts_of_a_window_are_those_of_the_whole(duty: Duty, on: date) -> None:
    parts = duty.days_owed("city.rule", FIRST, on) + duty.days_owed("city.rule", on, AFTER)

    assert parts == duty.days_owed("city.rule", FIRST, AFTER)


def test_facts_cannot_be_changed() -> None:
    vendor = Vendor("umkm")

    with pytest.raises(AttributeError):
        vendor.verified = True  # type: ignore[misc]
