"""What the ledger should hold of some purchases, and what it holds; compares nothing, writes nothing.

What a purchase counted is derived from its docket by the rules of today; what a delivery counted, from the order's;
what a cancellation took back, from what its lines had counted. A case without a docket had nothing to decide, unless
there are decisions of it: then its facts are gone, and its entries are taken as they are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from peken.database import Database, instant_of, uuid_of
from peken.market import ServedCity
from peken.rules import MissingFact, Moment, Rulebook, thaw
from peken.tallies import Key, Terms

CANCELLED: Final = "cancelled"
DERIVED: Final = frozenset({Moment.PLACED.value, Moment.DELIVERED.value, CANCELLED})
"""The causes that are derived. Entries of others (a purchase outside of the app) are left as they are."""
Place = tuple[str, UUID, str]
"""Rule, line and cause: the ledger holds one entry for each."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one line added to a balance, or took back."""

    rule: str
    subject: str
    win: str
    line: UUID
    cause: str
    amount: int
    at: datetime = field(compare=False)

    @property
    def place(self) -> Place:
        """Where the ledger holds it."""
        return self.rule, self.line, self.cause

    @property
    def key(self) -> Key:
        """The balance it moved."""
        return self.rule, self.subject, self.win


@dataclass(slots=True)
class Page:
    """Some purchases: what the ledger should hold of them, what it holds, and what cannot be derived."""

    last: UUID
    purchases: int
    derived: dict[Place, Entry] = field(default_factory=dict)
    kept: dict[Place, tuple[UUID, Entry]] = field(default_factory=dict)
    terms: dict[Key, Terms] = field(default_factory=dict)
    """What the balances were held against, for those that are missing."""
    underived: int = 0
    """Purchases and deliveries whose facts are gone."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A purchase that was placed, or an order of it that was delivered."""

    key: UUID
    moment: Moment
    at: datetime
    lines: frozenset[UUID]

    def holds(self, entry: Entry) -> bool:
        """Whether an entry was counted then."""
        return entry.line in self.lines and entry.cause == self.moment.value


async def page_of(database: Database, city: ServedCity, rows: Sequence[Mapping[str, Any]]) -> Page:
    """The purchases whose lines these rows are: four statements."""
    page = Page(uuid_of(rows[-1]["purchase_id"]), len({row["purchase_id"] for row in rows}))
    cases = _cases(rows)
    dockets = await _dockets(database, cases)
    for entry_id, entry in await _entries(database, [uuid_of(row["id"]) for row in rows]):
        page.kept[entry.place] = (entry_id, entry)
    gone = await _gone(database, [case.key for case in cases if case.key not in dockets])
    for case in cases:
        if case.key in gone or not _derive(page, city.rulebook, case, dockets.get(case.key)):
            page.underived += 1
            _take(page, case.holds)
    # What is of other causes, or of rules that the city has no more, nobody can derive.
    _take(page, lambda entry: entry.cause not in DERIVED or entry.rule not in city.rulebook.rules)
    _take_back(page, rows)
    return page


def _cases(rows: Sequence[Mapping[str, Any]]) -> list[_Case]:
    lines: dict[tuple[UUID, Moment, datetime], set[UUID]] = defaultdict(set)
    for row in rows:
        line = uuid_of(row["id"])
        lines[uuid_of(row["purchase_id"]), Moment.PLACED, instant_of(row["placed_at"])].add(line)
        if row["delivered_at"] is not None:
            lines[uuid_of(row["order_id"]), Moment.DELIVERED, instant_of(row["delivered_at"])].add(line)
    return [_Case(*about, frozenset(own)) for about, own in lines.items()]


async def _dockets(database: Database, cases: Sequence[_Case]) -> dict[UUID, str]:
    rows = await database.fetch(
        f"SELECT case_id, content FROM docket WHERE case_id {database.among(1)}",
        database.listed(case.key for case in cases),
    )
    return {uuid_of(row["case_id"]): row["content"] for row in rows}


async def _gone(database: Database, cases: Sequence[UUID]) -> set[UUID]:
    """Of cases without a docket those of which something was decided."""
    rows = await database.fetch(
        f"SELECT DISTINCT case_id FROM decision WHERE case_id {database.among(1)}", database.listed(cases)
    )
    return {uuid_of(row["case_id"]) for row in rows}


async def _entries(database: Database, lines: Sequence[UUID]) -> list[tuple[UUID, Entry]]:
    rows = await database.fetch(
        f"""SELECT id, rule, subject, win, line_id, cause, amount, at FROM tally_entry
             WHERE line_id {database.among(1)} ORDER BY id""",
        database.listed(lines),
    )
    return [
        (
            uuid_of(row["id"]),
            Entry(
                *(row["rule"], row["subject"], row["win"], uuid_of(row["line_id"]), row["cause"]),
                *(int(row["amount"]), instant_of(row["at"])),
            ),
        )
        for row in rows
    ]


def _derive(page: Page, rulebook: Rulebook, case: _Case, docket: str | None) -> bool:
    """Enters what the rules count of a case; False where its facts cannot be read, or one is missing."""
    if docket is None:
        return True
    missing: list[str] = []
    try:
        thawed = thaw(docket.encode(), rulebook.fact_types.values())
    except MissingFact:
        return False
    moves = rulebook.moves(thawed.case, case.moment, on_failure=lambda rule, error: missing.append(rule.code))
    for move in () if missing else moves:
        line = UUID(move.line)
        if line in case.lines:
            entry = Entry(*move.key, line, case.moment.value, move.amount, case.at)
            page.derived[entry.place] = entry
            page.terms[entry.key] = Terms(move.floor, move.guard)
    return not missing


def _take(page: Page, wanted: Callable[[Entry], bool]) -> None:
    """Takes entries as they are kept."""
    for place, (_, entry) in page.kept.items():
        if wanted(entry):
            page.derived[place] = entry


def _take_back(page: Page, rows: Iterable[Mapping[str, Any]]) -> None:
    """The opposite of all that the lines of cancelled orders had counted."""
    cancelled = {uuid_of(row["id"]): instant_of(row["cancelled_at"]) for row in rows if row["status"] == CANCELLED}
    sums: dict[tuple[Key, UUID], int] = defaultdict(int)
    for entry in page.derived.values():
        if entry.line in cancelled and entry.cause != CANCELLED:
            sums[entry.key, entry.line] += entry.amount
    for (key, line), amount in sums.items():
        place = key[0], line, CANCELLED
        if amount and place not in page.derived:
            page.derived[place] = Entry(*key, line, CANCELLED, -amount, cancelled[line])
