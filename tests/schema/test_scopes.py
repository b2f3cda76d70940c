"""Which rows an actor sees: the scope is in the query, so no way around leads to a row of others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.schema.small_world import MALANG, SURABAYA, TWO_CITIES, Town, case_of, town

from peken.actors import PUBLIC, Actor, Role
from peken.ids import to_global
from peken.testing.world import World, as_buyer, as_city_hall, as_lurah, as_vendor, global_id

pytestmark = pytest.mark.market(TWO_CITIES)

LISTS = {
    "orders": "{ orders { nodes { id } totalCount } }",
    "refusals": "{ refusals { nodes { id } totalCount } }",
    "buyers": "{ buyers { nodes { id } totalCount } }",
}
SINGLE = {
    "order": "query ($id: ID!) { found: order(id: $id) { id } }",
    "purchase": "query ($id: ID!) { found: purchase(id: $id) { id } }",
    "node": "query ($id: ID!) { found: node(id: $id) { id } }",
}
HALL = {Role.CITY_HALL, Role.AUDITOR}


async def listed(market: World, actor: Actor, name: str) -> set[str]:
    """The ids of a whole list; its count must say the same."""
    found = (await market.ask(LISTS[name], actor=actor)).data[name]
    assert found["totalCount"] == len(found["nodes"])
    return {node["id"] for node in found["nodes"]}


async def sees(market: World, actor: Actor, field: str, id: str) -> bool:
    return (await market.ask(SINGLE[field], {"id": id}, actor=actor)).data["found"] is not None


def expected(place: Town) -> Mapping[Role, tuple[set[str], set[str], set[str]]]:
    """For each role that has lists: the orders, refusals and buyers that are its own."""
    one, other = place.private, place.official
    mine = ({one.order}, {one.refused}, {global_id(one.buyer)})
    officers = ({other.order}, {other.refused}, {global_id(other.buyer)})
    everything = (mine[0] | officers[0], mine[1] | officers[1], mine[2] | officers[2])
    return {
        Role.BUYER: mine,
        Role.OFFICER: officers,
        Role.CITY_HALL: everything,
        Role.AUDITOR: everything,
    }


async def test_lists_hold_the_own_rows_and_no_others(market: World) -> None:
    here, _there = await town(market, MALANG), await town(market, SURABAYA)

    for role, own in expected(here).items():
        seen = tuple([await listed(market, here.actors[role], name) for name in LISTS])
        assert seen == own, role
    assert await listed(market, here.actors[Role.VENDOR], "orders") == {here.private.order}


async def test_what_a_role_may_not_see_is_not_there_by_its_id(market: World) -> None:
    here, there = await town(market, MALANG), await town(market, SURABAYA)
    cases = [here.private, here.official, there.private, there.official]

    for role, actor in here.actors.items():
        orders, refused, buyers = expected(here).get(role, (set(), set(), set()))
        if role is Role.VENDOR:
            orders = {here.private.order}
        purchases = {case.purchase for case in cases if case.order in orders and role is not Role.VENDOR}
        for case in cases:
            for id, own in (
                (case.order, orders),
                (case.purchase, purchases),
                (case.refused, refused),
                (global_id(case.buyer), buyers),
            ):
                assert await sees(market, actor, "node", id) == (id in own), role
            if orders:
                assert await sees(market, actor, "order", case.order) == (case.order in orders), role
            if purchases:
                assert await sees(market, actor, "purchase", case.purchase) == (case.purchase in purchases), role


async def test_a_shop_sees_where_goods_go_and_not_who_bought(market: World) -> None:
    here = await town(market)
    order = "query ($id: ID!) { order(id: $id) { delivery { name } lines { name } } }"
    buyer = "query ($id: ID!) { order(id: $id) { buyer { name } } }"

    allowed = await market.ask(order, {"id": here.private.order}, actor=here.actors[Role.VENDOR])
    denied = await market.ask(buyer, {"id": here.private.order}, actor=here.actors[Role.VENDOR])

    assert allowed.data["order"]["lines"] == [{"name": "Beras 5 kg"}]
    assert (denied.status, denied.codes) == (403, ["forbidden"])


async def test_what_a_buyer_owes_only_the_buyer_and_city_hall_read(market: World) -> None:
    here, there = await town(market, MALANG), await town(market, SURABAYA)
    owed = "query ($id: ID!) { node(id: $id) { ... on Buyer { name obligations { due } } } }"
    id = {"id": global_id(here.private.buyer)}

    strangers = [there.actors[role] for role in (Role.BUYER, Role.OFFICER, *sorted(HALL))]
    strangers.append(here.actors[Role.OFFICER])
    others = [(await market.ask(owed, id, actor=actor)).data["node"] for actor in strangers]
    own = [
        (await market.ask(owed, id, actor=here.actors[role])).data["node"]["name"]
        for role in (Role.BUYER, Role.CITY_HALL, Role.AUDITOR)
    ]

    assert others == [None] * len(strangers)
    assert own == [here.private.buyer.name] * 3


async def test_an_unverified_shop_is_seen_by_those_who_answer_for_it(market: World) -> None:
    area, elsewhere = await market.region(MALANG, 0), await market.region(MALANG, 5)
    vendor = await market.vendor(MALANG, verified=False, region=area)
    variant = await market.product(vendor)
    document = """query ($vendor: ID!, $product: ID!, $variant: ID!) {
        vendor(id: $vendor) { id } product(id: $product) { id } node(id: $variant) { id }
        vendors { totalCount } products { totalCount } }"""
    ids = {
        "vendor": global_id(vendor),
        "product": to_global("Product", variant.product_id),
        "variant": global_id(variant),
    }
    stranger = await market.vendor(MALANG, region=elsewhere)

    async def seen(actor: Actor) -> list[bool]:
        data = (await market.ask(document, ids, actor=actor)).data
        return [*(data[name] is not None for name in ("vendor", "product", "node")), data["products"]["totalCount"] > 0]

    who_may = [
        as_vendor(vendor),
        as_lurah(MALANG, area),
        as_lurah(MALANG, area.rpartition(".")[0]),
        as_city_hall(MALANG),
    ]
    who_may_not = [
        PUBLIC,
        as_vendor(stranger),
        as_lurah(MALANG, elsewhere),
        as_city_hall(SURABAYA),
        as_buyer(await market.buyer(MALANG)),
    ]
    assert [await seen(actor) for actor in who_may] == [[True] * 4] * len(who_may)
    assert [await seen(actor) for actor in who_may_not] == [[False] * 4] * len(who_may_not)


async def test_an_archived_product_leaves_the_lists_of_all_but_its_keepers(market: World) -> None:
    vendor = await market.vendor(MALANG)
    variant = await market.product(vendor, status="archived")
    ask = "query ($id: ID!) { product(id: $id) { status } products { totalCount } }"
    id = {"id": to_global("Product", variant.product_id)}

    public = (await market.ask(ask, id)).data
    own = (await market.ask(ask, id, actor=as_vendor(vendor))).data

    assert public == {"product": None, "products": {"totalCount": 0}}
    assert own == {"product": {"status": "ARCHIVED"}, "products": {"totalCount": 1}}


async def test_nobody_acts_on_rows_of_others(market: World) -> None:
    here, there = await town(market, MALANG), await town(market, SURABAYA)
    cancel = 'mutation ($id: ID!) { cancelOrder(id: $id, reason: "Bukan milik saya") { __typename } }'
    deliver = "mutation ($id: ID!) { deliverOrder(id: $id) { __typename } }"
    id = {"id": here.private.order}

    strangers = [there.actors[role] for role in (Role.BUYER, Role.OFFICER, Role.VENDOR, Role.CITY_HALL)]
    cancelled = [(await market.ask(cancel, id, actor=actor)).codes for actor in strangers]
    delivered = [(await market.ask(deliver, id, actor=actor)).codes for actor in strangers[2:]]

    assert cancelled == [["unknown_order"]] * 4
    assert delivered == [["unknown_order"]] * 2


async def test_one_buys_for_oneself_and_an_officer_for_the_department(market: World) -> None:
    here = await town(market)
    place = """mutation ($buyer: ID!, $variant: ID!) {
        placeOrder(basket: {buyer: $buyer, items: [{variant: $variant, quantity: 1}]}, idempotencyKey: "other") {
            __typename } }"""
    variables = {"buyer": global_id(here.private.buyer), "variant": global_id(here.private.variant)}

    officer = await market.ask(place, variables, actor=here.actors[Role.OFFICER])
    other = await market.ask(place, variables, actor=as_buyer(await market.buyer(name="Orang lain")))

    assert (officer.codes, other.codes) == (["forbidden"], ["forbidden"])


@pytest.mark.market({SURABAYA: ["batik_suroboyo"]})
async def test_who_also_keeps_a_shop_reads_of_its_orders_no_more_than_the_shop(market: World) -> None:
    here = await town(market, SURABAYA)
    keeper, of_shop = await market.buyer(name="Pemilik toko"), here.actors[Role.VENDOR]
    department = await market.department(SURABAYA, "lain")
    ask = """query ($id: ID!) {
        order(id: $id) { id buyer { name } purchase { id } decisions { rule } delivery { name } } }"""
    own = await case_of(market, SURABAYA, keeper, as_buyer(keeper))
    both = [
        replace(of_shop, roles=frozenset({Role.BUYER, Role.VENDOR}), buyer=UUID(str(keeper.id))),
        replace(of_shop, roles=frozenset({Role.OFFICER, Role.VENDOR}), department=UUID(str(department.id))),
    ]

    seen = [(await market.ask(ask, {"id": here.private.order}, actor=actor)).data["order"] for actor in both]
    mine = (await market.ask(ask, {"id": own.order}, actor=both[0])).data["order"]
    lists = [await listed(market, both[0], name) for name in LISTS]

    nothing: dict[str, Any] = {"buyer": None, "purchase": None, "decisions": [], "delivery": {"name": ""}}
    assert seen == [{"id": here.private.order, **nothing}] * 2
    assert mine["purchase"] == {"id": own.purchase}
    assert mine["decisions"] != []
    assert lists == [{here.private.order, own.order}, {own.refused}, {global_id(keeper)}]
