"""Motifs, licences and claims in the graph, to be read; changes none."""

from collections.abc import Hashable, Sequence
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
from peken.plans import Listing, Rows, Sort, column, computed, listed, loaded, private
from peken.plans.paging import Connection
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.products import Product, load_products
from peken.schema.rulings import Lang, Outcome, say
from peken.schema.vendors import Vendor, load_vendors


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
    city: strawberry.Private[str] = private("city_id")
    code: str = column("motif", description="Code of the motif.")

    @computed("city", "code")
    def motif(self, info: Info) -> Motif | None:
        """The motif; null once it has left the registry."""
        row = motifs.motif_of(registry(info.context.market, self.city), self.code)
        return motif_of(row) if row else None


@strawberry.type
class MotifLicence(_OfMotif):
    """That a maker may make a motif for a time, as city hall has entered it."""

    id: strawberry.ID = column(
        made=lambda key: strawberry.ID(to_global("MotifLicence", key)),
        description="Opaque id; hand it back as it came.",
    )
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day on which it no longer holds; null while open.")
    granted_by: str = strawberry.field(description="Who granted it.")
    source: str = strawberry.field(description="The letter or contract that says so.")
    vendor_key: strawberry.Private[UUID] = private("vendor_id")

    vendor: Vendor | None = loaded(lambda: load_vendors, "vendor_key", description="The maker.")


LICENCES = Rows(MotifLicence, LicenceRow)


@strawberry.type
class MotifClaim(_OfMotif):
    """That a product is said, by its maker, to bear a motif."""

    claimed_at: datetime = column("at", description="When the maker said so.")
    product_key: strawberry.Private[UUID] = private("product_id")

    product: Product | None = loaded(
        lambda: load_products, "product_key", description="The product; null if it is not for the one who asks."
    )
    licence: MotifLicence | None = loaded(
        lambda: load_licences,
        *("city", "product_key"),
        description="The maker's licence that holds today; null if none is on record.",
    )


CLAIMS = Rows(MotifClaim, ClaimRow)
load_claims = CLAIMS.by("product_id")
"""What products are said to bear, by product."""


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

    motif: MotifClaim | None = loaded(
        lambda: load_claims,
        "key",
        description="The motif of Batik Suroboyo that its maker says it bears; null for others.",
    )
    motif_advice: MotifAdvice | None = loaded(
        lambda: load_motif_advice,
        "key",
        description="What the rule on motifs has to say of it; null where that is nothing, and to other shops.",
    )


async def load_motif_advice(context: Context, products: Sequence[UUID]) -> list[MotifAdvice | None]:
    """What the rule on motifs has to say of products, by product."""
    return [None if advice is None else _advice_of(advice) for advice in await load_advice(context, products)]


def _advice_of(advice: Advice) -> MotifAdvice:
    said = advice.decision
    return MotifAdvice(
        outcome=Outcome(said.outcome.value), code=said.code, rule=said.rule, citation=said.citation, plain=advice
    )


def _viewpoint(context: Context) -> Hashable:
    return context.actor, context.edition


@strawberry.type
class QueryFields:
    """What can be asked about motifs."""

    @computed()
    @staticmethod
    def motifs(
        info: Info,
        right: Annotated[MotifRight | None, strawberry.argument(description="Only those of this right.")] = None,
    ) -> list[Motif]:
        """The motifs in the city's registry today, by name."""
        rows = registry(info.context.market, CITY).rows
        wanted = (row for row in rows if right is None or row.right == right.value)
        return [motif_of(row) for row in sorted(wanted, key=lambda row: row.name)]

    @listed(Connection[MotifClaim], viewpoint=_viewpoint)
    @staticmethod
    def motif_claims(
        context: Context,
        unlicensed: Annotated[
            bool, strawberry.argument(description="Only of protected motifs whose maker has no licence today.")
        ] = False,
    ) -> Listing:
        """The motifs that products are said to bear: the city's for city hall and auditors, a shop's own for itself."""
        rows = ClaimRow.filter(_seen(context.actor, "product__vendor_id"))
        if unlicensed:
            rows = rows.filter(_unlicensed(context))
        return Listing(CLAIMS, rows, Sort("motif-claims", "id"))

    @listed(Connection[MotifLicence], viewpoint=_viewpoint)
    @staticmethod
    def motif_licences(context: Context) -> Listing:
        """The licences of makers, past ones too: the city's for city hall and auditors, a shop's own for itself."""
        return Listing(LICENCES, LicenceRow.filter(_seen(context.actor, "vendor_id")), Sort("motif-licences", "id"))


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
    rows = await LICENCES.find(LicenceRow.filter(id__in=[row["id"] for row in pairs]), "id")
    licences = {str(row["id"]): LICENCES.make(row) for row in rows}
    return {UUID(str(pair["product_id"])): licences[str(pair["id"])] for pair in pairs}
