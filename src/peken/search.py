"""Words of Indonesian text made comparable, and the clause that finds them; the same on both engines."""

import re
import unicodedata

from tortoise.expressions import Q, RawSQL

from peken.errors import PekenError

_WORD = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 8


def terms_of(*texts: str) -> str:
    """The words of some texts, stemmed and as they stand, as they are stored beside a row.

    Both, so that a word is found in any form and also while it is being typed: "makana" is no form of "makan".
    """
    words = _words(" ".join(texts))
    return " ".join(dict.fromkeys((*_stems(words), *words)))


def matching(table: str, text: str, dialect: str) -> Q:
    """Rows of `table` whose terms hold, for each word of `text`, one that begins with it or with its stem.

    Raises PekenError `bad_search` for a text without a word, or with too many.
    """
    words = list(dict.fromkeys(_words(text)))
    if not 1 <= len(words) <= _MOST_WORDS:
        raise PekenError("bad_search", "Search for between 1 and {most} words.", most=_MOST_WORDS)
    forms = [dict.fromkeys(pair) for pair in zip(words, _stems(words), strict=True)]
    # The words are letters and digits only, so they can stand in the statement.
    if dialect == "postgres":
        query = " & ".join("(" + " | ".join(f"{form}:*" for form in either) + ")" for either in forms)
        found = f"SELECT id FROM {table} WHERE to_tsvector('simple', terms) @@ to_tsquery('simple', '{query}')"
    else:
        tests = ("(" + " OR ".join(f"' ' || terms LIKE '% {form}%'" for form in either) + ")" for either in forms)
        found = f"SELECT id FROM {table} WHERE " + " AND ".join(tests)
    return Q(id__in=RawSQL(f"({found})"))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return _WORD.findall(plain)


def _stems(words: list[str]) -> list[str]:
    # Imported late: it brings all its languages along, and a start that stems nothing need not wait for them.
    import snowballstemmer

    # A stemmer of its own for each text: it keeps state while it works.
    stemmed: list[str] = snowballstemmer.stemmer("indonesian").stemWords(words)
    return stemmed
