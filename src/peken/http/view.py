"""The GraphQL endpoint: one request in, one answer out, as the GraphQL-over-HTTP specification says.

It knows no shop: what a resolver finds in its context is made by the callable it is given.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from peken.errors import PekenError
from peken.http.answers import Answer, json_answer, json_bytes, kept_answer, refusal, unexpected
from peken.http.caching import Answers, Kept, Made
from peken.http.faults import Wording, english, status_of
from peken.http.guard import Guard, GuardedSchema
from peken.http.requests import GRAPHQL_JSON, JSON, Asked, answer_type, received, takes_events, understood
from peken.http.seen import Seen, current
from peken.http.streaming import stream

MakeContext = Callable[[Seen], Awaitable[object]]
_ALLOWED = {
    "GET": (OperationType.QUERY,),
    "POST": (OperationType.QUERY, OperationType.MUTATION),
}
_SUBSCRIPTION = OperationType.SUBSCRIPTION.value
# Told with 200 to those who take application/json only: so the specification asks for every well-formed
# request. Limits keep their status, for what passes them is not well-formed to this server.
_LEGACY_OK = {"bad_document", "bad_variables", "unauthenticated", "forbidden"}


class GraphQLView:
    """An ASGI application that answers GraphQL on whatever path it is mounted, within `Surrounding`.

    `context` makes what resolvers get, from the request; it may raise PekenError, as for a bad token.
    `page` answers browsers; without one they are answered like everybody. `answers` keeps those that are alike
    for everybody; without it all are computed.
    """

    def __init__(
        self,
        schema: GuardedSchema,
        *,
        context: MakeContext,
        page: ASGIApp | None = None,
        answers: Answers | None = None,
        wording: Wording = english,
        debug: bool = False,
    ) -> None:
        self.schema = schema
        self.context = context
        self.page = page
        self.answers = answers
        self.wording = wording
        self.debug = debug

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = current.get()
        assert seen is not None, "it stands within a Surrounding"
        answer = await self.answer(scope, receive, seen)
        await answer(scope, receive, send)

    async def answer(self, scope: Scope, receive: Receive, seen: Seen) -> ASGIApp:
        method, accept = scope["method"], seen.headers.get(b"accept", b"")
        if method not in _ALLOWED:
            wrong = PekenError("method_not_allowed", "GraphQL is asked with GET or POST.", status=405)
            return refusal(wrong, wording=self.wording)
        if self.page and method == "GET" and b"text/html" in accept:
            return self.page
        media = JSON
        try:
            events, nothing_else = takes_events(accept)
            media = JSON if nothing_else else answer_type(accept)
            sent = await received(scope, receive, seen)
            if events and (asked := self.subscribed(method, sent, nothing_else)):
                return self.stream(asked, await self.context(seen), seen)
            if nothing_else:
                answer_type(accept)  # raises, since a query or a mutation has one answer
            return await self.once(method, sent, seen, media)
        except PekenError as error:
            return refusal(error, media=media, wording=self.wording)
        except ClientDisconnect:
            # Nobody is left to read this, and it is no fault of ours to log.
            return json_answer({}, status=400)
        except Exception as error:
            return unexpected(error, media=media, debug=self.debug)

    async def once(self, method: str, sent: bytes, seen: Seen, media: str) -> Answer:
        """The one answer of a query or a mutation."""
        if self.answers and self.schema.guard:
            return await self.alike(self.answers, self.schema.guard, method, sent, seen, media)
        asked = understood(method, sent)
        return self.respond(await self.execute(method, asked, await self.context(seen)), media)

    def subscribed(self, method: str, sent: bytes, nothing_else: bool) -> Asked | None:
        """The request that is a subscription; None of others. One that is refused is told so as it can be read."""
        if b"subscription" not in sent:
            return None  # most clients take events, and few follow anything
        asked = understood(method, sent)
        kind = self.schema.kind(asked.query, asked.operation_name)
        return asked if kind == _SUBSCRIPTION or (kind is None and nothing_else) else None

    async def alike(self, answers: Answers, guard: Guard, method: str, sent: bytes, seen: Seen, media: str) -> Answer:
        """The answer where some are alike for everybody: from those that are kept, or for them."""
        wanted, asked = answers.understood(method, sent), None
        if wanted is None:
            asked = understood(method, sent)
            wanted = answers.wanted(guard, asked, method, sent)
        context = await self.context(seen)
        key = wanted and answers.key(guard, wanted, context)
        if key and (kept := answers.find(key)):
            return _kept(kept, method, seen, media)
        request = asked or understood(method, sent)
        if key is None:
            return self.respond(await self.execute(method, request, context), media)

        async def compute() -> Made:
            result = await self.execute(method, request, context)
            answer = self.respond(result, media)
            good = not result.errors and answer.status == 200
            return Made(answer.body if good else None, result)

        found = await answers.answer(key, compute)
        return _kept(found, method, seen, media) if isinstance(found, Kept) else self.respond(found.result, media)

    def stream(self, asked: Asked, context: object, seen: Seen) -> ASGIApp:
        """The results of a subscription as they come."""
        guard = self.schema.guard
        assert guard is not None, "a schema that is served has its guard"
        if seen.bound:
            seen.bound.lift()  # a stream has its own

        async def results() -> AsyncGenerator[bytes]:
            found = self.schema.results(asked.query, asked.operation_name, asked.variables, context)
            async with aclosing(found):
                async for result in found:
                    yield self.respond(result, GRAPHQL_JSON).body

        def late() -> bytes:
            return refusal(PekenError("too_slow", "The request took too long."), wording=self.wording).body

        return stream(results(), guard.documents.limits, late)

    async def execute(self, method: str, asked: Asked, context: object) -> ExecutionResult:
        allowed = _ALLOWED[method]
        try:
            planned = await self.schema.planned(asked.query, asked.operation_name, asked.variables, context, allowed)
            return planned or await self.schema.execute(
                asked.query,
                variable_values=asked.variables,
                context_value=context,
                operation_name=asked.operation_name,
                allowed_operation_types=allowed,
            )
        except InvalidOperationTypeError as error:
            raise _wrong_kind(error.operation_type) from None

    def respond(self, result: ExecutionResult, media: str) -> Answer:
        errors = result.errors or []
        answer: dict[str, Any] = {}
        if errors:
            answer["errors"] = [_without_empty(error) for error in errors]
        # A request error has no entry `data`; an error of a field has a path, even when all of data is null.
        failed = result.data is None and any(error.path is None for error in errors)
        if not failed:
            answer["data"] = result.data
        if result.extensions:
            answer["extensions"] = result.extensions
        return json_answer(answer, status=_status(errors, media) if failed else 200, media=media)


def _kept(kept: Kept, method: str, seen: Seen, media: str) -> Answer:
    if method != "GET":
        return json_bytes(kept.body, media=media)
    anybody, known = b"authorization" not in seen.headers, seen.said(b"if-none-match") or ""
    return kept_answer(kept.body, kept.tag, media=media, anybody=anybody, known=known)


def _without_empty(error: GraphQLError) -> dict[str, Any]:
    return {name: value for name, value in error.formatted.items() if value is not None}


def _status(errors: list[GraphQLError], media: str) -> int:
    codes = {(error.extensions or {}).get("code") for error in errors}
    if media != GRAPHQL_JSON and codes <= _LEGACY_OK:
        return 200
    return max(status_of(error) for error in errors)


def _wrong_kind(kind: OperationType) -> PekenError:
    if kind is OperationType.MUTATION:
        return PekenError("mutation_by_get", "Send mutations with POST.", status=405)
    return PekenError("subscription_by_http", "Accept text/event-stream to follow a subscription.")
