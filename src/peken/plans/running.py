"""One run of a plan: who asks, with which arguments, and the statements that are kept between runs."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeVar
from weakref import ref

from graphql import FieldNode, GraphQLField, Undefined, ValueNode, VariableNode
from graphql.execution.values import VariableValues
from strawberry.types import Info
from strawberry.types.field import StrawberryField

from peken.plans.errors import Ordinary
from peken.plans.inputs import Converting, literal
from peken.plans.paging import Window, frozen

T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """What lasts for one answer; `shapes` are of all runs."""

    context: Any
    variables: VariableValues
    shapes: "Shapes"
    dialect: str
    _info: Any = None

    @property
    def info(self) -> Any:
        """What a resolver gets for its `info`: of everything in it only the context is there."""
        if self._info is None:
            self._info = context_alone(self.context)
        return self._info

    def kept(self, part: object, alike: Hashable, make: Callable[[], T]) -> T:
        """What is kept for a part of a plan, or made for it; what somebody asks at great length is not kept.

        It does not keep the plan: that goes with its query.
        """
        key = ref(part), alike
        found: T | None = self.shapes.find(key)
        if found is None:
            found = make()
            if len(repr(alike)) < _LONGEST:
                self.shapes.keep(key, found)
        return found


class Shapes:
    """What runs have in common, at most so much: the last used is kept longest."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()

    def find(self, key: Hashable) -> Any:
        """What is kept under a key; None where there is nothing."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Hashable, found: object) -> None:
        """Keeps it, in place of what was not used for longest where there is too much."""
        self._kept[key] = found
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


def context_alone(context: Any) -> Info[Any, Any]:
    """An `info` in which there is nothing but the context."""
    raw: Any = _Little(context)
    return Info(_raw_info=raw, _field=raw)


class _Little:
    """What a plan knows of the execution that it stands in for: the context. Raises Ordinary for anything else."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def __getattr__(self, name: str) -> Any:
        raise Ordinary(f"a resolver looks at {name}")


class Given(NamedTuple):
    """The arguments of a field: those of its own as its resolver takes them, and the window of a connection."""

    own: Mapping[str, Any]
    alike: Hashable
    """Equal where those of its own are."""
    window: Window


class Arguments:
    """The arguments of one selected field: the same for every run, or made of its variables.

    Of a field that is `paged` those of its pages stand apart.
    """

    def __init__(
        self,
        definition: GraphQLField,
        node: FieldNode,
        written: StrawberryField,
        schema: Any,
        variables: VariableValues,
        *,
        paged: bool,
    ) -> None:
        self._paged = paged
        given = {each.name.value: each.value for each in node.arguments or ()}
        self._taken = literal(definition.args if written.arguments else {}, given)
        self._convert = Converting(written.arguments, schema.config, schema.schema_converter.scalar_registry)
        # Cursors differ with every page: they are not looked up, but put in.
        self._places = {
            each.name.value: each.value.name.value
            for each in (node.arguments if paged else None) or ()
            if each.name.value in _CURSORS and isinstance(each.value, VariableNode)
        }
        others = [each for each in node.arguments or () if each.name.value not in self._places]
        self._names = tuple(sorted(set[str]().union(*map(_variables, others))))
        self._fixed = None if self._names else self._given(variables)

    def anew(self, run: Run) -> dict[str, Any]:
        """Those of its own, for a resolver to do with what it likes: what is kept is of all runs."""
        return self._convert(self._values(run.variables))

    def of(self, run: Run) -> Given:
        """As they are in a run; not to be changed."""
        given = self._fixed
        if given is None:
            values = run.variables.coerced
            alike = tuple(frozen(values.get(name, Undefined)) for name in self._names)
            given = run.kept(self, alike, lambda: self._given(run.variables))
        if not self._places:
            return given
        places = {argument: run.variables.coerced.get(name) for argument, name in self._places.items()}
        return given._replace(window=replace(given.window, **places))

    @property
    def plain(self) -> bool:
        """Whether nothing can be put into what they are."""
        return self._convert.plain

    @property
    def none(self) -> bool:
        """Whether there are never any."""
        return self._fixed is not None and not self._fixed.own

    def _given(self, variables: VariableValues) -> Given:
        converted = self._convert(self._values(variables))
        if self._paged:
            window, converted = Window.split(converted)
            return Given(converted, frozen(converted), window)
        return Given(converted, frozen(converted), _ALL)

    def _values(self, variables: VariableValues) -> Mapping[str, Any]:
        found = self._taken(variables)
        if found is Undefined:
            raise Ordinary("an argument is not one")
        values: Mapping[str, Any] = found
        return values


_ALL: Final = Window()
_CURSORS: Final = frozenset({"after", "before"})
_LONGEST: Final = 4_000


def _variables(node: Any) -> set[str]:
    """The names of the variables in an argument or a value."""
    if isinstance(node, VariableNode):
        return {node.name.value}
    value = getattr(node, "value", None)
    inside = [value] if isinstance(value, ValueNode) else getattr(node, "fields", getattr(node, "values", None))
    return set[str]().union(*map(_variables, inside or ()))
