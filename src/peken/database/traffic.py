"""Which tables go through a database, read off the text of every statement; knows no row and nobody who asks.

So that whoever keeps what was read can be told when it changed, and no use case has to remember to say so.
"""

import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, NamedTuple

from peken.logs import places

_log = logging.getLogger("peken.database")

EVERY_TABLE: Final = "*"
"""Told in place of a table where a statement may have changed any of them."""

Hear = Callable[[frozenset[str]], Awaitable[None]]

_WORD: Final = re.compile(r"\w+")
_WRITING: Final = re.compile(
    r"""(?:\binsert\s+(?:or\s+\w+\s+)?into|\breplace\s+into|\bdelete\s+from|(?<!for\ )(?<!key\ )(?<!do\ )\bupdate)
        \s+(?:only\s+)?(?:"?\w+"?\.)?"?(\w+)""",
    re.VERBOSE,
)
_ROWS: Final = frozenset({"select", "with", "insert", "update", "delete", "replace", "values", "explain"})
_SESSION: Final = frozenset({"show", "set", "pragma", "begin", "commit", "savepoint", "release", "rollback"})
_SHAPING: Final = frozenset({"alter", "drop", "truncate", "merge"})
_LONG: Final = 10_000


class Touched(NamedTuple):
    """What a statement may read, by every word in it, and the tables that it writes."""

    words: frozenset[str]
    written: frozenset[str]


def touched(sql: str) -> Touched:
    """What a statement touches; of one that is not plain reading or writing of rows, every table."""
    return _remembered(sql) if len(sql) < _LONG else _read(sql)


def _read(sql: str) -> Touched:
    lowered = sql.lower()
    words = frozenset(_WORD.findall(lowered))
    first = _WORD.search(lowered)
    # What stands in one SELECT is read, also where somebody searches for the word "update".
    if first is None or (first[0] == "select" and ";" not in sql):
        return Touched(words, frozenset())
    if first[0] not in _ROWS | _SESSION or not words.isdisjoint(_SHAPING):
        return Touched(words, frozenset({EVERY_TABLE}))
    return Touched(words, frozenset(_WRITING.findall(lowered)))


_remembered: Final = lru_cache(maxsize=2_048)(_read)


class Traffic:
    """What goes through one database: who listens hears of tables once what was written to them can be read.

    Not seen are changes that a function, a trigger or ON DELETE CASCADE makes to tables that a statement does not
    name, and what another process writes.
    """

    def __init__(self, name: str) -> None:
        self.tables: frozenset[str] = frozenset()
        """Those of the models, in small letters."""
        self._listening: list[Hear] = []
        self._reading: ContextVar[set[str] | None] = ContextVar(f"reading-{name}", default=None)

    def listen(self, hear: Hear) -> None:
        """Await `hear(tables)` after every commit that wrote, also after one whose outcome is not known."""
        self._listening.append(hear)

    @contextmanager
    def reading(self) -> Iterator[set[str]]:
        """Gathers the tables that this task, and those it starts, may have read meanwhile."""
        tables: set[str] = set()
        token = self._reading.set(tables)
        try:
            yield tables
        finally:
            self._reading.reset(token)

    def note(self, sql: str) -> frozenset[str]:
        """Takes down what a statement reads, and gives what it writes."""
        found = touched(sql)
        reading = self._reading.get()
        if reading is not None:
            reading |= self.tables & found.words
        return found.written

    async def written(self, tables: frozenset[str]) -> None:
        """These tables have changed, and the change can be read."""
        for hear in self._listening if tables else ():
            try:
                await hear(tables)
            except Exception as error:
                # The rows are written, whatever becomes of those who are told.
                _log.error("a call after the commit failed: %s at %s", type(error).__name__, places(error))
