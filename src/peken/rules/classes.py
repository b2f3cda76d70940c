"""The classes of civil servants that are the same in every city. Refuses to know who has one, and what it owes."""

from collections.abc import Collection, Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

_ROMAN: Final = (
    *("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"),
    *("X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII"),
)

SCHEMES: Final[Mapping[str, Collection[str]]] = MappingProxyType(
    {
        "golongan": (*(f"{rank}/{step}" for rank, step in product(_ROMAN[:4], "abcd")), "IV/e"),
        "echelon": (*(f"{rank}/{step}" for rank, step in product(_ROMAN[:5], "ab")), "functional"),
        "job_class": tuple(str(number) for number in range(1, 18)),
        "pppk": tuple(_ROMAN),
    }
)
"""Codes by scheme, each written to its finest; a table may declare schemes of its own city beside them."""

OwnSchemes = Mapping[str, Collection[str]]
"""Schemes that a table declares: codes by name. No codes at all: any, since only the city's own lists know them."""


def unknown_class(scheme: str, code: str, own: OwnSchemes) -> str:
    """What is wrong with the class of a row; empty when nothing is."""
    if not scheme:
        return "" if code == "*" else f"the code {code} belongs to no scheme"
    known = {**SCHEMES, **own}
    if scheme not in known:
        return f"there is no scheme {scheme}; known are {', '.join(sorted(known))}"
    return "" if not known[scheme] or is_code(code, known[scheme]) else f"{scheme} has no class {code}"


def is_code(code: str, known: Collection[str]) -> bool:
    """Whether a code is known, or coarser than one that is (`III`), or splits one by post (`III/head`).

    What comes after a known class names a post when it is longer than a letter: `III/e` is a slip, no post.
    """
    if code == "*" or any(f"{each}/".startswith(f"{code}/") for each in known):
        return True
    rank, _, post = code.rpartition("/")
    return len(post) > 1 and rank not in ("", "*") and is_code(rank, known)
