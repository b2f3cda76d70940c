"""Tallies: what lines add, what a subject owes, from which row and for how many days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from peken.rules import (
    MONTH,
    ORDER,
    Buyer,
    Cap,
    Case,
    Chapter,
    Day,
    Department,
    Duty,
    Fact,
    Line,
    LineKeys,
    MissingFact,
    Mode,
    Moment,
    Obligation,
    Order,
    Rulebook,
    Vendor,
    dates,
)

CaseOf = Callable[..., Case]
ChapterOf = Callable[..., Chapter]
SAME = dates("same-day-and-month", lambda on: on.day == on.month)
SHADOW = '[[rule]]\ncode = "a.cap"\nmode = "{}"\nvalid_from = 2026-01-01\nsource = "draft"\nmark = "O"'


def pieces(line: Line) -> int:
    return line.measure


def ten(vendor: Vendor) -> int | None:
    return 10


def thousand_grams(buyer: Buyer) -> int | None:
    return 1_000


def half_of(department: Department) -> int | None:
    return 50


def per_order(order: Order) -> int | None:
    return 3


def raising(vendor: Vendor) -> int | None:
    raise ZeroDivisionError


def below(line: Line) -> int:
    return -1


def truth(line: Line) -> int:
    return True


def fraction(line: Line) -> int:
    return 0.5  # type: ignore[return-value]


def negative(vendor: Vendor) -> int | None:
    return -1


CAP = Cap(code="a.cap", cites="law", subject="vendor", window=SAME, counts=pieces, ceiling=ten, unit="piece")
RICE = Obligation(
    code="a.rice", cites="law", subject="buyer", window=SAME, counts=pieces, floor=thousand_grams, unit="g"
)
FIFTH = Day.on(date(2026, 5, 5))


def test_a_delivered_line_counts_towards_the_quota_with_row_and_facts(malang: Rulebook, case_of: CaseOf) -> None:
    [move] = malang.moves(case_of(120_000), Moment.DELIVERED, strict=True)

    assert move.key == ("malang.quota", "b", "2026-11")
    assert (move.kind, move.line, move.amount, move.floor, move.ceiling) == ("obligation", "l1", 120_000, 500_000, None)
    assert move.row is not None
    assert (move.row.source, move.row.mark) == ("founding article", "S")
    assert move.facts == ("core:Line/l1", "core:Vendor/v", "core:Buyer/b")
    assert move.citation == "Malang shopping duty"
    assert move.plugin == "malang_quota"
    assert move.guard is None


def test_a_rule_counts_at_its_own_moment_only(surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(120_000)

    found = {moment: [move.rule for move in surabaya.moves(case, moment, strict=True)] for moment in (*Moment, None)}

    assert found == {
        Moment.PLACED: ["surabaya.vendor-cap"],
        Moment.PAID: [],
        Moment.DELIVERED: ["surabaya.mandate"],
        None: ["surabaya.mandate", "surabaya.vendor-cap"],
    }


def test_every_line_moves_by_itself(surabaya: Rulebook, case_of: CaseOf) -> None:
    moves = surabaya.moves(case_of(1, 0, 3), Moment.PLACED, strict=True)

    assert [(move.line, move.amount, move.ceiling, move.guard) for move in moves] == [
        ("l1", 1, 30_000_000, 30_000_000),
        ("l3", 3, 30_000_000, 30_000_000),
    ]


@pytest.mark.parametrize(
    "others",
    [{"b": Buyer("public")}, {"v": Vendor("umkm", region="35.07.01.1001")}, {"v": Vendor("kelontong", region="35.73")}],
)
def test_who_owes_nothing_and_what_does_not_count_moves_nothing(
    malang: Rulebook, case_of: CaseOf, others: dict[str, Fact]
) -> None:
    assert malang.moves(case_of(5, **others), Moment.DELIVERED, strict=True) == ()


def test_a_rule_is_silent_where_no_row_is_in_force(surabaya: Rulebook, case_of: CaseOf) -> None:
    assert surabaya.moves(case_of(5, day=Day.on(date(2025, 12, 31))), None, strict=True) == ()


def test_evidence_counts_only_where_the_rule_says_so(malang: Rulebook, surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(5, line={"channel": "evidence"})

    assert [move.amount for move in malang.moves(case, None, strict=True)] == [5]
    assert surabaya.moves(case, None, strict=True) == ()


def test_rows_are_found_by_class_and_by_day(sample: Any, case_of: CaseOf) -> None:
    rulebook = Rulebook([replace(sample.malang, chosen={"minimum": "golongan"})])
    first = {"b": Buyer("employee", asn=True, classes=(("golongan", "I/a"),))}

    found = [
        [move.floor for move in rulebook.moves(case_of(5, day=Day.on(day), **others), None, strict=True)]
        for day in (date(2022, 12, 31), date(2023, 1, 1))
        for others in (first, {})
    ]

    assert found == [[200_000], [400_000], [], [400_000]]


@pytest.mark.parametrize(
    ("duty", "floor", "days"),
    [
        (None, 500_000, None),
        (Duty(((date(2020, 1, 1), None),)), 500_000, 30),
        (Duty(((date(2026, 11, 20), None),)), 183_333, 11),
        (Duty(((date(2020, 1, 1), None),), (("*", date(2026, 11, 1), None),)), 0, 0),
    ],
)
def test_what_is_owed_is_prorated_by_days_and_rounded_down(
    malang: Rulebook, case_of: CaseOf, today: Day, duty: Duty | None, floor: int, days: int | None
) -> None:
    case = case_of(5, **({"b": duty} if duty else {}))

    target = malang.target("malang.quota", "b", case.facts, today, strict=True)
    [move] = malang.moves(case, None, strict=True)

    assert target is not None
    assert (target.floor, target.days_owed, target.days) == (floor, days, None if days is None else 30)
    assert move.floor == floor
    assert ("core:Duty/b" in move.facts) is (duty is not None)
    assert (move.kind, move.floor, move.ceiling) == ("obligation", floor, None)
    assert (move.days_owed, move.days) == (target.days_owed, target.days)


@pytest.mark.parametrize(
    ("duty", "floor", "days"),
    [
        (Duty(((date(2026, 11, 20), None),)), 1_000, None),
        (Duty(((date(2020, 1, 1), None),), (("*", date(2026, 11, 1), date(2026, 11, 30)),)), 1_000, None),
        (Duty(((date(2020, 1, 1), None),), (("a.other", date(2026, 11, 1), None),)), 1_000, None),
        (Duty(((date(2026, 12, 1), None),)), 1_000, None),
        (Duty(((date(2020, 1, 1), None),), (("a.rice", date(2026, 11, 1), date(2026, 12, 1)),)), 0, 0),
        (Duty(((date(2026, 11, 20), None),), (("*", date(2026, 11, 20), None),)), 0, 0),
    ],
)
def test_what_is_not_prorated_is_owed_whole_unless_one_is_exempt_on_every_day_served(
    case_of: CaseOf, chapter_of: ChapterOf, duty: Duty, floor: int, days: int | None
) -> None:
    rulebook = Rulebook([chapter_of(replace(RICE, window=MONTH))])

    target = rulebook.target("a.rice", "b", case_of(b=duty).facts, Day.on(date(2026, 11, 11)), strict=True)

    assert target is not None
    assert (target.floor, target.days_owed) == (floor, days)


def test_a_target_is_known_without_any_line(malang: Rulebook, case_of: CaseOf, today: Day) -> None:
    target = malang.target("malang.quota", "b", case_of().facts, today, strict=True)

    assert target is not None
    assert (target.window, target.first, target.after) == ("2026-11", date(2026, 11, 1), date(2026, 12, 1))
    assert (target.rule, target.subject_kind, target.subject, target.unit) == ("malang.quota", "buyer", "b", "rupiah")
    assert (target.floor, target.ceiling, target.mode) == (500_000, None, Mode.ON)
    assert target.row is not None
    assert target.row.mark == "S"


def test_a_ceiling_is_a_target_too(surabaya: Rulebook, case_of: CaseOf, today: Day) -> None:
    target = surabaya.target("surabaya.vendor-cap", "v", case_of().facts, today, strict=True)

    assert target is not None
    assert (target.floor, target.ceiling, target.days) == (None, 30_000_000, None)


def test_who_owes_nothing_has_no_target(malang: Rulebook, case_of: CaseOf, today: Day) -> None:
    facts = case_of(b=Buyer("public")).facts

    assert malang.target("malang.quota", "b", facts, today, strict=True) is None


def test_a_day_outside_of_every_window_has_no_moves_and_no_target(
    chapter_of: ChapterOf, case_of: CaseOf, today: Day
) -> None:
    rulebook = Rulebook([chapter_of(RICE)])
    case = case_of(5, line={"measure": 700})

    assert rulebook.moves(case, None, strict=True) == ()
    assert rulebook.target("a.rice", "b", case.facts, today, strict=True) is None
    [move] = rulebook.moves(case_of(5, day=FIFTH, line={"measure": 700}), None, strict=True)
    assert (move.window, move.amount, move.floor, move.unit, move.row) == ("2026-05-05", 700, 1_000, "g", None)


def test_an_order_can_be_its_own_window_and_its_own_subject(chapter_of: ChapterOf, case_of: CaseOf, today: Day) -> None:
    rule = replace(CAP, window=ORDER, subject="order", ceiling=per_order)
    rulebook = Rulebook([chapter_of(rule)])
    case = case_of(5, line={"measure": 2})

    [move] = rulebook.moves(case, Moment.PLACED, strict=True)

    assert (move.subject_kind, move.subject, move.window, move.ceiling) == ("order", "o", "o", 3)
    assert rulebook.target("a.cap", "o", case.facts, today, strict=True) is None


def test_a_department_counts_where_there_is_one(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rule = replace(RICE, subject="department", floor=half_of)
    rulebook = Rulebook([chapter_of(rule)])
    case = case_of(5, day=FIFTH, line={"measure": 2})
    office = (LineKeys("l1", "p", "v", "b", "o", "d"),)

    without = rulebook.moves(case, None, strict=True)
    within = rulebook.moves(
        Case(FIFTH, office, {**case.facts, Department: {"d": Department("1", "D")}}), None, strict=True
    )

    assert without == ()
    assert [(move.subject, move.floor) for move in within] == [("d", 50)]


def test_a_rule_that_is_off_has_no_moves_and_no_target(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(CAP, text=SHADOW.format("off"))])
    case = case_of(5, day=FIFTH, line={"measure": 2})

    assert rulebook.moves(case, None, strict=True) == ()
    assert rulebook.target("a.cap", "v", case.facts, FIFTH, strict=True) is None


def test_a_rule_in_the_shadow_moves_but_guards_nothing(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(CAP, text=SHADOW.format("shadow"))])

    [move] = rulebook.moves(case_of(5, day=FIFTH, line={"measure": 2}), None, strict=True)

    assert (move.mode, move.ceiling, move.guard) == (Mode.SHADOW, 10, None)


@pytest.mark.parametrize(
    "change",
    [{"counts": below}, {"counts": truth}, {"counts": fraction}, {"ceiling": raising}, {"ceiling": negative}],
    ids=["below", "truth", "fraction", "raising", "negative"],
)
def test_a_tally_that_fails_is_an_error_where_it_is_closed_and_silent_where_it_is_open(
    chapter_of: ChapterOf, case_of: CaseOf, change: dict[str, Any]
) -> None:
    closed, opened = replace(CAP, **change), replace(CAP, code="a.open", fail="open", **change)
    rulebook = Rulebook([chapter_of(closed, opened)])
    heard: list[str] = []
    case = case_of(5, day=FIFTH, line={"measure": 2})

    [move] = rulebook.moves(case, None, on_failure=lambda rule, error: heard.append(rule.code))

    assert (move.rule, move.amount, move.window, bool(move.error)) == ("a.cap", 0, "2026-05-05", True)
    assert heard == ["a.cap", "a.open"]
    with pytest.raises((ValueError, ZeroDivisionError)):
        rulebook.moves(case, None, strict=True)


def test_a_window_that_raises_is_a_failure_of_its_rule(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(replace(CAP, window=dates("broken", lambda on: bool(1 // 0))))])
    case = case_of(5, line={"measure": 2})

    [move] = rulebook.moves(case, None)

    assert (move.window, move.error) == ("", "ZeroDivisionError")
    assert rulebook.target("a.cap", "v", case.facts, case.day) is None


def test_a_target_that_fails_is_none_and_named(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(replace(CAP, ceiling=raising))])
    heard: list[str] = []

    target = rulebook.target(
        "a.cap", "v", case_of().facts, FIFTH, on_failure=lambda rule, error: heard.append(rule.code)
    )

    assert target is None
    assert heard == ["a.cap"]


def test_a_line_without_facts_is_a_failure(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(CAP)])
    case = case_of(5, day=FIFTH)

    with pytest.raises(MissingFact, match="core:Line/l1 was not given"):
        rulebook.moves(Case(FIFTH, case.lines, {}), None, strict=True)
