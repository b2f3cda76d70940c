"""How a running market learns of what was set, in every process; knows not who sets it.

A version begins at a coming midnight, LEAD or more after it was set. Nothing is judged by what was read longer than
FRESH ago. So whoever judges under a version has read it, whatever process it was set in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from peken.errors import PekenError
from peken.market import Market, ServedCity
from peken.parameters.versions import rulebook_of, versions_of
from peken.rules import RuleFaults

log = structlog.get_logger(__name__)

LEAD: Final = timedelta(minutes=5)
"""So long before its first day begins a version must be set, or withdrawn."""
FRESH: Final = timedelta(minutes=1)
"""So long what was read is judged by. Much shorter than LEAD: clocks differ, and a commit takes its time."""
EVERY: Final = 10.0
"""Seconds after which a server looks again, whether or not anything is asked of it."""


async def served(market: Market, code: str) -> ServedCity:
    """A city with the rules to judge by now. Raises PekenError `unknown_city`, `versions_unfit`."""
    await keep_up(market)
    city = market.city(code)
    if code in market.heard.unfit:
        message = "What city hall has set does not fit the rules of {city} any more."
        raise PekenError("versions_unfit", message, status=503, city=code)
    return city


async def keep_up(market: Market) -> None:
    """Reads what was set since, unless that was read just now."""
    if not _is_fresh(market):
        async with market.heard.alone:
            # Whoever waited here finds it read.
            if not _is_fresh(market):
                await _read(market)


async def take_in(market: Market) -> None:
    """Reads what was set since: one small query where nothing was."""
    async with market.heard.alone:
        await _read(market)


async def follow(market: Market, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Takes in what other processes set, until it is cancelled."""
    while True:
        await sleep(EVERY)
        before = market.heard.count
        try:
            await take_in(market)
            if market.heard.count != before:
                log.info("versions_read", versions=market.heard.count[0], withdrawn=market.heard.count[1])
        except Exception as error:
            log.error("versions_not_read", error=type(error).__name__)


def _is_fresh(market: Market) -> bool:
    at = market.heard.at
    return at is not None and abs(market.now() - at) <= FRESH


async def _read(market: Market) -> None:
    now = market.now()
    [row] = await market.database.fetch(
        "SELECT COUNT(*) AS versions, COUNT(withdrawn_at) AS withdrawn FROM parameter_version"
    )
    count = (int(row["versions"]), int(row["withdrawn"]))
    if count != market.heard.count:
        versions = await versions_of(*market.cities)
        for city in [*market.cities.values()]:
            try:
                rulebook = rulebook_of(city, [each for each in versions if each.city_id == city.code])
            except RuleFaults as wrong:
                # That city judges nothing before somebody has seen to it; the others go on.
                log.error("versions_unfit", city=city.code, faults=wrong.faults)
                market.heard.unfit.add(city.code)
                continue
            market.heard.unfit.discard(city.code)
            market.cities[city.code] = replace(city, rulebook=rulebook)
        market.heard.count = count
    market.heard.at = now
