"""What a running market does when a city's day turns: closes windows and opens new ones, ranks vendors anew.

Knows no wall clock.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from math import ceil

import structlog

from peken import departments, findings, obligations, parameters, ranking
from peken.calendar import start_of
from peken.market import Market

log = structlog.get_logger(__name__)

AGAIN = 60.0
"""Seconds to wait after a failure: the database may be restarting."""


async def follow(market: Market, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Opens the windows of every city now and whenever a day turns, until it is cancelled.

    Every worker may do so: opening what is open changes nothing.
    """
    while True:
        wait = AGAIN
        try:
            await open_all(market)
            wait = seconds_to_next_day(market, market.now())
        except Exception as error:
            log.error("windows_not_opened", error=type(error).__name__)
        await sleep(wait)


async def open_all(market: Market) -> None:
    """Closes what has ended in every city, opens the balances of everyone who owes today, and ranks its vendors."""
    await parameters.keep_up(market)
    for city in [*market.cities.values()]:
        for closed in await findings.close_windows(market, city, market.now()):
            log.info("window_closed", city=city.code, rule=closed.rule, window=closed.window, short=closed.short)
        opened = await obligations.open_windows(market, city, market.now())
        opened += await departments.open_windows(market, city, market.now())
        log.info("windows_opened", city=city.code, balances=opened)
        moved = await ranking.deal_out(market, city, market.now())
        log.info("vendors_ranked", city=city.code, moved=moved)


def seconds_to_next_day(market: Market, now: datetime) -> float:
    """Until the next midnight of any city, in whole seconds and at least one."""
    turns = (start_of(city.today(now) + timedelta(days=1), city.zone) for city in market.cities.values())
    return float(max(ceil((min(turns) - now).total_seconds()), 1))
