"""What a rulebook refuses at start: all faults at once, each with plugin and rule."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest

from peken.rules import (
    DAY,
    MONTH,
    ORDER,
    Amount,
    Buyer,
    Calendar,
    Cap,
    Chapter,
    Check,
    Day,
    Department,
    Fact,
    Line,
    Obligation,
    Place,
    Ranking,
    Regulations,
    Row,
    Rulebook,
    RuleFaults,
    Table,
    Vendor,
    Verdict,
)
from peken.rules.binding import source_hash


class Licence(Fact, frozen=True):
    of: ClassVar[str] = "product"
    holder: str


class Homeless(Fact, frozen=True):
    of: ClassVar[str] = "planet"


class Floor(Amount, frozen=True, kw_only=True):
    pass


class OtherFloor(Row, frozen=True, kw_only=True):
    table: ClassVar[str] = "floor"


def fine(line: Line) -> Verdict | None: ...
def nothing_owed(buyer: Buyer) -> None: ...
def counted(line: Line) -> int: ...  # type: ignore[empty-body]
def no_limit(vendor: Vendor) -> int | None: ...
def by_table(buyer: Buyer, table: Table[Floor]) -> Floor | None: ...
def by_other(vendor: Vendor, table: Table[OtherFloor]) -> int | None: ...
def by_licence(licence: Licence | None) -> Verdict | None: ...
def of_planet(planet: Homeless) -> Verdict | None: ...
def of_vendor(vendor: Vendor) -> Verdict | None: ...
def of_department(department: Department) -> Verdict | None: ...
def of_lines(lines: tuple[Line, ...]) -> Verdict | None: ...
def of_one_line(lines: tuple[Line]) -> Verdict | None: ...
def by_star(*lines: Line) -> Verdict | None: ...
def by_name(*, line: Line) -> Verdict | None: ...
def by_default(line: Line | None = None) -> Verdict | None: ...
def untyped(line): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
def of_text(line: str) -> Verdict | None: ...
def of_any_fact(line: Fact) -> Verdict | None: ...
def of_two(what: Line | Vendor) -> Verdict | None: ...
def of_date(on: date) -> Verdict | None: ...
def not_text(line: Line) -> "Verdict | Missing | None": ...  # type: ignore[name-defined]  # noqa: F821
def to_text(line: Line) -> str: ...  # type: ignore[empty-body]
def to_truth(line: Line) -> bool: ...  # type: ignore[empty-body]
def to_alias(line: Line) -> list[Verdict]: ...  # type: ignore[empty-body]
async def slow(line: Line) -> Verdict | None: ...
def occasions(on: date) -> Iterable[str]: ...  # type: ignore[empty-body]
def of_day(day: Day) -> Iterable[str]: ...  # type: ignore[empty-body]
def first(vendor: Vendor) -> Place: ...  # type: ignore[empty-body]
async def load(keys: Iterable[str], day: date) -> Mapping[str, Fact]: ...  # type: ignore[empty-body]


CHECK = Check(code="a.check", cites="law", on="line", judge=fine)
OWED = Obligation(code="a.owed", cites="law", subject="buyer", window=MONTH, counts=counted, floor=nothing_owed)
CAP = Cap(code="a.cap", cites="law", subject="vendor", window=MONTH, counts=counted, ceiling=no_limit)
RANKING = Ranking(code="a.rank", cites="law", place=first)
CALENDAR = Calendar(code="a.calendar", cites="law", occasions=occasions)
FLOORS = '[[floor]]\namount = 1\nvalid_from = 2026-01-01\nsource = "law"\nmark = "A"\n'

ChapterOf = Callable[..., Chapter]
replace: Any = dataclasses.replace
"""Unchecked, since what mypy would find at once is what is tested here."""


def faults_of(*chapters: Chapter) -> tuple[str, ...]:
    with pytest.raises(RuleFaults) as caught:
        Rulebook(chapters)
    return caught.value.faults


def test_rules_without_fault_start(chapter_of: ChapterOf) -> None:
    assert len(Rulebook([chapter_of(CHECK, OWED, CAP, RANKING, CALENDAR)]).rules) == 5


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        (replace(CHECK, judge=of_text), "a.check: judge asks for line without a type that can be given: str"),
        (replace(CHECK, judge=of_any_fact), "a.check: judge asks for line without a type that can be given: Fact"),
        (replace(CHECK, judge=of_two), "a.check: judge asks for what without a type that can be given: Line | Vendor"),
        (
            replace(CHECK, judge=of_one_line, on="order"),
            "a.check: judge asks for lines without a type that can be given: tuple",
        ),
        (replace(CHECK, judge=of_date), "a.check: judge asks for on as a date; a rule is told a Day"),
        (
            replace(CHECK, judge=of_planet),
            "a.check: judge asks for planet as Homeless, a fact of 'planet'; "
            "facts are of line, product, vendor, buyer, order, department, recipient",
        ),
        (
            replace(CHECK, judge=of_vendor, on="order"),
            "a.check: judge asks for vendor as Vendor, but an order has no single vendor",
        ),
        (
            replace(CHECK, judge=fine, on="listing"),
            "a.check: judge asks for line as Line, but a listing has no single line",
        ),
        (
            replace(CHECK, judge=of_department, on="day"),
            "a.check: judge asks for department as Department, but a day has no single department",
        ),
        (
            replace(CHECK, judge=of_lines),
            "a.check: judge asks for lines as a tuple of Line; only a check of an order has all its lines",
        ),
        (
            replace(CHECK, judge=by_star),
            "a.check: judge asks for lines by star or keyword only; a rule takes plain arguments",
        ),
        (
            replace(CHECK, judge=by_name),
            "a.check: judge asks for line by star or keyword only; a rule takes plain arguments",
        ),
        (
            replace(CHECK, judge=by_default),
            "a.check: judge asks for line with a default; what may be missing is written `X | None`",
        ),
        (
            replace(CHECK, judge=not_text),
            "a.check: judge has a signature that cannot be read: name 'Missing' is not defined",
        ),
        (
            replace(CHECK, judge=to_text),
            "a.check: judge must say that it returns Verdict or None; it says str",
        ),
        (
            replace(CHECK, judge=to_alias),
            "a.check: judge must say that it returns Verdict or None; it says list",
        ),
        (replace(OWED, counts=to_truth), "a.owed: counts must say that it returns int; it says bool"),
        (
            replace(CHECK, judge=slow),
            "a.check: judge is async; a rule is a plain function, and loaders fetch its facts",
        ),
        (
            replace(OWED, floor=no_limit),
            "a.owed: floor asks for vendor as Vendor, but a buyer of a tally has no single vendor",
        ),
        (
            replace(CAP, ceiling=nothing_owed),
            "a.cap: ceiling asks for buyer as Buyer, but a vendor of a tally has no single buyer",
        ),
        (
            replace(RANKING, place=fine),
            "a.rank: place asks for line as Line, but a vendor that is ranked has no single line",
        ),
        (replace(CALENDAR, occasions=of_day), "a.calendar: occasions asks for day as a Day; a calendar is told a date"),
        (replace(CHECK, code="Check"), "Check: a code is `city.name`, in small letters"),
        (replace(CHECK, cites=""), "a.check: it cites no regulation"),
        (replace(CHECK, fail="never"), "a.check: fail is closed or open, not never"),
        (replace(CAP, warn_at=0), "a.cap: warn_at is a percentage below 100, not 0"),
        (replace(CAP, warn_at=100), "a.cap: warn_at is a percentage below 100, not 100"),
        (replace(CAP, hide_at=49), "a.cap: hide_at is a percentage from 50 to 100, not 49"),
        (replace(CAP, hide_at=101), "a.cap: hide_at is a percentage from 50 to 100, not 101"),
        (
            replace(CAP, hide_at=90, window=ORDER),
            "a.cap: only a vendor is hidden, and for a window whose end is known",
        ),
        (replace(OWED, prorate=True, window=ORDER), "a.owed: the window order has no bounds to prorate by"),
        (
            replace(OWED, prorate=True, subject="department", floor=lambda: None),
            "a.owed: only a buyer has a duty to prorate by, not a department",
        ),
        (
            replace(CHECK, messages={"no": "{amount"}),
            "a.check: the message no cannot be formatted: expected '}' before end of string",
        ),
        (replace(CHECK, on="moon"), "'a.check' is no rule of a kind, ground or subject that is known"),
        (replace(CAP, subject="line"), "'a.cap' is no rule of a kind, ground or subject that is known"),
        (replace(RANKING, ranks="buyer"), "'a.rank' is no rule of a kind, ground or subject that is known"),
        ("rule", "'rule' is no rule of a kind, ground or subject that is known"),
    ],
)
def test_a_faulty_rule_is_refused_with_its_plugin(chapter_of: ChapterOf, rule: Any, fault: str) -> None:
    faults = faults_of(chapter_of(rule))

    assert f"arcadia: {fault}" in faults


def test_a_function_without_types_is_refused_for_argument_and_answer(chapter_of: ChapterOf) -> None:
    faults = faults_of(chapter_of(replace(CHECK, judge=untyped)))

    assert [fault.partition("judge ")[2] for fault in faults] == [
        "must say that it returns Verdict or None; it says nothing",
        "asks for line without a type that can be given: nothing",
    ]


def test_all_faults_of_all_chapters_come_at_once(chapter_of: ChapterOf) -> None:
    one = chapter_of(replace(CHECK, cites="", judge=of_text), text="[[floor")
    two = replace(chapter_of(replace(CAP, warn_at=200)), plugin="utopia")

    faults = faults_of(one, two)

    assert [fault.split(":")[0] for fault in faults] == ["arcadia", "arcadia", "arcadia", "utopia"]


def test_two_rules_of_one_code_are_refused(chapter_of: ChapterOf) -> None:
    faults = faults_of(chapter_of(CHECK), replace(chapter_of(CHECK), plugin="utopia"))

    assert faults == ("utopia: a.check is a rule of arcadia already",)


def test_a_fact_that_nobody_loads_is_refused(chapter_of: ChapterOf) -> None:
    [fault] = faults_of(chapter_of(replace(CHECK, judge=by_licence)))

    assert fault.startswith("arcadia: a.check asks for ")
    assert fault.endswith(":Licence, which nobody loads")


def test_a_fact_may_be_loaded_by_another_plugin(chapter_of: ChapterOf) -> None:
    loading = chapter_of(regulations=Regulations((), loads={Licence: load}))

    rulebook = Rulebook([chapter_of(replace(CHECK, judge=by_licence)), loading])

    assert rulebook.loads == {Licence: load}


@pytest.mark.parametrize("fact", [Licence, Line])
def test_a_fact_with_two_loaders_is_refused(chapter_of: ChapterOf, fact: type[Fact]) -> None:
    loading = chapter_of(regulations=Regulations((), loads={fact: load}))

    faults = faults_of(loading, replace(loading, plugin="utopia"))

    assert faults[-1].startswith("utopia: the fact ")
    assert faults[-1].endswith(f":{fact.__name__} is loaded by another already")


def test_two_facts_of_one_name_are_refused(chapter_of: ChapterOf) -> None:
    twin = type("Licence", (Fact,), {"__module__": Licence.__module__, "of": "vendor"}, frozen=True)
    loading = chapter_of(regulations=Regulations((), loads={Licence: load, twin: load}))

    [fault] = faults_of(loading)

    assert fault.endswith(":Licence is loaded by another already")


def test_a_table_that_is_read_must_have_rows(chapter_of: ChapterOf) -> None:
    faults = faults_of(chapter_of(replace(OWED, floor=by_table)))

    assert faults == ("arcadia: parameters: the table floor is read, but has no rows",)


def test_a_table_belongs_to_one_type(chapter_of: ChapterOf) -> None:
    faults = faults_of(chapter_of(replace(OWED, floor=by_table), replace(CAP, ceiling=by_other), text=FLOORS))

    assert "arcadia: two row types are read from one table; name another by `table`" in faults


def test_rows_for_a_rule_that_is_not_there_are_refused(chapter_of: ChapterOf) -> None:
    text = FLOORS.replace("floor", "rule").replace("amount = 1", 'code = "a.gone"')

    assert faults_of(chapter_of(CHECK, text=text)) == ("arcadia: parameters: rule row 1: a.gone is not a rule here",)


def test_a_set_that_is_not_there_is_refused(chapter_of: ChapterOf) -> None:
    faults = faults_of(chapter_of(replace(OWED, floor=by_table), text=FLOORS, chosen={"floor": "high"}))

    assert faults == ("arcadia: parameters: floor has the sets ; chosen is high",)


def test_a_file_that_is_not_there_is_a_fault_and_not_a_crash(chapter_of: ChapterOf, tmp_path: Path) -> None:
    chapter = chapter_of(regulations=Regulations((CHECK,), tmp_path / "parameters.toml"))

    [fault] = faults_of(chapter)

    assert fault.startswith("arcadia: ")
    assert "No such file" in fault


def test_added_rows_are_read_with_the_file(chapter_of: ChapterOf) -> None:
    added = {"floor": [{"amount": 7, "valid_from": date(2026, 7, 1), "source": "decree", "mark": "A"}]}
    judged = replace(OWED, floor=by_table, window=DAY)

    plain = Rulebook([chapter_of(judged, text=FLOORS)])
    grown = Rulebook([chapter_of(judged, text=FLOORS, added=added)])

    assert list(plain.rules) == list(grown.rules) == ["a.owed"]


def test_the_version_follows_the_source_even_where_it_cannot_be_read() -> None:
    namespace: dict[str, Any] = {"__name__": "nowhere"}
    exec("def judge(): ...", namespace)

    hashes = {source_hash([]), source_hash([fine]), source_hash([namespace["judge"]])}

    assert len(hashes) == 3
    assert source_hash([fine, counted]) == source_hash([fine])
