"""Levels of an answer: the dicts of one selection are made of all their parents at once, by a function written for it.

Parents are the rows of one statement, read by position, or objects. What a field needs from elsewhere is fetched first,
for all parents together, by a *child* of the level; so the number of statements does not grow with theirs.
"""

import re
from asyncio import gather
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Final, Protocol

from graphql import GraphQLLeafType

from peken.plans.errors import Unfit
from peken.plans.rows import Rows
from peken.plans.running import Run
from peken.plans.statements import Select
from peken.plans.values import coerced, required, to_graph, to_python

_NAME: Final = re.compile(r"[a-z]+[0-9]+")
_ABSENT: Final = object()
"""Taken where there is no parent. The parent of an operation's own fields is None."""


class Child(Protocol):
    """A field of a level that is not found in the parent itself."""

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        """Its values in the answer, one for each parent, by what was taken from each."""


class Code:
    """Generated functions of one level: the things they know, and what stands before and within their loops."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.heads: dict[str, str] = {}
        self.clauses: dict[str, str] = {}

    def name(self, thing: Any, letter: str = "k") -> str:
        """The name under which generated code knows a thing."""
        found = next((name for name, known in self.known.items() if known is thing and name[0] == letter), None)
        name = found or f"{letter}{len(self.known)}"
        self.known[name] = thing
        return name

    def function(self, head: str, each: str, target: str, over: str) -> Callable[..., list[Any]]:
        """`def head: return [each for target in over]`, with what `each` needs."""
        used = self._used(each)
        clauses = "".join(text for name, text in self.clauses.items() if name in used)
        heads = "".join(f"    {name} = {text}\n" for name, text in self.heads.items() if name in used)
        exec(f"def made({head}):\n{heads}    return [{each} for {target} in {over}{clauses}]", self.known)
        made: Callable[..., list[Any]] = self.known.pop("made")
        return made

    def _used(self, text: str) -> set[str]:
        used = set(_NAME.findall(text))
        for name, clause in self.clauses.items():
            if name in used:
                used |= set(_NAME.findall(clause))
        return used


class View:
    """How attributes of a parent stand in generated code."""

    guard = ""
    """What is None where there is no parent; empty where there always is one."""

    def python(self, attribute: str) -> str:
        """The attribute as Python has it."""
        raise NotImplementedError

    def key(self, attribute: str) -> tuple[str, bool]:
        """The attribute to look for rows by, and whether it is as the driver gives it."""
        return self.python(attribute), False

    def leaf(self, attribute: str, type_: GraphQLLeafType, *, nullable: bool) -> str:
        """The attribute as a leaf of the answer."""
        raise NotImplementedError

    def parent(self, attributes: Sequence[str] | None) -> str:
        """A parent that has at least these attributes; all of them for None."""
        raise NotImplementedError


class ObjectView(View):
    """Parents that are objects."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def python(self, attribute: str) -> str:
        return f"o.{attribute}"

    def leaf(self, attribute: str, type_: GraphQLLeafType, *, nullable: bool) -> str:
        return completed(self.code, self.python(attribute), type_, nullable=nullable)

    def parent(self, attributes: Sequence[str] | None) -> str:
        return "o"


def completed(code: Code, text: str, type_: GraphQLLeafType, *, nullable: bool) -> str:
    """A value of Python as a leaf of the answer."""
    convert = code.name(coerced(type_))
    value = f"v{len(code.known)}"
    if type_.name in ("ID", "String"):
        # By far the most of them are text already.
        other = f"None if {value} is None else {convert}({value})" if nullable else f"{convert}({value})"
        return f"({value} if type({value} := {text}) is str else {other})"
    if nullable:
        return f"(None if ({value} := {text}) is None else {convert}({value}))"
    return f"{convert}({code.name(required)}({text}))"


class RowView(View):
    """Parents that are rows of a statement, or what a key of theirs leads to (`prefix`), where it leads anywhere."""

    def __init__(self, code: Code, rows: Rows[Any], select: Select, dialect: str, prefix: str = "") -> None:
        self.code = code
        self.rows = rows
        self.select = select
        self.dialect = dialect
        self.prefix = prefix
        self.guard = select.at(f"{prefix}{rows.model._meta.pk_attr}") if prefix else ""
        self._parent: dict[str, None] = {}
        self._name = ""

    def column(self, attribute: str) -> str | None:
        """The path of the attribute, if it is nothing but a column."""
        column = self.rows.attributes[attribute]
        return f"{self.prefix}{column.names[0]}" if column.made is None else None

    def python(self, attribute: str) -> str:
        column = self.rows.attributes[attribute]
        values = ", ".join(self._value(f"{self.prefix}{name}") for name in column.names)
        return values if column.made is None else f"{self.code.name(column.made)}({values})"

    def key(self, attribute: str) -> tuple[str, bool]:
        path = self.column(attribute)
        return (self.python(attribute), False) if path is None else (self.select.at(path), True)

    def _value(self, path: str) -> str:
        raw, field = self.select.at(path), self.select.field(path)
        convert = to_python(field, self.dialect)
        if convert is None:
            return raw
        made = f"{self.code.name(convert)}({raw})"
        return f"(None if {raw} is None else {made})" if field.null else made

    def leaf(self, attribute: str, type_: GraphQLLeafType, *, nullable: bool) -> str:
        path = self.column(attribute)
        if path is None:
            return completed(self.code, self.python(attribute), type_, nullable=nullable)
        raw, field = self.select.at(path), self.select.field(path)
        convert = to_graph(field, type_, self.dialect)
        made = raw if convert is None else f"{self.code.name(convert)}({raw})"
        if not field.null:
            return made
        if not nullable:
            raw = f"{self.code.name(required)}({raw})"
            return raw if convert is None else f"{self.code.name(convert)}({raw})"
        return made if convert is None else f"(None if {raw} is None else {made})"

    def parent(self, attributes: Sequence[str] | None) -> str:
        self._parent |= dict.fromkeys(self.rows.attributes if attributes is None else attributes)
        if not self._name:
            self._name = f"p{len(self.code.clauses)}"
        values = ", ".join(self.python(attribute) for attribute in self._parent)
        made = self.guarded(f"{self.code.name(partial(self.rows.type, tuple(self._parent)), 'k')}({values})")
        self.code.clauses[self._name] = f" for {self._name} in ({made},)"
        return self._name

    def guarded(self, text: str) -> str:
        """None where there is no parent."""
        return f"(None if {self.guard} is None else {text})" if self.guard else text


def partial(type_: type, attributes: tuple[str, ...]) -> Callable[..., Any]:
    """A maker of objects that have some of the attributes of a type, and nothing else."""
    arguments = ", ".join(attributes)
    setting = "".join(f"    made.{name} = {name}\n" for name in attributes)
    known: dict[str, Any] = {"new": object.__new__, "type_": type_}
    exec(f"def make({arguments}):\n    made = new(type_)\n{setting}    return made", known)
    make: Callable[..., Any] = known["make"]
    return make


def _waits(child: Child) -> bool:
    """Whether a child may wait for something else than the database, so that others need not wait for it."""
    return bool(getattr(child, "waits", False))


_NOTHING: Final[Sequence[Any]] = []


class _OfThoseThere:
    """A child of the parents that are there. Where there is none, nobody promised a value, and it is None."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.waits = _waits(child)

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        there = [key for key in keys if key is not _ABSENT]
        if len(there) == len(keys):
            return await self._child.values(run, keys)
        found = iter(await self._child.values(run, there) if there else ())
        return [None if key is _ABSENT else next(found) for key in keys]


class Level:
    """One selection over parents of one kind. Written by `selecting`, and ready once its rows' columns are known."""

    def __init__(self, select: Select | None = None) -> None:
        self.code = Code()
        self.select = select
        self.children: list[tuple[Child, str]] = []
        self.each = ""
        self._takers: list[Callable[..., list[Any]]] = []
        self._waiting: list[int] = []
        self._render: Callable[..., list[Any]] | None = None

    def child(self, child: Child, taken: str, view: View) -> str:
        """Adds a child, by what is taken from each parent; its value in generated code."""
        if view.guard:
            child, taken = _OfThoseThere(child), f"({self.code.name(_ABSENT)} if {view.guard} is None else {taken})"
        self.children.append((child, taken))
        return f"y{len(self.children) - 1}"

    async def dicts(self, run: Run, parents: Sequence[Any], *more: Any) -> list[Any]:
        """The selection of each parent. `more` is what the functions of this level were written to take."""
        if self._render is None:
            self._render = self._written()
        if not parents:
            return []
        values = await self._values(run, [take(run, parents, *more) for take in self._takers])
        return self._render(run, parents, *more, *values)

    async def _values(self, run: Run, taken: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """What the children give: first those that wait for others than the database, all at once."""
        found = dict.fromkeys(range(len(taken)), _NOTHING)
        if len(self._waiting) > 1:
            together = [self.children[number][0].values(run, taken[number]) for number in self._waiting]
            # To the end of each, whatever one of them comes to.
            for number, one in zip(self._waiting, await gather(*together, return_exceptions=True), strict=True):
                if isinstance(one, BaseException):
                    raise one
                found[number] = one
        for number, keys in enumerate(taken):
            if found[number] is _NOTHING:
                found[number] = await self.children[number][0].values(run, keys)
        return [*found.values()]

    def _written(self) -> Callable[..., list[Any]]:
        target = "o" if self.select is None else self.select.target
        self._waiting = [number for number, (child, _) in enumerate(self.children) if _waits(child)]
        self._takers = [self.code.function("run, rows, *more", taken, target, "rows") for _, taken in self.children]
        values = [f"y{number}" for number in range(len(self.children))]
        lists = [f"l{value}" for value in values]
        head = ", ".join(("run", "rows", *self.more, *lists))
        if not values:
            return self.code.function(head, self.each, target, "rows")
        over = f"zip(rows, {', '.join(lists)})"
        return self.code.function(head, self.each, f"{target}, {', '.join(values)}", over)

    more: tuple[str, ...] = ()


class Completion:
    """Values of Python as the graph shows them: nothing, lists, leaves, or objects by their selection."""

    def __init__(
        self,
        finish: Callable[[Run, Sequence[Any]], Awaitable[Sequence[Any]]],
        *,
        nullable: bool,
    ) -> None:
        self._finish = finish
        self._nullable = nullable

    async def __call__(self, run: Run, values: Sequence[Any]) -> Sequence[Any]:
        there = [value for value in values if value is not None]
        if len(there) < len(values) and not self._nullable:
            raise Unfit("null where the graph promises a value")
        for value in there:
            if isinstance(value, Exception):
                raise value
        done = await self._finish(run, there)
        if len(there) == len(values):
            return done
        rest = iter(done)
        return [None if value is None else next(rest) for value in values]


def of_lists(item: Completion) -> Callable[[Run, Sequence[Any]], Awaitable[Sequence[Any]]]:
    """How lists are finished whose items are finished together."""

    async def finish(run: Run, lists: Sequence[Any]) -> Sequence[Any]:
        done = iter(await item(run, [each for one in lists for each in one]))
        return [list(islice(done, len(one))) for one in lists]

    return finish


def of_leaves(type_: GraphQLLeafType) -> Callable[[Run, Sequence[Any]], Awaitable[Sequence[Any]]]:
    """How leaves are finished."""
    convert = coerced(type_)

    async def finish(run: Run, values: Sequence[Any]) -> Sequence[Any]:
        return [convert(value) for value in values]

    return finish
