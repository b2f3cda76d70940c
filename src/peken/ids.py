"""Keys of rows, the opaque ids that the graph shows in their place, and the form of codes; knows no table."""

import base64
import binascii
import re
from binascii import b2a_base64
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from peken.errors import PekenError

REGION_CODE: Final = re.compile(r"[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?")
"""The form of a Kemendagri code, from a province to a kelurahan: no proof that there is such a region."""


def new_id() -> UUID:
    """A UUIDv7: sorts by the time it was made, so new rows land at the end of an index."""
    return uuid7()


def recipient_key(name: str, region: str) -> str:
    """The key under which rules know a person whom goods go to: the same however the name is spaced or capitalised."""
    return sha256(f"{' '.join(name.casefold().split())}|{region}".encode()).hexdigest()[:32]


@lru_cache(maxsize=256)
def global_ids(type_name: str) -> Callable[[UUID | str], str]:
    """What makes the opaque ids of the rows of one type, by their keys; keys need no other letters."""
    begin = f"{type_name}:"

    def make(key: UUID | str) -> str:
        return b2a_base64(f"{begin}{key}".encode(), newline=False).rstrip(b"=").decode()

    return make


def to_global(type_name: str, key: UUID | str) -> str:
    """The opaque Relay id of a row."""
    text = b2a_base64(f"{type_name}:{key}".encode(), newline=False).decode().rstrip("=")
    return text.replace("+", "-").replace("/", "_")


def from_global(text: str) -> tuple[str, str]:
    """The type name and key of an opaque id. Raises PekenError `bad_id`."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        raise _bad_id() from None
    type_name, colon, key = raw.partition(":")
    if not colon or not key or to_global(type_name, key) != text.rstrip("="):
        raise _bad_id()
    return type_name, key


def key_of(text: str, type_name: str) -> UUID:
    """The row key of an opaque id that must be of `type_name`. Raises PekenError `bad_id`."""
    found, key = from_global(text)
    if found != type_name:
        raise _bad_id()
    try:
        return UUID(key)
    except ValueError:
        raise _bad_id() from None


def _bad_id() -> PekenError:
    return PekenError("bad_id", "This is not an id of the expected kind.")
