"""What is given is taken as ordinary execution takes it, whatever it is."""

from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from itertools import cycle
from typing import Any

import orjson
import strawberry
from graphql import GraphQLError, Undefined, get_argument_values, parse
from graphql.execution.values import VariableValues
from graphql.utilities import coerce_input_value
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.arguments import convert_arguments

from peken.plans.graph import written_of
from peken.plans.inputs import Converting, literal, taking


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@strawberry.input
class Leaf:
    name: str
    size: int | None = 3
    colour: Colour | None = strawberry.UNSET
    note: str | None


@strawberry.input
class Branch:
    id: strawberry.ID
    leaves: list[Leaf]
    rows: list[list[int | None]] | None = None
    below: "Branch | None" = None
    best: Leaf | None = strawberry.field(default_factory=lambda: Leaf(name="best", note=None))


@strawberry.input(one_of=True)
class Either:
    one: strawberry.Maybe[int]
    other: strawberry.Maybe[str]


X = strawberry.ID("x")


@strawberry.type
class Query:
    @strawberry.field
    def asked(
        self,
        branch: Branch,
        leaf: Leaf | None = None,
        colours: list[Colour] | None = None,
        either: Either | None = None,
        maybe: strawberry.Maybe[int | None] = None,
        id: strawberry.ID = X,
    ) -> int:
        return 0


SCHEMA = strawberry.Schema(Query)
FIELD = SCHEMA._schema.query_type.fields["asked"]  # type: ignore[union-attr]

scalars = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=3)
names = st.sampled_from(["name", "size", "colour", "note", "id", "leaves", "rows", "below", "best", "one", "odd"])
anything = st.recursive(
    scalars | st.sampled_from(["RED", "BLUE", "GREEN"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=8,
)
leaves = st.fixed_dictionaries(
    {"name": st.text(max_size=3)},
    optional={"size": st.none() | st.integers(0, 9), "colour": st.sampled_from(["RED", None]), "note": scalars},
)
branches = st.recursive(
    st.fixed_dictionaries({"id": st.integers(0, 9) | st.text(max_size=2), "leaves": st.lists(leaves, max_size=2)}),
    lambda inner: st.fixed_dictionaries(
        {"id": st.text(max_size=2), "leaves": st.lists(leaves, max_size=2) | leaves},
        optional={
            "below": inner | st.none(),
            "best": leaves | st.none(),
            "rows": st.lists(st.lists(scalars)) | scalars,
        },
    ),
    max_leaves=3,
)


def taken(take: Callable[[Any], Any], value: Any) -> str:
    """What is taken; Undefined is what is not."""
    try:
        return repr(take(value))
    except GraphQLError:
        return repr(Undefined)


@given(st.one_of(anything, branches, leaves, st.lists(st.sampled_from(["RED", "BLUE", "GREEN"]))))
def test_a_variable_is_taken_as_execution_takes_it(value: Any) -> None:
    for argument in FIELD.args.values():
        coerce = partial(coerce_input_value, type_=argument.type)

        assert taken(taking(argument.type), value) == taken(coerce, value)


@given(branches, leaves, st.lists(st.sampled_from(["RED", "BLUE"])), st.booleans())
def test_a_resolver_gets_what_execution_gives_it(branch: Any, leaf: Any, colours: Any, much: bool) -> None:
    given_ = {"branch": branch} | ({"leaf": leaf, "colours": colours, "maybe": 1} if much else {"leaf": None})
    values = {name: coerce_input_value(value, FIELD.args[name].type) for name, value in given_.items()}
    sound = {name: value for name, value in values.items() if value is not Undefined}
    written, converter = written_of(FIELD), SCHEMA.schema_converter

    made = Converting(written.arguments, SCHEMA.config, converter.scalar_registry)(sound)

    assert made == convert_arguments(sound, written.arguments, converter.scalar_registry, SCHEMA.config)


def printed(value: Any, turns: Iterator[bool], variables: dict[str, Any]) -> str:
    """A value as it is written in a document, here and there as a variable, which may have been left out."""
    if next(turns):
        name = f"v{len(variables)}"
        variables[name] = value
        if next(turns) and value is not None:
            variables[name] = Undefined
        return f"${name}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {printed(each, turns, variables)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(printed(each, turns, variables) for each in value) + "]"
    return value if value in ("RED", "BLUE") else orjson.dumps(value).decode()


@given(
    st.dictionaries(st.sampled_from([*FIELD.args]), branches | leaves | anything, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=20),
    st.booleans(),
)
def test_what_is_written_is_taken_as_execution_takes_it(written: Any, turns: list[bool], sound: bool) -> None:
    variables: dict[str, Any] = {}
    taking_turns = cycle(turns)
    parts = [f"{name}: {printed(value, taking_turns, variables)}" for name, value in written.items()]
    if sound:
        # Without it all else would come to nothing.
        parts = [each for each in parts if not each.startswith("branch:")]
        parts.append('branch: {id: "x", leaves: [{name: "a", note: $left_out, size: $left_out}]}')
    arguments = ", ".join(parts)
    node = parse("{ asked" + (f"({arguments})" if arguments else "") + " }").definitions[0]
    field = node.selection_set.selections[0]  # type: ignore[attr-defined]
    values = VariableValues({}, {name: value for name, value in variables.items() if value is not Undefined})

    ours = taken(literal(FIELD.args, {each.name.value: each.value for each in field.arguments or ()}), values)

    assert ours == taken(partial(get_argument_values, FIELD, field), values)
