"""The shops that a civil servant is assigned to, in the graph: what the ranking of the regulation leaves."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from batik_suroboyo.rules import CITY, assigned_shops, home_of
from peken import buyers, catalog, models
from peken.judging import asked
from peken.market import ServedCity
from peken.plans import loaded
from peken.plans.rows import Row
from peken.rules import Buyer as BuyerFact
from peken.rules import Candidate, Fact, Mode, wording
from peken.rules import Vendor as VendorFact
from peken.schema.context import Context, Info
from peken.schema.places import Region, load_regions
from peken.schema.rulings import Lang, say
from peken.schema.vendors import VENDORS, Vendor

MOST = 100
"""So many shops are named; more than a kecamatan has."""


@strawberry.type
class ShopAssignment:
    """The open shops at which a civil servant is to buy staples."""

    code: str = strawberry.field(description="How far they are from home or office: `kelurahan` or `kecamatan`.")
    rule: str = strawberry.field(description="Code of the rule.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    shops: list[Vendor] = strawberry.field(description="The shops, who sold least first.")
    area_code: strawberry.Private[str]

    area: Region | None = loaded(
        lambda: load_regions, "area_code", description="The kelurahan or kecamatan they stand in."
    )

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """Why it is these, in a sentence for people."""
        return say(info, lang, wording(assigned_shops, self.code), {})


@strawberry.type
class BuyerFields:
    """What a buyer gains."""

    assigned_shops: ShopAssignment | None = loaded(
        lambda: load_assignments,
        "key",
        description="Where a civil servant is to buy staples; null for others, and where no open shop is near.",
    )


async def load_assignments(context: Context, keys: Sequence[UUID]) -> list[ShopAssignment | None]:
    """The shops that buyers are assigned to, by buyer: two queries for all."""
    city = context.market.cities.get(CITY)
    if city is None or assigned_shops.code not in city.rulebook.rules:
        return [None for _ in keys]
    today = city.today(context.now)
    if city.rulebook.mode(assigned_shops.code, today) is not Mode.ON:
        return [None for _ in keys]
    cards = await buyers.cards(context.market, keys, {city.code: today})
    people = {
        str(card.id): fact
        for card in cards.values()
        for fact in card.facts()[BuyerFact].values()
        if isinstance(fact, BuyerFact) and fact.asn and home_of(fact)
    }
    rows = await _shops(context, {home_of(person).rpartition(".")[0] for person in people.values()})
    return [_assigned(context, city, str(key), people, rows) for key in keys]


async def _shops(context: Context, kecamatan: set[str]) -> list[Row]:
    """The open kelontong of some kecamatan, in the order in which the city's ranking puts them."""
    if not kecamatan:
        return []
    around = reduce(Q.__or__, (Q(region__startswith=f"{code}.") for code in sorted(kecamatan)))
    shown = catalog.shown(context.market, "vendor")
    found = models.Vendor.filter(shown, around, kind="kelontong", city_id=CITY)
    return await VENDORS.find(found.order_by("place", "id"))


def _assigned(
    context: Context,
    city: ServedCity,
    buyer: str,
    people: Mapping[str, BuyerFact],
    rows: Sequence[Mapping[str, Any]],
) -> ShopAssignment | None:
    person = people.get(buyer)
    if person is None:
        return None
    how = asked(context.market, city)
    vendors = {str(row["id"]): _vendor(row) for row in rows}
    facts: dict[type[Fact], Mapping[str, Fact]] = {VendorFact: vendors, BuyerFact: people}
    candidates = [Candidate(vendor, buyer=buyer) for vendor in vendors]
    day = city.rulebook.day(city.today(context.now), **how)
    ranked = city.rulebook.rank(assigned_shops.code, candidates, facts, day, **how)
    near = {who.vendor for who, place in ranked if place.because != "elsewhere"}
    if not near:
        return None
    code, home = ranked[0][1].because, home_of(person)
    return ShopAssignment(
        code=code,
        rule=assigned_shops.code,
        citation=assigned_shops.cites,
        shops=[VENDORS.make(row) for row in rows if str(row["id"]) in near][:MOST],
        area_code=home if code == "kelurahan" else home.rpartition(".")[0],
    )


def _vendor(row: Mapping[str, Any]) -> VendorFact:
    return VendorFact(kind=row["kind"], region=row["region"], verified=row["verified_at"] is not None)
