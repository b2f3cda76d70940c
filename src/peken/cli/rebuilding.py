"""Prints what came of deriving the ledger once more; derives nothing itself."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from peken.actors import Actor, Role

if TYPE_CHECKING:
    from peken.market import Market
    from peken.rebuilding import Entry, Rebuilt


async def rebuilt(market: "Market", city: str, *, write: bool) -> "Rebuilt":
    """Derives everything, and prints each difference and the sums."""
    from peken import parameters
    from peken.cli.showing import bars
    from peken.rebuilding import rebuild

    served = await parameters.served(market, city)
    actor = Actor("peken-rules", frozenset({Role.CITY_HALL}), city)
    with bars() as progress:
        found = await rebuild(
            market, served, actor, write=write, progress=lambda done, total: progress("purchases", done, total)
        )
    for line in told(found, write=write):
        typer.echo(line)
    return found


def told(found: "Rebuilt", *, write: bool) -> Iterator[str]:
    """Each difference in a line, then the sums."""
    for wrong in found.entries:
        entry = wrong.derived or wrong.kept
        if entry is not None:
            kept, derived = _of(wrong.kept), _of(wrong.derived)
            yield f"entry {entry.rule} line {entry.line} {entry.cause}: kept {kept}, derived {derived}"
    for balance in found.balances:
        was = "nothing" if balance.kept is None else balance.kept
        yield f"balance {' / '.join(balance.key)}: kept {was}, derived {balance.derived}"
    done = "put right" if write else "found; --write puts them right"
    yield (
        f"{found.purchases} purchases derived; {len(found.entries)} entries and {len(found.balances)} balances "
        f"that differ {done}."
    )
    if found.underived:
        yield f"{found.underived} purchases and deliveries cannot be derived, as their facts are gone: taken as kept."


def _of(entry: "Entry | None") -> str:
    return "nothing" if entry is None else f"{entry.amount} for {entry.subject} in {entry.win}"
