"""Children of a level that are what a resolver says: awaited for all parents at once, or done once and for good."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLFieldResolver, GraphQLResolveInfo

from peken.plans.levels import Completion
from peken.plans.running import Run

Calls = Callable[[Run], Callable[[Any], Any]]
"""Gives for a run the function of a parent that a resolver is."""


class Awaited:
    """A resolver that waits, called for each parent there is; what it loads is loaded for all of them together."""

    waits = True

    def __init__(self, calls: Calls, completion: Completion) -> None:
        self._calls = calls
        self._completion = completion

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        call = self._calls(run)
        if len(keys) == 1:
            return await self._completion(run, [await call(keys[0])])
        waiting = [asyncio.ensure_future(call(key)) for key in keys]
        # To the end of each, whatever one of them comes to: none is left running behind an answer.
        return await self._completion(run, await asyncio.gather(*waiting, return_exceptions=True))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a field that changes something."""

    value: Any
    error: Exception | None = None

    def result(self) -> Any:
        """The value; raises the error where it failed."""
        if self.error is not None:
            raise self.error
        return self.value


class Act:
    """A field that changes something. What comes of it is kept in the context, so that it is never done twice."""

    def __init__(self, name: str, calls: Calls, completion: Completion) -> None:
        self._name = name
        self._calls = calls
        self._completion = completion

    async def values(self, run: Run, keys: Sequence[Any]) -> Sequence[Any]:
        [parent] = keys
        try:
            outcome = Outcome(await self._calls(run)(parent))
        except Exception as error:
            outcome = Outcome(None, error)
        run.context.settled[self._name] = outcome
        return await self._completion(run, [outcome.result()])


def once(resolve: GraphQLFieldResolver) -> GraphQLFieldResolver:
    """A resolver of ordinary execution that finds what its field came to where a plan has done it already."""

    def found(source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        outcome = info.context.settled.pop(info.path.key, None)
        return resolve(source, info, **arguments) if outcome is None else outcome.result()

    return found
