"""Words of Indonesian text made comparable, and the clause that finds them; the same on both engines."""

import re
import unicodedata

import snowballstemmer
from tortoise.expressions import Q, RawSQL

from peken.errors import PekenError

_WORD = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 8


def terms_of(*texts: str) -> str:
    """The stemmed words of some texts, as they are stored beside a row."""
    return " ".join(dict.fromkeys(_stems(" ".join(texts))))


def matching(table: str, text: str, dialect: str) -> Q:
    """Rows of `table` whose terms hold, for each word of `text`, one that begins with it.

    Raises PekenError `bad_search` for a text without a word, or with too many.
    """
    words = list(dict.fromkeys(_stems(text)))
    if not 1 <= len(words) <= _MOST_WORDS:
        raise PekenError("bad_search", "Search for between 1 and {most} words.", most=_MOST_WORDS)
    # The words are letters and digits only, so they can stand in the statement.
    if dialect == "postgres":
        query = " & ".join(f"{word}:*" for word in words)
        found = f"SELECT id FROM {table} WHERE to_tsvector('simple', terms) @@ to_tsquery('simple', '{query}')"
    else:
        found = f"SELECT id FROM {table} WHERE " + " AND ".join(f"' ' || terms LIKE '% {word}%'" for word in words)
    return Q(id__in=RawSQL(f"({found})"))


def _stems(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    # A stemmer of its own for each text: it keeps state while it works.
    stemmed: list[str] = snowballstemmer.stemmer("indonesian").stemWords(_WORD.findall(plain))
    return stemmed
