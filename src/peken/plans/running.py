"""One run of a plan: who asks, with which arguments, and the statements that are kept between runs."""

from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, TypeVar

from graphql import FieldNode, GraphQLField, get_argument_values
from graphql.execution.values import VariableValues
from strawberry.schema.config import StrawberryConfig
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """What lasts for one answer; `shapes` are of all runs."""

    context: Any
    variables: VariableValues
    shapes: MutableMapping[Hashable, Any]
    dialect: str
    _info: Any = None

    @property
    def info(self) -> Any:
        """What a resolver gets for its `info`: of everything in it only the context is there."""
        if self._info is None:
            raw: Any = SimpleNamespace(context=self.context)
            nothing: Any = None
            self._info = Info(_raw_info=raw, _field=nothing)
        return self._info

    def shape(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept under a key, or made for it."""
        found: T | None = self.shapes.get(key)
        if found is None:
            found = self.shapes[key] = make()
        return found


class Arguments:
    """The arguments of one selected field: the same for every run, or made of its variables."""

    def __init__(
        self,
        definition: GraphQLField,
        node: FieldNode,
        written: StrawberryField,
        schema: Any,
        variables: VariableValues,
    ) -> None:
        self._definition = definition
        self._node = node
        self._written = written
        self._config: StrawberryConfig = schema.config
        self._registry = schema.schema_converter.scalar_registry
        self._fixed = None if _has_variables(node) else self._given(variables)

    def of(self, run: Run) -> dict[str, Any]:
        """As the resolver takes them, by its names; not to be changed."""
        return self._given(run.variables) if self._fixed is None else self._fixed

    @property
    def none(self) -> bool:
        """Whether there are never any."""
        return self._fixed == {}

    def _given(self, variables: VariableValues) -> dict[str, Any]:
        if not self._written.arguments:
            return {}
        values = get_argument_values(self._definition, self._node, variables)
        return convert_arguments(values, self._written.arguments, scalar_registry=self._registry, config=self._config)


def _has_variables(node: Any) -> bool:
    if node.kind == "variable":
        return True
    inside = getattr(node, "arguments", None) or getattr(node, "fields", None) or getattr(node, "values", None) or ()
    value = getattr(node, "value", None)
    return any(map(_has_variables, inside)) or (hasattr(value, "kind") and _has_variables(value))
