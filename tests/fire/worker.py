"""A process of its own that serves one market and plays its clients; spoken to over its pipes, line by line.

For each play that it reads it says "ready", waits for a line, plays, and writes all replies. An endless play writes
each acknowledged key as soon as it has it, and goes on until it is killed.
"""

import asyncio
import contextlib
import itertools
import os
import sys
from typing import Any, TextIO

import msgspec

from peken import logs
from peken.testing.world import World, opened_world, settings_for
from tests.fire.asking import Ask, play, reply_to


class Play(msgspec.Struct, frozen=True):
    """What one process is to do: for each client, its requests."""

    url: str
    cities: dict[str, list[str]]
    clients: list[list[Ask]]
    endless: bool = False


async def main(channel: TextIO) -> None:
    """Plays what standard input says, until that ends."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        wanted = msgspec.json.decode(line, type=Play)
        async with opened_world(settings_for(wanted.cities), wanted.url) as world:
            print("ready", file=channel, flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            if wanted.endless:
                return await _until_left(asyncio.gather(*(_for_ever(world, asks, channel) for asks in wanted.clients)))
            replies = await asyncio.gather(*(play(world, asks) for asks in wanted.clients))
        print(msgspec.json.encode(replies).decode(), file=channel, flush=True)


async def _until_left(playing: "asyncio.Future[Any]") -> None:
    """Ends when standard input does: whoever began it may be gone without having killed it."""
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), playing.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await playing


async def _for_ever(world: World, asks: list[Ask], channel: TextIO) -> None:
    """Sends a client's requests over and over, each time under a new key."""
    for turn in itertools.count():
        for ask in asks:
            key = f"{ask.variables['key']}-{turn}"
            reply = await reply_to(world, msgspec.structs.replace(ask, variables={**ask.variables, "key": key}))
            if reply.kind == "Purchase":
                print(key, reply.answer["id"], file=channel, flush=True)


if __name__ == "__main__":
    # What the market logs goes to standard error: standard output belongs to the play.
    said = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logs.configure(level="WARNING")
    asyncio.run(main(said))
