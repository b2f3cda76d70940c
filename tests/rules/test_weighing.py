"""Weighing moves against balances: arithmetic that loses no Rupiah."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.rules import (
    Case,
    Mode,
    Moment,
    Move,
    Outcome,
    Rulebook,
    weigh,
)

CaseOf = Callable[..., Case]
amounts = st.integers(0, 10**12)


def move(amount: int, *, line: str = "l", **more: Any) -> Move:
    filled: dict[str, Any] = {"ceiling": 1_000, "kind": "cap", "warn_at": 80} | more
    return Move(
        rule="a.cap",
        plugin="arcadia",
        version="1",
        parameters="0",
        mode=Mode.ON,
        citation="law",
        subject_kind="vendor",
        subject="v",
        window="2026-11",
        line=line,
        amount=amount,
        **filled,
    )


KEY = ("a.cap", "v", "2026-11")


@pytest.mark.parametrize(
    ("before", "amount", "code", "values"),
    [
        (0, 799, "within_cap", {"after": 799, "remaining": 201}),
        (0, 800, "cap_near", {"after": 800, "remaining": 200, "percent": 80}),
        (799, 1, "cap_near", {"after": 800, "remaining": 200, "percent": 80}),
        (800, 1, "within_cap", {"after": 801, "remaining": 199}),
        (900, 100, "within_cap", {"after": 1_000, "remaining": 0}),
        (0, 1_000, "cap_near", {"after": 1_000, "remaining": 0, "percent": 80}),
        (900, 101, "cap_reached", {"remaining": 100, "over": 1}),
        (1_200, 1, "cap_reached", {"remaining": 0, "over": 201}),
    ],
)
def test_a_cap_allows_warns_once_and_refuses(before: int, amount: int, code: str, values: dict[str, int]) -> None:
    [decision] = weigh([move(amount)], {KEY: before})

    assert decision.code == code
    assert decision.values == values | {"before": before, "amount": amount, "ceiling": 1_000, "unit": "rupiah"}
    assert decision.outcome is {"within_cap": Outcome.ALLOW, "cap_near": Outcome.WARN}.get(code, Outcome.REFUSE)
    assert decision.binding is (code == "cap_reached")
    assert (decision.subject_kind, decision.subject, decision.window) == ("vendor", "v", "2026-11")


def test_a_cap_without_a_percentage_does_not_warn() -> None:
    [decision] = weigh([move(999, warn_at=None)], {})

    assert decision.code == "within_cap"


@pytest.mark.parametrize(("before", "amount", "remaining"), [(0, 100, 400), (450, 50, 0), (450, 100, 0), (700, 1, 0)])
def test_what_counts_towards_an_obligation_is_said_with_what_remains(before: int, amount: int, remaining: int) -> None:
    [decision] = weigh([move(amount, kind="obligation", ceiling=None, floor=500)], {KEY: before})

    assert (decision.outcome, decision.code) == (Outcome.ALLOW, "counts_towards")
    assert decision.values == {
        "amount": amount,
        "before": before,
        "after": before + amount,
        "floor": 500,
        "remaining": remaining,
        "unit": "rupiah",
    }


@pytest.mark.parametrize(
    ("owed", "told"), [(None, {}), (30, {}), (20, {"days_owed": 20, "days": 30}), (0, {"days_owed": 0, "days": 30})]
)
def test_a_floor_for_some_days_of_the_window_says_for_how_many(owed: int | None, told: dict[str, int]) -> None:
    days = None if owed is None else 30

    [decision] = weigh([move(5, kind="obligation", ceiling=None, floor=500, days_owed=owed, days=days)], {})

    assert {name: value for name, value in decision.values.items() if "days" in name} == told


def test_lines_of_one_tally_are_weighed_together() -> None:
    first, second = move(600, line="l1", facts=("f", "g")), move(600, line="l2", facts=("f", "h"))

    [decision] = weigh([first, second], {})

    assert decision.code == "cap_reached"
    assert (decision.lines, decision.facts) == (("l1", "l2"), ("f", "g", "h"))
    assert decision.values["amount"] == 1_200


def test_tallies_are_weighed_apart() -> None:
    other = msgspec.structs.replace(move(700), subject="w")

    decisions = weigh([move(700), other], {KEY: 500})

    assert [(each.subject, each.code) for each in decisions] == [("v", "cap_reached"), ("w", "within_cap")]


def test_a_rule_in_the_shadow_refuses_without_binding() -> None:
    [decision] = weigh([msgspec.structs.replace(move(2_000), mode=Mode.SHADOW)], {})

    assert (decision.outcome, decision.binding) == (Outcome.REFUSE, False)


def test_a_rule_that_failed_refuses() -> None:
    [failed, other] = weigh([move(5), move(0, line="l2", error="ZeroDivisionError")], {})

    assert (failed.outcome, failed.code, failed.lines) == (Outcome.REFUSE, "rule_failed", ("l2",))
    assert failed.values == {"fail": "closed"}
    assert (other.code, other.values["amount"]) == ("within_cap", 5)


def test_the_row_is_cited(surabaya: Rulebook, case_of: CaseOf) -> None:
    moves = surabaya.moves(case_of(31_000_000), Moment.PLACED, strict=True)

    [decision] = weigh(moves, {})

    assert (decision.citation, decision.source, decision.mark) == ("e-Peken vendor lock", "vendor lock", "A")
    assert decision.parameters == moves[0].parameters
    assert decision.values["over"] == 1_000_000


@given(st.lists(amounts, min_size=1, max_size=10), amounts, amounts, st.integers(1, 99))
def test_a_refusal_is_exact_and_the_warning_comes_exactly_once(
    parts: list[int], before: int, ceiling: int, percent: int
) -> None:
    codes, balance = [], before
    for part in parts:
        [decision] = weigh([move(part, ceiling=ceiling, warn_at=percent)], {KEY: balance})
        codes.append(decision.code)
        assert (decision.code == "cap_reached") is (balance + part > ceiling)
        balance += part if decision.code != "cap_reached" else 0

    assert codes.count("cap_near") <= 1
    crossed = before * 100 < ceiling * percent <= balance * 100
    assert (codes.count("cap_near") == 1) is crossed
