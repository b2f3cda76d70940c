"""A vendor says which motif a product bears, or no longer, or city hall says so; whether it may the rules say."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from batik_suroboyo.licences import SENTENCES
from batik_suroboyo.models import MotifClaim
from batik_suroboyo.motifs import Claim, motif_of
from batik_suroboyo.registry import UNKNOWN, registry
from peken import catalog
from peken.actors import Actor, Role
from peken.database import uuid_of
from peken.database.bound import current
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.market import Market
from peken.models.catalog import ProductStatus
from peken.records import record

NO_CLAIM: Final = Objection("no_claim", "This product claims no motif.", {}, ("product",))
NO_REASON: Final = Objection("bad_reason", SENTENCES["bad_reason"], {}, ("reason",))
NOT_OF_THE_CITY: Final = "There is no such product in your city."


async def claim(market: Market, actor: Actor, product: UUID, motif: str) -> UUID:
    """Says that a product of one's own shop bears a motif, instead of what was said before.

    A product on sale is judged as if it were listed with it. Raises Refused with every reason against it.
    """
    async with market.database.unit_of_work():
        row = await catalog.held_product(market, actor, product)
        if motif_of(registry(market, row.city_id), motif) is None:
            raise Refused([UNKNOWN])
        now = market.now()
        await MotifClaim.filter(product_id=product).delete()
        await MotifClaim.create(id=new_id(), city_id=row.city_id, product_id=product, motif=motif, at=now)
        # Judged with the claim in its place: a refusal takes it back.
        if row.status == ProductStatus.ACTIVE:
            await catalog.ask_the_rules(market, row)
        await record(market.database, actor, row.city_id, "motif.claimed", [product], now, changes={"motif": motif})
    return product


async def withdraw(market: Market, actor: Actor, product: UUID, reason: str = "") -> UUID:
    """Takes back what was said of a product of one's own shop, or, by city hall with a reason, of the city.

    It stays on sale. Raises Refused `no_claim`, `bad_reason`, and PekenError `unknown_product`.
    """
    reason = reason.strip()
    async with market.database.unit_of_work():
        if actor.has(Role.CITY_HALL):
            if not 1 <= len(reason) <= 300:
                raise Refused([NO_REASON])
            city = await _held_by_city_hall(market, actor, product)
        else:
            city = (await catalog.held_product(market, actor, product)).city_id
        said = await MotifClaim.get_or_none(product_id=product)
        if said is None:
            raise Refused([NO_CLAIM])
        await said.delete()
        gone = {"motif": said.motif}
        what = ("motif.withdrawn", [product], market.now())
        await record(market.database, actor, city, *what, reason=reason[:300], changes=gone)
    return product


async def _held_by_city_hall(market: Market, actor: Actor, product: UUID) -> str:
    """The city of a product of the actor's own city, which is locked. Raises PekenError `unknown_product`."""
    database = market.database
    sql = f"SELECT city_id FROM product WHERE id = $1 AND city_id = $2{database.for_update}"
    if not (held := await database.fetch(sql, product, actor.city)):
        raise PekenError("unknown_product", NOT_OF_THE_CITY, status=404)
    return str(held[0]["city_id"])


async def load_claims(products: Sequence[str], day: date) -> Mapping[str, Claim]:
    """What products are said to bear, and whether their makers may, as a fact for the rules: one statement for all."""
    database = current()
    text = f"""SELECT c.product_id, c.motif, EXISTS (SELECT 1 FROM batik_suroboyo_licence l
                       WHERE l.vendor_id = p.vendor_id AND l.motif = c.motif AND {holds(day)}) AS licensed
                 FROM batik_suroboyo_claim c JOIN product p ON p.id = c.product_id
                WHERE c.product_id {database.among(1)}"""
    rows = await database.fetch(text, database.listed(map(UUID, products)))
    return {str(uuid_of(row["product_id"])): Claim(row["motif"], bool(row["licensed"])) for row in rows}


def holds(day: date) -> str:
    """The condition on a licence `l` that holds on a day."""
    on = f"'{day.isoformat()}'"
    return f"l.valid_from <= {on} AND (l.valid_to IS NULL OR l.valid_to > {on})"
