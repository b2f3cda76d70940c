"""Asks both ways the same and compares the replies, byte for byte; keeps count of what was asked for."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

from tests.plans.differential.book import Book
from tests.plans.differential.giving import given_anew
from tests.plans.differential.market import Caller, Reply, Twins, asked
from tests.plans.differential.surveying import surveyed
from tests.plans.differential.values import Values
from tests.plans.differential.writing import Draft, Question

REFUSED: Final = frozenset(
    {"bad_document", "too_deep", "too_costly", "too_many_aliases", "too_many_root_fields", "too_many_repeats"}
    | {"page_too_large", "unauthenticated", "forbidden", "too_many_tokens", "too_many_fragments"}
)
"""Codes of documents that are thrown away: they come to no read."""

KEPT: Final = 0.3
"""Of how many documents also the plan that is kept is asked."""


@dataclass(frozen=True)
class Difference:
    """One question that the two ways answer differently."""

    question: Question
    caller: Caller
    ordinary: Reply
    compiled: Reply

    def __str__(self) -> str:
        return (
            f"{self.caller.name} asks\n{self.question.text}\nvariables {dict(self.question.variables)}\n"
            f"operation {self.question.operation}\nordinary {_told(self.ordinary)}\ncompiled {_told(self.compiled)}\n"
        )


def _told(reply: Reply) -> str:
    return f"{reply.status} {reply.type}\n  {reply.body.decode()}"


@dataclass
class Trial:
    """A run of many documents over one market. The same seed asks the same, but for the keys of orders."""

    twins: Twins
    seed: int
    books: dict[str, Book] = field(default_factory=dict)
    values: dict[str, Values] = field(default_factory=dict)
    asked: int = 0
    compiled: int = 0
    discarded: int = 0
    selected: Counter[str] = field(default_factory=Counter)
    """How often each field was selected, under no condition, in a document that was answered without a fault."""
    differences: list[Difference] = field(default_factory=list)
    faults: list[Difference] = field(default_factory=list)
    """Questions at which a plan went wrong, or both ways did."""
    _readers: dict[str, list[Caller]] = field(default_factory=dict)
    """Who may read each field that can be reached."""
    _sought: Counter[str] = field(default_factory=Counter)

    async def prepare(self) -> None:
        """Every caller learns what it may."""
        everything = Values()
        for caller in self.twins.callers:
            self.books[caller.name] = book = Book(self.twins.schema, self.twins.readable(caller))
            self.values[caller.name] = await surveyed(self.twins, caller, book)
            everything.merge(self.values[caller.name])
            for goal in sorted(book.reached):
                self._readers.setdefault(goal, []).append(caller)
        for own in self.values.values():
            own.hear(everything)

    async def run(self, documents: int, progress: Callable[[int], None] = lambda done: None, most: int = 1) -> None:
        """Compares so many documents, each of them for one caller, and some for another one too.

        Ends early once `most` differences are found.
        """
        for number in range(10 * documents):
            if self.asked >= documents or len(self.differences) >= most:
                return
            progress(self.asked)
            lots = Random(f"{self.seed}/{number}")
            await self._compare(*self._goal(lots), lots)

    def _goal(self, lots: Random) -> tuple[Caller, str]:
        """A field that was sought or selected less than others, and one of those who may read it."""
        rarest = min(map(self._often, self._readers))
        goal = lots.choice([goal for goal in self._readers if self._often(goal) == rarest])
        return lots.choice(self._readers[goal]), goal

    def _often(self, goal: str) -> int:
        # One that is hardly ever answered without a fault is not sought for ever.
        return max(self.selected[goal], self._sought[goal] // 4)

    async def _compare(self, caller: Caller, goal: str, lots: Random) -> None:
        self._sought[goal] += 1
        book = self.books[caller.name]
        question = Draft(book, self.values[caller.name], lots, self.selected).question(book.way(lots, goal))
        if await self.compare(question, caller, lots) and lots.random() < 0.15:
            await self._again(question, caller, lots)

    async def _again(self, question: Question, caller: Caller, lots: Random) -> None:
        """The same document once more, with other variables or by somebody else."""
        other = lots.choice(self.twins.callers) if lots.random() < 0.5 else caller
        anew = given_anew(question.variables, question.slots, self.values[other.name], lots)
        await self._both(replace(question, variables=anew), other, lots)

    async def compare(self, question: Question, caller: Caller, lots: Random) -> bool:
        """Whether the document counts: it was no refusal of all of it."""
        ordinary, compiled = await self._both(question, caller, lots)
        if ordinary.codes & REFUSED:
            self.discarded += 1
            return False
        self.asked += 1
        self.compiled += compiled
        if ordinary.status == 200 and not ordinary.codes:
            self.selected.update(question.selected)
        return True

    async def _both(self, question: Question, caller: Caller, lots: Random) -> tuple[Reply, bool]:
        """The ordinary reply, and whether the other one was compiled."""
        get, media = lots.random() < 0.05, lots.choice(("", "", "", "application/json"))
        ordinary = await asked(self.twins.ordinary, question, caller, get=get, media=media)
        before = Counter(self.twins.ways)
        # It is in use by now: planned the first time, and then answered by the plan that is there.
        for _ in range(2 if lots.random() < KEPT else 1):
            compiled = await asked(self.twins.compiled, question, caller, get=get, media=media)
            if ordinary != compiled:
                self.differences.append(Difference(question, caller, ordinary, compiled))
                break
        if "internal_error" in ordinary.codes or self.twins.ways["failed"] > before["failed"]:
            self.faults.append(Difference(question, caller, ordinary, compiled))
        return ordinary, self.twins.ways["compiled"] > before["compiled"]

    @property
    def summary(self) -> str:
        """What was done, in a line."""
        return (
            f"{self.asked} documents, {self.compiled} of them compiled, {self.discarded} thrown away, "
            f"{len(self.differences)} differences"
        )

    def missed(self, least: int) -> Iterator[str]:
        """The readable fields that were selected less often than that."""
        for coordinate in sorted(self._readers):
            if self.selected[coordinate] < least:
                yield f"{coordinate}: {self.selected[coordinate]}"
