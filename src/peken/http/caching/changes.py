"""Which tables changed after which moment, in one process; knows no statement and no answer."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from typing import Final, Protocol

_EVERY_TABLE: Final = "*"


class Rows(Protocol):
    """Where rows are read and written: tells of both by the names of tables, and `*` for all of them."""

    def listen(self, hear: Callable[[frozenset[str]], Awaitable[None]]) -> None: ...

    def reading(self) -> AbstractContextManager[set[str]]: ...


class Changes:
    """Counts changes. A mark taken before rows are read stays good until one of their tables changes."""

    def __init__(self) -> None:
        self.now = 0
        self._last: dict[str, int] = {}

    def note(self, tables: Iterable[str]) -> None:
        """These have changed, and the change can be read."""
        self.now += 1
        self._last.update(dict.fromkeys(tables, self.now))

    def none(self, tables: frozenset[str], since: int) -> bool:
        """Whether none of these has changed since the mark."""
        if since == self.now:
            return True
        last = self._last
        return last.get(_EVERY_TABLE, 0) <= since and all(last.get(table, 0) <= since for table in tables)
