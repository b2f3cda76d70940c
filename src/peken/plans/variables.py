"""The variables of an operation: coerced as execution does, with what of it is the same for every request done once."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    get_variable_values,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from peken.plans.inputs import taking


class Variables:
    """How one operation takes its variables, and on which of them @include and @skip decide."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self.flags = flags_of(document)
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        signatures = [get_variable_signature(schema, each) for each in self._definitions]
        self._plain = [
            (each.name, each, taking(each.type))
            for each in signatures
            if not isinstance(each, GraphQLError) and each.default is None
        ]

    def of(self, given: Mapping[str, Any] | None) -> VariableValues | None:
        """Their values; None where what is given cannot be taken."""
        if len(self._plain) < len(self._definitions):
            # One fault is enough here: execution finds the words for all of them.
            found = get_variable_values(
                self._schema, self._definitions, dict(given or {}), max_errors=1, hide_suggestions=True
            )
            return found if isinstance(found, VariableValues) else None
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, take in self._plain:
            value = given.get(name, Undefined) if given else Undefined
            if value is Undefined:
                if isinstance(signature.type, GraphQLNonNull):
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            sources[name] = VariableValueSource(signature, value)
            taken = take(value)
            if taken is Undefined:
                return None
            coerced[name] = taken
        return VariableValues(sources, coerced)


def flags_of(document: DocumentNode) -> tuple[str, ...]:
    """The variables on which @include and @skip decide."""
    flags: dict[str, None] = {}
    waiting: list[Any] = [
        each for each in document.definitions if isinstance(each, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        node = waiting.pop()
        for directive in getattr(node, "directives", None) or ():
            for argument in directive.arguments or ():
                if argument.value.kind == "variable":
                    flags[argument.value.name.value] = None
        selection_set = getattr(node, "selection_set", None)
        waiting += (selection_set.selections or ()) if selection_set else ()
    return tuple(flags)
