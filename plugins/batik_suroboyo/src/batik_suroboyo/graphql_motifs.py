"""Motifs, licences and claims in the graph, to be read; changes none."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q, RawSQL

from batik_suroboyo import motifs
from batik_suroboyo.advice import Advice, load_advice
from batik_suroboyo.claims import holds
from batik_suroboyo.models import MotifClaim as ClaimRow
from batik_suroboyo.models import MotifLicence as LicenceRow
from batik_suroboyo.registry import registry
from batik_suroboyo.rules import CITY
from peken.actors import Actor, Role
from peken.ids import to_global
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.paging import After, Before, Connection, First, Last, Row, Sort, Window, connect
from peken.schema.products import Product, find_product
from peken.schema.rulings import Lang, Outcome, say
from peken.schema.vendors import Vendor, load_vendors

CLAIM = ("id", "city_id", "product_id", "motif", "at")
LICENCE = ("id", "city_id", "motif", "vendor_id", "valid_from", "valid_to", "granted_by", "source")


@described(
    REGISTERED="A copyright is registered: makers need a licence.",
    UNKNOWN="Nobody has said whether it is protected.",
    FREE="Anybody may use it.",
)
class MotifRight(Enum):
    """Who may use a motif, as far as it is known."""

    REGISTERED = "registered"
    UNKNOWN = "unknown"
    FREE = "free"


@strawberry.type
class Motif:
    """A motif of Batik Suroboyo, as the city's registry knows it. What nobody has said of it is null."""

    code: str = strawberry.field(description="Its code in the registry.")
    name: str = strawberry.field(description="Its name.")
    right: MotifRight = strawberry.field(description="Who may use it.")
    creator: str | None = strawberry.field(description="Who designed it.")
    holder: str | None = strawberry.field(description="Who holds the right.")
    registration_number: str | None = strawberry.field(description="Number of the registration.")
    registered_on: date | None = strawberry.field(description="Day of the registration.")
    valid_from: date = strawberry.field(description="First day of this entry in the registry.")
    source: str = strawberry.field(description="Where that is taken from.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")


def motif_of(row: motifs.Motif) -> Motif:
    """A motif from its row in the registry."""
    return Motif(
        code=row.code,
        name=row.name,
        right=MotifRight(row.right),
        creator=row.creator or None,
        holder=row.holder or None,
        registration_number=row.number or None,
        registered_on=row.registered_on,
        valid_from=row.valid_from,
        source=row.source,
        mark=row.mark,
    )


@strawberry.type
class _OfMotif:
    city: strawberry.Private[str]
    code: str = strawberry.field(description="Code of the motif.")

    @strawberry.field
    def motif(self, info: Info) -> Motif | None:
        """The motif; null once it has left the registry."""
        row = motifs.motif_of(registry(info.context.market, self.city), self.code)
        return motif_of(row) if row else None


@strawberry.type
class MotifLicence(_OfMotif):
    """That a maker may make a motif for a time, as city hall has entered it."""

    id: strawberry.ID = strawberry.field(description="Opaque id; hand it back as it came.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day on which it no longer holds; null while open.")
    granted_by: str = strawberry.field(description="Who granted it.")
    source: str = strawberry.field(description="The letter or contract that says so.")
    vendor_key: strawberry.Private[UUID]

    @strawberry.field
    async def vendor(self, info: Info) -> Vendor | None:
        """The maker."""
        return await info.context.load(load_vendors, self.vendor_key)


def licence_of(row: Row) -> MotifLicence:
    """A licence from its row."""
    return MotifLicence(
        id=strawberry.ID(to_global("MotifLicence", row["id"])),
        city=row["city_id"],
        code=row["motif"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        granted_by=row["granted_by"],
        source=row["source"],
        vendor_key=row["vendor_id"],
    )


@strawberry.type
class MotifClaim(_OfMotif):
    """That a product is said, by its maker, to bear a motif."""

    claimed_at: datetime = strawberry.field(description="When the maker said so.")
    product_key: strawberry.Private[UUID]

    @strawberry.field
    async def product(self, info: Info) -> Product | None:
        """The product; null if it is not for the one who asks."""
        return await find_product(info, self.product_key)

    @strawberry.field
    async def licence(self, info: Info) -> MotifLicence | None:
        """The maker's licence that holds today; null if none is on record."""
        return await info.context.load(load_licences, (self.city, self.product_key))


def claim_of(row: Row) -> MotifClaim:
    """A claim from its row."""
    return MotifClaim(city=row["city_id"], code=row["motif"], claimed_at=row["at"], product_key=row["product_id"])


@strawberry.type
class MotifAdvice:
    """What the rule on motifs has to say of a product to those who answer for it."""

    outcome: Outcome = strawberry.field(description="A notice, a warning, or that a change would be refused.")
    code: str = strawberry.field(description="Stable code, for programs.")
    rule: str = strawberry.field(description="Code of the rule.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    plain: strawberry.Private[Advice]

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """The advice, in a sentence for people."""
        return say(info, lang, self.plain.message, self.plain.decision.values)


@strawberry.type
class ProductFields:
    """What a product gains."""

    @strawberry.field
    @staticmethod
    async def motif(root: strawberry.Parent[Product], info: Info) -> MotifClaim | None:
        """The motif of Batik Suroboyo that its maker says it bears; null for others."""
        return await info.context.load(load_claims, root.key)

    @strawberry.field
    @staticmethod
    async def motif_advice(root: strawberry.Parent[Product], info: Info) -> MotifAdvice | None:
        """What the rule on motifs has to say of it; null where that is nothing, and to other shops."""
        advice = await info.context.load(load_advice, root.key)
        if advice is None:
            return None
        said = advice.decision
        return MotifAdvice(
            outcome=Outcome(said.outcome.value), code=said.code, rule=said.rule, citation=said.citation, plain=advice
        )


@strawberry.type
class QueryFields:
    """What can be asked about motifs."""

    @strawberry.field
    @staticmethod
    def motifs(
        info: Info,
        right: Annotated[MotifRight | None, strawberry.argument(description="Only those of this right.")] = None,
    ) -> list[Motif]:
        """The motifs in the city's registry today, by name."""
        rows = registry(info.context.market, CITY).rows
        wanted = (row for row in rows if right is None or row.right == right.value)
        return [motif_of(row) for row in sorted(wanted, key=lambda row: row.name)]

    @strawberry.field
    @staticmethod
    async def motif_claims(
        info: Info,
        unlicensed: Annotated[
            bool, strawberry.argument(description="Only of protected motifs whose maker has no licence today.")
        ] = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MotifClaim]:
        """The motifs that products are said to bear: the city's for city hall and auditors, a shop's own for itself."""
        context, window = info.context, Window(first, after, last, before)
        rows = ClaimRow.filter(_seen(context.actor, "product__vendor_id"))
        if unlicensed:
            rows = rows.filter(_unlicensed(context))
        return await connect(info, rows, CLAIM, Sort("motif-claims", "id"), window, claim_of)

    @strawberry.field
    @staticmethod
    async def motif_licences(
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MotifLicence]:
        """The licences of makers, past ones too: the city's for city hall and auditors, a shop's own for itself."""
        rows = LicenceRow.filter(_seen(info.context.actor, "vendor_id"))
        window = Window(first, after, last, before)
        return await connect(info, rows, LICENCE, Sort("motif-licences", "id"), window, licence_of)


def _seen(actor: Actor, shop: str) -> Q:
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return Q(city_id=actor.city)
    own: dict[str, Any] = {shop: actor.vendor}
    return Q(**own) if actor.vendor else Q(id__in=[])


def _unlicensed(context: Context) -> Q:
    rows = registry(context.market, context.actor.city).rows
    protected = [row.code for row in rows if row.right == "registered"]
    today = context.market.city(context.actor.city).today(context.now)
    licensed = f"""(SELECT c.id FROM batik_suroboyo_claim c JOIN product p ON p.id = c.product_id
                      JOIN batik_suroboyo_licence l ON l.vendor_id = p.vendor_id AND l.motif = c.motif
                     WHERE {holds(today)})"""
    return Q(motif__in=protected) & ~Q(id__in=RawSQL(licensed))


async def load_claims(context: Context, products: Sequence[UUID]) -> list[MotifClaim | None]:
    """What products are said to bear, by product."""
    rows = await ClaimRow.filter(product_id__in=list(products)).values(*CLAIM)
    found = {row["product_id"]: claim_of(row) for row in rows}
    return [found.get(product) for product in products]


async def load_licences(context: Context, claimed: Sequence[tuple[str, UUID]]) -> list[MotifLicence | None]:
    """The licences under which products bear what they are said to bear today, by city and product."""
    found: dict[UUID, MotifLicence] = {}
    for code in sorted({city for city, _ in claimed}):
        today = context.market.city(code).today(context.now)
        products = [product for city, product in claimed if city == code]
        found |= await _held(context, products, today)
    return [found.get(product) for _, product in claimed]


async def _held(context: Context, products: Sequence[UUID], today: date) -> dict[UUID, MotifLicence]:
    database = context.market.database
    pairs = await database.fetch(
        f"""SELECT c.product_id, l.id FROM batik_suroboyo_claim c JOIN product p ON p.id = c.product_id
              JOIN batik_suroboyo_licence l ON l.vendor_id = p.vendor_id AND l.motif = c.motif
             WHERE {holds(today)} AND c.product_id {database.among(1)}""",
        database.listed(products),
    )
    rows = await LicenceRow.filter(id__in=[row["id"] for row in pairs]).values(*LICENCE)
    licences = {str(row["id"]): licence_of(row) for row in rows}
    return {UUID(str(pair["product_id"])): licences[str(pair["id"])] for pair in pairs}
