"""A little trade under the rules of two cities, through the market's own placing."""

from datetime import datetime
from uuid import UUID

from peken import models
from peken.ids import new_id
from peken.orders import Basket, Item, NotPlaced, Placed, cancel, deliver, place
from peken.testing.world import World, as_buyer, as_vendor

SURABAYA, MALANG = "35.78", "35.73"
CITIES = {SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]}


async def buy(
    market: World, buyer: models.Buyer, variant: models.Variant, quantity: int, at: datetime | None = None
) -> Placed | NotPlaced:
    """One basket of one product."""
    basket = Basket(buyer=UUID(str(buyer.id)), items=(Item(variant.id, quantity),), key=str(new_id()))
    return await place(market.market, as_buyer(buyer), basket, at)


async def bought(
    market: World, buyer: models.Buyer, variant: models.Variant, quantity: int, at: datetime | None = None
) -> UUID:
    """The order of a basket that was placed."""
    placed = await buy(market, buyer, variant, quantity, at)
    assert isinstance(placed, Placed)
    return UUID(str((await models.Order.get(purchase_id=placed.purchase)).id))


async def delivered(
    market: World,
    vendor: models.Vendor,
    buyer: models.Buyer,
    variant: models.Variant,
    quantity: int,
    at: datetime | None = None,
) -> UUID:
    """The order of a basket that was placed and delivered."""
    order = await bought(market, buyer, variant, quantity, at)
    await deliver(market.market, as_vendor(vendor), order, at)
    return order


async def given_back(market: World, vendor: models.Vendor, order: UUID, at: datetime | None = None) -> None:
    """The shop takes an order back."""
    await cancel(market.market, as_vendor(vendor), order, "broken", at)


async def trade(market: World) -> None:
    """Both cities: purchases, a delivery, one that comes back, and a refusal at the cap of Surabaya."""
    for city in CITIES:
        kind = "umkm" if city == MALANG else "kelontong"
        shop = await market.vendor(city, kind=kind)
        goods = await market.product(shop, price=100_000, stock=1_000)
        asn = await market.buyer(city, classes={"golongan": "III/a"})
        await delivered(market, shop, asn, goods, 3)
        await bought(market, asn, goods, 2)
        await given_back(market, shop, await delivered(market, shop, asn, goods, 1))
        if city == SURABAYA:
            assert isinstance(await buy(market, asn, goods, 600), NotPlaced)
