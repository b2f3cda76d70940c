"""What no city here has: a fact of the plugin's own, a ceiling that counts on delivery, and rules that fail."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from peken.hookspecs import hookimpl
from peken.rules import MONTH, Cap, Check, Fact, Line, Moment, Obligation, Regulations, Verdict

CLOSED, OPEN = 7, 8
"""Quantities at which a rule fails."""


class Purse(Fact, frozen=True):
    """What a buyer may and must spend in a month."""

    of: ClassVar[str] = "buyer"
    may: int
    must: int


async def purses(buyers: Sequence[str], day: date) -> Mapping[str, Fact]:
    return {buyer: Purse(may=100_000, must=50_000) for buyer in buyers}


def spent(line: Line) -> int:
    return line.amount


def ceiling(purse: Purse) -> int:
    return purse.may


def floor(purse: Purse) -> int:
    return purse.must


def closed(line: Line) -> Verdict | None:
    return None if line.quantity != CLOSED else Verdict(**{"no": "verdict"})  # type: ignore[arg-type]


def opened(line: Line) -> Verdict | None:
    return None if line.quantity != OPEN else Verdict(**{"no": "verdict"})  # type: ignore[arg-type]


@hookimpl
def regulations() -> Regulations:
    return Regulations(
        (
            Cap(
                code="prudence.most",
                cites="Book of Prudence",
                subject="buyer",
                window=MONTH,
                at=Moment.DELIVERED,
                counts=spent,
                ceiling=ceiling,
                messages={"cap_reached": "Beyond {ceiling:rp}.", "within_cap": "Within {ceiling:rp}."},
            ),
            Obligation(
                code="prudence.least",
                cites="Book of Prudence",
                subject="buyer",
                window=MONTH,
                counts=spent,
                floor=floor,
                messages={"counts_towards": "Towards {floor:rp}."},
            ),
            Check(code="prudence.closed", cites="Book of Prudence", on="line", judge=closed),
            Check(code="prudence.open", cites="Book of Prudence", on="line", judge=opened, fail="open"),
        ),
        loads={Purse: purses},
    )
