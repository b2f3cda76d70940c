"""Vendors in the graph."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry
from tortoise.expressions import Q

from peken import catalog, models
from peken.ids import key_of
from peken.models.vendors import VendorKind, VendorScale
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.paging import After, Before, Connection, First, Instant, Last, Number, Row, Sort, Window, connect
from peken.schema.places import Region, load_regions
from peken.schema.standing import ClosedShop, WhyHere, load_closed, why_here
from peken.search import matching

if TYPE_CHECKING:
    from peken.schema.products import Product, ProductFilter, ProductSort

described(KELONTONG="A neighbourhood grocer: resells daily goods.", UMKM="Sells what it makes itself.")(VendorKind)
described(MICRO="Micro, PP 7/2021.", SMALL="Small, PP 7/2021.", MEDIUM="Medium, PP 7/2021.")(VendorScale)
COLUMNS = (
    "id",
    "city_id",
    "kind",
    "scale",
    "sector",
    "name",
    "region",
    "address",
    "verified_at",
    "created_at",
    "place_because",
    "place_figures",
)


@strawberry.type
class Vendor(Node):
    """A shop: a neighbourhood grocer (toko kelontong) or a micro or small business (UMKM)."""

    name: str = strawberry.field(description="Name of the shop.")
    kind: VendorKind = strawberry.field(description="How it trades.")
    scale: VendorScale = strawberry.field(description="Its size.")
    sector: str | None = strawberry.field(description="Sector code of an UMKM: fashion, kriya, budaya, makanan.")
    city_code: str = strawberry.field(description="Code of the city it sells in.")
    address: str = strawberry.field(description="Street and number.")
    verified_at: datetime | None = strawberry.field(description="When the city verified it; null until then.")
    created_at: datetime = strawberry.field(description="When it joined.")
    region_code: strawberry.Private[str]
    place: strawberry.Private[tuple[str, Mapping[str, Any] | None]]
    """Reason and figures of where the city's ranking puts it."""

    @strawberry.field
    async def kelurahan(self, info: Info) -> Region | None:
        """The kelurahan it stands in."""
        return await info.context.load(load_regions, self.region_code)

    @strawberry.field
    async def kecamatan(self, info: Info) -> Region | None:
        """The kecamatan it stands in."""
        return await info.context.load(load_regions, self.region_code.rpartition(".")[0])

    @strawberry.field
    def why_here(self, info: Info) -> WhyHere | None:
        """Why it stands where it stands when vendors come as `RECOMMENDED`; null where nothing ranks."""
        return why_here(info.context, self.city_code, *self.place)

    @strawberry.field
    async def closed(self, info: Info) -> ClosedShop | None:
        """Why it is in no public list for now; null while it is."""
        return await info.context.load(load_closed, self.key)

    @strawberry.field
    async def products(
        self,
        info: Info,
        filter: Annotated[
            Annotated["ProductFilter", strawberry.lazy("peken.schema.products")] | None,
            strawberry.argument(description="Which are wanted; all unless told."),
        ] = None,
        sort: Annotated[
            Annotated["ProductSort", strawberry.lazy("peken.schema.products")] | None,
            strawberry.argument(description="By name unless told."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Product", strawberry.lazy("peken.schema.products")]]:
        """What it sells."""
        from peken.schema.products import Shelves, load_shelves

        asked = Shelves.of(self.key, filter, sort, Window(first, after, last, before))
        page: Connection[Product] = await info.context.load(load_shelves, asked)
        return page


def vendor_of(row: Row) -> Vendor:
    """A vendor from its row."""
    return Vendor(
        key=row["id"],
        name=row["name"],
        kind=VendorKind(row["kind"]),
        scale=VendorScale(row["scale"]),
        sector=row["sector"],
        city_code=row["city_id"],
        address=row["address"],
        verified_at=row["verified_at"],
        created_at=row["created_at"],
        region_code=row["region"],
        place=(row["place_because"], row["place_figures"]),
    )


async def load_vendors(context: Context, keys: Sequence[UUID]) -> list[Vendor | None]:
    """Vendors by key, those an order or a product leads to: who sees these sees their shop."""
    rows = await models.Vendor.filter(id__in=list(keys)).values(*COLUMNS)
    found = {row["id"]: vendor_of(row) for row in rows}
    return [found.get(key) for key in keys]


async def find_vendor(info: Info, key: UUID) -> Vendor | None:
    """The vendor of a key, if the actor may see it, also one that is not listed for now."""
    scope = catalog.scope(info.context.market, info.context.actor, "vendor", listed=False)
    rows = await models.Vendor.filter(scope, id=key).values(*COLUMNS)
    return vendor_of(rows[0]) if rows else None


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

    @strawberry.field
    async def vendors(
        self,
        info: Info,
        filter: Annotated[
            VendorFilter | None, strawberry.argument(description="Which are wanted; all unless told.")
        ] = None,
        sort: Annotated[VendorSort, strawberry.argument(description="In which order they come.")] = VendorSort.NAME,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Vendor]:
        """Vendors: the verified ones for everybody, the others for those who answer for them."""
        market = info.context.market
        scope = catalog.scope(market, info.context.actor, "vendor")
        rows = models.Vendor.filter(scope, *_clauses(filter or VendorFilter(), market.database.dialect))
        return await connect(info, rows, COLUMNS, sort.value, Window(first, after, last, before), vendor_of)

    @strawberry.field
    async def vendor(self, info: Info, id: Id) -> Vendor | None:
        """One vendor; null if there is none, or none for the one who asks."""
        return await find_vendor(info, key_of(id, "Vendor"))


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
