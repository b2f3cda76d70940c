"""JSON answers over HTTP; knows neither schema nor request."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from peken.errors import PekenError
from peken.http.faults import Wording, english, masked, told
from peken.http.requests import JSON

_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "accept, authorization"}
_VARY = {"vary": "accept, accept-language, authorization"}
_MORE = {401: {"www-authenticate": "Bearer"}, 405: {"allow": "GET, POST"}}


def json_answer(content: Mapping[str, Any], *, status: int = 200, media: str = JSON) -> Response:
    """`content` as JSON; what cannot be written as JSON is our fault and answered with an id."""
    try:
        body = orjson.dumps(content, default=str)
    except TypeError as error:
        body, status = orjson.dumps({"errors": [masked(error)]}), 500
    return json_bytes(body, status=status, media=media)


def json_bytes(body: bytes, *, status: int = 200, media: str = JSON) -> Response:
    """An answer that is JSON already."""
    # In bytes and with its charset written out: Starlette would add one to text types only.
    headers = {**_HEADERS, **_MORE.get(status, {}), "content-type": f"{media}; charset=utf-8"}
    return Response(body, status_code=status, headers=headers)


def kept_answer(body: bytes, tag: str, *, media: str, anybody: bool, known: str) -> Response:
    """An answer to GET that whoever asked may keep and has to ask about again; 304 where it is `known` by its tag.

    `anybody` says that caches on the way may keep it too.
    """
    kept = {**_HEADERS, **_VARY, "etag": tag, "cache-control": f"{'public' if anybody else 'private'}, no-cache"}
    if known.strip() == "*" or tag in (each.strip() for each in known.split(",")):
        return Response(status_code=304, headers=kept)
    return Response(body, headers={**kept, "content-type": f"{media}; charset=utf-8"})


def refusal(error: PekenError, *, media: str = JSON, wording: Wording = english) -> Response:
    """A request that failed as a whole before it came to a document."""
    return json_answer({"errors": [told(error, wording)]}, status=error.status, media=media)
