"""Writes down what a person decided on a finding; what follows from it happens outside of this market."""

from datetime import datetime
from uuid import UUID

from peken.actors import Actor, Role
from peken.errors import Objection, PekenError, Refused
from peken.market import Market
from peken.records import record

LONGEST = 300


async def decide(market: Market, actor: Actor, finding: UUID, text: str, at: datetime | None = None) -> None:
    """Decides on a finding, once; who decided and why is in the audit. The same words again change nothing.

    Raises Refused `already_decided`, PekenError `forbidden`, `bad_decision`, `unknown_finding`.
    """
    at, text = at or market.now(), text.strip()
    if not actor.has(Role.CITY_HALL):
        raise PekenError("forbidden", "Only city hall may decide on a finding.", status=403)
    if not 1 <= len(text) <= LONGEST:
        raise PekenError("bad_decision", "A decision has between 1 and {most} characters.", most=LONGEST)
    async with market.database.unit_of_work():
        rows = await market.database.fetch(
            """UPDATE finding SET status = 'decided', decision = $1, decided_by = $2, decided_at = $3
                WHERE id = $4 AND city_id = $5 AND status = 'open' RETURNING id""",
            text,
            actor.subject,
            at,
            finding,
            actor.city,
        )
        if rows:
            await record(market.database, actor, actor.city, "finding.decided", [finding], at, reason=text)
            return
    await _decided_before(market, actor, finding, text)


async def _decided_before(market: Market, actor: Actor, finding: UUID, text: str) -> None:
    rows = await market.database.fetch(
        "SELECT decision, decided_by FROM finding WHERE id = $1 AND city_id = $2", finding, actor.city
    )
    if not rows:
        raise PekenError("unknown_finding", "There is no such finding.", status=404)
    if (rows[0]["decision"], rows[0]["decided_by"]) != (text, actor.subject):
        raise Refused([Objection("already_decided", "This finding has been decided on already.")])
