"""At whose shops an ASN of Surabaya buys staples, in a whole market over HTTP."""

from typing import Any

import pytest

from peken import models
from peken.actors import Actor
from peken.ids import new_id
from peken.testing.world import World, as_buyer, as_city_hall, global_id

SURABAYA = "35.78"
HOME, NEXT, FARTHER = "35.78.08.1003", "35.78.08.1001", "35.78.01.1001"
PLACE = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) {
    __typename
    ... on Purchase { decisions { rule outcome code instead message } }
    ... on PurchaseRefused { decisions { rule outcome code instead message } similarVendors { rule } }
  }
}
"""
MINE = """{ me { buyer { assignedShops { code rule area { name } english: message(lang: EN)
  indonesian: message(lang: ID) shops { name } } } } }"""

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def place(market: World, actor: Actor, basket: dict[models.Variant, int], key: str) -> Any:
    """The answer to an order."""
    items = [{"variant": global_id(variant), "quantity": quantity} for variant, quantity in basket.items()]
    return (await market.ask(PLACE, {"items": items, "key": key}, actor=actor)).data["placeOrder"]


async def assigned(market: World, actor: Actor) -> Any:
    """The shops that one is assigned to."""
    return (await market.ask(MINE, actor=actor)).data["me"]["buyer"]["assignedShops"]


def said(answer: Any) -> tuple[str, str, str | None]:
    """What the assignment says of a purchase."""
    (one,) = (each for each in answer["decisions"] if each["rule"] == "surabaya.assignment")
    return one["outcome"], one["code"], one["instead"]


async def test_an_asn_is_advised_of_the_shops_of_the_own_kelurahan(market: World) -> None:
    near, far = [await market.vendor(name=name, region=at) for name, at in (("Dekat", HOME), ("Jauh", FARTHER))]
    here, there = await market.product(near), await market.product(far)
    actor = as_buyer(await market.buyer(classes={}, region=HOME))

    home = await place(market, actor, {here: 1}, "a")
    elsewhere = await place(market, actor, {there: 1}, "b")

    assert said(home) == ("ALLOW", "allowed", None)
    assert said(elsewhere) == ("WARN", "other_area", HOME)
    name = (await models.Region.get(code=HOME)).name
    (message,) = (each["message"] for each in elsewhere["decisions"] if each["code"] == "other_area")
    assert name in message
    mine = await assigned(market, actor)
    assert (mine["code"], mine["rule"], mine["area"]["name"]) == ("kelurahan", "surabaya.assigned-shops", name)
    assert [shop["name"] for shop in mine["shops"]] == ["Dekat"]
    assert mine["english"] != mine["indonesian"]


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]}, {"batik_suroboyo": {"assignment": "bind"}})
async def test_where_it_binds_staples_elsewhere_are_refused_and_other_goods_are_not(market: World) -> None:
    await market.vendor(name="Dekat", region=HOME)
    far = await market.vendor(name="Jauh", region=FARTHER)
    rice, soap = await market.product(far), await market.product(far, category="household.soap")
    asn, citizen = as_buyer(await market.buyer(classes={}, region=HOME)), as_buyer(await market.buyer(region=HOME))

    refused = await place(market, asn, {rice: 1}, "a")
    other_goods = await place(market, asn, {soap: 1}, "b")
    public = await place(market, citizen, {rice: 1}, "c")

    assert refused["__typename"] == "PurchaseRefused"
    assert said(refused) == ("REFUSE", "other_area", HOME)
    assert refused["similarVendors"] == []
    assert (other_goods["__typename"], public["__typename"]) == ("Purchase", "Purchase")


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]}, {"batik_suroboyo": {"assignment": "bind"}})
async def test_when_the_only_shop_of_the_kelurahan_is_full_those_of_the_kecamatan_will_do(market: World) -> None:
    only, next_door = [await market.vendor(name=name, region=at) for name, at in (("Satu", HOME), ("Dua", NEXT))]
    all_of_it, rice = await market.product(only, price=30_000_000), await market.product(next_door)
    actor = as_buyer(await market.buyer(classes={}, region=HOME))

    before = await place(market, actor, {rice: 1}, "a")
    await place(market, actor, {all_of_it: 1}, "b")
    after = await place(market, actor, {rice: 1}, "c")

    assert (said(before)[0], said(after)[0]) == ("REFUSE", "ALLOW")
    mine = await assigned(market, actor)
    assert (mine["code"], [shop["name"] for shop in mine["shops"]]) == ("kecamatan", ["Dua"])


async def test_who_lives_outside_the_city_buys_where_the_office_is(market: World) -> None:
    office = await models.Department.create(id=new_id(), city_id=SURABAYA, code="d", name="Dinas", region=HOME)
    await market.vendor(name="Kantor", region=HOME)
    away = await market.product(await market.vendor(name="Jauh", region=FARTHER))
    actor = as_buyer(await market.buyer(classes={}, department_id=office.id))

    answer = await place(market, actor, {away: 1}, "k")

    assert said(answer) == ("WARN", "other_area", HOME)
    assert [shop["name"] for shop in (await assigned(market, actor))["shops"]] == ["Kantor"]


async def test_who_has_no_shop_near_or_is_no_asn_is_assigned_to_none(market: World) -> None:
    rice = await market.product(await market.vendor(region=FARTHER))
    lonely = as_buyer(await market.buyer(classes={}, region=HOME))
    citizen = as_buyer(await market.buyer(region=FARTHER))

    answers = [await place(market, actor, {rice: 1}, "k") for actor in (lonely, citizen)]

    assert [said(answer) for answer in answers] == [("ALLOW", "allowed", None)] * 2
    assert [await assigned(market, actor) for actor in (lonely, citizen)] == [None, None]


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]}, {"batik_suroboyo": {"assignment": "off"}})
async def test_where_it_is_off_nothing_is_said_of_it(market: World) -> None:
    await market.vendor(region=HOME)
    rice = await market.product(await market.vendor(region=FARTHER))
    actor = as_buyer(await market.buyer(classes={}, region=HOME))

    answer = await place(market, actor, {rice: 1}, "k")

    assert {each["rule"] for each in answer["decisions"]} == {"surabaya.vendor-cap"}


async def test_the_assignments_of_many_take_as_many_queries_as_those_of_one(market: World) -> None:
    await market.vendor(region=HOME)
    for _ in range(4):
        await market.buyer(classes={}, region=HOME)
    document = "query ($first: Int) { buyers(first: $first) { nodes { assignedShops { code shops { name } } } } }"

    counts = []
    for first in (1, 4):
        with market.market.database.counting() as statements:
            answer = await market.ask(document, {"first": first}, actor=as_city_hall(SURABAYA))
        counts.append(len(statements))
        assert all(node["assignedShops"]["shops"] for node in answer.data["buyers"]["nodes"])

    assert counts == [3, 3]
