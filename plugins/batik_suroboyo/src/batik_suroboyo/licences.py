"""City hall enters which vendor may make which motif, and when that ends; sanctions nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.expressions import Q

from batik_suroboyo.models import MotifLicence
from batik_suroboyo.motifs import motif_of
from batik_suroboyo.registry import UNKNOWN, registry
from peken.actors import Actor
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.market import Market
from peken.records import record

SENTENCES: Final = {
    "motif_is_free": "This motif is free: nobody needs a licence for it.",
    "bad_dates": "A licence ends after the day on which it begins.",
    "bad_grantor": "Who grants it is named in 1 to 120 characters.",
    "bad_source": "A source has between 1 and 300 characters.",
    "licence_overlaps": "This maker holds a licence for the motif already in that time.",
    "bad_end": "A licence can only be ended sooner, and not before the day on which it begins.",
    "bad_reason": "A reason has between 1 and 300 characters.",
}
"""What is said when a licence is not entered, or not ended."""
NONE: Final = "There is no such licence in your city."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLicence:
    """A licence as city hall writes it; `valid_to` is the first day on which it no longer holds."""

    motif: str
    vendor: UUID
    valid_from: date
    valid_to: date | None = None
    granted_by: str
    source: str


async def grant(market: Market, actor: Actor, written: NewLicence) -> UUID:
    """Enters a licence of a vendor of the city. Raises Refused with everything that is wrong with it."""
    database = market.database
    async with database.unit_of_work():
        # The shop is locked, so that of two licences at once the second sees the first.
        held = await database.fetch(
            f"SELECT id FROM vendor WHERE id = $1 AND city_id = $2{database.for_update}", written.vendor, actor.city
        )
        if not held:
            raise PekenError("unknown_vendor", "There is no such shop in your area.", status=404)
        if wrongs := [*_wrongs(market, actor.city, written), *await _overlaps(written)]:
            raise Refused(wrongs)
        now = market.now()
        row = await MotifLicence.create(
            id=new_id(),
            city_id=actor.city,
            motif=written.motif,
            vendor_id=written.vendor,
            valid_from=written.valid_from,
            valid_to=written.valid_to,
            granted_by=written.granted_by.strip(),
            source=written.source.strip(),
            created_at=now,
        )
        told = {"motif": row.motif, "valid_from": str(row.valid_from), "valid_to": _text(row.valid_to)}
        subjects = [row.id, written.vendor]
        await record(database, actor, actor.city, "motif.licensed", subjects, now, reason=row.source, changes=told)
    return UUID(str(row.id))


async def end(market: Market, actor: Actor, licence: UUID, on: date, reason: str) -> UUID:
    """Ends a licence: `on` is the first day on which it no longer holds; that of its beginning annuls it.

    Raises Refused with everything that is wrong with it.
    """
    database = market.database
    async with database.unit_of_work():
        await database.fetch(f"SELECT id FROM batik_suroboyo_licence WHERE id = $1{database.for_update}", licence)
        row = await MotifLicence.get_or_none(id=licence, city_id=actor.city)
        if row is None:
            raise PekenError("unknown_licence", NONE, status=404)
        wrongs = [] if _fits(reason, 300) else [_wrong("bad_reason", "reason")]
        if on < row.valid_from or (row.valid_to is not None and on >= row.valid_to):
            wrongs.append(_wrong("bad_end", "on"))
        if wrongs:
            raise Refused(wrongs)
        told = {"valid_to": str(on), "valid_to_before": _text(row.valid_to)}
        row.valid_to = on
        await row.save(update_fields=["valid_to"])
        now, why = market.now(), reason.strip()
        ended = (row.id, row.vendor_id)
        await record(database, actor, actor.city, "motif.licence-ended", ended, now, reason=why, changes=told)
    return licence


def _wrongs(market: Market, city: str, written: NewLicence) -> Iterator[Objection]:
    motif = motif_of(registry(market, city), written.motif)
    if motif is None:
        yield UNKNOWN
    elif motif.right == "free":
        yield _wrong("motif_is_free", "motif")
    if written.valid_to is not None and written.valid_to <= written.valid_from:
        yield _wrong("bad_dates", "validTo")
    if not _fits(written.granted_by, 120):
        yield _wrong("bad_grantor", "grantedBy")
    if not _fits(written.source, 300):
        yield _wrong("bad_source", "source")


async def _overlaps(written: NewLicence) -> list[Objection]:
    there = Q(valid_to__isnull=True) | Q(valid_to__gt=written.valid_from)
    if written.valid_to is not None:
        there &= Q(valid_from__lt=written.valid_to)
    mine = await MotifLicence.filter(there, vendor_id=written.vendor, motif=written.motif)
    # What was annulled never held.
    held = [row for row in mine if row.valid_to != row.valid_from]
    return [_wrong("licence_overlaps", "validFrom")] if held else []


def _wrong(code: str, where: str) -> Objection:
    return Objection(code, SENTENCES[code], {}, (where,))


def _fits(text: str, most: int) -> bool:
    return 1 <= len(text.strip()) <= most


def _text(day: date | None) -> str | None:
    return str(day) if day is not None else None
