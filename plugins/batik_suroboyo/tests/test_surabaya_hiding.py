"""Which shops of Surabaya are in no list, why and until when, in a whole market over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from peken import models
from peken.actors import PUBLIC, Actor
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_vendor, global_id

SURABAYA, MALANG = "35.78", "35.73"
TURN = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)
"""Midnight of 1 April in WIB."""
PLACE = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) { ... on Purchase { orders { id } } }
}
"""
CANCEL = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "sent back") { ... on Order { status } } }'
LISTED = """query ($search: String) {
  vendors { totalCount nodes { name products { totalCount } } }
  products(filter: {search: $search}) { totalCount nodes { vendor { name } } } }"""
DETAIL = """query ($id: ID!) { vendor(id: $id) { name products { totalCount }
  closed { code rule window listedAgainOn english: message(lang: EN) indonesian: message(lang: ID) } } }"""

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def place(market: World, actor: Actor, basket: dict[models.Variant, int], key: str) -> Any:
    """The answer to an order."""
    items = [{"variant": global_id(variant), "quantity": quantity} for variant, quantity in basket.items()]
    return (await market.ask(PLACE, {"items": items, "key": key}, actor=actor)).data["placeOrder"]


async def seen(market: World, actor: Actor = PUBLIC, search: str | None = None) -> Any:
    """What the lists show: shops with the number of their products, and the shops of products."""
    data = (await market.ask(LISTED, {"search": search}, actor=actor)).data
    shops = {node["name"]: node["products"]["totalCount"] for node in data["vendors"]["nodes"]}
    wares = [node["vendor"]["name"] for node in data["products"]["nodes"]]
    assert data["vendors"]["totalCount"] == len(shops)
    assert data["products"]["totalCount"] == len(wares)
    return shops, sorted(wares)


async def test_a_shop_at_its_limit_leaves_every_list_until_the_month_of_the_city_turns(market: World) -> None:
    full, free = await market.vendor(name="Penuh"), await market.vendor(name="Longgar")
    rice = await market.product(full, price=297_000, stock=200)
    await market.product(free)
    actor = as_buyer(await market.buyer())

    await place(market, actor, {rice: 99}, "98 percent")
    near = await seen(market)
    await place(market, actor, {rice: 1}, "99 percent")
    closed, searched = await seen(market), await seen(market, search="beras")
    market.clock.at = TURN - timedelta(seconds=1)
    still = await seen(market)
    market.clock.at = TURN
    reopened = await seen(market)

    assert near == reopened == ({"Penuh": 1, "Longgar": 1}, ["Longgar", "Penuh"])
    assert closed == searched == still == ({"Longgar": 1}, ["Longgar"])


async def test_who_answers_for_a_hidden_shop_still_sees_it(market: World) -> None:
    full = await market.vendor(name="Penuh")
    rice = await market.product(full, price=30_000_000)
    await place(market, as_buyer(await market.buyer()), {rice: 1}, "k")

    lists = [await seen(market, actor) for actor in (as_vendor(full), as_city_hall(SURABAYA), as_auditor(SURABAYA))]

    assert lists == [({"Penuh": 1}, ["Penuh"])] * 3
    assert await seen(market) == ({}, [])


async def test_the_page_of_a_hidden_shop_says_why_and_until_when_in_both_languages(market: World) -> None:
    full = await market.vendor(name="Penuh")
    rice = await market.product(full, price=30_000_000)
    id = {"id": global_id(full)}
    before = (await market.ask(DETAIL, id)).data["vendor"]
    await place(market, as_buyer(await market.buyer()), {rice: 1}, "k")

    after = (await market.ask(DETAIL, id)).data["vendor"]
    product = (await market.ask("query ($id: ID!) { node(id: $id) { id } }", {"id": global_id(rice)})).data["node"]

    assert before["closed"] is None
    assert after == {
        "name": "Penuh",
        "products": {"totalCount": 0},
        "closed": {
            "code": "closed",
            "rule": "surabaya.vendor-cap",
            "window": "2026-03",
            "listedAgainOn": "2026-04-01",
            "english": "This shop has sold as much as its turnover limit of Rp30.000.000 allows, or all but a little; "
            "it is listed again from 1 April 2026 on.",
            "indonesian": "Penjualan toko ini telah mencapai, atau hampir mencapai, batas omzet Rp30.000.000; "
            "toko tampil kembali mulai 1 April 2026.",
        },
    }
    assert product == {"id": global_id(rice)}


async def test_a_cancelled_order_brings_a_shop_back_into_the_lists(market: World) -> None:
    full = await market.vendor(name="Penuh")
    rice, actor = await market.product(full, price=30_000_000), as_buyer(await market.buyer())
    answer = await place(market, actor, {rice: 1}, "k")

    await market.ask(CANCEL, {"id": answer["orders"][0]["id"]}, actor=actor)

    assert await seen(market) == ({"Penuh": 1}, ["Penuh"])


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]}, {"batik_suroboyo": {"vendor_hide_at": 50}})
async def test_from_which_percent_on_a_shop_is_hidden_is_a_setting(market: World) -> None:
    shop = await market.vendor(name="Setengah")
    rice, actor = await market.product(shop, price=14_999_999), as_buyer(await market.buyer())
    sweet = await market.product(shop, price=1, name="Permen")

    await place(market, actor, {rice: 1}, "a")
    below = await seen(market)
    await place(market, actor, {sweet: 1}, "b")

    assert below[0] == {"Setengah": 2}
    assert await seen(market) == ({}, [])


@pytest.mark.market({SURABAYA: ["batik_suroboyo"], MALANG: []})
async def test_a_limit_of_one_city_hides_nobody_of_another(market: World) -> None:
    here, there = await market.vendor(SURABAYA, name="Sini"), await market.vendor(MALANG, name="Sana")
    for city, vendor in ((SURABAYA, here), (MALANG, there)):
        rice = await market.product(vendor, price=30_000_000)
        await place(market, as_buyer(await market.buyer(city)), {rice: 1}, city)

    assert (await seen(market))[0] == {"Sana": 1}
