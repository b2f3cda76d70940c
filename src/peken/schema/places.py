"""Regions, cities and categories in the graph."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from peken import models
from peken.errors import PekenError
from peken.schema.context import Context, Info
from peken.schema.rulings import Notice, notices_of


@strawberry.type
class Region:
    """A region of Indonesia by its Kemendagri code: province, city or regency, kecamatan, kelurahan or desa."""

    code: str = strawberry.field(description='Dotted Kemendagri code, such as "35.78.08".')
    level: int = strawberry.field(description="1 province, 2 city or regency, 3 kecamatan, 4 kelurahan or desa.")
    name: str = strawberry.field(description="Name, as the code list writes it.")
    postal_code: str | None = strawberry.field(description="Postal code; only kelurahan and desa have one.")

    @strawberry.field
    async def parent(self, info: Info) -> "Region | None":
        """The region that this one lies in."""
        above = self.code.rpartition(".")[0]
        return await info.context.load(load_regions, above) if above else None


@strawberry.type
class City:
    """A city that this market serves."""

    code: str = strawberry.field(description="Kemendagri code of the city's region.")
    name: str = strawberry.field(description="Name of the city.")
    timezone: str = strawberry.field(description="IANA zone in which the city's days and months run.")

    @strawberry.field
    def notices(self, info: Info) -> list[Notice]:
        """What the city's rules say of today to everybody."""
        return notices_of(info.context, self.code)


@strawberry.type
class Category:
    """A class of goods."""

    code: str = strawberry.field(description='Dotted code, such as "staples.rice".')
    parent_code: str | None = strawberry.field(description="Code of the category above, if there is one.")
    names: strawberry.Private[dict[str, str]]

    @strawberry.field
    def name(self, info: Info) -> str:
        """Name in the language of the request."""
        return self.names[info.context.language]


async def load_regions(context: Context, codes: Sequence[str]) -> list[Region | None]:
    """Regions by code."""
    rows = await models.Region.filter(code__in=list(codes))
    found = {row.code: _region(row) for row in rows}
    return [found.get(code) for code in codes]


async def load_categories(context: Context, codes: Sequence[str]) -> list[Category | None]:
    """Categories by code."""
    found = {row.code: _category(row) for row in await models.Category.filter(code__in=list(codes))}
    return [found.get(code) for code in codes]


def _region(row: models.Region) -> Region:
    return Region(code=row.code, level=row.level, name=row.name, postal_code=row.postal_code)


def _category(row: models.Category) -> Category:
    return Category(code=row.code, parent_code=row.parent_code, names={"id": row.name, "en": row.name_en})


Parent = Annotated[
    str | None, strawberry.argument(description="Code of the region above; the provinces where there is none.")
]


@strawberry.type
class PlaceQuery:
    """Where things are, and what kinds of things there are."""

    @strawberry.field
    def cities(self, info: Info) -> list[City]:
        """The cities that this market serves."""
        served = info.context.market.cities.values()
        return [City(code=city.code, name=city.name, timezone=city.zone.key) for city in served]

    @strawberry.field
    async def regions(self, parent: Parent = None) -> list[Region]:
        """The regions that lie in another, by name."""
        if parent is not None and len(parent) > 13:
            raise PekenError("bad_region", "A region is named by its Kemendagri code.")
        rows = await models.Region.filter(parent_code=parent).order_by("name", "code")
        return [_region(row) for row in rows]

    @strawberry.field
    async def categories(self) -> list[Category]:
        """All categories, each after the one above it."""
        return [_category(row) for row in await models.Category.all().order_by("code")]
