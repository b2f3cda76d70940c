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

ENOUGH: Final = 13
"""How often a field is selected before it is no longer sought out."""
STEADY: Final = 0.72
"""How many of the documents hold only fields whose reads are compiled."""


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
    steady: Counter[str] = field(default_factory=Counter)
    """The same for documents whose read was compiled."""
    differences: list[Difference] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Questions at which a plan went wrong, or both ways did."""

    async def prepare(self) -> None:
        """Every caller learns what it may."""
        everything = Values()
        for caller in self.twins.callers:
            self.books[caller.name] = book = Book(self.twins.schema, self.twins.readable(caller))
            self.values[caller.name] = await surveyed(self.twins, caller, book)
            everything.merge(self.values[caller.name])
        for own in self.values.values():
            own.merge(everything)

    async def run(self, documents: int, progress: Callable[[int], None] = lambda done: None, most: int = 1) -> None:
        """Compares so many documents, each of them for one caller, and some for another one too.

        Ends early once `most` differences are found.
        """
        for number, (caller, goal) in enumerate(self._each_field()):
            await self._compare(caller, goal, Random(f"{self.seed}/each/{number}"), plain=True)
        for number in range(10 * documents):
            if self.asked >= documents or len(self.differences) >= most:
                return
            progress(self.asked)
            lots = Random(f"{self.seed}/{number}")
            await self._compare(*self._goal(lots), lots)

    def _each_field(self) -> Iterator[tuple[Caller, str]]:
        """Every readable field, with one who may read it."""
        found: set[str] = set()
        for caller in self.twins.callers:
            for goal in sorted(self.books[caller.name].reached - found):
                found.add(goal)
                yield caller, goal

    def _goal(self, lots: Random) -> tuple[Caller, str]:
        """A field that was selected less than others, more often than not of those whose reads are compiled."""
        goals = {goal for book in self.books.values() for goal in book.reached}
        sought = {goal for goal in goals if self.selected[goal] < ENOUGH}
        if self.steady and (not sought or lots.random() < STEADY):
            goals &= self.steady.keys()
        rarest = min(self.selected[goal] for goal in goals)
        goal = lots.choice([goal for goal in sorted(goals) if self.selected[goal] == rarest])
        return lots.choice([each for each in self.twins.callers if goal in self.books[each.name].reached]), goal

    async def _compare(self, caller: Caller, goal: str, lots: Random, *, plain: bool = False) -> None:
        book = self.books[caller.name]
        if goal in self.steady:
            # Nothing in the document is to keep it from being compiled.
            book = Book(book.schema, book.readable & self.steady.keys())
        draft = Draft(book, self.values[caller.name], lots, self.selected, plain=plain, broad=goal not in self.steady)
        question = draft.question(book.way(lots, goal))
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
            if compiled:
                self.steady.update(question.selected)
        return True

    async def _both(self, question: Question, caller: Caller, lots: Random) -> tuple[Reply, bool]:
        """The ordinary reply, and whether the other one was compiled."""
        get, media = lots.random() < 0.05, lots.choice(("", "", "", "application/json"))
        ordinary = await asked(self.twins.ordinary, question, caller, get=get, media=media)
        before = Counter(self.twins.ways)
        # A document is executed when it is new, planned when it is asked again, and then answered by its plan.
        for time in range(3):
            compiled = await asked(self.twins.compiled, question, caller, get=get, media=media)
            if ordinary != compiled:
                self.differences.append(Difference(question, caller, ordinary, compiled))
                break
            if time and self.twins.ways["compiled"] == before["compiled"]:
                break
        if "internal_error" in ordinary.codes or self.twins.ways["failed"] > before["failed"]:
            self.faults.append(str(Difference(question, caller, ordinary, compiled)))
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
        readable = frozenset[str]().union(*(book.reached for book in self.books.values()))
        for coordinate in sorted(readable):
            if self.selected[coordinate] < least:
                yield f"{coordinate}: {self.selected[coordinate]}"
