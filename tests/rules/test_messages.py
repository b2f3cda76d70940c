"""Which sentence stands for a decision."""

from collections.abc import Callable
from string import Formatter

import msgspec
import pytest

from peken.rules import Case, Decision, Rulebook, message_of, weigh
from peken.rules.messages import COMMON, RUPIAH, UNITS


def decisions(surabaya: Rulebook, case: Case, before: int) -> tuple[Decision, ...]:
    moves = surabaya.moves(case, None, strict=True)
    return weigh(moves, {move.key: before for move in moves})


def test_a_rule_has_its_own_words_first(surabaya: Rulebook, case_of: Callable[..., Case]) -> None:
    rule = surabaya.rules["surabaya.vendor-cap"]

    [_, refused] = decisions(surabaya, case_of(31_000_000), 0)

    assert message_of(rule, refused) == "This shop is closed until next month."


@pytest.mark.parametrize("unit", ["rupiah", "g"])
def test_the_engine_has_words_for_all_that_weighing_says(
    surabaya: Rulebook, case_of: Callable[..., Case], unit: str
) -> None:
    mandate = surabaya.rules["surabaya.mandate"]
    moves = surabaya.moves(case_of(2_000_000), None, strict=True)
    found = [
        decision
        for before in (0, 22_000_000, 29_000_000)
        for decision in weigh(
            [msgspec.structs.replace(move, unit=unit) for move in moves], {m.key: before for m in moves}
        )
    ]

    for decision in found:
        message = message_of(mandate, decision)
        fields = {name for _, name, _, _ in Formatter().parse(message) if name}
        assert fields <= set(decision.values)
        assert (":rp}" in message) is (unit == "rupiah")

    assert {decision.code for decision in found} == set(RUPIAH) == set(UNITS)


def test_what_nobody_has_words_for_is_said_by_the_title_or_the_code(
    surabaya: Rulebook, case_of: Callable[..., Case]
) -> None:
    [decision, *_] = decisions(surabaya, case_of(5), 0)
    odd = msgspec.structs.replace(decision, code="odd")

    assert message_of(surabaya.rules["surabaya.vendor-cap"], odd) == "Vendor cap"
    assert message_of(surabaya.rules["surabaya.mandate"], odd) == "odd"


def test_a_failure_is_said_without_detail(surabaya: Rulebook, case_of: Callable[..., Case]) -> None:
    rule = surabaya.rules["surabaya.assigned"]
    failed = surabaya.judge(case_of(5, v=None))[0]

    assert message_of(rule, failed) == COMMON["rule_failed"]
