"""Other shops nearby for goods that a full shop cannot sell: by nearness, then fewest sales; knows no order.

What was asked of the full shop is read from the case as it was judged, so that a refusal of long ago still leads on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final
from uuid import UUID

from tortoise.expressions import Q

from peken import catalog, tallies
from peken.database import json_of, uuid_of
from peken.market import Market
from peken.models import Product as ProductRow
from peken.rules import Case, Decision, Product, Vendor, thaw

MOST: Final = 5
"""So many shops are named in place of one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a limit says of a shop: for which lines, and how much they would have added."""

    rule: str
    window: str
    vendor: str
    lines: frozenset[str]
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FullShop:
    """A shop that cannot sell what was asked of it: where it stands, and the categories of those goods."""

    city: str
    refusal: Refusal
    region: str
    categories: frozenset[str]

    @property
    def key(self) -> UUID:
        """Its key."""
        return UUID(self.refusal.vendor)

    @property
    def kecamatan(self) -> str:
        """The kecamatan it stands in."""
        return self.region.rpartition(".")[0]

    def has_room(self, sold: int) -> bool:
        """Whether a shop that sold so much could still sell what was asked of this one, under the same limit."""
        return sold + int(self.refusal.figures["amount"]) <= int(self.refusal.figures["ceiling"])


@dataclass(frozen=True, slots=True)
class Nearby:
    """A shop that sells goods of such categories, too."""

    vendor: UUID
    city: str
    region: str
    categories: frozenset[str]


def full_shops(city: str, case: Case, decisions: Iterable[Decision]) -> list[FullShop]:
    """The shops that a limit stopped, by what was just decided."""
    refusals = (
        Refusal(each.rule, each.window, each.subject, frozenset(each.lines), each.values)
        for each in decisions
        if each.binding and each.subject_kind == "vendor"
    )
    return _full_shops(city, case, refusals)


async def full_shops_of(market: Market, attempts: Sequence[UUID]) -> list[list[FullShop]]:
    """The shops that a limit stopped when purchases were refused, from what was kept of each; one query for all."""
    rows = await market.database.fetch(_KEPT.format(market.database.among(1)), market.database.listed(attempts))
    kept: dict[UUID, list[Mapping[str, Any]]] = {attempt: [] for attempt in attempts}
    for row in rows:
        kept[uuid_of(row["case_id"])].append(row)
    return [_kept_of(kept[attempt]) for attempt in attempts]


_KEPT = """
SELECT d.case_id, d.city_id, d.rule, d.win, d.subject, d.lines, d.figures, k.content
  FROM decision d JOIN docket k ON k.case_id = d.case_id
 WHERE d.case_id {} AND d.outcome = 'refuse' AND d.mode = 'on' AND d.subject_kind = 'vendor' ORDER BY d.id
"""


def _kept_of(rows: Sequence[Mapping[str, Any]]) -> list[FullShop]:
    if not rows:
        return []
    refusals = (
        Refusal(row["rule"], row["win"], row["subject"], frozenset(json_of(row["lines"])), json_of(row["figures"]))
        for row in rows
    )
    return _full_shops(rows[0]["city_id"], thaw(rows[0]["content"], (Product, Vendor)).case, refusals)


def _full_shops(city: str, case: Case, refusals: Iterable[Refusal]) -> list[FullShop]:
    found = []
    for refusal in refusals:
        vendor = case.facts.get(Vendor, {}).get(refusal.vendor)
        wares = (case.facts.get(Product, {}).get(line.product) for line in case.lines if line.line in refusal.lines)
        categories = frozenset(ware.category for ware in wares if isinstance(ware, Product))
        # A rule that failed refuses as well, but says nothing of a limit.
        if isinstance(vendor, Vendor) and vendor.region and "ceiling" in refusal.figures:
            found.append(FullShop(city, refusal, vendor.region, categories))
    return found


async def similar(market: Market, full: Sequence[FullShop]) -> list[list[Nearby]]:
    """For each full shop up to five others of its kecamatan that are listed and have room: two queries for all.

    Those that sell most of the categories come first, then those of the same kelurahan, then who sold least.
    """
    if not full:
        return []
    shops = await _selling(market, full)
    keys = [_balance(each, shop) for each in full for shop in shops]
    sold = await tallies.standing(market.database, keys)
    return [_nearest(each, shops, sold) for each in full]


async def _selling(market: Market, full: Sequence[FullShop]) -> list[Nearby]:
    """The listed shops of the same kecamatan that have such goods on the shelf."""
    kecamatan = sorted({each.kecamatan for each in full})
    around = reduce(Q.__or__, (Q(vendor__region__startswith=f"{code}.") for code in kecamatan))
    rows = (
        await ProductRow.filter(
            catalog.shown(market, "product"),
            around,
            in_stock=True,
            category_id__in=sorted(frozenset().union(*(each.categories for each in full))),
        )
        .distinct()
        .values_list("vendor_id", "city_id", "vendor__region", "category_id")
    )
    sells: dict[tuple[UUID, str, str], set[str]] = {}
    for vendor, city, region, category in rows:
        sells.setdefault((uuid_of(vendor), city, region), set()).add(category)
    stopped = {each.key for each in full}
    return [Nearby(*shop, frozenset(found)) for shop, found in sells.items() if shop[0] not in stopped]


def _balance(full: FullShop, shop: Nearby) -> tallies.Key:
    return (full.refusal.rule, str(shop.vendor), full.refusal.window)


def _nearest(full: FullShop, shops: Iterable[Nearby], sold: Mapping[tallies.Key, int]) -> list[Nearby]:
    def turn(shop: Nearby) -> tuple[int, bool, int, UUID]:
        lacks = len(full.categories - shop.categories)
        return lacks, shop.region != full.region, sold[_balance(full, shop)], shop.vendor

    fit = (
        shop
        for shop in shops
        if shop.city == full.city
        and shop.region.startswith(f"{full.kecamatan}.")
        and not full.categories.isdisjoint(shop.categories)
        and full.has_room(sold[_balance(full, shop)])
    )
    return sorted(fit, key=turn)[:MOST]
