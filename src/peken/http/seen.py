"""What is known of a request while it lasts, for those who answer and those who count requests; knows no actor."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from peken.http.lasting import Bound

T = TypeVar("T")

Watch = Callable[[str, int | None, float, Sequence[str], Sequence[str]], None]
"""Told of each request: kind of operation, status (None: its client left), seconds, codes of errors and of refusals."""

_USUAL: Final = 200


@dataclass(slots=True, eq=False)
class Seen:
    """One request: its headers, the kind of its operation once its document is understood, and what was said to it.

    `errors` and `refusals` are codes. Of a header that stands twice the first counts; names are in small letters, as
    servers give them.
    """

    headers: Mapping[bytes, bytes]
    kind: str = "none"
    errors: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    bound: Bound | None = None

    def said(self, name: bytes) -> str | None:
        """A header of the request; None where there is none."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


current: Final[ContextVar[Seen | None]] = ContextVar("seen", default=None)
"""The request that this task, or the one that started it, is answering."""


def remembering(read: Callable[[str], T]) -> Callable[[bytes], T]:
    """What a header comes to: clients have few ways to say one, so what `read` makes of the usual ones is kept."""
    kept = lru_cache(maxsize=100)(lambda value: read(value.decode("latin-1")))
    return lambda value: kept(value) if len(value) < _USUAL else read(value.decode("latin-1"))


def note_kind(kind: str) -> None:
    """The running request asks for an operation of this kind."""
    if (seen := current.get()) is not None:
        seen.kind = kind


def note_error(code: str) -> None:
    """The client of the running request is told an error."""
    if (seen := current.get()) is not None:
        seen.errors += (code,)


def note_refusal(codes: Iterable[str]) -> None:
    """What the running request wanted is not done, for these reasons."""
    if (seen := current.get()) is not None:
        seen.refusals += (*codes,)
