"""Prints what came of closing the windows that have ended; closes nothing itself."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from peken.market import Market


async def closed(market: "Market", city: str, window: str | None) -> None:
    """Closes what has ended in a city, and prints each window."""
    from peken import parameters
    from peken.findings import close_windows

    found = await close_windows(market, await parameters.served(market, city), market.now(), only=window)
    for each in found:
        typer.echo(f"{each.rule} {each.window}: {each.met} met it, {each.short} fell short.")
    if not found:
        typer.echo("Nothing has ended that is not closed already.")
