"""Checks: all are asked, every objection is gathered, and each decision says what it was made of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

import pytest

from peken.rules import (
    Buyer,
    Case,
    Chapter,
    Check,
    Day,
    Decision,
    Department,
    Facts,
    Line,
    LineKeys,
    ListingKeys,
    MissingFact,
    Mode,
    Order,
    Outcome,
    Product,
    Rule,
    Rulebook,
    Vendor,
    Verdict,
    refuse,
    warn,
)

T = TypeVar("T")
CaseOf = Callable[..., Case]
ChapterOf = Callable[..., Chapter]
ELSEWHERE = Vendor("umkm", region="35.73.02.1002", verified=True)


def large(line: Line) -> Verdict | None:
    return refuse("too_large", limit=100) if line.amount > 100 else None


def any_line(line: Line) -> Verdict | None:
    return warn("mind")


def raising(line: Line) -> Verdict | None:
    raise ZeroDivisionError


def lying(line: Line) -> Verdict | None:
    return "no"  # type: ignore[return-value]


def fractional(line: Line) -> Verdict | None:
    return refuse("too_large", limit=1.5)  # type: ignore[arg-type]


def alike(buyer: Buyer) -> Verdict | None:
    return warn("by", kind=buyer.kind)


LARGE = Check(code="a.large", cites="law 1", on="line", judge=large)
MIND = Check(code="a.mind", cites="law 2", on="line", judge=any_line)


def brief(decisions: tuple[Decision, ...]) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [(each.rule, each.outcome.value, each.code, each.lines) for each in decisions]


def test_every_objection_is_gathered_and_what_agrees_is_one_decision(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(LARGE, MIND)])

    decisions = rulebook.judge(case_of(50, 150, 200, 60), strict=True)

    assert brief(decisions) == [
        ("a.large", "allow", "allowed", ("l1", "l4")),
        ("a.large", "refuse", "too_large", ("l2", "l3")),
        ("a.mind", "warn", "mind", ("l1", "l2", "l3", "l4")),
    ]


def test_a_decision_says_all_that_is_needed_to_explain_it(surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(5_000, v=ELSEWHERE)

    [decision] = [each for each in surabaya.judge(case, strict=True) if each.rule == "surabaya.assigned"]

    assert decision == Decision(
        rule="surabaya.assigned",
        plugin="batik_suroboyo",
        version=surabaya.version_of("surabaya.assigned"),
        parameters=decision.parameters,
        mode=Mode.ON,
        outcome=Outcome.REFUSE,
        code="other_kelurahan",
        lines=("l1",),
        values={"vendor_region": "35.73.02.1002"},
        instead="35.73.01.1001",
        citation="shop assignment",
        facts=("core:Buyer/b", "core:Vendor/v"),
    )
    assert len(decision.parameters) == 16
    assert decision.binding


def test_a_decision_can_be_stored_and_read_back(surabaya: Rulebook, case_of: CaseOf) -> None:
    decisions = surabaya.judge(case_of(5_000, v=ELSEWHERE), strict=True)

    stored = [decision.to_dict() for decision in decisions]

    assert tuple(Decision.from_dict(each) for each in stored) == decisions
    assert stored[0]["outcome"] == "refuse"


def test_a_rule_in_the_shadow_records_its_refusal_and_binds_nobody(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    text = '[[rule]]\ncode = "a.large"\nmode = "shadow"\nvalid_from = 2026-01-01\nsource = "draft"\nmark = "O"'
    rulebook = Rulebook([chapter_of(LARGE, text=text)])

    [decision] = rulebook.judge(case_of(150), strict=True)

    assert (decision.mode, decision.outcome, decision.binding) == (Mode.SHADOW, Outcome.REFUSE, False)


def test_a_rule_that_is_not_yet_in_force_is_not_asked(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    text = '[[rule]]\ncode = "a.large"\nvalid_from = 2027-01-01\nsource = "law"\nmark = "O"'
    rulebook = Rulebook([chapter_of(LARGE, text=text)])

    before = rulebook.judge(case_of(150), strict=True)
    after = rulebook.judge(case_of(150, day=Day.on(date(2027, 1, 1))), strict=True)

    assert before == ()
    assert [each.outcome for each in after] == [Outcome.REFUSE]


def test_an_order_is_judged_as_a_whole(surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(150_000_000, 60_000_000)
    lines = tuple(LineKeys(key.line, "p", "v", "b", "o", "d") for key in case.lines)
    office = Case(case.day, lines, {**case.facts, Department: {"d": Department("1.01", "Education")}})

    [decision] = [each for each in surabaya.judge(office, strict=True) if each.rule == "surabaya.tender"]

    assert (decision.code, decision.lines) == ("by_tender", ("l1", "l2"))
    assert (decision.subject_kind, decision.subject) == ("order", "o")
    assert decision.values == {"amount": 210_000_000}
    assert decision.facts == ("core:Order/o", "core:Line/l1", "core:Line/l2", "core:Department/d")


def test_what_may_be_missing_is_none(surabaya: Rulebook, case_of: CaseOf) -> None:
    [decision] = [each for each in surabaya.judge(case_of(5), strict=True) if each.rule == "surabaya.tender"]

    assert decision.outcome is Outcome.ALLOW
    assert decision.facts == ("core:Order/o", "core:Line/l1")


def test_every_order_of_a_purchase_is_judged_by_itself(surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(5, 6)
    lines = (case.lines[0], LineKeys("l2", "p", "v", "b", "o2"))
    purchase = Case(case.day, lines, {**case.facts, Order: {"o": Order(5), "o2": Order(6)}})

    decisions = [each for each in surabaya.judge(purchase, strict=True) if each.rule == "surabaya.tender"]

    assert [(each.subject, each.lines) for each in decisions] == [("o", ("l1",)), ("o2", ("l2",))]


def test_a_collective_order_has_no_single_buyer(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    rulebook = Rulebook([chapter_of(Check(code="a.alike", cites="law", on="order", judge=alike))])
    case = case_of(5, 6)
    mixed = Case(case.day, (case.lines[0], LineKeys("l2", "p", "v", "b2", "o")), case.facts)

    with pytest.raises(MissingFact, match="core:Buyer/None was not given"):
        rulebook.judge(mixed, strict=True)
    assert [each.code for each in rulebook.judge(case, strict=True)] == ["by"]


@pytest.mark.parametrize("judge", [raising, lying, fractional])
@pytest.mark.parametrize(("fail", "outcome"), [("closed", Outcome.REFUSE), ("open", Outcome.ALLOW)])
def test_a_rule_that_raises_refuses_or_allows_as_it_declares_and_is_named(
    chapter_of: ChapterOf, case_of: CaseOf, judge: Any, fail: Any, outcome: Outcome
) -> None:
    rulebook = Rulebook([chapter_of(replace(LARGE, judge=judge, fail=fail), MIND)])
    heard: list[str] = []

    failed, other = rulebook.judge(case_of(5), on_failure=lambda rule, error: heard.append(rule.code))

    assert (failed.outcome, failed.code, failed.values) == (outcome, "rule_failed", {"fail": fail})
    assert other.code == "mind"
    assert heard == ["a.large"]


def test_whoever_watches_sees_each_rule_once_for_all_lines_and_changes_nothing(
    surabaya: Rulebook, case_of: CaseOf
) -> None:
    case, seen = case_of(5, 6, 7), list[str]()

    def watch(rule: Rule, ask: Callable[[], T], /) -> T:
        seen.append(rule.code)
        return ask()

    decisions = surabaya.judge(case, strict=True, watch=watch)
    moves = surabaya.moves(case, None, strict=True, watch=watch)

    assert seen == ["surabaya.assigned", "surabaya.tender", "surabaya.mandate", "surabaya.vendor-cap"]
    assert decisions == surabaya.judge(case, strict=True)
    assert moves == surabaya.moves(case, None, strict=True)


def test_a_notice_that_cannot_be_given_is_told_to_who_listens_and_raises_where_it_must(chapter_of: ChapterOf) -> None:
    def broken(day: Day) -> Verdict | None:
        raise ZeroDivisionError

    rulebook = Rulebook([chapter_of(Check(code="a.day", cites="c", on="day", judge=broken))])
    heard: list[str] = []

    [said] = rulebook.notices(Day.on(date(2026, 11, 19)), on_failure=lambda rule, error: heard.append(rule.code))

    assert (said.code, heard) == ("rule_failed", ["a.day"])
    with pytest.raises(ZeroDivisionError):
        rulebook.notices(Day.on(date(2026, 11, 19)), strict=True)


def test_a_fact_that_is_missing_is_named_and_never_guessed(surabaya: Rulebook, case_of: CaseOf) -> None:
    case = case_of(5, v=None)

    with pytest.raises(MissingFact, match="core:Vendor/v was not given"):
        surabaya.judge(case, strict=True)
    assert surabaya.judge(case)[0].code == "rule_failed"


def test_a_listing_is_judged_before_it_is_shown(surabaya: Rulebook, today: Day) -> None:
    listing = ListingKeys("p", "v")
    resold: Facts = {Product: {"p": Product("fashion.batik")}, Vendor: {"v": Vendor("umkm")}}

    [decision] = surabaya.judge_listing(listing, resold, today, strict=True)

    assert (decision.code, decision.subject_kind, decision.subject) == ("not_own_production", "product", "p")
    assert surabaya.judge_listing(listing, {**resold, Vendor: {"v": Vendor("kelontong")}}, today)[0].code == "allowed"


@pytest.mark.parametrize(
    ("on", "code"),
    [
        (date(2026, 11, 18), "allowed"),
        (date(2026, 11, 19), "wear_batik"),
        (date(2026, 12, 25), "allowed"),
        (date(2026, 12, 24), "wear_batik"),
    ],
)
def test_thursday_is_the_day_of_batik(surabaya: Rulebook, on: date, code: str) -> None:
    [decision] = surabaya.notices(surabaya.day(on), strict=True)

    assert decision.code == code


def test_a_holiday_frees_from_the_dress(surabaya: Rulebook) -> None:
    [decision] = surabaya.notices(Day.on(date(2026, 11, 19), "holiday"), strict=True)

    assert (decision.outcome, decision.code) == (Outcome.NOTICE, "dress_free")
