"""What the rules of a city say of a product that a vendor wants to list; knows no order."""

from dataclasses import dataclass
from uuid import UUID

from peken.errors import Objection
from peken.judging import as_objection, asked, binding, product_fact
from peken.market import Market
from peken.models import Vendor
from peken.rules import Fact, ListingKeys, Product
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


def listing_objections(market: Market, vendor: Vendor, product: UUID, listed: Listed) -> list[Objection]:
    """Every reason of the city's rules against it."""
    city = market.city(vendor.city_id)
    words = terms_of(listed.name, listed.description, *listed.variants).split()
    facts: dict[type[Fact], dict[str, Fact]] = {
        Product: {str(product): product_fact(listed.category, listed.own_production, listed.origin, words)},
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
    decisions = city.rulebook.judge_listing(keys, facts, day, **how)
    return [as_objection(city, decision) for decision in binding(decisions)]
