"""What surrounds every request: its id and log line, its time, its size; knows nothing of GraphQL."""

import asyncio
import re
import secrets
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peken.errors import PekenError
from peken.http.answers import json_answer, refusal
from peken.http.faults import masked
from peken.http.seen import Watch, watched

log = structlog.get_logger("peken.http")

_PROBES = ("/health/", "/metrics")
# Only what cannot be anybody's number or name is taken over from a proxy: it is written to the log.
_REQUEST_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _told(scope: Scope, name: bytes) -> str:
    """A header of a request, empty where there is none; its name in small letters, as servers give it."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


class _Answer:
    """Passes an answer on and remembers how far it got."""

    def __init__(self, send: Send, *headers: tuple[bytes, bytes]) -> None:
        self.status: int | None = None
        self._send = send
        self._headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if self._headers:
                message["headers"] = [*message.get("headers", ()), *self._headers]
        await self._send(message)


class RequestLog:
    """Gives each request an id, writes one line when it is done, and answers for what nobody caught.

    The line holds method, path without query string, status, milliseconds and id: nothing of who asked.
    `watch` is told of requests, but for those that look after the market itself.
    """

    def __init__(self, app: ASGIApp, watch: Watch | None = None) -> None:
        self.app = app
        self.watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        offered = _told(scope, b"x-request-id")
        identity = offered if _REQUEST_ID.fullmatch(offered) else secrets.token_hex(16)
        answer = _Answer(send, (b"x-request-id", identity.encode()))
        start = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=identity), watched() as seen:
            try:
                await self._answer(scope, receive, answer)
            finally:
                spent = time.perf_counter() - start
                # Probes come every few seconds and would bury the rest.
                probe = scope["path"].startswith(_PROBES)
                write = log.debug if probe else log.info
                ms = round(spent * 1000, 1)
                write("request", method=scope["method"], path=scope["path"], status=answer.status, ms=ms)
                if self.watch and not probe:
                    self.watch(seen.kind, answer.status, spent, seen.errors, seen.refusals)

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        try:
            await self.app(scope, receive, answer)
        except PekenError as error:
            if answer.status is not None:
                raise
            await refusal(error)(scope, receive, answer)
        except Exception as error:
            entry = masked(error)
            if answer.status is not None:
                raise  # half an answer is out: only the server can still cut it off
            await json_answer({"errors": [entry]}, status=500)(scope, receive, answer)


class TimeCap:
    """Ends a request, reading its body included, after `seconds`.

    408 when the client had not sent all of its body by then, 504 when the work took too long.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self.app = app
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        answer = _Answer(send)
        sent_all = _told(scope, b"content-length") in ("", "0") and not _told(scope, b"transfer-encoding")

        async def watched() -> Message:
            nonlocal sent_all
            message = await receive()
            if message["type"] == "http.request":
                sent_all = not message.get("more_body", False)
            return message

        try:
            async with asyncio.timeout(self.seconds) as cap:
                await self.app(scope, watched, answer)
        except TimeoutError:
            if not cap.expired() or answer.status is not None:
                raise
            late = PekenError("too_slow", "The request took too long.", status=504 if sent_all else 408)
            await refusal(late)(scope, receive, send)


class BodyCap:
    """Refuses a body of more than `limit` bytes with 413: at once if its length is told, else on the way."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        told = _told(scope, b"content-length")
        if told.isdecimal() and (len(told) > 15 or int(told) > self.limit):
            return await refusal(self._too_large())(scope, receive, send)
        answer = _Answer(send)
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.limit:
                raise self._too_large()
            return message

        try:
            await self.app(scope, counted, answer)
        except PekenError as error:
            if error.code != "body_too_large" or answer.status is not None:
                raise
            await refusal(error)(scope, receive, send)

    def _too_large(self) -> PekenError:
        return PekenError("body_too_large", "The body is larger than {limit} bytes.", status=413, limit=self.limit)
