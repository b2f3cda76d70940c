"""A GraphQL request out of an HTTP one, or a clean refusal of it; knows no schema."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from peken.errors import PekenError
from peken.http.seen import Seen, remembering

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

_LARGE: Final = 65_536
"""Bytes of a body that is looked through for objects of more than `_MOST_ENTRIES`."""
_MOST_ENTRIES: Final = 1_000
# NUL is text in JSON and GraphQL but not in PostgreSQL: refused here instead of failing there.
_NUL_LITERAL = re.compile(r"\\u(?:0000|\{0+\})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks: a document, the operation in it, and its variables."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


async def received(scope: Scope, receive: Receive, seen: Seen) -> bytes:
    """The body of a POST, or the query string of a GET. Raises ClientDisconnect and PekenError."""
    if scope["method"] == "GET":
        query: bytes = scope["query_string"]
        return query
    _check_content(seen)
    pieces, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def understood(method: str, sent: bytes) -> Asked:
    """The request in what was received. Raises PekenError."""
    if method == "GET":
        return _asked(_from_query_string(sent), nul=True)
    found = _json(sent)
    if isinstance(found, list):
        raise PekenError("batching_off", "Send one operation in one request.")
    if not isinstance(found, dict):
        raise PekenError("bad_request", "The body must be a JSON object.")
    if len(sent) > _LARGE and any(isinstance(each, dict) and len(each) > _MOST_ENTRIES for each in _within(found)):
        # It fits no type, and each error about it would write all of it out.
        raise PekenError("too_many_values", "An object holds more than {limit} entries.", limit=_MOST_ENTRIES)
    # JSON has no other way to write it: of most requests nothing has to be looked through.
    return _asked(found, nul=b"\\u0000" in sent)


def _check_content(seen: Seen) -> None:
    """Refuse all but plain JSON: forms need no leave from the browser to be sent from a foreign page."""
    encoding = seen.headers.get(b"content-encoding", b"identity").lower()
    if not _is_json(seen.headers.get(b"content-type", b"")) or encoding != b"identity":
        raise PekenError("unsupported_media", "Send application/json in UTF-8, not compressed.", status=415)


@remembering
def _is_json(told: str) -> bool:
    content, _, rest = told.partition(";")
    charset = rest.partition("charset=")[2].strip().strip('"').lower()
    return content.strip().lower() == JSON and charset in ("", "utf-8", "utf8")


@remembering
def answer_type(accept: str) -> str:
    """The media type to answer in, by the weights of the header Accept; application/json when any will do."""
    weights = _weights(accept or "*/*")
    fallback = max(weights.get("*/*", 0.0), weights.get("application/*", 0.0))
    json, graphql = weights.get(JSON, fallback), weights.get(GRAPHQL_JSON, fallback)
    if not json and not graphql:
        raise PekenError(
            "not_acceptable", "The answer is application/graphql-response+json or application/json.", status=406
        )
    # Of two equal ones the newer, which tells by its status what happened; but only to those who name it.
    return GRAPHQL_JSON if graphql >= json and GRAPHQL_JSON in weights else JSON


@remembering
def takes_events(accept: str) -> tuple[bool, bool]:
    """Whether server-sent events will do, and whether nothing but them will, by the same weights."""
    weights = _weights(accept)
    others = any(weights.get(each) for each in (JSON, GRAPHQL_JSON, "application/*", "*/*"))
    takes = weights.get("text/event-stream", 0.0) > 0
    return takes, takes and not others


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            weights[media] = float(quality)
        except ValueError:
            weights[media] = 0.0
    return weights


def _from_query_string(raw: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except UnicodeDecodeError:
        raise PekenError("bad_encoding", "The query string is not UTF-8.") from None
    except ValueError:
        raise PekenError("bad_request", "The query string holds too many fields.") from None
    found: dict[str, Any] = dict(pairs)
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _json(found[name].encode())
    return found


def _json(body: bytes) -> Any:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise PekenError("bad_encoding", "The body is not UTF-8.") from None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # The parser's own words may quote the body.
        raise PekenError("bad_json", "The body is not JSON.") from None


def _asked(found: dict[str, Any], *, nul: bool) -> Asked:
    """What is asked. There can be a character NUL in it where `nul` says so."""
    query = found.get("query")
    if query is None or query == "":
        raise PekenError("query_missing", "There is no query in the request.")
    name = None if found.get("operationName") == "" else found.get("operationName")
    variables, extensions = found.get("variables"), found.get("extensions")
    if not isinstance(query, str) or not isinstance(name, str | None):
        raise PekenError("bad_request", "query and operationName must be text.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise PekenError("bad_request", "variables and extensions must be objects.")
    literal = "\\u" in query and _NUL_LITERAL.search(query)
    if literal or (nul and ("\0" in query or _holds_nul(variables))):
        raise PekenError("bad_text", "Text may not hold the character NUL.")
    return Asked(query, name, variables)


def _holds_nul(value: Any) -> bool:
    return any(isinstance(each, str) and "\0" in each for each in _within(value))


def _within(value: Any) -> Iterator[Any]:
    """The value itself, and every key, entry and item in it."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
