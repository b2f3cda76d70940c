"""Whom a visitor of the demo can be: invented people, and what a token must say to speak for them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from peken.actors import Actor, Role
from peken.database import json_of
from peken.demo.people import Register
from peken.demo.shops import Shelves, Shop, busy_shop
from peken.demo.sources import Cast, Script
from peken.market import Market
from peken.tokens import claims_of

NOTE: Final = "demo"
"""Under which name the database says what demo it holds."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A part that somebody who tries the demo can play. `claims` is what `tokens.Issuer.issue` takes."""

    key: str
    name: str
    description: str
    claims: Mapping[str, Any]


async def personas(market: Market) -> dict[str, Persona]:
    """The personas of the demo that the database holds, by their keys; none if it holds no demo."""
    rows = await market.database.fetch("SELECT value FROM note WHERE name = $1", NOTE)
    if not rows:
        return {}
    kept = json_of(rows[0]["value"])["personas"]
    return {key: Persona(key=key, **said) for key, said in kept.items()}


def kept(persona: Persona) -> dict[str, Any]:
    """A persona as the note keeps it, under its key."""
    plain = asdict(persona)
    del plain["key"]
    return plain


def play(script: Script, shelves: Shelves, register: Register, regions: Mapping[str, str]) -> list[Persona]:
    """The personas of one city; `regions` are the names of its kelurahan and kecamatan by code."""
    return [_persona(part, script, shelves, register, regions) for part in script.cast]


def _persona(part: Cast, script: Script, shelves: Shelves, register: Register, regions: Mapping[str, str]) -> Persona:
    area = _area(part, shelves)
    shop = _shop(script, shelves) if part.part == "vendor" else None
    office = register.offices[0] if part.part == "officer" else None
    player = register.players.get(part.key)
    actor = Actor(
        subject=f"demo:{part.key}",
        roles=frozenset(Role(role) for role in part.roles),
        city=script.city,
        buyer=player.id if player else None,
        vendor=shop.id if shop else None,
        department=office.id if office else None,
        area=area,
    )
    description = part.description.format(
        place=regions.get(area, area),
        shop_name=shop.name if shop else "",
        department=office.name if office else "",
    )
    return Persona(part.key, part.name, description, claims_of(actor))


def _area(part: Cast, shelves: Shelves) -> str:
    """Where a lurah or camat has most to look after: the shops that nobody has looked at yet, then all."""
    if part.part not in ("lurah", "camat"):
        return ""
    weights: Counter[str] = Counter()
    for shop in shelves.shops:
        weights[shop.region] += 1 if shop.verified else 5
    return _of_level(max(sorted(weights), key=weights.__getitem__), 4 if part.part == "lurah" else 3)


def _of_level(code: str, level: int) -> str:
    return ".".join(code.split(".")[:level])


def _shop(script: Script, shelves: Shelves) -> Shop:
    """The busy shop where there is one; else the first, which is verified as well."""
    busy = script.traits.busy
    return busy_shop(shelves, busy) if busy else shelves.shops[0]
