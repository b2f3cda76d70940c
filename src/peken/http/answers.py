"""JSON answers over HTTP; knows neither schema nor request."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from peken.errors import PekenError
from peken.http.faults import Wording, english, masked, told
from peken.http.requests import JSON

_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "accept, authorization"}
_MORE = {401: {"www-authenticate": "Bearer"}, 405: {"allow": "GET, POST"}}


def json_answer(content: Mapping[str, Any], *, status: int = 200, media: str = JSON) -> Response:
    """`content` as JSON; what cannot be written as JSON is our fault and answered with an id."""
    try:
        body = orjson.dumps(content, default=str)
    except TypeError as error:
        body, status = orjson.dumps({"errors": [masked(error)]}), 500
    # In bytes and with its charset written out: Starlette would add one to text types only.
    headers = {**_HEADERS, **_MORE.get(status, {}), "content-type": f"{media}; charset=utf-8"}
    return Response(body, status_code=status, headers=headers)


def refusal(error: PekenError, *, media: str = JSON, wording: Wording = english) -> Response:
    """A request that failed as a whole before it came to a document."""
    return json_answer({"errors": [told(error, wording)]}, status=error.status, media=media)
