"""Writes valid documents over a schema, by lots; asks nothing itself."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from graphql import (
    GraphQLInterfaceType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
)
from tests.plans.differential.book import Book
from tests.plans.differential.giving import Giving, Slot
from tests.plans.differential.values import Values

DEPTH: Final = 7
"""How deep a document goes beside what it has to hold."""
BROAD: Final = 4
"""How deep a broad document is broad."""
_DEAR: Final = ("simulateRules",)
"""Root fields that cost the market much work."""


@dataclass(frozen=True)
class Question:
    """A document, what is given with it, and the fields that are selected in it under no condition."""

    text: str
    variables: Mapping[str, Any]
    operation: str | None
    selected: frozenset[str]
    slots: Mapping[str, Slot] = field(default_factory=dict)


@dataclass(frozen=True)
class _Place:
    """Where in a document something is written."""

    depth: int
    times: int
    path: str
    counted: bool


@dataclass
class _Fragment:
    on: str
    text: str
    uses: set[str]
    spreads: set[str]


class Draft:
    """One document while it is written."""

    def __init__(self, book: Book, values: Values, lots: Random, seen: Counter[str]) -> None:
        self.book = book
        self.giving = Giving(values, lots)
        self.lots = lots
        self.seen = seen
        self.left = lots.choice((4, 8, 16, 30))
        self.broad = lots.random() < 0.3
        self.loose = lots.random() < 0.3
        self.names: dict[str, str] = {}
        self.fragments: dict[str, _Fragment] = {}
        self.selected: set[str] = set()
        self.spreads: set[str] = set()

    def question(self, way: Sequence[tuple[str, str]]) -> Question:
        """The document, with the fields of `way` in it."""
        if any(name in _DEAR for _, name in way):
            self.left, self.broad = 80, True
        count = 1 if self.lots.random() < 0.9 else self.lots.randint(2, 4)
        # What is not run is short, and counts for nothing.
        chosen = self.lots.randrange(count)
        operations, selected = [], set[str]()
        named = count > 1 or self.lots.random() < 0.4
        for number in range(count):
            self.giving.uses, self.spreads, self.selected = set(), set(), set()
            if number != chosen:
                self.left = min(self.left, 3)
            body = self.selection_set("Query", _Place(0, 1, f"q{number}", True), way if number == chosen else ())
            operations.append(self._operation(f"Q{number}" if named else "", body))
            selected = self.selected if number == chosen else selected
        written = [f"fragment {name} on {each.on} {each.text}" for name, each in self.fragments.items()]
        parts = operations + written
        if self.lots.random() < 0.2:
            self.lots.shuffle(parts)
        return Question(
            "\n".join(parts),
            self.giving.given,
            f"Q{chosen}" if count > 1 or (named and self.lots.random() < 0.5) else None,
            frozenset(selected),
            self.giving.slots,
        )

    def _operation(self, name: str, body: str) -> str:
        uses, waiting = set(self.giving.uses), list(self.spreads)
        for spread in waiting:
            uses |= self.fragments[spread].uses
            waiting.extend(self.fragments[spread].spreads - set(waiting))
        defined = self.giving.defined(uses)
        if not defined and not name and self.lots.random() < 0.7:
            return body
        return f"query {name}" + (f"({', '.join(defined)})" if defined else "") + f" {body}"

    # Selections

    def selection_set(self, parent: str, place: _Place, way: Sequence[tuple[str, str]]) -> str:
        parts = [self.selection(parent, name, place, way) for name in self._chosen(parent, place, way)]
        if self.lots.random() < 0.2 or not parts:
            parts.append(self._typename(place))
        if is_abstract_type(self.book.schema.type_map[parent]):
            parts.extend(self._narrowed(parent, place, way))
        if parent == "Query" and self.lots.random() < 0.02:
            parts.append("__schema { queryType { name } }")
        self.lots.shuffle(parts)
        return "{ " + " ".join(parts) + " }"

    def _chosen(self, parent: str, place: _Place, way: Sequence[tuple[str, str]]) -> list[str]:
        wanted = [way[0][1]] if way and way[0][0] == parent else []
        leaves, open_ = self._open(parent, place)
        if parent == "Query":
            count = self.lots.choice((0, 0, 1) if wanted else (1, 1, 2, 4))
        else:
            count = self.lots.choice((8, 16, 32) if self.broad and place.depth < BROAD else (1, 2, 3, 6))
        # When enough is written, what has been begun is ended with one field or two.
        names = [*leaves, *open_] if self.left > 0 else leaves
        count = min(count if self.left > 0 else 2, len(names))
        weights = [1 / (1 + self.seen[f"{parent}.{name}"]) ** 2 + 0.001 for name in names]
        picked = self.lots.choices(names, weights, k=count) if count else []
        # A field may be selected twice; the two are one in the answer.
        if self.lots.random() < 0.7:
            picked = [*dict.fromkeys(name for name in picked if name not in wanted)]
        self.left -= len(wanted) + len(picked)
        return [*wanted, *picked]

    def _open(self, parent: str, place: _Place) -> tuple[list[str], list[str]]:
        """The fields that can be selected here: those that end there, and those with others below them."""
        leaves, open_ = [], []
        for name, definition in self.book.fields(parent).items():
            if not is_composite_type(get_named_type(definition.type)):
                leaves.append(name)
            elif place.depth < DEPTH and name not in _DEAR:
                open_.append(name)
        return leaves, open_

    def _narrowed(self, parent: str, place: _Place, way: Sequence[tuple[str, str]]) -> Iterator[str]:
        abstract = self.book.schema.type_map[parent]
        assert isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType)
        possible = sorted(
            each.name for each in self.book.schema.get_possible_types(abstract) if self.book.fields(each.name)
        )
        wanted = [way[0][0]] if way and way[0][0] in possible else []
        others = self.lots.sample(possible, min(len(possible), self.lots.randint(0, 2))) if self.left > 0 else []
        for name in dict.fromkeys([*wanted, *others]):
            yield f"... on {name} " + self.selection_set(name, place, way if name in wanted else ())

    def selection(self, parent: str, name: str, place: _Place, way: Sequence[tuple[str, str]]) -> str:
        """A field, as it is or in a fragment, under a condition or under none."""
        goal = way if way and way[0] == (parent, name) else ()
        condition = "" if goal or self.lots.random() > 0.12 else self.giving.condition()
        inner = replace(place, counted=place.counted and not condition)
        chance = self.lots.random()
        if chance < 0.72 or (chance < 0.82 and self.loose):
            return self.field(parent, name, inner, goal, condition)
        if chance < 0.86:
            on = self.lots.choice(("", f"on {parent} "))
            return f"... {on}{condition}{{ {self.field(parent, name, inner, goal, '')} }}"
        return f"...{self._fragment(parent, name, inner, goal)} {condition}"

    def _fragment(self, parent: str, name: str, place: _Place, goal: Sequence[tuple[str, str]]) -> str:
        """The name of a fragment with the field: a new one, or one that is there."""
        there = [each for each, known in self.fragments.items() if known.on == parent]
        if there and not goal and self.lots.random() < 0.5:
            known = self.lots.choice(there)
            self.spreads.add(known)
            return known
        around = self.giving.uses, self.spreads
        self.giving.uses, self.spreads = set(), set()
        fragment = f"F{len(self.fragments)}_{self.lots.randrange(1_000)}"
        inner = replace(place, path=fragment)
        text = "{ " + self.field(parent, name, inner, goal, "") + " "
        text += self._typename(inner) + " }" if self.lots.random() < 0.3 else "}"
        self.fragments[fragment] = _Fragment(parent, text, self.giving.uses, self.spreads)
        self.giving.uses, self.spreads = around
        self.spreads.add(fragment)
        return fragment

    def _typename(self, place: _Place) -> str:
        return self._named("__typename", "", "String!", place)[0]

    def field(self, parent: str, name: str, place: _Place, goal: Sequence[tuple[str, str]], condition: str) -> str:
        definition = self.book.fields(parent)[name]
        returned = get_named_type(definition.type)
        # An interface is looked at as what is wanted behind it.
        behind = goal[1][0] if len(goal) > 1 else returned.name
        arguments, page = self.giving.arguments(definition, place.times, behind)
        shape = str(definition.type)
        named, response = self._named(name, arguments, shape, place)
        if place.counted:
            self.selected.add(f"{parent}.{name}")
        if not is_composite_type(returned):
            return f"{named} {condition}"
        rows = page if page is not None else 4 if is_list_type(get_nullable_type(definition.type)) else 1
        inside = _Place(place.depth + 1, place.times * rows, f"{place.path}.{response}", place.counted)
        return f"{named} {condition}{self.selection_set(returned.name, inside, goal[1:])}"

    def _named(self, name: str, arguments: str, shape: str, place: _Place) -> tuple[str, str]:
        """The field under a name that stands for nothing else: its own if it can, else an alias."""
        what = f"{name}{arguments} {shape}"
        prefix = f"{place.path} " if self.loose else ""
        fits = [name] if self.lots.random() < 0.88 else []
        taken = self.lots.choice(("id", "name", "nodes", "a", "b", "price"))
        for response in (*fits, taken, *(f"{name.strip('_')}{n}" for n in range(1, 200))):
            if self.names.setdefault(prefix + response, what) == what:
                return (f"{name}{arguments}" if response == name else f"{response}: {name}{arguments}"), response
        raise AssertionError("a document has no two hundred of one field")
