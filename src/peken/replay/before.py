"""What an earlier run of the same replay has done, by the market's own books; knows no file."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from peken.database import Database, instant_of, json_of, uuid_of

Refusal = tuple[UUID, datetime, int]
"""Whom, when, and how much."""


@dataclass(frozen=True, slots=True)
class Before:
    """The purchases that need not be tried again."""

    placed: frozenset[str] = frozenset()
    """Their idempotency keys."""
    waiting: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=dict)
    """By the same keys, orders that are not delivered yet, with their shops."""
    refused: dict[Refusal, list[str]] = field(default_factory=dict)
    """The reason of each; two refusals may be alike."""

    def reason(self, refusal: Refusal) -> str | None:
        """Why this was refused, told once for each time that it was; None where it was not."""
        reasons = self.refused.get(refusal)
        return reasons.pop(0) if reasons else None


async def look_back(database: Database, city: str) -> Before:
    """Reads what was placed, delivered and refused: three statements."""
    keys = await database.fetch(_PLACED, city)
    waiting: dict[str, list[tuple[UUID, UUID]]] = defaultdict(list)
    for row in await database.fetch(_WAITING, city):
        waiting[row["idempotency_key"]].append((uuid_of(row["id"]), uuid_of(row["vendor_id"])))
    refused: dict[Refusal, list[str]] = defaultdict(list)
    for row in await database.fetch(_REFUSED, city):
        refusal = (uuid_of(row["buyer_id"]), instant_of(row["at"]), int(row["amount"]))
        objections = json_of(row["objections"])
        refused[refusal].append(reason_of((o["rule"] or o["plugin"], o["code"]) for o in objections))
    return Before(frozenset(row["idempotency_key"] for row in keys), dict(waiting), dict(refused))


_PLACED = "SELECT idempotency_key FROM purchase WHERE city_id = $1 AND actor LIKE 'replay:%'"
_WAITING = """
SELECT p.idempotency_key, o.id, o.vendor_id FROM orders o JOIN purchase p ON p.id = o.purchase_id
 WHERE p.city_id = $1 AND p.actor LIKE 'replay:%' AND o.status = 'placed' ORDER BY o.id
"""
_REFUSED = "SELECT buyer_id, at, amount, objections FROM attempt WHERE city_id = $1 ORDER BY id"


def reason_of(said: Iterable[tuple[str | None, str]]) -> str:
    """All that stood against a purchase or a delivery: whose each objection is, if anybody's, before its code."""
    return " + ".join(sorted({"/".join(filter(None, part)) for part in said}))
