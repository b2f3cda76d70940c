"""Who is shown which vendors and products, as clauses of a query; changes none."""

from datetime import date
from functools import reduce
from typing import Any, Final

from tortoise.expressions import Q

from peken import hookspecs
from peken.actors import Actor, Role
from peken.catalog.closing import limits, not_closed
from peken.errors import PekenError
from peken.hookspecs import Noun
from peken.ids import REGION_CODE
from peken.market import Market
from peken.models.catalog import ProductStatus


def shown(market: Market, noun: Noun, *, listed: bool = True) -> Q:
    """What the public lists show: verified vendors and their active products, as far as each city lets it.

    Shops that a limit closes, and what they sell, are not listed, but still there for who has their id.
    """
    public = (
        Q(verified_at__isnull=False)
        if noun == "vendor"
        else Q(status=ProductStatus.ACTIVE, vendor__verified_at__isnull=False)
    )
    for city in market.cities.values():
        today = city.today(market.now())
        clauses = _visible(market, city.code, today, noun)
        if listed:
            clauses += not_closed(noun, limits(market, city, today), market.database.dialect)
        if clauses:
            public &= ~Q(city_id=city.code) | reduce(Q.__and__, clauses)
    return public


def _visible(market: Market, city: str, day: date, noun: Noun) -> list[Q]:
    given = market.hooks.for_city(city).give(hookspecs.visible, city=city, day=day)
    return [visible.clause for _, listed in given for visible in listed if visible.noun == noun]


_WIDER: Final = (Role.CITY_HALL, Role.AUDITOR, Role.LURAH, Role.VENDOR)


def sees_as_all_do(actor: Actor) -> bool:
    """Whether an actor is shown what the public is shown, and nothing more: then their answers are alike."""
    return not actor.has(*_WIDER)


# Under which columns a row tells its shop and where that stands.
_SHOP: Final = {"vendor": ("id", "region"), "product": ("vendor_id", "vendor__region")}


def scope(market: Market, actor: Actor, noun: Noun, *, listed: bool = True) -> Q:
    """The vendors or products an actor may see: the public ones, and more for those who answer for them.

    `listed` is for lists; without it also closed shops are seen.
    """
    shop, region = _SHOP[noun]
    seen = shown(market, noun, listed=listed)
    if sees_as_all_do(actor):
        return seen
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        seen |= Q(city_id=actor.city)
    if actor.has(Role.LURAH) and actor.area:
        seen |= within(region, actor.area)
    if actor.has(Role.VENDOR) and actor.vendor:
        own: dict[str, Any] = {shop: actor.vendor}
        seen |= Q(**own)
    return seen


def within(column: str, region: str) -> Q:
    """Rows whose region is `region` or lies in it. Raises PekenError `bad_region`."""
    if not is_region_code(region):
        raise PekenError("bad_region", "A region is named by its Kemendagri code.")
    return Q(**{column: region}) | Q(**{f"{column}__startswith": f"{region}."})


def is_region_code(text: str) -> bool:
    """Whether this has the form of a Kemendagri code: no proof that there is such a region."""
    return REGION_CODE.fullmatch(text) is not None


def under(column: str, category: str) -> Q:
    """Rows whose category is `category` or stands under it."""
    return Q(**{column: category}) | Q(**{f"{column}__startswith": f"{category}."})
