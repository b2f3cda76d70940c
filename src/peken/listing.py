"""What the rules of a city say of a product that a vendor wants to list; knows no order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from peken.errors import Objection
from peken.judging import as_objection, asked, binding, facts_about, product_fact
from peken.market import Market
from peken.models import Product, Vendor
from peken.rules import Decision, Fact, ListingKeys
from peken.rules import Product as ProductFact
from peken.rules import Vendor as VendorFact
from peken.search import terms_of


@dataclass(frozen=True, slots=True)
class Listed:
    """A product as it would stand in the catalogue, with the names of its variants."""

    name: str
    description: str
    category: str
    own_production: bool
    origin: str | None
    variants: tuple[str, ...] = ()

    @classmethod
    def of(cls, product: Product, variants: Iterable[str]) -> "Listed":
        """A product as it stands, with the names of its variants on sale."""
        described = product.name, product.description, product.category_id
        return cls(*described, product.own_production, product.origin, tuple(variants))


OwnFacts = Mapping[type[Fact], Mapping[str, Fact]]
"""Facts of plugins' own types, by type and key."""


async def listing_facts(
    market: Market, city_code: str, products: Collection[UUID], vendors: Collection[UUID]
) -> OwnFacts:
    """What the plugins of a city know of products and their vendors; each type that is needed is loaded once."""
    city = market.city(city_code)
    day = city.rulebook.day(city.today(market.now()), **asked(market, city))
    needed = city.rulebook.needs(day, "listing")
    found: dict[type[Fact], Mapping[str, Fact]] = {}
    for ground, keys in (("product", products), ("vendor", vendors)):
        found |= await facts_about(city, ground, {str(key) for key in keys}, needed, day.date)
    return found


def listing_objections(market: Market, vendor: Vendor, product: UUID, listed: Listed, own: OwnFacts) -> list[Objection]:
    """Every reason of the city's rules against it; `own` are the `listing_facts` of product and vendor."""
    city = market.city(vendor.city_id)
    return [as_objection(city, decision) for decision in binding(judge(market, vendor, product, listed, own))]


def judge(market: Market, vendor: Vendor, product: UUID, listed: Listed, own: OwnFacts) -> tuple[Decision, ...]:
    """What every rule of the city says of it, also what stands in nobody's way."""
    city = market.city(vendor.city_id)
    words = terms_of(listed.name, listed.description, *listed.variants).split()
    facts: dict[type[Fact], Mapping[str, Fact]] = {
        **own,
        ProductFact: {str(product): product_fact(listed.category, listed.own_production, listed.origin, words)},
        VendorFact: {
            str(vendor.id): VendorFact(
                kind=vendor.kind,
                scale=vendor.scale,
                sector=vendor.sector or "",
                region=vendor.region,
                verified=vendor.verified_at is not None,
            )
        },
    }
    keys = ListingKeys(product=str(product), vendor=str(vendor.id))
    how = asked(market, city)
    day = city.rulebook.day(city.today(market.now()), **how)
    return city.rulebook.judge_listing(keys, facts, day, **how)
