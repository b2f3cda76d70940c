"""City hall at work on leave and exemptions, over HTTP; what people and superiors then see."""

from typing import Any

from peken import models
from peken.actors import Actor
from peken.testing.world import World, as_buyer, as_city_hall, global_id

SURABAYA, MALANG = "35.78", "35.73"
HALL = as_city_hall(SURABAYA)
QUOTA, MANDATE = "malang.quota", "surabaya.mandate"
FULL = 500_000
"""What either rule asks of an ASN of no known class for the 31 days of March 2026."""

GRANT = """mutation ($input: GrantExemptionInput!) { grantExemption(input: $input) {
    __typename ... on Exemption { id kind rule reason validFrom validTo grantedBy grantedAt revokedAt }
    ... on Refused { objections { code path message } } } }"""
REVOKE = """mutation ($id: ID!, $reason: String!) { revokeExemption(id: $id, reason: $reason) {
    __typename ... on Exemption { id revokedBy revokedReason } ... on Refused { objections { code path } } } }"""
MINE = """{ me { buyer { obligations { rule due done daysOwed days }
    exemptions { kind rule reason validFrom validTo grantedBy revokedReason } } } }"""


def wish(buyer: models.Buyer, first: str, after: str | None = None, **more: Any) -> dict[str, Any]:
    """Leave of absence for some days, unless told otherwise."""
    given = {"kind": "LEAVE", "reason": "Cuti melahirkan", "validFrom": first, "validTo": after}
    return {"buyer": global_id(buyer), **given, **more}


async def grants(market: World, wanted: dict[str, Any], actor: Actor = HALL) -> dict[str, Any]:
    """What comes of a wish."""
    found: dict[str, Any] = (await market.ask(GRANT, {"input": wanted}, actor=actor)).data["grantExemption"]
    return found


async def revokes(market: World, id: str, reason: str = "Batal", actor: Actor = HALL) -> dict[str, Any]:
    """What comes of taking one back."""
    asked = {"id": id, "reason": reason}
    found: dict[str, Any] = (await market.ask(REVOKE, asked, actor=actor)).data["revokeExemption"]
    return found


async def mine(market: World, buyer: models.Buyer) -> dict[str, Any]:
    """What somebody sees of oneself."""
    found: dict[str, Any] = (await market.ask(MINE, actor=as_buyer(buyer))).data["me"]["buyer"]
    return found


async def owed(market: World, buyer: models.Buyer) -> dict[str, tuple[int, int, int]]:
    """What somebody owes by rule: the amount, the days it is owed for, the days of the window."""
    obligations = (await mine(market, buyer))["obligations"]
    return {each["rule"]: (each["due"], each["daysOwed"], each["days"]) for each in obligations}


async def floors(buyer: models.Buyer) -> dict[str, int | None]:
    """The floors that stand in the balances, by rule."""
    rows = await models.TallyBalance.filter(subject=str(buyer.id)).values_list("rule", "floor")
    return {str(rule): floor for rule, floor in rows}
