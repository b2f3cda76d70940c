"""Books in memory: what the market would count and refuse, found without a market."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pytest

from peken.rules import (
    MONTH,
    ORDER,
    Amount,
    Books,
    Buyer,
    Cap,
    Case,
    Chapter,
    Check,
    Day,
    Duty,
    Line,
    Moment,
    Obligation,
    Order,
    Rule,
    Rulebook,
    Table,
    Vendor,
    Verdict,
    refuse,
    weigh,
)

CaseOf = Callable[..., Case]
ChapterOf = Callable[..., Chapter]
APRIL = Day.on(date(2026, 4, 1))


def sold(line: Line) -> int:
    return line.amount


def hundred(vendor: Vendor) -> int | None:
    return 100


def owed(buyer: Buyer) -> int | None:
    return 40


def small_order(order: Order) -> int | None:
    return 60


def dear(line: Line) -> Verdict | None:
    return refuse("too_dear") if line.amount > 90 else None


def huge(order: Order) -> Verdict | None:
    return refuse("too_large") if order.amount > 85 else None


def fails(line: Line) -> int:
    raise ZeroDivisionError


CAP = Cap(code="arcadia.cap", cites="a decree", subject="vendor", window=MONTH, counts=sold, ceiling=hundred)
DUTY = Obligation(code="arcadia.duty", cites="a decree", subject="buyer", window=MONTH, counts=sold, floor=owed)
DEAR = Check(code="arcadia.dear", cites="a decree", on="line", judge=dear)
HUGE = Check(code="arcadia.huge", cites="a decree", on="order", judge=huge)
SMALL = Cap(code="arcadia.small", cites="a decree", subject="order", window=ORDER, counts=sold, ceiling=small_order)


def mode(code: str, mode: str) -> str:
    return f'[[rule]]\ncode = "{code}"\nmode = "{mode}"\nvalid_from = 2020-01-01\nsource = "a decree"\nmark = "A"\n'


def codes(books: Books, case: Case) -> list[str]:
    return [decision.code for decision in books.place(case)]


def test_a_cap_lets_through_until_it_is_reached_and_starts_anew(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    books = Books(Rulebook([chapter_of(CAP)]))

    said = [
        codes(books, case_of(60)),
        codes(books, case_of(30, 11)),
        codes(books, case_of(40)),
        codes(books, case_of(1)),
    ]
    april = codes(books, case_of(100, day=APRIL))

    assert said == [[], ["cap_reached"], [], ["cap_reached"]]
    assert april == []
    assert books.balances == {("arcadia.cap", "v", "2026-11"): 100, ("arcadia.cap", "v", "2026-04"): 100}


def test_what_is_refused_by_a_check_counts_nowhere(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    books = Books(Rulebook([chapter_of(CAP, DEAR, HUGE)]))

    assert codes(books, case_of(95)) == ["too_dear", "too_large"]
    assert codes(books, case_of(50, 40)) == ["too_large"]
    assert books.balances == {}


def test_a_delivery_counts_what_is_owed_and_asks_no_check(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    books = Books(Rulebook([chapter_of(DUTY, DEAR)]))

    placed, delivered = books.place(case_of(30)), books.deliver(case_of(95))

    assert (placed, delivered) == ((), ())
    assert books.balances == {("arcadia.duty", "b", "2026-11"): 95}
    assert books.floors == {("arcadia.duty", "b", "2026-11"): 40}


@pytest.mark.parametrize(("set_to", "balance"), [("shadow", 150), ("off", None)])
def test_a_rule_that_is_not_on_refuses_nothing(
    chapter_of: ChapterOf, case_of: CaseOf, set_to: str, balance: int | None
) -> None:
    text = mode("arcadia.cap", set_to) + mode("arcadia.dear", set_to)
    books = Books(Rulebook([chapter_of(CAP, DEAR, text=text)]))

    assert codes(books, case_of(150)) == []
    assert books.balances.get(("arcadia.cap", "v", "2026-11")) == balance


def test_an_order_is_held_to_its_own_limit_each_time(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    def as_large(order: Order) -> int | None:
        return order.amount

    books = Books(Rulebook([chapter_of(replace(SMALL, at=Moment.DELIVERED, ceiling=as_large))]))

    assert books.deliver(case_of(30)) == ()
    assert [decision.code for decision in books.deliver(case_of(20))] == ["cap_reached"]


@pytest.mark.parametrize(("fail", "said"), [("closed", ["rule_failed"]), ("open", [])])
def test_a_rule_that_fails_is_told_and_does_as_it_declares(
    chapter_of: ChapterOf, case_of: CaseOf, fail: Literal["closed", "open"], said: list[str]
) -> None:
    told: list[str] = []

    def note(rule: Rule, error: Exception) -> None:
        told.append(f"{rule.code} {type(error).__name__}")

    books = Books(Rulebook([chapter_of(replace(CAP, counts=fails, fail=fail))]), note)

    assert codes(books, case_of(30)) == said
    assert told == ["arcadia.cap ZeroDivisionError"]


class Most(Amount, frozen=True, kw_only=True):
    """What a line comes to at most."""


def within(line: Line, table: Table[Most]) -> Verdict | None:
    row = table.one()
    return refuse("too_much") if row and line.amount > row.amount else None


def test_rows_are_looked_up_once_a_day_and_are_those_of_the_day(chapter_of: ChapterOf, case_of: CaseOf) -> None:
    row = '[[most]]\namount = {}\nvalid_from = {}\nsource = "a decree"\nmark = "A"\n'
    text = row.format(50, "2026-01-01\nvalid_to = 2026-11-21") + row.format(20, "2026-11-21")
    check = Check(code="arcadia.most", cites="a decree", on="line", judge=within)
    books = Books(Rulebook([chapter_of(check, text=text)]))

    today, tomorrow = case_of(30, 40), case_of(10, 30, day=Day.on(date(2026, 11, 21)))

    assert [codes(books, case) for case in (today, today, tomorrow)] == [[], [], ["too_much"]]


def test_it_counts_what_the_market_counts(sample: Any, case_of: CaseOf) -> None:
    rulebook = Rulebook([sample.surabaya, sample.malang])
    books, balances = Books(rulebook), dict[tuple[str, str, str], int]()
    served = Duty(((date(2015, 1, 1), None),))

    for amount in (5_000_000, 20_000_000, 4_000_000, 2_000_000, 1):
        case = case_of(amount, amount // 2, b=served)
        for moment, ask in ((Moment.PLACED, books.place), (Moment.DELIVERED, books.deliver)):
            moves = rulebook.moves(case, moment)
            weighed = weigh(moves, balances)
            refused = [decision for decision in weighed if decision.binding]
            if moment is Moment.PLACED:
                refused = [each for each in (*rulebook.judge(case), *weighed) if each.binding]
            assert list(ask(case)) == refused
            for move in () if refused else moves:
                balances[move.key] = balances.get(move.key, 0) + move.amount
    assert books.balances == balances
