"""Judging again: the same result from what was recorded, another version told, a missing fact named."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest

from peken.rules import (
    MONTH,
    Again,
    Cap,
    Case,
    Chapter,
    Check,
    Day,
    Decision,
    Department,
    Duty,
    Fact,
    Line,
    LineKeys,
    MissingFact,
    Mode,
    Moment,
    Outcome,
    Replayed,
    Rulebook,
    Thawed,
    Vendor,
    Verdict,
    case_to_json,
    judge_again,
    notice,
    refuse,
    thaw,
    weigh,
)

CaseOf = Callable[..., Case]
ChapterOf = Callable[..., Chapter]
TODAY = Day.on(date(2026, 11, 20))


def near(line: Line, vendor: Vendor) -> Verdict | None:
    return refuse("too_much", amount=line.amount) if line.amount > 100 and not vendor.verified else None


def far(line: Line, vendor: Vendor) -> Verdict | None:
    return refuse("too_much", amount=line.amount) if line.amount > 50 else None


def sold(line: Line) -> int:
    return line.amount


def nothing_counts(line: Line) -> int:
    return 0


def hundred(vendor: Vendor) -> int | None:
    return 100


def check(judge: Any, code: str = "arcadia.near") -> Check:
    return Check(code=code, cites="a decree", on="line", judge=judge)


def cap(counts: Any = sold) -> Cap:
    return Cap(
        code="arcadia.cap", cites="a decree", subject="vendor", window=MONTH, counts=counts, ceiling=hundred, warn_at=80
    )


SHOP = Vendor("umkm")


def case(*amounts: int, vendor: Vendor | None = SHOP) -> Case:
    keys = [f"l{number}" for number, _ in enumerate(amounts, 1)]
    lines = {key: Line(amount) for key, amount in zip(keys, amounts, strict=True)}
    facts: Mapping[Any, Any] = {Line: lines} | ({Vendor: {"v": vendor}} if vendor else {})
    return Case(TODAY, tuple(LineKeys(key, "p", "v", "b", "o") for key in keys), facts)


def stored(rulebook: Rulebook, given: Case, before: int = 0) -> list[Decision]:
    """What was recorded of a case, as it comes back from storage."""
    moves = rulebook.moves(given, Moment.PLACED)
    decisions = (*rulebook.judge(given), *weigh(moves, {move.key: before for move in moves}))
    return [Decision.from_dict(msgspec.json.decode(msgspec.json.encode(each.to_dict()))) for each in decisions]


def again(rulebook: Rulebook, given: Case, decisions: list[Decision]) -> tuple[Again, ...]:
    return judge_again(rulebook, thaw(case_to_json(given), rulebook.fact_types.values()), Moment.PLACED, decisions)


@pytest.mark.parametrize("before", [0, 30, 99])
def test_what_was_recorded_is_found_again(chapter_of: ChapterOf, before: int) -> None:
    rulebook, given = Rulebook([chapter_of(check(near), cap())]), case(20, 30, 200)
    decisions = stored(rulebook, given, before)

    found = again(rulebook, given, decisions)

    assert len(found) == len(decisions) == 3
    assert {(each.outcome, each.other_version, each.fault) for each in found} == {(Replayed.SAME, False, "")}


def test_a_delivery_is_asked_of_tallies_alone(surabaya: Rulebook, case_of: CaseOf) -> None:
    given = case_of(5_000)
    decisions = list(weigh(surabaya.moves(given, Moment.DELIVERED), {}))

    found = judge_again(surabaya, Thawed(given), Moment.DELIVERED, decisions)

    assert [(each.rule, each.outcome) for each in found] == [("surabaya.mandate", Replayed.SAME)]


def test_changed_code_that_says_the_same_is_another_version_and_no_difference(chapter_of: ChapterOf) -> None:
    given = case(20)
    decisions = stored(Rulebook([chapter_of(check(near), version="1")]), given)

    found = again(Rulebook([chapter_of(check(near), version="2")]), given, decisions)

    assert [(each.outcome, each.other_version) for each in found] == [(Replayed.SAME, True)]


def test_changed_code_that_says_otherwise_differs_line_by_line(chapter_of: ChapterOf) -> None:
    given = case(20, 60)
    decisions = stored(Rulebook([chapter_of(check(near), version="1")]), given)

    found = again(Rulebook([chapter_of(check(far), version="2")]), given, decisions)

    assert [each.outcome for each in found] == [Replayed.DIFFERENT, Replayed.DIFFERENT]
    assert [each.stored.code if each.stored else None for each in found] == ["allowed", None]
    assert [(each.now.code, each.now.lines) for each in found if each.now] == [
        ("allowed", ("l1",)),
        ("too_much", ("l2",)),
    ]


def test_other_tables_are_another_version(malang: Rulebook, sample: Any, case_of: CaseOf) -> None:
    given = case_of(5_000, b=Duty(((date(2015, 1, 1), None),)))
    decisions = list(weigh(malang.moves(given, Moment.DELIVERED), {}))
    other = Rulebook([replace(sample.malang, chosen={"minimum": "golongan"})])

    found = judge_again(other, Thawed(given), Moment.DELIVERED, decisions)

    assert [(each.outcome, each.other_version) for each in found] == [(Replayed.DIFFERENT, True)]
    assert [each.now.values["floor"] for each in found if each.now] == [400_000]


def test_a_rule_that_is_silent_now_differs(chapter_of: ChapterOf) -> None:
    given = case(20)
    decisions = stored(Rulebook([chapter_of(cap())]), given)

    found = again(Rulebook([chapter_of(cap(nothing_counts))]), given, decisions)

    assert [(each.outcome, each.now) for each in found] == [(Replayed.DIFFERENT, None)]


def test_a_rule_that_is_gone_is_told(chapter_of: ChapterOf) -> None:
    given = case(20)
    decisions = stored(Rulebook([chapter_of(check(near))]), given)

    found = again(Rulebook([chapter_of(check(near, "arcadia.other"))]), given, decisions)

    assert [(each.outcome, each.other_version) for each in found] == [(Replayed.GONE, True)]


def test_a_decision_that_was_taken_from_the_records_is_missed(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(check(near), cap())]), case(20)
    decisions = stored(rulebook, given)

    found = again(rulebook, given, decisions[:1])

    assert [(each.rule, each.outcome, each.stored) for each in found[1:]] == [("arcadia.cap", Replayed.DIFFERENT, None)]


def test_what_another_version_would_add_is_not_missed(chapter_of: ChapterOf) -> None:
    given = case(20)
    decisions = stored(Rulebook([chapter_of(check(near), version="1")]), given)

    found = again(Rulebook([chapter_of(check(near), cap(), version="2")]), given, decisions)

    assert [each.rule for each in found] == ["arcadia.near"]


def test_a_fact_that_the_decision_names_and_nobody_recorded_is_named(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(check(near), cap())]), case(20)
    decisions = stored(rulebook, given)

    found = again(rulebook, case(20, vendor=None), decisions)

    assert {each.outcome for each in found} == {Replayed.UNRECORDED}
    assert found[0].fault == "core:Vendor/v, core:Vendor was not recorded"


def test_a_fact_of_a_type_that_is_gone_is_named(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(check(near))]), case(20)
    [decision] = stored(rulebook, given)

    found = again(rulebook, given, [msgspec.structs.replace(decision, facts=("other:Licence/v",))])

    assert [each.fault for each in found] == ["other:Licence/v was not recorded"]


def test_a_fact_that_changed_code_asks_for_is_named_even_where_it_may_be_missing(chapter_of: ChapterOf) -> None:
    def asks_more(line: Line, department: Department | None) -> Verdict | None:
        return notice("of_an_office") if department else None

    given = case(20)
    office = replace_department(given, "d")
    decisions = stored(Rulebook([chapter_of(check(near), version="1")]), given)
    rulebook = Rulebook([chapter_of(check(asks_more), version="2")])

    of_an_office = again(rulebook, office, decisions)
    of_nobody = again(rulebook, given, decisions)

    assert [each.fault for each in of_an_office] == ["core:Department was not recorded"]
    assert [each.outcome for each in of_nobody] == [Replayed.SAME]


def replace_department(given: Case, department: str) -> Case:
    lines = tuple(msgspec.structs.replace(line, department=department) for line in given.lines)
    return msgspec.structs.replace(given, lines=lines)


def test_a_fact_that_only_one_line_lacks_is_named(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(check(near))]), case(20, 30)
    [decision] = stored(rulebook, given)
    facts: dict[type[Fact], Mapping[str, Fact]] = {**given.facts, Line: {"l1": Line(20)}}

    found = again(rulebook, msgspec.structs.replace(given, facts=facts), [msgspec.structs.replace(decision, facts=())])

    assert [each.fault for each in found] == ["core:Line/l2 was not given"]


def test_the_balance_of_that_moment_is_never_guessed(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(cap())]), case(20)
    [decision] = stored(rulebook, given)

    found = again(rulebook, given, [msgspec.structs.replace(decision, values={})])

    assert [each.fault for each in found] == ["the balance before was not recorded"]


def test_a_failure_that_was_recorded_twice_is_found_again(chapter_of: ChapterOf) -> None:
    def fails(line: Line) -> Verdict | None:
        raise ZeroDivisionError

    rulebook, given = Rulebook([chapter_of(check(fails))]), case(20)
    [decision] = stored(rulebook, given)

    found = again(rulebook, given, [decision, decision])

    assert [each.outcome for each in found] == [Replayed.SAME, Replayed.SAME]


def test_a_decision_that_somebody_has_changed_differs(chapter_of: ChapterOf) -> None:
    rulebook, given = Rulebook([chapter_of(check(near))]), case(200)
    [decision] = stored(rulebook, given)
    changed = msgspec.structs.replace(decision, outcome=Outcome.ALLOW, code="allowed", values={})

    found = again(rulebook, given, [changed])

    assert [(each.outcome, each.other_version) for each in found] == [(Replayed.DIFFERENT, False)]
    assert decision.mode is Mode.ON


def test_a_fact_that_no_longer_fits_its_type_is_named() -> None:
    data = case_to_json(case(20)).replace(b'"amount":20', b'"amount":"much"')

    with pytest.raises(MissingFact, match="core:Line/l1 was recorded in another shape"):
        thaw(data, [Line])


def test_fields_that_facts_have_gained_are_told_and_unknown_types_passed_over() -> None:
    data = case_to_json(case(20)).replace(b',"measure":0', b"")

    thawed = thaw(data, [Line])

    assert thawed.assumed == {"core:Line.measure"}
    assert set(thawed.case.facts) == {Line}
