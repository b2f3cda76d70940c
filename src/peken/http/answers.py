"""JSON answers over HTTP; knows neither schema nor request."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from peken.errors import PekenError
from peken.http.faults import Wording, english, masked, told
from peken.http.requests import JSON

Header = tuple[bytes, bytes]

_KEPT_BY_NOBODY: Final = (b"cache-control", b"no-store")
_VARY: Final = (b"vary", b"accept, authorization")
_PLAIN: Final = (b"x-content-type-options", b"nosniff")
_MORE: Final[Mapping[int, Sequence[Header]]] = {
    401: ((b"www-authenticate", b"Bearer"),),
    405: ((b"allow", b"GET, POST"),),
}


class Answer:
    """What is sent: an ASGI application of two messages."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: Sequence[Header], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self.headers]
        if self.status != 304:
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Mapping[str, Any], *, status: int = 200, media: str = JSON) -> Answer:
    """`content` as JSON; what cannot be written as JSON is our fault and answered with an id."""
    try:
        body = orjson.dumps(content, default=str)
    except TypeError as error:
        return unexpected(error, media=media)
    return json_bytes(body, status=status, media=media)


def json_bytes(body: bytes, *, status: int = 200, media: str = JSON) -> Answer:
    """An answer that is JSON already."""
    return Answer(status, _headers(status, media), body)


@cache
def _headers(status: int, media: str) -> Sequence[Header]:
    return (_KEPT_BY_NOBODY, _PLAIN, _VARY, *_MORE.get(status, ()), _content(media))


def _content(media: str) -> Header:
    return b"content-type", f"{media}; charset=utf-8".encode()


def kept_answer(body: bytes, tag: str, *, media: str, anybody: bool, known: str) -> Answer:
    """An answer to GET that whoever asked may keep and has to ask about again; 304 where it is `known` by its tag.

    `anybody` says that caches on the way may keep it too.
    """
    headers = (
        (b"cache-control", b"public, no-cache" if anybody else b"private, no-cache"),
        _PLAIN,
        (b"vary", b"accept, accept-language, authorization"),
        (b"etag", tag.encode()),
    )
    if known.strip() == "*" or tag in (each.strip() for each in known.split(",")):
        return Answer(304, headers, b"")
    return Answer(200, (*headers, _content(media)), body)


def refusal(error: PekenError, *, media: str = JSON, wording: Wording = english) -> Answer:
    """A request that failed as a whole before it came to a document."""
    return json_answer({"errors": [told(error, wording)]}, status=error.status, media=media)


def unexpected(error: BaseException, *, media: str = JSON, debug: bool = False) -> Answer:
    """A request that failed by our fault."""
    return json_answer({"errors": [masked(error, debug=debug)]}, status=500, media=media)
