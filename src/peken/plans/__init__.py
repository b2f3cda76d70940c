"""Compiled reads: documents whose fields say how they are read, answered by a few statements and generated functions.

A library of its own: it knows a Strawberry schema, the Tortoise queries that its declarations lead to, and nothing of
what they are about. What it cannot compile, or what does not turn out as the graph promises, is left to ordinary
execution, which gives the same answer and has the words for what is wrong.
"""

import logging
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, Final, Protocol

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_variable_values,
)
from graphql.execution.values import VariableValues

from peken.errors import PekenError
from peken.plans.declared import Asking, column, computed, listed, loaded, private
from peken.plans.errors import Ordinary
from peken.plans.levels import Level
from peken.plans.paging import Listing, Sort
from peken.plans.rows import Keyed, Rows, Scope
from peken.plans.running import Run
from peken.plans.selecting import Selecting

__all__ = [
    "Asking",
    "Keyed",
    "Listing",
    "Plans",
    "Rows",
    "Scope",
    "Sort",
    "column",
    "computed",
    "listed",
    "loaded",
    "private",
]

_log: Final = logging.getLogger("peken.plans")
_NO_VARIABLES: Final = VariableValues({}, {})


class Query(Protocol):
    """A valid document, and the operation in it that is asked for."""

    @property
    def text(self) -> str: ...

    @property
    def document(self) -> DocumentNode: ...

    @property
    def operation(self) -> OperationDefinitionNode: ...


class Plans:
    """The plans of one schema, those in use: at most `documents` of them, and `shapes` of their statements.

    `counts` tells how often a query was answered by a plan ("compiled"), how often it was left to ordinary execution
    because of how its fields are declared or of what was asked ("ordinary"), and how often a plan went wrong
    ("failed").
    """

    def __init__(self, schema: GraphQLSchema, dialect: str, *, documents: int = 1_000, shapes: int = 4_000) -> None:
        self.counts: Counter[str] = Counter()
        self._schema = schema
        self._dialect = dialect
        self._kept: LRUCache[Hashable, Level | None] = LRUCache(documents)
        self._flags: LRUCache[Hashable, tuple[str, ...]] = LRUCache(documents)
        self._shapes: LRUCache[Hashable, Any] = LRUCache(shapes)

    async def answer(self, asked: Query, variables: Mapping[str, Any] | None, context: Any) -> dict[str, Any] | None:
        """The data of a query that is valid and allowed; None where it has to be executed ordinarily."""
        operation = asked.operation
        if operation.operation is not OperationType.QUERY:
            return None
        try:
            values = self._values(operation, variables)
            level = None if values is None else self._plan(asked, values)
            if values is None or level is None:
                self.counts["ordinary"] += 1
                return None
            [data] = await level.dicts(Run(context, values, self._shapes, self._dialect), [None])
        except (PekenError, Ordinary):
            # Somebody's mistake, or a database in trouble: both are worded where a field is executed.
            self.counts["ordinary"] += 1
            return None
        except Exception as error:
            self.counts["failed"] += 1
            # Without the text of the error: it may hold what was asked, or a row.
            _log.warning("a plan failed: %s", type(error).__name__)
            return None
        self.counts["compiled"] += 1
        answer: dict[str, Any] = data
        return answer

    def _values(self, operation: OperationDefinitionNode, given: Mapping[str, Any] | None) -> VariableValues | None:
        definitions = operation.variable_definitions
        if not definitions:
            return _NO_VARIABLES
        found = get_variable_values(self._schema, definitions, dict(given or {}))
        return found if isinstance(found, VariableValues) else None

    def _plan(self, asked: Query, values: VariableValues) -> Level | None:
        name = asked.operation.name.value if asked.operation.name else None
        flags = self._flags.get((asked.text, name))
        if flags is None:
            flags = self._flags[asked.text, name] = flags_of(asked.document)
        key = (asked.text, name, *(values.coerced.get(flag) for flag in flags))
        if key not in self._kept:
            try:
                level = Selecting(self._schema, asked.document, asked.operation, values, self._dialect).root()
            except Ordinary as why:
                _log.debug("not planned: %s", why)
                level = None
            self._kept[key] = level
        return self._kept[key]


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
