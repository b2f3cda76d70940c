"""The rulebook: what it knows, which day it is, and what must be loaded before asking."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest

from peken.rules import (
    CORE_FACTS,
    Buyer,
    Calendar,
    Chapter,
    Day,
    Department,
    Duty,
    Line,
    Mode,
    Moment,
    Order,
    Product,
    Rule,
    Rulebook,
    Vendor,
)

SHADOWED = """
[[rule]]
code = "arcadia.feasts"
mode = "{mode}"
valid_from = 2026-01-01
source = "draft"
mark = "O"
"""


def feasts(on: date) -> Iterable[str]:
    return ["feast"] if on.day == on.month else []


def market_days(on: date) -> Iterable[str]:
    return ["market", "feast"]


def broken(on: date) -> Iterable[str]:
    raise ZeroDivisionError


FEASTS = Calendar(code="arcadia.feasts", cites="custom", occasions=feasts)
MARKETS = Calendar(code="arcadia.markets", cites="custom", occasions=market_days)
BROKEN = Calendar(code="arcadia.broken", cites="custom", occasions=broken)


def test_rules_are_known_by_code_kind_and_plugin(surabaya: Rulebook) -> None:
    codes = {
        kind: [rule.code for rule in rules]
        for kind, rules in {
            "obligations": surabaya.obligations,
            "caps": surabaya.caps,
            "checks": surabaya.checks,
            "rankings": surabaya.rankings,
        }.items()
    }

    assert codes == {
        "obligations": ["surabaya.mandate"],
        "caps": ["surabaya.vendor-cap"],
        "checks": ["surabaya.assigned", "surabaya.tender", "surabaya.own", "surabaya.dress"],
        "rankings": ["surabaya.unsold"],
    }
    assert len(surabaya.rules) == 8
    assert surabaya.plugin_of("surabaya.dress") == "batik_suroboyo"
    assert surabaya.version_of("surabaya.dress").startswith("2.0+")


def test_chapters_stand_in_the_order_given(sample: Any) -> None:
    rulebook = Rulebook([sample.malang, sample.surabaya])

    assert next(iter(rulebook.rules)) == "malang.quota"
    assert {rulebook.plugin_of(code) for code in rulebook.rules} == {"malang_quota", "batik_suroboyo"}


def test_fact_types_are_found_by_the_name_they_have_in_records(surabaya: Rulebook, sample: Any) -> None:
    assert {name for name in surabaya.fact_types if name.startswith("core:")} == {
        f"core:{fact.__name__}" for fact in CORE_FACTS
    }
    assert sample.sales in surabaya.fact_types.values()
    assert list(surabaya.loads) == [sample.sales]


def test_what_must_be_loaded_is_united_over_the_rules_asked(surabaya: Rulebook, sample: Any, today: Day) -> None:
    assert surabaya.needs(today, "line") == {Buyer, Vendor}
    assert surabaya.needs(today, "order") == {Order, Line, Department}
    assert surabaya.needs(today, "listing") == {Product, Vendor}
    assert surabaya.needs(today, "day") == frozenset()
    assert surabaya.needs(today, Moment.PLACED) == {Line, Vendor}
    assert surabaya.needs(today, *Moment) == {Line, Vendor, Product, Buyer}
    assert surabaya.needs(today, "surabaya.unsold") == {sample.sales}


def test_a_prorated_obligation_needs_the_duty(malang: Rulebook, today: Day) -> None:
    assert malang.needs(today, Moment.DELIVERED) == {Line, Vendor, Buyer, Duty}


def test_a_rule_that_is_off_needs_nothing(chapter_of: Callable[..., Chapter], sample: Any, today: Day) -> None:
    off = SHADOWED.format(mode="off").replace("arcadia.feasts", "surabaya.assigned")
    rules = tuple(rule for rule in sample.surabaya.regulations.rules if rule.code == "surabaya.assigned")

    rulebook = Rulebook([chapter_of(*rules, text=off)])

    assert rulebook.mode("surabaya.assigned", today) is Mode.OFF
    assert rulebook.needs(today, "line") == frozenset()


def test_a_day_unites_what_all_calendars_say(chapter_of: Callable[..., Chapter]) -> None:
    rulebook = Rulebook([chapter_of(FEASTS), chapter_of(MARKETS)])

    assert rulebook.day(date(2026, 5, 5)) == Day.on(date(2026, 5, 5), "feast", "market")


def test_a_calendar_may_read_its_days_from_a_table(surabaya: Rulebook) -> None:
    found = [surabaya.day(date(2026, 8, day)).occasions for day in (16, 17, 18)]

    assert found == [frozenset(), {"holiday"}, frozenset()]


@pytest.mark.parametrize(("mode", "occasions"), [("off", set()), ("shadow", set()), ("on", {"feast"})])
def test_a_calendar_speaks_only_when_it_is_on(
    chapter_of: Callable[..., Chapter], mode: str, occasions: set[str]
) -> None:
    rulebook = Rulebook([chapter_of(FEASTS, text=SHADOWED.format(mode=mode))])

    assert rulebook.day(date(2026, 5, 5)).occasions == occasions


def test_a_calendar_that_raises_is_named_and_the_others_still_speak(chapter_of: Callable[..., Chapter]) -> None:
    rulebook = Rulebook([chapter_of(BROKEN, MARKETS)])
    heard: list[tuple[Rule, Exception]] = []

    day = rulebook.day(date(2026, 5, 5), on_failure=lambda rule, error: heard.append((rule, error)))

    assert day.occasions == {"market", "feast"}
    assert [(rule.code, type(error)) for rule, error in heard] == [("arcadia.broken", ZeroDivisionError)]


def test_a_calendar_that_raises_does_so_in_tests(chapter_of: Callable[..., Chapter]) -> None:
    rulebook = Rulebook([chapter_of(BROKEN)])

    with pytest.raises(ZeroDivisionError):
        rulebook.day(date(2026, 5, 5), strict=True)
