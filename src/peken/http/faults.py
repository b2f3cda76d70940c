"""What a client is told when something went wrong, and what the log keeps of it; knows no request.

Three kinds: a PekenError is told as it is, a fault of the document or its variables gets a code, and all else
is ours: the client gets an id, and the log the same id with the place but no text, for a text may quote data.
"""

import secrets
from collections.abc import Callable
from typing import Any

import structlog
from graphql import GraphQLError

from peken.errors import PekenError
from peken.hooks import PluginFailed
from peken.http.seen import note_error
from peken.logs import places

log = structlog.get_logger("peken.http")

_LONGEST = 300

Wording = Callable[[PekenError], str]


def english(error: PekenError) -> str:
    """The message in English, its values filled in."""
    return error.message.format(**error.values)


def told(error: PekenError, wording: Wording = english) -> dict[str, Any]:
    """A PekenError as an entry of `errors` in an answer."""
    note_error(error.code)
    return {"message": wording(error), "extensions": {**error.values, "code": error.code}}


def masked(error: BaseException, *, debug: bool = False) -> dict[str, Any]:
    """Log an unexpected error under a new id, and give what a client may know of it."""
    identity = secrets.token_hex(8)
    note_error("internal_error")
    detail: dict[str, Any] = {"exc_info": error} if debug else {}
    if isinstance(error, PluginFailed):
        detail |= {"plugin": error.plugin, "hook": error.hook, "cause": type(error.__cause__).__name__}
    log.error("internal_error", id=identity, error=type(error).__name__, at=places(error), **detail)
    message = f"{type(error).__name__}: {error}" if debug else "internal error"
    return {"message": message, "extensions": {"code": "internal_error", "id": identity}}


def settle(error: GraphQLError, *, executing: bool, wording: Wording = english, debug: bool = False) -> None:
    """Give an error, in place, the message and the code that the client is to see."""
    cause = cause_of(error)
    if isinstance(cause, PekenError):
        entry = told(cause, wording)
    elif isinstance(cause, GraphQLError) and not executing:
        entry = _quoted(error, "bad_document")
    elif isinstance(cause, GraphQLError) and (error.path is None or cause.nodes):
        # Variables that do not fit carry no path; an argument that does not carries the node it stands at.
        # What a scalar or an enum of ours fails to serialize carries neither.
        entry = _quoted(error, "bad_variables")
    else:
        entry = masked(cause, debug=debug)
    error.message = entry["message"]
    error.extensions = entry["extensions"]


def _quoted(error: GraphQLError, code: str) -> dict[str, Any]:
    note_error(code)
    # These messages quote what was sent, all of it: nobody needs more than the start.
    message = error.message
    shown = message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"
    return {"message": shown, "extensions": {"code": code}}


def cause_of(error: GraphQLError) -> Exception:
    """What was raised in the first place."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def status_of(error: GraphQLError) -> int:
    """The HTTP status of a request that fails as a whole with a settled error."""
    cause = cause_of(error)
    if isinstance(cause, PekenError):
        return cause.status
    return 500 if (error.extensions or {}).get("code") == "internal_error" else 400
