"""The sectors of Malang's UMKM in the graph, and who is in none of them; changes nothing."""

from collections.abc import Sequence
from datetime import date

import strawberry
from tortoise.expressions import Q
from tortoise.functions import Count

from malang_quota.rules import CITY
from malang_quota.sectors import Sector as SectorRow
from malang_quota.sectors import sectors_on
from peken import catalog, models
from peken.models.vendors import VendorKind
from peken.plans import Listing, Sort, computed, listed, loaded
from peken.plans.paging import Connection
from peken.schema import seeing
from peken.schema.context import Context, Info
from peken.schema.rulings import Lang, Language
from peken.schema.scalars import Long
from peken.schema.vendors import VENDORS, Vendor


@strawberry.type
class Sector:
    """A sector of the city's UMKM; its code filters vendors and products."""

    code: str = strawberry.field(description="Its code, as `VendorFilter.sector` and `ProductFilter.sector` take it.")
    source: str = strawberry.field(description="Where it is taken from.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    row: strawberry.Private[SectorRow]

    @strawberry.field
    def name(self, info: Info, lang: Lang = None) -> str:
        """Its name for people."""
        language = lang.value if lang else info.context.language
        return self.row.name if language == Language.ID.value else self.row.name_en

    vendors: Long = loaded(lambda: load_sizes, "code", description="How many vendors of the public lists are in it.")


def sector_of(row: SectorRow) -> Sector:
    """A sector from its row."""
    return Sector(code=row.code, source=row.source, mark=row.mark, row=row)


@strawberry.type
class VendorFields:
    """What a vendor gains."""

    @computed("city_code", "sector")
    @staticmethod
    def sector_tag(root: strawberry.Parent[Vendor], info: Info) -> Sector | None:
        """Its sector, by name; null elsewhere than in Malang, and where its code is none of the city's."""
        if root.city_code != CITY:
            return None
        rows = sectors_on(_today(info.context)).rows
        return next((sector_of(row) for row in rows if row.code == root.sector), None)


@strawberry.type
class QueryFields:
    """What can be asked about sectors."""

    @computed()
    @staticmethod
    def sectors(info: Info) -> list[Sector]:
        """The sectors of Malang's UMKM today, in the city's order."""
        return [sector_of(row) for row in sectors_on(_today(info.context)).rows]

    @listed(Connection[Vendor], viewpoint=seeing.viewpoint)
    @staticmethod
    def vendors_without_sector(context: Context) -> Listing:
        """The UMKM of Malang that are in none of its sectors, by name, for those who answer for them."""
        known = [row.code for row in sectors_on(_today(context)).rows]
        nowhere = Q(sector__isnull=True) | Q(sector__not_in=known)
        scope = catalog.scope(context.market, context.actor, "vendor")
        rows = models.Vendor.filter(scope, nowhere, city_id=CITY, kind=VendorKind.UMKM)
        return Listing(VENDORS, rows, Sort("vendors-without-sector", "name"))


def _today(context: Context) -> date:
    return context.market.city(CITY).today(context.now)


async def load_sizes(context: Context, codes: Sequence[str]) -> list[int]:
    """How many vendors of the public lists are in sectors, by sector: one query for all."""
    shown = catalog.shown(context.market, "vendor")
    rows = models.Vendor.filter(shown, city_id=CITY, sector__in=list(codes)).annotate(size=Count("id"))
    sizes = {row["sector"]: row["size"] for row in await rows.group_by("sector").values("sector", "size")}
    return [sizes.get(code, 0) for code in codes]
