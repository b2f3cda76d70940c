"""Reading tables: every fault at once, each with file and row."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from peken.rules import Amount, ParameterFaults, Row, load_parameters
from peken.rules.faults import ParameterFault
from peken.rules.loading import columns_of


class Minimum(Amount, frozen=True, kw_only=True):
    schemes: ClassVar[Mapping[str, tuple[str, ...]]] = {"post": ()}


class Holiday(Row, frozen=True, kw_only=True):
    hours: int = 24


def a_row(table: str = "minimum", **columns: str) -> str:
    filled = {"amount": "5", "valid_from": "2026-01-01", "source": '"decree"', "mark": '"A"'} | columns
    lines = (f"{name} = {value}" for name, value in filled.items() if value)
    return f"[[{table}]]\n" + "\n".join(lines) + "\n"


def faults_of(text: str, **more: object) -> tuple[str, ...]:
    with pytest.raises(ParameterFaults) as caught:
        load_parameters(text, [Minimum, Holiday], **more)  # type: ignore[arg-type]
    return caught.value.faults


def test_a_file_is_read_and_named_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "parameters.toml"
    path.write_text(a_row(amount="-1"), "utf-8")

    with pytest.raises(ParameterFaults, match=r"parameters\.toml: minimum row 1: amount: Expected `int` >= 0"):
        load_parameters(path, [Minimum])


def test_no_source_at_all_is_no_tables() -> None:
    assert load_parameters(None).tables == {}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (a_row(source=""), "minimum row 1: the column source is missing"),
        (a_row(source='""'), "minimum row 1: source: Expected `str` of length >= 1"),
        (a_row(mark=""), "minimum row 1: the column mark is missing"),
        (a_row(amount="5.0"), "minimum row 1: amount is 5.0, and must be a whole number"),
        (a_row(amount="-5"), "minimum row 1: amount: Expected `int` >= 0"),
        (a_row(amuont="5"), "minimum row 1: there is no column amuont"),
        (a_row(valid_to="2026-01-01"), "minimum row 1: it ends on 2026-01-01, before it begins on 2026-01-01"),
        (a_row("holiday", amount="", hours="1.5"), "holiday row 1: hours is 1.5, and must be a whole number"),
        (a_row("maximum"), "no rule reads the table maximum"),
        ("minimum = 5", "minimum must be rows, written [[minimum]]"),
        ("minimum = [5]", "minimum must be rows, written [[minimum]]"),
        (a_row() + a_row(valid_from="2027-01-01"), "minimum row 2: * on 2027-01-01 is in minimum row 1 too"),
        (
            a_row(valid_to="2026-06-01") + a_row(valid_from="2026-05-31"),
            "minimum row 2: * on 2026-05-31 is in minimum row 1 too",
        ),
        (
            a_row(valid_to="2026-06-01", scheme='"post"', code='"I"')
            + a_row(valid_from="2026-07-01", scheme='"post"', code='"I"'),
            "minimum row 2: post/I has no row from 2026-06-01 to 2026-07-01",
        ),
        (a_row(mark='"unsure"'), "minimum row 1: mark: Expected `str` matching regex '^[ABSOM]$'"),
        (a_row(amount="9007199254740992"), "minimum row 1: amount: Expected `int` <= 9007199254740991"),
        (a_row(code='"I"'), "minimum row 1: the code I belongs to no scheme"),
        (a_row(scheme='"golongan"', code='"V/a"'), "minimum row 1: golongan has no class V/a"),
        (
            a_row(scheme='"rank"', code='"I"'),
            "minimum row 1: there is no scheme rank; known are echelon, golongan, job_class, post, pppk",
        ),
        (a_row(replaces="true"), "minimum row 1: there is no column replaces"),
    ],
)
def test_a_faulty_row_is_refused_and_named(text: str, fault: str) -> None:
    assert [each.replace("parameters: ", "") for each in faults_of(text)] == [fault]


def test_broken_toml_is_a_fault_and_not_a_crash() -> None:
    [fault] = faults_of("[[minimum")

    assert fault.startswith("parameters: ")


def test_all_faults_come_at_once() -> None:
    faults = faults_of(a_row(amount="1.5", mark="") + a_row(source="") + a_row("maximum"))

    assert len(faults) == 3


def test_rows_that_follow_each_other_are_no_clash_and_neither_are_rows_of_other_keys() -> None:
    text = a_row(valid_to="2026-06-01") + a_row(valid_from="2026-06-01")
    text += a_row(scheme='"post"', code='"I"') + a_row(set='"b"')

    parameters = load_parameters(text, [Minimum])

    assert len(parameters.tables[Minimum]) == 4


def test_a_table_that_is_no_amount_may_have_days_without_a_row() -> None:
    first = a_row("holiday", amount="", valid_to="2026-01-02")
    second = a_row("holiday", amount="", valid_from="2027-01-01", valid_to="2027-01-02")

    parameters = load_parameters(first + second, [Holiday])

    assert len(parameters.tables[Holiday]) == 2


def test_one_set_of_a_table_is_chosen() -> None:
    parameters = load_parameters(a_row(set='"a"') + a_row(set='"b"', amount="7"), [Minimum])

    table = parameters.choose({"minimum": "b"}).table(Minimum, date(2026, 1, 1))

    assert [row.amount for row in table.rows] == [7]


@pytest.mark.parametrize(
    ("chosen", "fault"),
    [
        ({}, "parameters: minimum has the sets a, b; chosen is none"),
        ({"minimum": "c"}, "parameters: minimum has the sets a, b; chosen is c"),
        ({"minimum": "a", "maximum": "a"}, "parameters: there is no table maximum to choose a set of"),
    ],
)
def test_a_choice_that_is_none_is_refused(chosen: dict[str, str], fault: str) -> None:
    parameters = load_parameters(a_row(set='"a"') + a_row(set='"b"'), [Minimum])

    with pytest.raises(ParameterFaults) as caught:
        parameters.choose(chosen)

    assert caught.value.faults == (fault,)


def test_a_gap_that_is_meant_is_said_by_the_row_after_it() -> None:
    text = a_row(valid_to="2026-06-01") + a_row(valid_from="2026-07-01", after_gap="true")

    parameters = load_parameters(text, [Minimum])

    assert len(parameters.rows(Minimum)) == 2


def test_a_fault_has_a_code_and_names_the_column_it_speaks_of() -> None:
    faults: list[ParameterFault] = []
    for text in (a_row(amount="-5"), a_row(mark=""), a_row(code='"I"'), a_row() + a_row(amount="6"), a_row("maximum")):
        with pytest.raises(ParameterFaults) as caught:
            load_parameters(text, [Minimum])
        faults += caught.value.faults

    assert [(fault.code, fault.column) for fault in faults] == [
        ("bad_value", "amount"),
        ("bad_row", "mark"),
        ("unknown_class", "code"),
        ("overlapping", "valid_from"),
        ("unknown_table", ""),
    ]


def test_what_was_typed_becomes_what_the_columns_hold() -> None:
    typed = {"amount": "600000", "code": "1", "scheme": "post", "after_gap": "true"}

    columns = columns_of(Minimum, typed)

    assert columns == {"amount": 600_000, "code": "1", "scheme": "post", "after_gap": True}


def test_what_does_not_fit_a_column_stays_as_it_was_typed() -> None:
    assert columns_of(Minimum, {"amount": "much", "color": "red"}) == {"amount": "much", "color": "red"}
    assert columns_of(Minimum, {"amount": "-5"}) == {"amount": -5}
    assert columns_of(Minimum, {"amount": "5.5"}) == {"amount": 5.5}


@pytest.mark.parametrize("typed", ["600.000", "6e5", "600000.0"])
def test_an_amount_is_digits_alone(typed: str) -> None:
    columns = columns_of(Minimum, {"amount": typed})

    assert type(columns["amount"]) is float
