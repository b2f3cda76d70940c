"""Regions, cities and categories in the graph."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from peken import models
from peken.errors import PekenError
from peken.plans import Keyed, Rows, computed, loaded, private
from peken.schema.context import Context, Info
from peken.schema.rulings import Notice, notices_of


@strawberry.type
class Region:
    """A region of Indonesia by its Kemendagri code: province, city or regency, kecamatan, kelurahan or desa."""

    code: str = strawberry.field(description='Dotted Kemendagri code, such as "35.78.08".')
    level: int = strawberry.field(description="1 province, 2 city or regency, 3 kecamatan, 4 kelurahan or desa.")
    name: str = strawberry.field(description="Name, as the code list writes it.")
    postal_code: str | None = strawberry.field(description="Postal code; only kelurahan and desa have one.")

    parent: "Region | None" = loaded(
        lambda: load_regions,
        "code",
        by=lambda code: code.rpartition(".")[0],
        description="The region that this one lies in.",
    )


REGIONS = Rows(Region, models.Region)
load_regions: Keyed[Region] = REGIONS.by("code")
"""Regions by code."""


@strawberry.type
class City:
    """A city that this market serves."""

    code: str = strawberry.field(description="Kemendagri code of the city's region.")
    name: str = strawberry.field(description="Name of the city.")
    timezone: str = strawberry.field(description="IANA zone in which the city's days and months run.")

    @computed("code")
    def notices(self, info: Info) -> list[Notice]:
        """What the city's rules say of today to everybody."""
        return notices_of(info.context, self.code)


@strawberry.type
class Category:
    """A class of goods."""

    code: str = strawberry.field(description='Dotted code, such as "staples.rice".')
    parent_code: str | None = strawberry.field(description="Code of the category above, if there is one.")
    names: strawberry.Private[dict[str, str]] = private("name", "name_en", made=lambda id, en: {"id": id, "en": en})

    @computed("names")
    def name(self, info: Info) -> str:
        """Name in the language of the request."""
        return self.names[info.context.language]


CATEGORIES = Rows(Category, models.Category)
load_categories = CATEGORIES.by("code")
"""Categories by code."""


Parent = Annotated[
    str | None, strawberry.argument(description="Code of the region above; the provinces where there is none.")
]


def _above(parent: Parent = None) -> tuple[str | None]:
    if parent is not None and len(parent) > 13:
        raise PekenError("bad_region", "A region is named by its Kemendagri code.")
    return (parent,)


async def load_regions_in(context: Context, above: Sequence[tuple[str | None]]) -> list[list[Region]]:
    """The regions that lie in others, each by name."""
    found = []
    for (parent,) in above:
        rows = await REGIONS.find(models.Region.filter(parent_code=parent).order_by("name", "code"))
        found.append([REGIONS.make(row) for row in rows])
    return found


def _everywhere() -> tuple[()]:
    return ()


async def load_all_categories(context: Context, everywhere: Sequence[tuple[()]]) -> list[list[Category]]:
    """All categories, for each who asks."""
    rows = await CATEGORIES.find(models.Category.all().order_by("code"))
    return [[CATEGORIES.make(row) for row in rows] for _ in everywhere]


@strawberry.type
class PlaceQuery:
    """Where things are, and what kinds of things there are."""

    @computed()
    def cities(self, info: Info) -> list[City]:
        """The cities that this market serves."""
        served = info.context.market.cities.values()
        return [City(code=city.code, name=city.name, timezone=city.zone.key) for city in served]

    regions: list[Region] = loaded(
        lambda: load_regions_in, by=_above, description="The regions that lie in another, by name."
    )
    categories: list[Category] = loaded(
        lambda: load_all_categories, by=_everywhere, description="All categories, each after the one above it."
    )
