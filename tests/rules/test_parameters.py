"""Dated rows: which is in force when, and which is found for whom."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peken.rules import Amount, Mode, RuleRow, Table, table_name
from peken.rules.parameters import Chosen, History


class Minimum(Amount, frozen=True, kw_only=True):
    pass


class MonthlyLimit(Amount, frozen=True, kw_only=True):
    pass


START = date(2026, 1, 1)


def row(amount: int, scheme: str = "", code: str = "*", begins: date = START, ends: date | None = None) -> Minimum:
    return Minimum(amount=amount, scheme=scheme, code=code, valid_from=begins, valid_to=ends, source="sample", mark="M")


def test_a_table_is_named_like_its_type_unless_the_type_says_otherwise() -> None:
    assert [table_name(each) for each in (Minimum, MonthlyLimit, RuleRow)] == ["minimum", "monthly_limit", "rule"]


@pytest.mark.parametrize(
    ("classes", "amount"),
    [
        ((("golongan", "III/c"),), 3),
        ((("golongan", "III/d"),), 30),
        ((("golongan", "III/head/deputy"),), 31),
        ((("golongan", "IV/a"),), 99),
        ((("echelon", "II"), ("golongan", "III/c")), 3),
        ((("golongan", "*"),), 99),
        ((("echelon", "II"),), 1),
        ((("echelon", "*"),), 1),
        ((), 1),
    ],
)
def test_the_finest_row_is_found_then_the_coarser_then_the_one_for_all(
    classes: tuple[tuple[str, str], ...], amount: int
) -> None:
    table = Table(
        [
            row(1),
            row(3, "golongan", "III/c"),
            row(30, "golongan", "III"),
            row(31, "golongan", "III/head"),
            row(99, "golongan", "*"),
        ]
    )

    found = table.find(*classes)

    assert found is not None
    assert found.amount == amount


def test_no_row_is_found_where_none_is_in_force() -> None:
    table: Table[Minimum] = Table()

    assert table.one() is None
    assert table.find(("golongan", "I")) is None


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8), st.integers(-10, 4000), st.booleans())
def test_on_every_day_the_history_holds_exactly_the_rows_in_force(steps: list[int], offset: int, opens: bool) -> None:
    rows, begins = [], START
    for number, step in enumerate(steps):
        ends = begins + timedelta(days=step)
        last = number == len(steps) - 1
        rows.append(row(number, begins=begins, ends=None if last and opens else ends))
        begins = ends
    on = START + timedelta(days=offset)

    found = History(rows).on(on)

    assert list(found.rows) == [each for each in rows if each.in_force(on)]
    assert len(found.rows) <= 1


def test_a_row_is_in_force_from_its_first_day_to_the_day_before_valid_to() -> None:
    history = History([row(5, ends=date(2026, 2, 1))])
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1))

    found = [len(history.on(day).rows) for day in days]

    assert found == [0, 1, 1, 0]


def test_the_hash_is_of_the_content_and_not_of_its_order() -> None:
    one, other = row(1), row(2, "golongan", "I")

    hashes = [Chosen({Minimum: rows}).version(START) for rows in ([one, other], [other, one], [one])]

    assert hashes[0] == hashes[1] != hashes[2]


def test_a_table_that_was_not_chosen_is_empty() -> None:
    assert Chosen({}).table(Minimum, START).rows == ()


def test_a_rule_with_rows_is_off_outside_of_their_days_and_one_without_is_on() -> None:
    later = date(2026, 7, 1)
    chosen = Chosen(
        {
            RuleRow: [
                RuleRow(code="a.draft", mode=Mode.SHADOW, valid_from=START, valid_to=later, source="s", mark="M"),
                RuleRow(code="a.draft", valid_from=later, source="s", mark="M"),
            ]
        }
    )

    days = (date(2025, 12, 31), START, later)
    found = [chosen.mode("a.draft", day) for day in days]

    assert found == [Mode.OFF, Mode.SHADOW, Mode.ON]
    assert chosen.mode("a.other", START) is Mode.ON
