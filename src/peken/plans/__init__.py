"""Compiled reads: documents whose fields say how they are read, answered by a few statements and generated functions.

A library of its own: it knows a Strawberry schema, the Tortoise queries that its declarations lead to, and nothing of
what they are about. What it cannot compile, or what does not turn out as the graph promises, is left to ordinary
execution, which gives the same answer and has the words for what is wrong.
"""

import logging
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType
from graphql.execution.values import VariableValues
from tortoise.exceptions import ValidationError

from peken.errors import PekenError
from peken.plans.declared import Asking, Performed, column, computed, listed, loaded, performed, private
from peken.plans.errors import Ordinary
from peken.plans.graph import read_of
from peken.plans.levels import Level
from peken.plans.paging import Listing, Sort
from peken.plans.resolving import once
from peken.plans.rows import Keyed, Rows, Scope
from peken.plans.running import Run, Shapes
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
    "performed",
    "private",
]

_log: Final = logging.getLogger("peken.plans")
_FLAGGED: Final = 8
"""For how many sets of flags the plans of one query are kept."""


class Query(Protocol):
    """A valid document, and the operation in it that is asked for. Looked up by itself, not by what it says."""

    @property
    def document(self) -> DocumentNode: ...

    @property
    def operation(self) -> OperationDefinitionNode: ...


class Plans:
    """The plans of one schema, which last as long as the queries they are of, and at most `shapes` of their statements.

    `counts` tells how often a query was answered by a plan ("compiled"), how often it was left to ordinary execution
    because of how its fields are declared or of what was asked ("ordinary"), and how often a plan went wrong
    ("failed").
    """

    def __init__(self, schema: GraphQLSchema, dialect: str, *, shapes: int = 4_000) -> None:
        self.counts: Counter[str] = Counter()
        self._schema = schema
        self._dialect = dialect
        self._made: WeakKeyDictionary[Query, _Made] = WeakKeyDictionary()
        self._shapes = Shapes(shapes)
        for field in schema.mutation_type.fields.values() if schema.mutation_type else ():
            if field.resolve is not None and isinstance(read_of(field), Performed):
                field.resolve = once(field.resolve)

    async def answer(self, asked: Query, variables: Mapping[str, Any] | None, context: Any) -> dict[str, Any] | None:
        """The data of an operation that is valid and allowed; None where it has to be executed ordinarily.

        What a mutation has done by then is not done again: execution with the same context finds what came of it.
        """
        if asked.operation.operation is OperationType.SUBSCRIPTION:
            return None
        try:
            made = self._made.get(asked)
            if made is None:
                made = self._made[asked] = _Made(self._schema, asked)
            values = made.variables.of(variables)
            level = None if values is None else self._plan(asked, made, values)
            if values is None or level is None:
                self.counts["ordinary"] += 1
                return None
            [data] = await level.dicts(Run(context, values, self._shapes, self._dialect), [None])
        except (PekenError, ValidationError, Ordinary):
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

    def _plan(self, asked: Query, made: "_Made", values: VariableValues) -> Level | None:
        key = tuple(values.coerced.get(flag) for flag in made.variables.flags)
        if key in made.levels:
            return made.levels[key]
        level = None
        try:
            level = Selecting(self._schema, asked.document, asked.operation, values, self._dialect).root()
        except Ordinary as why:
            _log.debug("not planned: %s", why)
        except GraphQLError:
            _log.debug("not planned: what a flag is given is at fault")
        finally:
            # What went wrong once would again.
            made.levels[key] = level
        return level


class _Made:
    """What is made of one query: how it takes its variables, and for its flags the plan, or None."""

    def __init__(self, schema: GraphQLSchema, asked: Query) -> None:
        self.variables = Variables(schema, asked.document, asked.operation)
        self.levels: LRUCache[Hashable, Level | None] = LRUCache(_FLAGGED)
