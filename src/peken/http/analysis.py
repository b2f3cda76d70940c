"""How much a document asks for and which fields it touches, in one linear pass; knows no actor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from peken.http.limits import Limits, exceeded, refuse_above

# Sums stop growing here: a fan-out of fragments doubles at each level, and a number of that many digits is
# of no use to anybody.
CEILING = 10**15

Parent: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one operation of a document asks for, with every fragment spread out.

    `fields` are (type, field) pairs as selected: a field selected through an interface names the interface.
    `page_variables` are the variables that decide on `cost`; when there are any, `cost` holds only for the
    variables the analysis was made with. @skip and @include are not looked at: what is written counts.
    """

    depth: int
    aliases: int
    root_fields: int
    cost: int
    fields: frozenset[tuple[str, str]]
    page_variables: frozenset[str] = frozenset()


class _Weight(NamedTuple):
    depth: int = 0
    nesting: int = 0
    aliases: int = 0
    width: int = 0
    cost: int = 0


def analyse(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    limits: Limits,
    variables: Mapping[str, Any] | None = None,
) -> Analysis:
    """Weigh `operation`, and raise the PekenError of the first limit it passes.

    Works on documents that were not validated: what the schema does not know weighs 1, a cycle of fragments
    ends where it closes. Without `variables`, pages whose size is a variable weigh as pages of one.
    """
    weighing = _Weighing(schema, document, operation, limits, variables)
    root = schema.get_root_type(operation.operation)
    total = weighing.selection_set(operation.selection_set, root, 1)
    if total.nesting > limits.nesting:
        raise exceeded("too_deep", limits.depth)
    refuse_above("too_deep", total.depth, limits.depth)
    refuse_above("too_many_aliases", total.aliases, limits.aliases)
    refuse_above("too_many_root_fields", total.width, limits.root_fields)
    refuse_above("too_costly", total.cost, limits.cost)
    return Analysis(
        total.depth,
        total.aliases,
        total.width,
        total.cost,
        frozenset(weighing.fields),
        frozenset(weighing.page_variables),
    )


class _Weighing:
    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        limits: Limits,
        variables: Mapping[str, Any] | None,
    ) -> None:
        self.schema = schema
        self.limits = limits
        self.variables = variables
        self.defaults = {d.variable.name.value: d.default_value for d in operation.variable_definitions or ()}
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.weights: dict[str, _Weight] = {}
        self.fields: set[tuple[str, str]] = set()
        self.page_variables: set[str] = set()

    def selection_set(self, node: SelectionSetNode | None, parent: Parent, level: int) -> _Weight:
        # Checked on the way down too: the pass itself must not meet the interpreter's recursion limit.
        if level > self.limits.nesting:
            raise exceeded("too_deep", self.limits.depth)
        if node is None:
            return _Weight()
        weights = [self.selection(selection, parent, level) for selection in node.selections or ()]
        total = reduce(_together, weights, _Weight())
        return total._replace(nesting=total.nesting + 1)

    def selection(self, node: Any, parent: Parent, level: int) -> _Weight:
        if isinstance(node, FieldNode):
            return self.field(node, parent, level)
        if isinstance(node, FragmentSpreadNode):
            return self.spread(node.name.value, level)
        condition = node.type_condition
        inner = self.composite(condition.name.value) if condition else parent
        return self.selection_set(node.selection_set, inner, level + 1)

    def spread(self, name: str, level: int) -> _Weight:
        fragment = self.fragments.get(name)
        if fragment is None:
            return _Weight()
        if name not in self.weights:
            self.weights[name] = _Weight()  # what a cycle finds when it comes back here
            condition = self.composite(fragment.type_condition.name.value)
            self.weights[name] = self.selection_set(fragment.selection_set, condition, level + 1)
        return self.weights[name]

    def field(self, node: FieldNode, parent: Parent, level: int) -> _Weight:
        name = node.name.value
        definition = self.schema.get_field(parent, name) if parent else None
        if parent and definition and name != "__typename":
            self.fields.add((parent.name, name))
        target = get_named_type(definition.type) if definition else None
        below = self.selection_set(node.selection_set, target if isinstance(target, Parent) else None, level + 1)
        times = self.page(node, definition.args) if definition else 1
        return _Weight(
            depth=below.depth + 1,
            nesting=below.nesting,
            aliases=below.aliases + (node.alias is not None),
            width=1,
            cost=min(CEILING, _own_cost(definition) + times * below.cost),
        )

    def composite(self, name: str) -> Parent:
        found = self.schema.get_type(name)
        return found if isinstance(found, Parent) else None

    def page(self, node: FieldNode, arguments: Mapping[str, GraphQLArgument]) -> int:
        """How many times the selection below a field comes back: the larger of `first` and `last`."""
        known = [name for name in ("first", "last") if name in arguments]
        if not known:
            return 1
        given = {a.name.value: a.value for a in node.arguments or ()}
        sizes = [self.size(given.get(name), arguments[name]) for name in known]
        asked = [size for size in sizes if size is not None]
        if not asked:
            return self.limits.page
        refuse_above("page_too_large", min(CEILING, max(asked)), self.limits.page)
        return max(1, *asked)

    def size(self, value: ValueNode | None, argument: GraphQLArgument) -> int | None:
        if isinstance(value, NullValueNode):
            return None
        if isinstance(value, VariableNode):
            name = value.name.value
            self.page_variables.add(name)
            if self.variables is None:
                return 1
            if name in self.variables:
                return whole(self.variables[name])
            value = self.defaults.get(name)
        if isinstance(value, IntValueNode):
            return _literal(value.value)
        return whole(argument.default_value)


def _together(one: _Weight, other: _Weight) -> _Weight:
    return _Weight(
        max(one.depth, other.depth),
        max(one.nesting, other.nesting),
        min(CEILING, one.aliases + other.aliases),
        min(CEILING, one.width + other.width),
        min(CEILING, one.cost + other.cost),
    )


def _own_cost(definition: GraphQLField | None) -> int:
    written = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if definition else None
    return int(written.metadata.get("cost", 1)) if written else 1


def _literal(digits: str) -> int:
    # int() of thousands of digits is slow and, above 4,300 of them, an error.
    return int(digits) if len(digits) <= 15 else CEILING


def whole(value: object) -> int | None:
    """The size that a variable or a default gives, None where it gives none."""
    # JSON numbers beyond 64 bits arrive as floats; other kinds are refused by the type of the argument.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(min(value, CEILING))


def repeated_pairs(selection_sets: Iterable[SelectionSetNode]) -> int:
    """The pairs of fields with one response name, over all of `selection_sets` and what is inside."""
    counts: dict[str, int] = {}
    waiting = list(selection_sets)
    while waiting:
        for selection in waiting.pop().selections or ():
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                counts[name] = counts.get(name, 0) + 1
            inside = getattr(selection, "selection_set", None)
            if inside is not None:
                waiting.append(inside)
    return sum(n * (n - 1) // 2 for n in counts.values())


def largest_value(document: DocumentNode) -> int:
    """The most values in one argument or default anywhere, a list or an object counted with what is in it."""
    largest = 0
    waiting: list[Any] = list(document.definitions)
    while waiting:
        node = waiting.pop()
        defaults = (each.default_value for each in getattr(node, "variable_definitions", None) or ())
        directives = (each for directive in node.directives or () for each in directive.arguments or ())
        given = (each.value for each in (*directives, *(getattr(node, "arguments", None) or ())))
        largest = max(largest, *(_values_in(each) for each in (*defaults, *given) if each), 0)
        inside = getattr(node, "selection_set", None)
        waiting.extend(inside.selections if inside else ())
    return largest


def _values_in(value: ValueNode) -> int:
    found = 0
    waiting: list[Any] = [value]
    while waiting:
        node = waiting.pop()
        found += 1
        waiting.extend(getattr(node, "values", None) or ())
        waiting.extend(each.value for each in getattr(node, "fields", None) or ())
    return found
