"""Puts a market together from its settings; the only module that knows all others."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from types import MappingProxyType

from peken import hookspecs
from peken.database import Database
from peken.hooks import Fault, Hooks, PluginFaults
from peken.market import Market, ServedCity, wall_clock
from peken.plugins.loading import load
from peken.rules import Chapter, Rulebook, RuleFaults
from peken.settings import CitySettings, Settings
from peken.texts import Texts


def assemble(settings: Settings, now: Callable[[], datetime] = wall_clock) -> Market:
    """A market as its settings want it, not yet connected. Raises PluginFaults with all that is wrong."""
    hooks = load({city.code: city.plugins for city in settings.cities}, settings.plugins)
    return Market(
        settings=settings,
        database=_database(settings, hooks),
        cities=MappingProxyType(_served(settings, hooks)),
        hooks=hooks,
        texts=Texts(plugin.directory / "locale" for plugin in hooks.plugins),
        now=now,
    )


@asynccontextmanager
async def opened(settings: Settings, now: Callable[[], datetime] = wall_clock) -> AsyncIterator[Market]:
    """A market with its database open and bound to the current task."""
    market = assemble(settings, now)
    async with market.database:
        with market.database.bound():
            yield market


def _database(settings: Settings, hooks: Hooks) -> Database:
    models: dict[str, tuple[str, ...]] = {"peken": ("peken.models",)}
    migrations = {"peken": "peken.migrations"}
    for plugin, tables in hooks.give(hookspecs.tables):
        models[plugin.name] = tables.models
        migrations[plugin.name] = tables.migrations
    return Database(
        settings.database_url,
        models,
        migrations,
        pool_max=settings.pool_size,
        busy_seconds=settings.pool_wait,
    )


def _served(settings: Settings, hooks: Hooks) -> dict[str, ServedCity]:
    faults: dict[Fault, None] = {}
    served = {}
    for city in settings.cities:
        try:
            served[city.code] = ServedCity(city.code, city.name, city.zone, _rulebook(city, hooks))
        except RuleFaults as wrong:
            faults |= dict.fromkeys(Fault(f"rules of {city.code}", fault) for fault in wrong.faults)
    if faults:
        raise PluginFaults(list(faults))
    return served


def _rulebook(city: CitySettings, hooks: Hooks) -> Rulebook:
    return Rulebook(
        Chapter(plugin.name, plugin.version, regulations, chosen=regulations.chosen)
        for plugin, regulations in hooks.for_city(city.code).give(hookspecs.regulations)
    )
