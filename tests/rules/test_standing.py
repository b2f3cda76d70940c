"""Rows that are added after the file: whose days they take, and what is refused."""

from datetime import date
from typing import Any

import pytest

from peken.rules import Amount, Mode, ParameterFaults, Rulebook, RuleRow, load_parameters, table_name
from peken.rules.parameters import Chosen


class Minimum(Amount, frozen=True, kw_only=True):
    pass


FILE = """
[[minimum]]
amount = 5
valid_from = 2026-01-01
source = "decree"
mark = "A"
"""
BOUNDED = FILE + "valid_to = 2027-01-01\n"


def on(day: str) -> date:
    return date.fromisoformat(f"2026-{day}")


def row(amount: int, begins: str, ends: str = "", **more: Any) -> dict[str, Any]:
    dates = {"valid_from": on(begins)} | ({"valid_to": on(ends)} if ends else {})
    return {"amount": amount, "source": "decree", "mark": "A", **dates, **more}


def spans(text: str, *added: dict[str, Any]) -> list[tuple[int, str, str]]:
    """Amount, first day and first day after, by first day."""
    parameters = load_parameters(text, [Minimum], added={"minimum": added})
    rows = sorted(parameters.rows(Minimum), key=lambda each: each.valid_from)
    return [
        (each.amount, f"{each.valid_from:%m-%d}", f"{each.valid_to:%m-%d}" if each.valid_to else "") for each in rows
    ]


def faults(text: str, *added: dict[str, Any]) -> list[str]:
    with pytest.raises(ParameterFaults) as caught:
        load_parameters(text, [Minimum], added={"minimum": added})
    return [each.replace("parameters: ", "") for each in caught.value.faults]


def test_a_row_ends_the_open_one_before_it() -> None:
    assert spans(FILE, row(9, "07-01")) == [(5, "01-01", "07-01"), (9, "07-01", "")]


def test_a_row_ends_an_open_one_that_was_added_before() -> None:
    found = spans(FILE, row(9, "07-01"), row(8, "09-01"))

    assert found == [(5, "01-01", "07-01"), (9, "07-01", "09-01"), (8, "09-01", "")]


def test_a_row_may_come_before_one_that_was_added_earlier() -> None:
    found = spans(FILE, row(9, "09-01"), row(8, "07-01", "09-01"))

    assert found == [(5, "01-01", "07-01"), (8, "07-01", "09-01"), (9, "09-01", "")]


def test_rows_of_another_class_stay_as_they_are() -> None:
    found = spans(FILE, row(9, "07-01", scheme="golongan", code="I"))

    assert found == [(5, "01-01", ""), (9, "07-01", "")]


@pytest.mark.parametrize(
    ("text", "added", "fault"),
    [
        (FILE, [row(9, "01-01")], "minimum added row 1: * on 2026-01-01 is in minimum row 1 too"),
        (BOUNDED, [row(9, "07-01")], "minimum added row 1: * on 2026-07-01 is in minimum row 1 too"),
        (
            FILE,
            [row(9, "07-01"), row(8, "06-01")],
            "minimum added row 1: * on 2026-07-01 is in minimum added row 2 too",
        ),
        (
            FILE,
            [row(9, "07-01", "08-01"), row(8, "07-15")],
            "minimum added row 2: * on 2026-07-15 is in minimum added row 1 too",
        ),
        (
            FILE,
            [row(9, "07-01", "08-01"), row(8, "09-01")],
            "minimum added row 2: * has no row from 2026-08-01 to 2026-09-01",
        ),
        (FILE, [row(9, "07-01", set="b")], "minimum added row 1: there is no set b; known are "),
        (
            FILE.replace("amount", 'set = "a"\namount'),
            [row(9, "07-01")],
            "minimum added row 1: there is no set without a name; known are a",
        ),
        (FILE, [row(-9, "07-01")], "minimum added row 1: amount: Expected `int` >= 0"),
    ],
)
def test_what_clashes_or_leaves_a_gap_is_refused_by_name(text: str, added: list[dict[str, Any]], fault: str) -> None:
    assert faults(text, *added) == [fault]


@pytest.mark.parametrize(
    ("text", "added", "found"),
    [
        (FILE, row(9, "07-01", "08-01"), [(5, "01-01", "07-01"), (9, "07-01", "08-01"), (5, "08-01", "")]),
        (FILE, row(9, "07-01"), [(5, "01-01", "07-01"), (9, "07-01", "")]),
        (FILE, row(9, "01-01"), [(9, "01-01", "")]),
        (BOUNDED, row(9, "07-01"), [(5, "01-01", "07-01"), (9, "07-01", "")]),
        (BOUNDED, row(9, "07-01", "08-01"), [(5, "01-01", "07-01"), (9, "07-01", "08-01"), (5, "08-01", "01-01")]),
        (FILE.replace("01-01", "03-01"), row(9, "01-01", "03-01"), [(9, "01-01", "03-01"), (5, "03-01", "")]),
        (FILE + "valid_to = 2026-07-01", row(9, "07-01"), [(5, "01-01", "07-01"), (9, "07-01", "")]),
    ],
)
def test_a_row_that_replaces_takes_the_place_of_what_is_there_for_its_days(
    text: str, added: dict[str, Any], found: list[tuple[int, str, str]]
) -> None:
    assert spans(text, {**added, "replaces": True}) == found


def test_a_row_knows_whether_it_was_added() -> None:
    parameters = load_parameters(FILE, [Minimum], added={"minimum": [row(9, "07-01")]})

    assert [(each.place, each.added) for each in parameters.standing[Minimum]] == [
        ("parameters: minimum row 1", None),
        ("parameters: minimum added row 1", 1),
    ]


def modes(text: str, *added: dict[str, Any]) -> Chosen:
    return load_parameters(text, added={"rule": added}).choose({})


def mode(name: str, begins: str, ends: str = "") -> dict[str, Any]:
    dates = {"valid_from": on(begins)} | ({"valid_to": on(ends)} if ends else {})
    return {"code": "a.rule", "mode": name, "source": "decree", "mark": "A", **dates}


def test_a_rule_of_which_the_file_says_nothing_is_on_wherever_no_version_speaks() -> None:
    chosen = modes("", mode("off", "07-01", "08-01"), mode("shadow", "09-01"))

    found = [chosen.mode("a.rule", on(day)) for day in ("06-30", "07-01", "08-01", "09-01")]

    assert found == [Mode.ON, Mode.OFF, Mode.ON, Mode.SHADOW]


def test_a_rule_that_the_file_dates_stays_off_outside_of_its_days() -> None:
    file = '[[rule]]\ncode = "a.rule"\nvalid_from = 2026-05-01\nsource = "decree"\nmark = "A"\n'
    chosen = modes(file, {**mode("shadow", "04-01"), "replaces": True})

    found = [chosen.mode("a.rule", on(day)) for day in ("03-31", "04-01", "05-01")]

    assert found == [Mode.OFF, Mode.SHADOW, Mode.SHADOW]
    assert [type(each) for each in chosen.rows[RuleRow]] == [RuleRow]


def test_a_version_for_later_days_does_not_change_the_version_of_the_days_before() -> None:
    before, after = modes(""), modes("", mode("off", "07-01"))

    assert before.version(on("06-30")) == after.version(on("06-30"))
    assert before.version(on("07-01")) != after.version(on("07-01"))


def test_a_rulebook_shows_the_tables_of_a_rule_and_which_set_binds(malang: Rulebook) -> None:
    [table] = malang.tables_of("malang.quota")

    assert table_name(table) == "minimum"
    assert {row.set for row in malang.parameters["malang_quota"].rows(table)} == {"flat", "golongan"}
    assert {row.set for row in malang.chosen["malang_quota"].rows[table]} == {"flat"}
