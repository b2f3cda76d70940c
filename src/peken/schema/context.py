"""What resolvers find in `info.context`: the market, who asks, in which language, and this request's loaders."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, TypeVar, cast

from strawberry.dataloader import DataLoader
from strawberry.types import Info as StrawberryInfo

from peken.actors import Actor
from peken.database.reading import records
from peken.errors import PekenError
from peken.market import Market

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Load = Callable[["Context", Sequence[K]], Awaitable[Sequence[V | PekenError]]]
"""Finds something for each of many keys; an error in its place goes to those who asked for that key."""


class Context:
    """One request: nothing in it outlives the answer."""

    def __init__(self, market: Market, actor: Actor, language: str) -> None:
        self.market = market
        self.actor = actor
        self.language = language
        self.settled: dict[str, Any] = {}
        """What came of mutations that a plan has done, by their name in the answer; for execution to find."""
        self._loaders: dict[object, DataLoader[Any, Any]] = {}
        self._known: dict[object, Mapping[Any, Any]] = {}

    @cached_property
    def now(self) -> datetime:
        """The instant of this request, in UTC: the same for all its fields."""
        return self.market.now()

    @property
    def edition(self) -> Hashable:
        """The cities with their rules and days, as they are at this instant: equal while none of that turns."""
        return self.market.edition(self.now)

    @property
    def page(self) -> int:
        """The most items that a page may have."""
        return self.market.settings.limits.page

    async def records(self, sql: str, params: Sequence[Any]) -> Sequence[Any]:
        """The rows of a SELECT, by position."""
        return await records(self.market.database, sql, params)

    async def load(self, load: Load[K, V], key: K) -> V:
        """One of the rows that `load` fetches for many keys at once."""
        known = self.known(load)
        if key in known:
            return cast(V, known[key])
        loader = self._loaders.get(load)
        if loader is None:

            async def batch(keys: list[K]) -> Sequence[V | PekenError]:
                return await load(self, keys)

            loader = self._loaders[load] = DataLoader(load_fn=batch)
        found = cast("asyncio.Future[V]", loader.load(key))
        try:
            # Execution cancels those beside a field that fails; others may wait for the same row.
            return await asyncio.shield(found)
        except asyncio.CancelledError:
            found.add_done_callback(_hear)
            raise

    def known(self, load: object) -> Mapping[Any, Any]:
        """By key, what `load` would find, where that is known without asking."""
        return self._known.get(load, _NOTHING)

    def learn(self, load: object, found: Mapping[Any, Any]) -> None:
        """Takes in what was written a moment ago, so that it need not be read."""
        self._known[load] = found

    def forget(self) -> None:
        """Drops what was loaded: a mutation has changed rows."""
        self._loaders.clear()
        self._known.clear()


def _hear(found: asyncio.Future[Any]) -> None:
    """Whoever asked has left: what went wrong since is nobody's."""
    if not found.cancelled():
        found.exception()


_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})


Info = StrawberryInfo[Context, None]
