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

_PROBES = frozenset({"/health/live", "/health/ready", "/metrics"})
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
                probe = scope["path"] in _PROBES
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


class _Body:
    """Passes a body on and remembers how far it got. Raises PekenError `body_too_large` beyond `most` bytes."""

    def __init__(self, receive: Receive, most: int, *, empty: bool) -> None:
        self.whole = empty
        self._receive = receive
        self._most = most
        self._size = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.whole = not message.get("more_body", False)
            self._size += len(message.get("body", b""))
            if self._size > self._most:
                raise _too_large(self._most)
        return message


def _too_large(most: int) -> PekenError:
    return PekenError("body_too_large", "The body is larger than {limit} bytes.", status=413, limit=most)


class Caps:
    """Ends a request, reading its body included, after `seconds`, and refuses a body of more than `size` bytes.

    408 when the client had not sent all of its body by then, 504 when the work took too long. 413 comes at once if the
    length is told, else on the way.
    """

    def __init__(self, app: ASGIApp, seconds: float, size: int) -> None:
        self.app = app
        self.seconds = seconds
        self.size = size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        told = _told(scope, b"content-length")
        if told.isdecimal() and (len(told) > 15 or int(told) > self.size):
            return await refusal(_too_large(self.size))(scope, receive, send)
        answer = send if isinstance(send, _Answer) else _Answer(send)
        body = _Body(receive, self.size, empty=told in ("", "0") and not _told(scope, b"transfer-encoding"))
        wrong: PekenError
        try:
            async with asyncio.timeout(self.seconds) as cap:
                return await self.app(scope, body, answer)
        except TimeoutError:
            if not cap.expired() or answer.status is not None:
                raise
            wrong = PekenError("too_slow", "The request took too long.", status=504 if body.whole else 408)
        except PekenError as error:
            if error.code != "body_too_large" or answer.status is not None:
                raise
            wrong = error
        await refusal(wrong)(scope, receive, send)
