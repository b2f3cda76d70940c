"""What is known of a request by its end, for those who count requests; nothing of who asked, or for what."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Watch = Callable[[str, int | None, float, Sequence[str], Sequence[str]], None]
"""Told of each request: kind of operation, status (None: its client left), seconds, codes of errors and of refusals."""


@dataclass(slots=True)
class Seen:
    """One request: the kind of its operation, once its document is understood, and the codes of what was said to it."""

    kind: str = "none"
    errors: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


_current: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextmanager
def watched() -> Iterator[Seen]:
    """What is noted meanwhile, by this task and those it starts."""
    seen = Seen()
    token = _current.set(seen)
    try:
        yield seen
    finally:
        _current.reset(token)


def note_kind(kind: str) -> None:
    """The running request asks for an operation of this kind."""
    if (seen := _current.get()) is not None:
        seen.kind = kind


def note_error(code: str) -> None:
    """The client of the running request is told an error."""
    if (seen := _current.get()) is not None:
        seen.errors.append(code)


def note_refusal(codes: Iterable[str]) -> None:
    """What the running request wanted is not done, for these reasons."""
    if (seen := _current.get()) is not None:
        seen.refusals.extend(codes)
