"""Vendors in the graph."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import catalog, models
from peken.models.vendors import VendorKind, VendorScale
from peken.plans import Listing, Rows, Sort, column, computed, listed, loaded, private
from peken.plans.paging import Connection, Instant, Number
from peken.schema import seeing
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Node, id_of
from peken.schema.places import Region, load_regions
from peken.schema.standing import ClosedShop, WhyHere, load_closed, why_here
from peken.search import matching

if TYPE_CHECKING:
    from peken.schema.products import Product, ProductFilter, ProductSort

described(KELONTONG="A neighbourhood grocer: resells daily goods.", UMKM="Sells what it makes itself.")(VendorKind)
described(MICRO="Micro, PP 7/2021.", SMALL="Small, PP 7/2021.", MEDIUM="Medium, PP 7/2021.")(VendorScale)


@strawberry.type
class Vendor(Node):
    """A shop: a neighbourhood grocer (toko kelontong) or a micro or small business (UMKM)."""

    name: str = strawberry.field(description="Name of the shop.")
    kind: VendorKind = strawberry.field(description="How it trades.")
    scale: VendorScale = strawberry.field(description="Its size.")
    sector: str | None = strawberry.field(description="Sector code of an UMKM: fashion, kriya, budaya, makanan.")
    city_code: str = column("city_id", description="Code of the city it sells in.")
    address: str = strawberry.field(description="Street and number.")
    verified_at: datetime | None = strawberry.field(description="When the city verified it; null until then.")
    created_at: datetime = strawberry.field(description="When it joined.")
    region_code: strawberry.Private[str] = private("region")
    place: strawberry.Private[tuple[str, Mapping[str, Any] | None]] = private(
        "place_because", "place_figures", made=lambda because, figures: (because, figures)
    )
    """Reason and figures of where the city's ranking puts it."""

    kelurahan: Region | None = loaded(lambda: load_regions, "region_code", description="The kelurahan it stands in.")
    kecamatan: Region | None = loaded(
        lambda: load_regions,
        "region_code",
        by=lambda code: code.rpartition(".")[0],
        description="The kecamatan it stands in.",
    )
    closed: ClosedShop | None = loaded(
        lambda: load_closed, "key", description="Why it is in no public list for now; null while it is."
    )

    @computed("city_code", "place")
    def why_here(self, info: Info) -> WhyHere | None:
        """Why it stands where it stands when vendors come as `RECOMMENDED`; null where nothing ranks."""
        return why_here(info.context, self.city_code, *self.place)

    @listed(
        Connection[Annotated["Product", strawberry.lazy("peken.schema.products")]],
        viewpoint=seeing.viewpoint,
        key="key",
        parent="vendor_id",
    )
    @staticmethod
    def products(
        context: Context,
        filter: Annotated[
            Annotated["ProductFilter", strawberry.lazy("peken.schema.products")] | None,
            strawberry.argument(description="Which are wanted; all unless told."),
        ] = None,
        sort: Annotated[
            Annotated["ProductSort", strawberry.lazy("peken.schema.products")] | None,
            strawberry.argument(description="By name unless told."),
        ] = None,
    ) -> Listing:
        """What it sells."""
        from peken.schema.products import listing

        return listing(context, filter, sort)


VENDORS = Rows(Vendor, models.Vendor)
load_vendors = VENDORS.by()
"""Vendors by key, those an order or a product leads to: who sees these sees their shop."""
load_seen_vendors = VENDORS.by(scope=seeing.scope("vendor", listed=False))
"""Vendors by key, those that the actor may see, also of shops that are not listed for now."""


async def find_vendor(context: Context, key: UUID) -> Vendor | None:
    """The vendor of a key, if the actor may see it, also one that is not listed for now."""
    return await context.load(load_seen_vendors, key)


@strawberry.input
class VendorFilter:
    """Which vendors are wanted; what is left out does not narrow the list."""

    city: str | None = strawberry.field(default=None, description="Code of the city.")
    region: str | None = strawberry.field(default=None, description="Code of a kecamatan or kelurahan.")
    kind: VendorKind | None = strawberry.field(default=None, description="How it trades.")
    sector: str | None = strawberry.field(default=None, description="Sector code of an UMKM.")
    verified: bool | None = strawberry.field(
        default=None, description="Verified or not; who is not verified only those see who answer for it."
    )
    search: str | None = strawberry.field(default=None, description="Words of the name, whole or begun.")


@described(
    NAME="By name, from A to Z.",
    NEWEST="Who joined last comes first.",
    RECOMMENDED="As the city's ranking puts them, with `whyHere`; where nothing ranks, who joined first comes first.",
)
class VendorSort(Enum):
    """In which order vendors come."""

    NAME = Sort("vendors.name", "name")
    NEWEST = Sort("vendors.newest", "created_at", Instant, descending=True)
    RECOMMENDED = Sort("vendors.recommended", "place", Number)


@strawberry.type
class VendorQuery:
    """Who sells."""

    @listed(Connection[Vendor], viewpoint=seeing.viewpoint)
    @staticmethod
    def vendors(
        context: Context,
        filter: Annotated[
            VendorFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[VendorSort, strawberry.argument(description="In which order they come.")] = VendorSort.NAME,
    ) -> Listing:
        """Vendors: the verified ones for everybody, the others for those who answer for them."""
        scope = catalog.scope(context.market, context.actor, "vendor")
        wanted = _clauses(filter or VendorFilter(), context.market.database.dialect)
        return Listing(VENDORS, models.Vendor.filter(scope, *wanted), sort.value)

    vendor: Vendor | None = loaded(
        lambda: load_seen_vendors,
        by=id_of("Vendor"),
        description="One vendor; null if there is none, or none for the one who asks.",
    )


def _clauses(wanted: VendorFilter, dialect: str) -> Iterator[Q]:
    if wanted.city is not None:
        yield Q(city_id=wanted.city)
    if wanted.region is not None:
        yield catalog.within("region", wanted.region)
    if wanted.kind is not None:
        yield Q(kind=wanted.kind)
    if wanted.sector is not None:
        yield Q(sector=wanted.sector)
    if wanted.verified is not None:
        yield Q(verified_at__isnull=not wanted.verified)
    if wanted.search is not None:
        yield matching("vendor", wanted.search, dialect)
