"""Plausible values for arguments, out of what the market has answered before; knows no row and no resolver."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final

from peken.errors import PekenError
from peken.ids import from_global, to_global

NOWHERE: Final = "00000000-0000-4000-8000-000000000000"

_POOLS: Final[Mapping[str, Sequence[str]]] = {
    "category": ("Category.code", "Category.parentCode"),
    "city": ("City.code", "Vendor.cityCode"),
    "region": ("Region.code",),
    "parent": ("Region.code",),
    "kelurahan": ("Region.code",),
    "sector": ("Vendor.sector", "Sector.code"),
    "rule": ("ObligationRule.code", "Finding.rule"),
    "window": ("Finding.window", "Obligation.window"),
    "scheme": ("BuyerClass.scheme",),
    "code": ("BuyerClass.code",),
    "priceFrom": ("Product.price", "Variant.price"),
    "priceTo": ("Product.price", "Variant.price"),
    "name": ("Buyer.name",),
    "address": ("Vendor.address",),
}
"""From which answered fields the values of an argument of this name are taken."""

_IDS: Final = {"buyer": "Buyer", "department": "Department", "variant": "Variant", "vendor": "Vendor"}
"""Of which type the ids are that an argument of this name takes."""

_WRITTEN: Final[Mapping[str, Sequence[Any]]] = {
    "search": ("beras", "BERAS pandan", "kopi bub", "batik", "toko", "berkah jaya", "min gor", "", "%", "tidak_ada"),
    "window": ("2026-03", "2026-02", "2026", "2025-13", "kemarin"),
    "quantity": (*(1, 2, 3, 40) * 5, 1_000_000, 0, -1),
    "draft": (
        *("",) * 8,
        '[rules]\n"surabaya.dress-day" = "off"\n',
        "[[batik_suroboyo.limit]]\namount = 20_000_000\n",
        "nonsense",
    ),
    "note": ("", "Tolong sebelum jam 9", 'kutip " dan \\ dan 漢字 🛒'),
}

_UNLIKELY: Final[Mapping[str, Sequence[Any]]] = {
    "ID": (
        "",
        "bm9uc2Vuc2U",
        "!!",
        to_global("Product", NOWHERE),
        to_global("Vendor", "x"),
        to_global("Nope", NOWHERE),
    ),
    "String": ("", "x", "35.99", "bukan", "é漢🛒", "a'b\"c\\d%_", "WyJ4IiwxLDJd", "99" * 40, "35.78.", " 35.78"),
    "Int": (-1, 0, 2_147_483_647, -2_147_483_648),
    "Rupiah": (0, -1, 2**53 - 1, 1),
    "Long": (0, -1, 2**53 - 1),
    "Date": ("2026-02-28", "1970-01-01", "9999-12-31"),
    "DateTime": ("2026-03-17T05:00:00+00:00", "1970-01-01T00:00:00Z"),
}

_DATES: Final = (
    "2026-03-02",
    "2026-03-02",
    "2026-03-03",
    "2026-03-17",
    "2026-03-01",
    "2026-02-01",
    "2026-02-09",
    "2026-02-20",
    "2026-03-10",
    "2026-04-01",
    "2025-12-31",
    "2027-01-01",
)

_EARLY: Final = ("2026-02-03", "2026-02-06", "2026-02-12")
"""Last days that leave a simulation few to go through."""


class Values:
    """What one caller may know of the market: ids, cursors and codes that it was answered."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, dict[Any, None]] = defaultdict(dict)
        self._elsewhere: Values | None = None

    def learn(self, answer: Any, source: str = "") -> None:
        """Takes in an answer whose objects all tell their `__typename`; cursors are of the list `source`."""
        for type_name, name, value in _leaves(answer):
            if name in ("cursor", "startCursor", "endCursor"):
                self._seen[f"cursor {source}"][value] = None
            elif name == "id" and (known := _kind_of(value)):
                self._seen[f"id {known}"][value] = None
            else:
                self._seen[f"{type_name}.{name}"][value] = None

    def merge(self, other: "Values") -> None:
        """Knows also what another does."""
        for key, found in other._seen.items():
            self._seen[key].update(found)

    def hear(self, others: "Values") -> None:
        """Has heard of what others know, and speaks of it now and then."""
        self._elsewhere = others

    def cursor(self, lots: Random, source: str) -> str:
        """A cursor of the list `source`; now and then a foreign one, or none at all."""
        chance = lots.random()
        if chance < 0.03:
            return str(lots.choice(_UNLIKELY["String"]))
        own = self.pool(f"cursor {source}", lots)
        if own and chance < 0.93:
            return str(lots.choice(own))
        others = [key for key in self._seen if key.startswith("cursor ")]
        return str(lots.choice(self.pool(lots.choice(others)))) if others else "WyJ4IiwxLDJd"

    def id(self, lots: Random, type_name: str) -> str:
        """An id of a type (of any, for an interface); now and then of another, or of nothing."""
        chance = lots.random()
        if chance < 0.04:
            return str(lots.choice(_UNLIKELY["ID"]))
        own = self.pool(f"id {type_name}", lots)
        if own and chance < 0.95:
            return str(lots.choice(own))
        others = [key for key in self._seen if key.startswith("id ")]
        return str(lots.choice(self.pool(lots.choice(others)))) if others else to_global(type_name, NOWHERE)

    def scalar(self, lots: Random, argument: str, type_name: str, returned: str) -> Any:
        """A value of a scalar for the argument of this name of a field that returns a type."""
        if type_name == "Boolean":
            return lots.random() < 0.5
        if type_name == "ID":
            return self.id(lots, _IDS.get(argument, returned))
        if lots.random() < 0.05:
            return lots.choice(_UNLIKELY[type_name])
        if type_name == "Date":
            return lots.choice(_EARLY if argument == "last" and lots.random() < 0.6 else _DATES)
        pool = [
            *_WRITTEN.get(argument, ()),
            *(value for key in _POOLS.get(argument, ()) for value in self.pool(key, lots)),
        ]
        if argument == "search" and lots.random() < 0.6:
            return self._words(lots)
        if argument in ("region", "parent", "city", "category") and pool:
            return _shortened(lots, str(lots.choice(pool)))
        return lots.choice(pool or _UNLIKELY[type_name])

    def pool(self, key: str, lots: Random | None = None) -> list[Any]:
        """All that is known of one kind; with lots perhaps what others know of it."""
        own = list(self._seen.get(key, ()))
        if self._elsewhere and lots and (not own or lots.random() < 0.2):
            return self._elsewhere.pool(key)
        return own

    def _words(self, lots: Random) -> str:
        """One to three words that stand together somewhere, the last of them perhaps begun only."""
        names = [*self.pool("Product.name"), *self.pool("Vendor.name"), *self.pool("Product.description"), "beras"]
        words = str(lots.choice(names)).split() or ["beras"]
        start = lots.randrange(len(words))
        taken = " ".join(words[start : start + lots.randint(1, 3)])
        return taken if lots.random() < 0.6 else taken[: max(2, len(taken) - 2)]


def _leaves(answer: Any, type_name: str = "") -> Iterator[tuple[str, str, Any]]:
    """Type, field and value of every leaf that holds something."""
    if isinstance(answer, list):
        for each in answer:
            yield from _leaves(each, type_name)
    elif isinstance(answer, dict):
        own = answer.get("__typename", "")
        for name, value in answer.items():
            if isinstance(value, dict | list):
                yield from _leaves(value, own)
            elif value is not None and name != "__typename":
                yield own, name, value


def _kind_of(text: Any) -> str | None:
    try:
        return from_global(str(text))[0]
    except PekenError:
        return None


def tag_of(cursor: str) -> str:
    """Which list a cursor says it belongs to."""
    try:
        return str(json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))[0])
    except (binascii.Error, ValueError):
        return ""


def _shortened(lots: Random, code: str) -> str:
    """The code, or that of what it lies in."""
    parts = code.split(".")
    return ".".join(parts[: lots.randint(1, len(parts))]) if lots.random() < 0.6 else code
