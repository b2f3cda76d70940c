"""Words of Indonesian text made comparable, and the clause that finds them; the same on both engines.

What is found comes in the order that was asked for, since that is what pages go by: nothing is ranked by how well it
fits. A row fits when each word of the search begins a word of its own, as it stands or by its stem.
"""

import re
import unicodedata
from enum import Enum
from typing import Any

from pypika_tortoise.context import SqlContext
from pypika_tortoise.terms import BasicCriterion, Function, Term, ValueWrapper
from tortoise.expressions import Q, ResolveContext
from tortoise.query_utils import QueryModifier

from peken.errors import PekenError

_WORD = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 8
_LONGEST = 200
"""Letters of a search; a stemmer works long on a word that is none."""
_TELLING = 4
"""Letters from which on a word tells few rows from many."""


def terms_of(*texts: str) -> str:
    """The words of some texts, stemmed and as they stand, as they are stored beside a row.

    Both, so that a word is found in any form and also while it is being typed: "makana" is no form of "makan".
    """
    words = _words(" ".join(texts))
    return " ".join(dict.fromkeys((*_stems(words), *words)))


def matching(table: str, text: str, dialect: str) -> Q:
    """Rows of `table` whose terms hold, for each word of `text`, one that begins with it or with its stem.

    One statement for any text: what is looked for is its parameter, as `query_of` gives it.
    Raises PekenError `bad_search` for a text without a word, with too many, or too long.
    """
    return Q(_Found(table, query_of(text, dialect), dialect))


def query_of(text: str, dialect: str) -> str:
    """A search in the engine's own language. Raises PekenError `bad_search`."""
    if len(text) > _LONGEST:
        raise PekenError("bad_search", "A search has at most {most} characters.", most=_LONGEST)
    words = list(dict.fromkeys(_words(text)))
    if not 1 <= len(words) <= _MOST_WORDS:
        raise PekenError("bad_search", "Search for between 1 and {most} words.", most=_MOST_WORDS)
    # Of a word and its stem mostly one begins the other, and then says it all.
    forms = (_shortest(word, stem) for word, stem in zip(words, _stems(words), strict=True))
    # The words are letters and digits only, so nothing in them is read as an operator.
    if dialect == "postgres":
        return " & ".join("(" + " | ".join(f"{form}:*" for form in either) + ")" for either in forms)
    return " AND ".join("(" + " OR ".join(f'"{form}"*' for form in either) + ")" for either in forms)


class _Found(Q):
    """The clause; a Q, so that it stands beside all others."""

    __slots__ = ("_dialect", "_query", "_table")

    def __init__(self, table: str, query: str, dialect: str) -> None:
        super().__init__()
        self._table, self._query, self._dialect = table, query, dialect

    def __bool__(self) -> bool:
        return True

    def resolve(self, resolve_context: ResolveContext) -> QueryModifier:
        columns, query = resolve_context.table, ValueWrapper(self._query)
        if self._dialect == "postgres":
            simple = ValueWrapper("simple", allow_parametrize=False)
            found = BasicCriterion(_Sign.MATCHES, columns["words"], Function("to_tsquery", simple, query))
        else:
            begun = max(len(form) for form in re.findall(_WORD, self._query)) < _TELLING
            id = _Walked(columns["id"]) if begun else columns["id"]
            found = BasicCriterion(_Sign.AMONG, id, _Indexed(self._table, query))
        return QueryModifier(where_criterion=found)


class _Sign(Enum):
    MATCHES = " @@ "
    AMONG = " IN "


class _Walked(Term):
    """A column by which SQLite shall not look rows up: where most of them fit, a list is read in its order instead."""

    def __init__(self, column: Term) -> None:
        super().__init__()
        self._column = column

    def get_sql(self, ctx: SqlContext) -> str:
        return f"+{self._column.get_sql(ctx)}"

    def nodes_(self) -> Any:
        yield from self._column.nodes_()


class _Indexed(Term):
    """The keys that SQLite's full-text index finds."""

    def __init__(self, table: str, query: Term) -> None:
        super().__init__()
        self._table, self._query = table, query

    def get_sql(self, ctx: SqlContext) -> str:
        words, numbers = f"{self._table}_words", f"{self._table}_number"
        found = f"{words} JOIN {numbers} ON number = {words}.rowid WHERE {words} MATCH {self._query.get_sql(ctx)}"
        return f"(SELECT {numbers}.id FROM {found})"

    def nodes_(self) -> Any:
        yield self


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return _WORD.findall(plain)


def _shortest(word: str, stem: str) -> tuple[str, ...]:
    """What of a word and its stem has to be looked for at the beginning of words."""
    if word.startswith(stem):
        return (stem,)
    return (word,) if stem.startswith(word) else (word, stem)


def _stems(words: list[str]) -> list[str]:
    # Imported late: it brings all its languages along, and a start that stems nothing need not wait for them.
    import snowballstemmer

    # A stemmer of its own for each text: it keeps state while it works.
    stemmed: list[str] = snowballstemmer.stemmer("indonesian").stemWords(words)
    return stemmed
