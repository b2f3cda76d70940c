"""What a request may at most ask for, and the refusal of more; knows neither HTTP nor a schema."""

from dataclasses import dataclass

from peken.errors import PekenError


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one request. Every one has a stable code with which more is refused.

    `body` is in bytes and `seconds` counts from the first byte of the request to the last of the answer;
    `stream` is in seconds too, for an operation whose results come one after another.
    `repeats` counts the pairs of fields with one response name anywhere in a document: validation compares
    them pair by pair, so this bounds its work. `values` counts those in one argument, because an error about one
    writes all of it out. `nesting` counts selection sets inside each other, fragments
    included.
    """

    body: int = 1_048_576
    seconds: float = 30.0
    stream: float = 600.0
    characters: int = 100_000
    tokens: int = 3_000
    operations: int = 50
    fragments: int = 100
    repeats: int = 8_000
    values: int = 500
    nesting: int = 150
    depth: int = 15
    aliases: int = 50
    root_fields: int = 20
    cost: int = 50_000
    page: int = 100


_MESSAGES = {
    "document_too_long": "The document has more than {limit} characters.",
    "too_many_tokens": "The document has more than {limit} tokens.",
    "too_many_operations": "The document holds {found} operations; at most {limit} are allowed.",
    "too_many_fragments": "The document holds {found} fragments; at most {limit} are allowed.",
    "too_many_repeats": "The document repeats fields too often: {found} pairs; at most {limit} are allowed.",
    "too_many_values": "An argument holds {found} values; at most {limit} are allowed, more as variables.",
    "too_deep": "The document is nested too deeply; at most {limit} levels are allowed.",
    "too_many_aliases": "The document holds {found} aliases; at most {limit} are allowed.",
    "too_many_root_fields": "The operation asks for {found} root fields; at most {limit} are allowed.",
    "too_costly": "The operation costs {found}; at most {limit} is allowed.",
    "page_too_large": "A page of {found} was asked for; at most {limit} are given.",
}


def refuse_above(code: str, found: int, limit: int) -> None:
    """Raise the refusal named `code` when `found` is more than `limit`."""
    if found > limit:
        raise exceeded(code, limit, found=found)


def exceeded(code: str, limit: int, *, found: int | None = None) -> PekenError:
    values = {"limit": limit} if found is None else {"limit": limit, "found": found}
    return PekenError(code, _MESSAGES[code], status=400, **values)
