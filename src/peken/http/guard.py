"""A Strawberry schema that weighs, gates and words before and after it executes; knows no HTTP.

It stands in the schema, not in the view, so that every transport passes it.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping
from contextlib import aclosing
from functools import lru_cache
from typing import Any, Protocol

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from peken.errors import PekenError
from peken.http.analysis import Analysis
from peken.http.documents import Documents, InvalidDocument, Prepared
from peken.http.faults import Wording, english, settle
from peken.http.limits import Limits
from peken.http.roles import Asker, Requirement, admit, requirements, roles_of
from peken.http.seen import note_kind


class Plans(Protocol):
    """Answers operations without executing them, those that it can."""

    async def answer(
        self, prepared: Prepared, variables: Mapping[str, Any] | None, context: Any
    ) -> dict[str, Any] | None:
        """The data of an operation that is admitted; None where it has to be executed, with the same context."""


class Weighed(Protocol):
    """An operation of which it is known what it asks for."""

    @property
    def kind(self) -> str:
        """query, mutation or subscription."""

    @property
    def analysis(self) -> Analysis: ...


class Guard:
    """What stands between a document and its execution, for one schema.

    `asker` tells from the context who asks, `types` gives the roles of whole types. With `introspection` off
    the schema cannot be asked about, and no error suggests the names in it. What `plans` can answer is not executed,
    but for a document's first time: most that are new are never seen again.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        limits: Limits,
        asker: Callable[[Any], Asker],
        types: Mapping[str, frozenset[str]],
        introspection: bool = True,
        plans: Plans | None = None,
        wording: Wording = english,
        debug: bool = False,
    ) -> None:
        self.plans = plans
        self.wording = wording
        self.debug = debug
        self.documents = Documents(schema._schema, limits, suggestions=introspection)
        self._schema = schema
        self._asker = asker
        self._types = types
        self._introspection = introspection
        # Per set of fields, so in effect once per document.
        self._needed = lru_cache(maxsize=1_000)(self._find_needed)

    def admit(self, context: Any, asked: Weighed) -> None:
        """Raise unless whoever asks in this context may select every field of the operation."""
        note_kind(asked.kind)
        describing, needed = self._needed(asked.analysis.fields)
        if describing and not self._introspection:
            raise PekenError("introspection_off", "This market does not describe its schema.")
        if needed:
            admit(self._asker(context), needed)

    def _find_needed(self, fields: frozenset[tuple[str, str]]) -> tuple[bool, tuple[Requirement, ...]]:
        return any(name in _META for _, name in fields), requirements(fields, self._roles)

    def _roles(self, type_name: str, field_name: str) -> frozenset[str] | None:
        return roles_of(self._schema._schema, type_name, field_name, self._types)


_KINDS = {kind.value: kind for kind in OperationType}
_META = {"__schema", "__type"}


class GuardExtension(SchemaExtension):
    """Takes the place of Strawberry's parsing and validation for one operation."""

    def __init__(self, guard: Guard) -> None:
        super().__init__()
        self._guard = guard

    def on_parse(self) -> Iterator[None]:
        running = self.execution_context
        documents = self._guard.documents
        prepared = documents.open(running.query or "", running._provided_operation_name)
        running.graphql_document = prepared.document
        # A kind that is not allowed here is refused by Strawberry right after, before anything runs.
        if _KINDS[prepared.kind] in running.allowed_operations:
            analysis = documents.weigh(prepared, running.variables)
            running.extensions_results["cost"] = analysis.cost
            self._guard.admit(running.context, prepared)
        yield

    def on_validate(self) -> Iterator[None]:
        # Validated when it was opened: an empty list, where None would make Strawberry do it again.
        self.execution_context.pre_execution_errors = []
        yield


class GuardedSchema(strawberry.Schema):
    """A schema with its guard; until one is given it executes without, as for printing the SDL."""

    guard: Guard | None = None

    def get_extensions(self, sync: bool = False) -> list[SchemaExtension]:
        others = super().get_extensions(sync)
        return [*others, GuardExtension(self.guard)] if self.guard else others

    async def planned(
        self,
        query: str,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Any,
        allowed: Collection[OperationType],
    ) -> ExecutionResult | None:
        """The answer of a plan to a document in use; None where it has to be executed, with the same context."""
        guard = self.guard
        prepared = guard.documents.kept(query, operation_name) if guard and guard.plans else None
        if guard is None or guard.plans is None or prepared is None:
            return None
        if _KINDS[prepared.kind] not in allowed:
            return None
        try:
            analysis = guard.documents.weigh(prepared, variables)
            guard.admit(context, prepared)
        except PekenError:
            return None  # refused in the words of the guard, when it is executed
        data = await guard.plans.answer(prepared, variables, context)
        return None if data is None else ExecutionResult(data, None, {"cost": analysis.cost})

    async def results(
        self,
        query: str,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Any,
    ) -> AsyncGenerator[ExecutionResult]:
        """What comes of a subscription, one after another."""
        found = await self.subscribe(query, variables, context, operation_name=operation_name)
        try:
            async with aclosing(found):
                async for result in found:
                    yield result
        except Exception as error:
            # Of what the guard raises Strawberry makes a result where it executes, but not where it streams.
            errors = [GraphQLError(str(error), original_error=error)]
            self.process_errors(errors)
            yield ExecutionResult(None, errors)

    def kind(self, query: str, operation_name: str | None) -> str | None:
        """query, mutation or subscription; None of a document that is refused."""
        try:
            return self.guard.documents.open(query, operation_name).kind if self.guard else None
        except (PekenError, InvalidDocument):
            return None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Word each error for the client. Called once per result; only what is our fault is logged."""
        executing = execution_context is not None and execution_context.result is not None
        guard = self.guard
        invalid = errors[0].original_error if errors else None
        if isinstance(invalid, InvalidDocument):
            # It left the extension as one exception and is told as the errors it holds.
            errors[:] = invalid.errors
        for error in errors:
            settle(
                error,
                executing=executing,
                wording=guard.wording if guard else english,
                debug=guard.debug if guard else False,
            )
