"""Drafts: TOML of other amounts and modes, and the rulebook it makes beside the one in force."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from peken.rules import (
    MONTH,
    Amount,
    Cap,
    Chapter,
    Check,
    Draft,
    Line,
    Mode,
    ParameterFaults,
    Rulebook,
    RuleFaults,
    Table,
    Vendor,
    Verdict,
    draft_rulebook,
    read_draft,
)

ChapterOf = Callable[..., Chapter]
FIRST, LATER = date(2026, 3, 1), date(2026, 5, 1)
TABLES = """
[[ceiling]]
set = "low"
amount = 100
valid_from = 2020-01-01
source = "a decree"
mark = "A"

[[ceiling]]
set = "high"
amount = 900
valid_from = 2020-01-01
source = "a decree"
mark = "A"

[[rule]]
code = "arcadia.tried"
mode = "shadow"
valid_from = 2030-01-01
source = "a decree"
mark = "A"
"""


class Ceiling(Amount, frozen=True, kw_only=True):
    """What a vendor may sell."""


def sold(line: Line) -> int:
    return line.amount


def ceiling(vendor: Vendor, table: Table[Ceiling]) -> Ceiling | None:
    return table.one()


def fine(line: Line) -> Verdict | None:
    return None


@pytest.fixture
def chapter(chapter_of: ChapterOf) -> Chapter:
    cap = Cap(code="arcadia.cap", cites="a decree", subject="vendor", window=MONTH, counts=sold, ceiling=ceiling)
    tried = Check(code="arcadia.tried", cites="a decree", on="line", judge=fine)
    return chapter_of(cap, tried, text=TABLES, chosen={"ceiling": "low"})


def amount(rulebook: Rulebook, day: date) -> int | None:
    row = rulebook.chosen["arcadia"].table(Ceiling, day).one()
    return row.amount if row else None


def drafted(chapter: Chapter, text: str) -> Rulebook:
    return draft_rulebook([chapter], read_draft(text), FIRST)


def test_a_row_takes_the_place_of_the_one_in_force_from_the_first_day_on(chapter: Chapter) -> None:
    rulebook = drafted(chapter, "[[arcadia.ceiling]]\namount = 50")

    assert [amount(rulebook, day) for day in (date(2026, 2, 28), FIRST, LATER)] == [100, 50, 50]
    [row] = [each for each in rulebook.chosen["arcadia"].rows[Ceiling] if each.valid_from == FIRST]
    assert (row.source, row.mark, row.set) == ("Draft", "M", "low")


def test_a_row_may_say_its_own_days_source_and_mark(chapter: Chapter) -> None:
    text = (
        '[[arcadia.ceiling]]\namount = 50\nvalid_from = 2026-04-01\nvalid_to = 2026-05-01\nsource = "mine"\nmark = "O"'
    )

    rulebook = drafted(chapter, text)

    assert [amount(rulebook, day) for day in (FIRST, date(2026, 4, 2), LATER)] == [100, 50, 100]


def test_another_set_may_be_chosen_and_changed(chapter: Chapter) -> None:
    rulebook = drafted(chapter, '[arcadia.chosen]\nceiling = "high"')
    changed = drafted(chapter, '[arcadia.chosen]\nceiling = "high"\n[[arcadia.ceiling]]\namount = 800')

    assert amount(rulebook, FIRST) == 900
    assert amount(changed, FIRST) == 800


@pytest.mark.parametrize(("mode", "found"), [("on", Mode.ON), ("off", Mode.OFF), ("shadow", Mode.SHADOW)])
def test_a_rule_is_switched_for_all_days(chapter: Chapter, mode: str, found: Mode) -> None:
    rulebook = drafted(chapter, f'[rules]\n"arcadia.tried" = "{mode}"')

    assert [rulebook.mode("arcadia.tried", day) for day in (date(2001, 1, 1), FIRST, date(2031, 1, 1))] == [found] * 3
    assert rulebook.mode("arcadia.cap", FIRST) is Mode.ON


def test_a_draft_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ParameterFaults, match="nested too deeply"):
        read_draft("x = " + "[" * 3_000 + "]" * 3_000)


def test_nothing_in_a_draft_changes_nothing(chapter: Chapter) -> None:
    rulebook = draft_rulebook([chapter], Draft(), FIRST)

    assert amount(rulebook, FIRST) == 100
    assert rulebook.mode("arcadia.tried", FIRST) is Mode.OFF
    assert rulebook.chapters == (chapter,)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[", "draft: "),
        ("arcadia = 1", "arcadia stands alone"),
        ("[arcadia]\nceiling = 1", "arcadia.ceiling must be rows, written"),
        ("[arcadia]\nceiling = [1]", "arcadia.ceiling must be rows"),
        ("[arcadia.chosen]\nceiling = 1", "arcadia.chosen must be rows"),
        ('[rules]\n"arcadia.cap" = "perhaps"', "arcadia.cap is perhaps; a rule is one of off, shadow, on"),
        ('[rules]\n"arcadia.cap" = []', "a rule is one of"),
        ("rules = 1", "rules must be a table"),
    ],
)
def test_what_is_wrong_in_its_form_is_told(text: str, fault: str) -> None:
    with pytest.raises(ParameterFaults, match=re.escape(fault)):
        read_draft(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[utopia.ceiling]]\namount = 1", "there is no plugin utopia here; there are arcadia"),
        ('[rules]\n"utopia.cap" = "on"', "there is no rule utopia.cap here"),
        ("[[arcadia.ceiling]]\namount = 1.5", "must be a whole number"),
        ("[[arcadia.floor]]\namount = 1", "no rule reads the table floor"),
        ('[arcadia.chosen]\nceiling = "middle"', "chosen is middle"),
    ],
)
def test_what_does_not_fit_the_rules_is_told(chapter: Chapter, text: str, fault: str) -> None:
    with pytest.raises(RuleFaults, match=re.escape(fault)):
        drafted(chapter, text)


def test_without_any_plugin_there_is_none_to_name() -> None:
    with pytest.raises(RuleFaults, match="there are none"):
        draft_rulebook([], read_draft("[[arcadia.ceiling]]\namount = 1"), FIRST)


def test_rows_that_the_city_has_set_stay_beside_those_of_the_draft(chapter_of: ChapterOf, chapter: Chapter) -> None:
    own: Any = {"set": "low", "amount": 70, "valid_from": date(2026, 1, 1), "source": "city hall", "mark": "A"}
    city = replace(chapter, added={"ceiling": [own]})

    rulebook = draft_rulebook([city], read_draft("[[arcadia.ceiling]]\namount = 50"), FIRST)

    assert [amount(rulebook, day) for day in (date(2025, 1, 1), date(2026, 2, 1), FIRST)] == [100, 70, 50]
