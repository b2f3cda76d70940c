"""Loads where around a civil servant's home or office there are open shops: one statement for all; judges nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from batik_suroboyo.rules import CITY, Neighbourhood
from peken.catalog import reached
from peken.database import uuid_of
from peken.database.bound import current
from peken.rules import Cap, Day, Fact, Loader

_AROUND = """
SELECT DISTINCT b.id AS buyer, r.code, r.name, k.code AS kecamatan, k.name AS kecamatan_name
  FROM buyer b
  LEFT JOIN department d ON d.id = b.department_id
  JOIN region k ON k.code = substr(CASE WHEN b.region LIKE '{city}.%' THEN b.region ELSE d.region END, 1, 8)
  JOIN region r ON r.parent_code = k.code
  JOIN vendor v ON v.region = r.code AND v.city_id = b.city_id
 WHERE b.id {buyers} AND b.asn AND v.kind = 'kelontong' AND v.verified_at IS NOT NULL{open}
"""


def neighbourhoods(cap: Cap) -> Loader:
    """A loader of Neighbourhood for which a shop that `cap` closes is none. Who is no ASN has no Neighbourhood."""

    async def load(buyers: Sequence[str], day: date) -> Mapping[str, Fact]:
        database = current()
        closed = reached(cap, Day.on(day))
        still_open = f" AND CAST(v.id AS text) NOT IN (SELECT subject FROM tally_balance WHERE {closed})"
        text = _AROUND.format(city=CITY, buyers=database.among(1), open=still_open if closed else "")
        rows = await database.fetch(text, database.listed(UUID(buyer) for buyer in buyers))
        shops: dict[str, set[str]] = defaultdict(set)
        names: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for row in rows:
            buyer = str(uuid_of(row["buyer"]))
            shops[buyer].add(row["code"])
            names[buyer] |= {(row["code"], row["name"]), (row["kecamatan"], row["kecamatan_name"])}
        return {buyer: Neighbourhood(frozenset(shops[buyer]), frozenset(names[buyer])) for buyer in shops}

    return load
