"""What surrounds every request: its id and log line, its time, its size; knows nothing of GraphQL."""

import re
import time
from random import getrandbits
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from peken import logs
from peken.errors import PekenError
from peken.http.answers import Header, refusal, unexpected
from peken.http.lasting import Lasting
from peken.http.limits import Limits
from peken.http.seen import Seen, Watch, current

log = structlog.get_logger("peken.http")

_PROBES: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
# Only what cannot be anybody's number or name is taken over from a proxy: it is written to the log.
_REQUEST_ID: Final = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Surrounding:
    """Gives each request an id and a bound to its time and size, and answers for what nobody caught.

    When it is done, one line is written: method, path without query string, status, milliseconds and id, nothing of
    who asked; and `watch` is told, but for those that look after the market itself.

    A request, reading its body included, is ended after `limits.seconds`: with 408 when the client had not sent all of
    its body by then, with 504 when the work took too long; a stream has its own
    bound. More than `limits.body` bytes are refused with 413: at once if the length is told, else on the way.
    """

    def __init__(self, app: ASGIApp, limits: Limits, watch: Watch | None = None) -> None:
        self.app = app
        self.limits = limits
        self.watch = watch
        self._lasting = Lasting(limits.seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = time.perf_counter()
        # Backwards: of a header that stands twice the first is left.
        seen = Seen(dict(reversed(scope["headers"])))
        identity = _identity(seen)
        sending = _Sending(send, (b"x-request-id", identity))
        as_seen, as_said = current.set(seen), logs.request_id.set(identity.decode())
        try:
            await self._answer(scope, receive, sending, seen)
        finally:
            self._tell(scope, seen, sending.status, time.perf_counter() - begun)
            logs.request_id.reset(as_said)
            current.reset(as_seen)

    async def _answer(self, scope: Scope, receive: Receive, sending: "_Sending", seen: Seen) -> None:
        body, bound = _Body(receive, self.limits.body, seen), self._lasting.bound()
        seen.bound = bound
        try:
            with bound:
                body.check_length()
                return await self.app(scope, body, sending)
        except Exception as error:
            late = bound.expired and isinstance(error, TimeoutError) and sending.status is None
            wrong = _too_slow(body) if late else error
            if not isinstance(wrong, PekenError):
                answer = unexpected(wrong)
            elif sending.status is None:
                answer = refusal(wrong)
            if sending.status is not None:
                raise  # half an answer is out: only the server can still cut it off
        await answer(scope, receive, sending)

    def _tell(self, scope: Scope, seen: Seen, status: int | None, spent: float) -> None:
        method, path, ms = scope["method"], scope["path"], round(spent * 1000, 1)
        if path in _PROBES:
            # They come every few seconds and would bury the rest.
            log.debug("request", method=method, path=path, status=status, ms=ms)
            return
        logs.request(method, path, status, ms)
        if self.watch:
            self.watch(seen.kind, status, spent, seen.errors, seen.refusals)


def _identity(seen: Seen) -> bytes:
    offered = seen.headers.get(b"x-request-id")
    # It is no secret: whatever tells requests apart will do.
    return offered if offered and _REQUEST_ID.fullmatch(offered) else b"%032x" % getrandbits(128)


class _Sending:
    """Passes an answer on with one more header, and remembers how far it got."""

    __slots__ = ("_header", "_send", "status")

    def __init__(self, send: Send, header: Header) -> None:
        self.status: int | None = None
        self._send = send
        self._header = header

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), self._header]
        await self._send(message)


class _Body:
    """Passes a body on and remembers how far it got. Raises PekenError `body_too_large` beyond `most` bytes."""

    __slots__ = ("_length", "_most", "_receive", "_size", "whole")

    def __init__(self, receive: Receive, most: int, seen: Seen) -> None:
        self._length = seen.headers.get(b"content-length", b"")
        self._receive = receive
        self._most = most
        self._size = 0
        self.whole = self._length in (b"", b"0") and b"transfer-encoding" not in seen.headers

    def check_length(self) -> None:
        """Refuses at once what is told to be too large."""
        length = self._length
        if length.isdigit() and (len(length) > 15 or int(length) > self._most):
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.whole = not message.get("more_body", False)
            self._size += len(message.get("body", b""))
            if self._size > self._most:
                raise self._too_large()
        return message

    def _too_large(self) -> PekenError:
        return PekenError("body_too_large", "The body is larger than {limit} bytes.", status=413, limit=self._most)


def _too_slow(body: _Body) -> PekenError:
    return PekenError("too_slow", "The request took too long.", status=504 if body.whole else 408)
