"""Fills an empty market with a demo: the same seed and day give the same market, but for the keys of its orders."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from peken import hookspecs
from peken.demo import people, shops
from peken.demo.dice import Dice
from peken.demo.people import Register
from peken.demo.personas import NOTE, Persona, kept, play
from peken.demo.shops import Shelves
from peken.demo.sources import Script, categories, script
from peken.demo.trade import Trade, months_until
from peken.errors import PekenError
from peken.hookspecs import Demo
from peken.market import Market, ServedCity
from peken.regions import serve_cities

Scale = Literal["small", "surabaya"]
Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""

SEED = 2_022


def silent(step: str, done: int, total: int) -> None:
    """Shows nothing."""


async def fill(
    market: Market, scale: Scale, today: date, seed: int = SEED, progress: Progress = silent
) -> dict[str, Persona]:
    """Writes the demo for every city of the market, as of the city day `today`; returns the personas by key.

    Raises PekenError `demo_there` for a market that holds a demo, `unknown_scale`.
    """
    scripts = [script(scale, code) for code in market.cities]
    if await market.database.fetch("SELECT name FROM note WHERE name = $1", NOTE):
        raise PekenError("demo_there", "This database holds a demo already.", status=409)
    await serve_cities(market)
    found: dict[str, Persona] = {}
    async with market.database.unit_of_work():
        await _categories(market)
        for plan in scripts:
            found |= await _fill_city(_Place(market, market.city(plan.city), plan, today, seed), progress)
        await market.database.insert(
            "note",
            ("name", "value"),
            [
                (
                    NOTE,
                    {
                        "scale": scale,
                        "as_of": today.isoformat(),
                        "seed": seed,
                        "personas": {key: kept(persona) for key, persona in found.items()},
                    },
                )
            ],
        )
    return found


@dataclass(frozen=True, slots=True)
class _Place:
    """One city to be filled."""

    market: Market
    city: ServedCity
    script: Script
    today: date
    seed: int


async def _fill_city(place: _Place, progress: Progress) -> dict[str, Persona]:
    market, city, plan = place.market, place.city, place.script
    dice = Dice(place.seed, city.code)
    regions = await _regions(market, city.code)
    kelurahan = [code for code in regions if code.count(".") == 3]
    homes = sorted(dice.some(kelurahan, plan.size.places or len(kelurahan)))
    progress(f"{city.name}: shops", 0, 1)
    shelves = shops.furnish(plan, city, homes, place.today, dice)
    await shops.write(market.database, shelves)
    progress(f"{city.name}: shops", 1, 1)
    progress(f"{city.name}: buyers", 0, 1)
    register = people.enrol(plan, city, homes, place.today, dice)
    await people.write(market.database, register)
    progress(f"{city.name}: buyers", 1, 1)
    # Before the trade: the planner would take the full tables for the empty ones they were.
    await market.database.analyze("region", "vendor", "product", "variant", "buyer", "buyer_class")
    await market.hooks.for_city(city.code).tell(hookspecs.demo_data, demo=_demo(place, shelves, register))
    await _trade(place, shelves, register, dice, progress)
    return {persona.key: persona for persona in play(plan, shelves, register, regions)}


async def _trade(place: _Place, shelves: Shelves, register: Register, dice: Dice, progress: Progress) -> None:
    total = place.script.size.purchases
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(f"{place.city.name}: orders", done, total)

    months = months_until(place.today, place.script.size.months)
    trade = Trade(place.market, place.city, place.script, shelves, register, months, place.today, dice)
    await trade.run(step)


async def _categories(market: Market) -> None:
    await market.database.insert(
        "category",
        ("code", "parent_code", "name", "name_en"),
        [(row.code, row.parent or None, row.name_id, row.name_en) for row in categories()],
        "ON CONFLICT (code) DO NOTHING",
    )


async def _regions(market: Market, city: str) -> dict[str, str]:
    rows = await market.database.fetch(
        "SELECT code, name FROM region WHERE code LIKE $1 AND level > 2 ORDER BY code", f"{city}.%"
    )
    return {row["code"]: row["name"] for row in rows}


def _demo(place: _Place, shelves: Shelves, register: Register) -> Demo:
    return Demo(
        city=place.city.code,
        today=place.today,
        seed=place.seed,
        vendors=tuple(shop.id for shop in shelves.shops),
        products=shelves.products,
        buyers=tuple(person.id for person in register.people),
    )
