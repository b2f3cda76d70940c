"""Leave and exemptions: city hall grants and revokes them, and what is owed follows at once. Knows no arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from peken import obligations
from peken.actors import Actor, Role
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.market import Market, ServedCity
from peken.models import Exemption
from peken.models.buyers import ExemptionKind
from peken.records import record

LONGEST: Final = 300
FARTHEST: Final = timedelta(days=3_660)
"""Ten years: a day farther off is a slip of the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExemption:
    """Days on which somebody is to owe nothing: under one rule, or under all where `rule` is empty."""

    buyer: UUID
    kind: ExemptionKind
    reason: str
    valid_from: date
    valid_to: date | None = None
    rule: str = ""


async def grant(market: Market, actor: Actor, wanted: NewExemption) -> Exemption:
    """Grants leave or an exemption; what is owed in the windows of today is brought up to date with it.

    Windows that are closed stay as they were found. Raises Refused with every reason, PekenError `unknown_buyer`.
    """
    now = market.now()
    city = market.city(actor.city)
    if objections := [*unfit(city, wanted, city.today(now))]:
        raise Refused(objections)
    async with market.database.unit_of_work():
        await _lock(market, city, wanted.buyer)
        if clash := await _standing_meanwhile(wanted):
            raise Refused([clash])
        given = await Exemption.create(
            id=new_id(),
            city_id=city.code,
            buyer_id=wanted.buyer,
            kind=wanted.kind,
            rule=wanted.rule,
            reason=wanted.reason.strip(),
            valid_from=wanted.valid_from,
            valid_to=wanted.valid_to,
            granted_by=actor.subject,
            granted_at=now,
        )
        await _told(market, actor, given, "exemption.granted", given.reason)
        await obligations.open_for(market, city, [wanted.buyer], city.today(now))
    return given


async def revoke(market: Market, actor: Actor, key: UUID, reason: str) -> Exemption:
    """Takes all of an exemption back, as if it had never been; again what is owed today follows.

    Raises Refused, and PekenError `unknown_exemption`.
    """
    now, reason = market.now(), reason.strip()
    city = market.city(actor.city)
    if not 1 <= len(reason) <= LONGEST:
        raise Refused([_text_objection()])
    async with market.database.unit_of_work():
        found = await Exemption.filter(id=key, city_id=city.code).first()
        if found is None:
            raise PekenError("unknown_exemption", "There is no such exemption in your city.", status=404)
        buyer = UUID(str(found.buyer_id))
        await _lock(market, city, buyer)
        # Read again under the lock: two may revoke at once.
        await found.refresh_from_db()
        if found.revoked_at is not None:
            raise Refused([Objection("already_revoked", "This exemption was revoked already.")])
        found.revoked_at, found.revoked_by, found.revoked_reason = now, actor.subject, reason
        await found.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
        await _told(market, actor, found, "exemption.revoked", reason)
        await obligations.open_for(market, city, [buyer], city.today(now))
    return found


def scope(actor: Actor) -> Q:
    """The exemptions that the actor may read: one's own, all of the city for city hall and its auditors."""
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return Q(city_id=actor.city)
    return Q(buyer_id=actor.buyer) if actor.buyer else Q(id__in=[])


def unfit(city: ServedCity, wanted: NewExemption, today: date) -> Iterable[Objection]:
    """What is wrong with a wish in itself."""
    if not 1 <= len(wanted.reason.strip()) <= LONGEST:
        yield _text_objection()
    if wanted.valid_to is not None and wanted.valid_to <= wanted.valid_from:
        message = "The first day on which it is over comes after the first day."
        yield Objection("bad_days", message, path=("validTo",))
    days = {"validFrom": wanted.valid_from, "validTo": wanted.valid_to}
    for name, day in days.items():
        if day is not None and abs(day - today) > FARTHEST:
            message = "{day} is more than ten years away."
            yield Objection("bad_days", message, {"day": day.isoformat()}, (name,))
    if wanted.rule:
        yield from _no_rule(city, wanted.rule)


def _no_rule(city: ServedCity, code: str) -> Iterable[Objection]:
    rule = next((each for each in city.rulebook.obligations if each.code == code and each.subject == "buyer"), None)
    if rule is None:
        message = "{rule} is no obligation of this city's buyers."
        yield Objection("unknown_rule", message, {"rule": code[:80]}, ("rule",))
    elif rule.window.bounds is None:
        message = "The windows of {rule} have no dates; nobody can be exempt from it for some days."
        yield Objection("undated_rule", message, {"rule": code}, ("rule",))


async def _lock(market: Market, city: ServedCity, buyer: UUID) -> None:
    """Whoever grants or revokes something of this buyer waits for the one who does so now; orders do not."""
    sql = f"SELECT id FROM buyer WHERE id = $1 AND city_id = $2{market.database.for_update}"
    if not await market.database.fetch(sql, buyer, city.code):
        raise PekenError("unknown_buyer", "There is no such buyer.", status=404)


async def _standing_meanwhile(wanted: NewExemption) -> Objection | None:
    """One of the same kind and rule that stands on some of its days."""
    before_its_end = Q(valid_to__isnull=True) | Q(valid_to__gt=wanted.valid_from)
    found = Exemption.filter(before_its_end, buyer_id=wanted.buyer, kind=wanted.kind, rule=wanted.rule, revoked_at=None)
    if wanted.valid_to is not None:
        found = found.filter(valid_from__lt=wanted.valid_to)
    other = await found.order_by("valid_from").first()
    return overlapping(other.valid_from, other.valid_to) if other else None


def overlapping(first: date, after: date | None) -> Objection:
    """That one of the same kind and rule stands on these days."""
    if after is None:
        message = "There is one of this kind already, from {first} until further notice."
    else:
        message = "There is one of this kind already, from {first} until before {after}."
    values = {"first": first.isoformat(), "after": after.isoformat() if after else ""}
    return Objection("overlapping", message, values, ("validFrom",))


async def _told(market: Market, actor: Actor, exemption: Exemption, action: str, reason: str) -> None:
    """Who did what and why. The reason, which may speak of an illness, stays in the house."""
    changes = {
        "buyer": str(exemption.buyer_id),
        "kind": exemption.kind.value,
        "rule": exemption.rule,
        "valid_from": exemption.valid_from.isoformat(),
        "valid_to": exemption.valid_to.isoformat() if exemption.valid_to else None,
    }
    what = (action, [exemption.id], market.now())
    await record(market.database, actor, exemption.city_id, *what, reason=reason, changes=changes)


def _text_objection() -> Objection:
    return Objection(
        "bad_reason", "A text here has between 1 and {longest} characters.", {"longest": LONGEST}, ("reason",)
    )
