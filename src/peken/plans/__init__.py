"""Compiled reads: documents whose fields say how they are read, answered by a few statements and generated functions.

A library of its own: it knows a Strawberry schema, the Tortoise queries that its declarations lead to, and nothing of
what they are about. What it cannot compile, or what does not turn out as the graph promises, is left to ordinary
execution, which gives the same answer and has the words for what is wrong.
"""

import logging
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final, Protocol

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
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
from peken.plans.variables import Variables

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
        self._variables: LRUCache[Hashable, Variables] = LRUCache(documents)
        self._shapes: LRUCache[Hashable, Any] = LRUCache(shapes)

    async def answer(self, asked: Query, variables: Mapping[str, Any] | None, context: Any) -> dict[str, Any] | None:
        """The data of a query that is valid and allowed; None where it has to be executed ordinarily."""
        operation = asked.operation
        if operation.operation is not OperationType.QUERY:
            return None
        try:
            name = operation.name.value if operation.name else None
            variables_of = self._variables.get((asked.text, name))
            if variables_of is None:
                variables_of = Variables(self._schema, asked.document, operation)
                self._variables[asked.text, name] = variables_of
            values = variables_of.of(variables)
            flags = variables_of.flags
            level = None if values is None else self._plan(asked, name, flags, values)
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

    def _plan(self, asked: Query, name: str | None, flags: Sequence[str], values: VariableValues) -> Level | None:
        key = (asked.text, name, *(values.coerced.get(flag) for flag in flags))
        try:
            return self._kept[key]
        except KeyError:
            pass
        level = None
        try:
            level = Selecting(self._schema, asked.document, asked.operation, values, self._dialect).root()
        except Ordinary as why:
            _log.debug("not planned: %s", why)
        self._kept[key] = level
        return level
