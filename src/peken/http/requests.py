"""A GraphQL request out of an HTTP one, or a clean refusal of it; knows no schema."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request

from peken.errors import PekenError

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

# NUL is text in JSON and GraphQL but not in PostgreSQL: refused here instead of failing there.
_NUL_LITERAL = re.compile(r"\\u(?:0000|\{0+\})")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks: a document, the operation in it, and its variables."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None


async def read(request: Request) -> Asked:
    """The request in a POST of JSON or in the query string of a GET."""
    if request.method == "GET":
        return _asked(_from_query_string(request.scope["query_string"]))
    check_content(request)
    found = _json(await request.body())
    if isinstance(found, list):
        raise PekenError("batching_off", "Send one operation in one request.")
    if not isinstance(found, dict):
        raise PekenError("bad_request", "The body must be a JSON object.")
    return _asked(found)


def check_content(request: Request) -> None:
    """Refuse all but plain JSON: forms need no leave from the browser to be sent from a foreign page."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if not _is_json(request.headers.get("content-type", "")) or encoding != "identity":
        raise PekenError("unsupported_media", "Send application/json in UTF-8, not compressed.", status=415)


# Clients have few ways to say these: what they come to is remembered.
@lru_cache(maxsize=100)
def _is_json(told: str) -> bool:
    content, _, rest = told.partition(";")
    charset = rest.partition("charset=")[2].strip().strip('"').lower()
    return content.strip().lower() == JSON and charset in ("", "utf-8", "utf8")


@lru_cache(maxsize=100)
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


def _asked(found: dict[str, Any]) -> Asked:
    query = found.get("query")
    if query is None or query == "":
        raise PekenError("query_missing", "There is no query in the request.")
    name = None if found.get("operationName") == "" else found.get("operationName")
    variables, extensions = found.get("variables"), found.get("extensions")
    if not isinstance(query, str) or not isinstance(name, str | None):
        raise PekenError("bad_request", "query and operationName must be text.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise PekenError("bad_request", "variables and extensions must be objects.")
    if _NUL_LITERAL.search(query) or "\0" in query or _holds_nul(variables):
        raise PekenError("bad_text", "Text may not hold the character NUL.")
    return Asked(query, name, variables)


def _holds_nul(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str) and "\0" in item:
            return True
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
