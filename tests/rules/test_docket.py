"""The docket: facts written down and thawed by type, so that a case can be judged again."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from peken.rules import (
    Case,
    Day,
    Duty,
    MissingFact,
    Rulebook,
    Vendor,
    case_from_json,
    case_to_json,
    facts_from_json,
    facts_to_json,
)

CaseOf = Callable[..., Case]


def test_a_case_that_was_written_down_is_judged_the_same_again(surabaya: Rulebook, case_of: CaseOf) -> None:
    day = Day.on(date(2026, 11, 19), "holiday", "market")
    case = case_of(31_000_000, 5, day=day, b=Duty(((date(2026, 1, 1), None),)))

    thawed = case_from_json(case_to_json(case), surabaya.fact_types.values())

    assert thawed == case
    assert surabaya.judge(thawed) == surabaya.judge(case)
    assert surabaya.moves(thawed, None) == surabaya.moves(case, None)


def test_facts_are_named_by_plugin_and_type(surabaya: Rulebook, sample: Any) -> None:
    facts = {Vendor: {"v": Vendor("umkm")}, sample.sales: {"v": sample.sales(3)}}

    data = facts_to_json(facts)

    assert b'"core:Vendor":{"v":{' in data
    assert facts_from_json(data, surabaya.fact_types.values()) == facts


def test_the_same_facts_are_the_same_bytes() -> None:
    one, other = Vendor("umkm"), Vendor("kelontong")

    assert facts_to_json({Vendor: {"a": one, "b": other}}) == facts_to_json({Vendor: {"b": other, "a": one}})


def test_a_type_that_is_gone_is_named_and_never_skipped() -> None:
    data = facts_to_json({Vendor: {"v": Vendor("umkm")}})

    with pytest.raises(MissingFact, match="recorded facts of unknown type: core:Vendor"):
        facts_from_json(data, [])
