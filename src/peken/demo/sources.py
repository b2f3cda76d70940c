"""The files of the demo: goods, names, sizes and personas; knows no table and draws no lot."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

import msgspec

from peken.errors import PekenError
from peken.search import terms_of

_DATA: Final = files("peken.demo") / "data"

Part = Literal["asn", "public", "officer", "vendor", "lurah", "camat", "city_hall", "auditor"]


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """A good as shops list it. `price` is about what it costs; `measure` the content of one unit."""

    code: str
    name: str
    description: str
    category: str
    unit: str
    measure: int
    measure_unit: str | None
    price: int
    seller: Literal["kelontong", "umkm", "both"]
    sector: str
    terms: str


class CategoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A category in both languages."""

    code: str
    parent: str
    name_id: str
    name_en: str


class DepartmentName(msgspec.Struct, frozen=True, kw_only=True):
    """A department that a city may well have."""

    code: str
    name: str


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Words to invent people, shops and addresses from."""

    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    kelontong_prefixes: tuple[str, ...]
    shop_words: tuple[str, ...]
    streets: tuple[str, ...]
    umkm_words: Mapping[str, tuple[str, ...]]
    departments: Mapping[str, tuple[DepartmentName, ...]]


class Monthly(msgspec.Struct, frozen=True, kw_only=True):
    """What employees shop for each month: of which kind of shop, in which category with all below it."""

    shop: str
    category: str


class Busy(msgspec.Struct, frozen=True, kw_only=True):
    """A shop that sells much: its turnover this month, and an order that is tried on top."""

    kind: str
    turnover: int
    beyond: int


class CityTraits(msgspec.Struct, frozen=True, kw_only=True):
    """What of a city does not change with the scale."""

    departments: str
    ladders: Mapping[str, tuple[str, ...]]
    monthly: Monthly
    busy: Busy | None = None


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How many of each a city has in one scale."""

    places: int
    kelontong: int
    umkm: int
    unverified: int
    listings: int
    asn: int
    staff: int
    public: int
    companies: int
    months: int
    purchases: int


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """A part that somebody who tries the demo can play."""

    key: str
    city: str
    part: Part
    roles: tuple[str, ...]
    name: str
    description: str
    classes: Mapping[str, str] = msgspec.field(name="class", default_factory=dict)
    spends: int = 0


class _Scales(msgspec.Struct, frozen=True, kw_only=True):
    cities: Mapping[str, CityTraits]
    scales: Mapping[str, Mapping[str, Size]]
    personas: tuple[Cast, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """All that says how one city is filled."""

    city: str
    traits: CityTraits
    size: Size
    cast: tuple[Cast, ...]


def script(scale: str, city: str) -> Script:
    """How a city is filled in a scale. Raises PekenError `unknown_scale`."""
    known = _scales()
    if scale not in known.scales:
        message = "There is no scale {scale}; there are {scales}."
        raise PekenError("unknown_scale", message, scale=scale, scales=", ".join(known.scales))
    sizes = known.scales[scale]
    return Script(
        city,
        known.cities.get(city, known.cities["default"]),
        sizes.get(city, sizes["default"]),
        tuple(part for part in known.personas if part.city == city),
    )


@cache
def goods() -> tuple[Good, ...]:
    """All goods, with the words they are found by."""
    return tuple(_good(row) for row in _rows("goods.csv"))


@cache
def categories() -> tuple[CategoryRow, ...]:
    """All categories, each after its parent."""
    return tuple(msgspec.convert(row, CategoryRow) for row in _rows("categories.csv"))


@cache
def names() -> Names:
    """The words that names are made of."""
    return msgspec.convert(_toml("names.toml"), Names)


@cache
def _scales() -> _Scales:
    return msgspec.convert(_toml("scales.toml"), _Scales)


def _good(row: Mapping[str, str]) -> Good:
    measured = bool(row["measure"])
    return Good(
        code=row["code"],
        name=row["name"],
        description=row["description"],
        category=row["category"],
        unit=row["unit"],
        measure=int(row["measure"]) if measured else 0,
        measure_unit=row["measure_unit"] if measured else None,
        price=int(row["price"]),
        seller=msgspec.convert(row["seller"], Literal["kelontong", "umkm", "both"]),
        sector=row["sector"],
        terms=terms_of(row["name"], row["description"]),
    )


def _rows(name: str) -> Sequence[dict[str, str]]:
    return list(csv.DictReader((_DATA / name).read_text(encoding="utf-8").splitlines()))


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))
