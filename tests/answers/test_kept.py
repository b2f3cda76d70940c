"""What a market keeps of its answers, for whom, until when: asked over HTTP, on both engines."""

import asyncio
from datetime import timedelta

import httpx2
import pytest

from peken.actors import PUBLIC, Actor, Role
from peken.http.requests import JSON
from peken.testing.world import Answer, World, as_buyer, as_vendor, global_id

SURABAYA = "35.78"
LIST = "{ products { nodes { name price inStock variants { name price } vendor { name } } totalCount } }"
RENAME = "mutation ($id: ID!, $name: String!) { updateProduct(input: {id: $id, name: $name}) { __typename } }"
PRICE = "mutation ($id: ID!, $price: Rupiah!) { updateVariant(input: {id: $id, price: $price}) { __typename } }"
RESTOCK = "mutation ($id: ID!, $delta: Long!) { restockVariant(id: $id, delta: $delta) { __typename } }"
PLACE = """mutation ($id: ID!) {
  placeOrder(idempotencyKey: "k", basket: {items: [{variant: $id, quantity: 1}]}) { __typename }
}"""
VERIFY = 'mutation ($id: ID!) { verifyVendor(id: $id, verified: false, reason: "Tutup") { __typename } }'

pytestmark = pytest.mark.market({SURABAYA: []})


async def statements(market: World, document: str, *, actor: Actor = PUBLIC, language: str = "en") -> int:
    """How many statements an answer takes."""
    with market.market.database.counting() as seen:
        answer = await market.ask(document, actor=actor, language=language)
    assert answer.data
    return len(seen)


async def warmed(market: World, document: str) -> Answer:
    """The answer to a document that has been asked before, and so is kept."""
    await market.ask(document)
    return await market.ask(document)


async def test_from_its_second_time_on_an_answer_is_kept(market: World) -> None:
    await market.product(await market.vendor())

    taken = [await statements(market, LIST) for _ in range(3)]

    assert taken[0] > 0
    assert taken[1] > 0
    assert taken[2] == 0


async def test_buyers_share_the_answers_of_the_public(market: World) -> None:
    await market.product(await market.vendor())
    buyer = as_buyer(await market.buyer())

    public = await warmed(market, LIST)

    assert await statements(market, LIST, actor=buyer) == 0
    assert (await market.ask(LIST, actor=buyer)).body == public.body


async def test_who_sees_more_is_answered_alone(market: World) -> None:
    vendor = await market.vendor(verified=False)
    await market.product(vendor)

    public = await warmed(market, LIST)
    own = await market.ask(LIST, actor=as_vendor(vendor))
    after = await market.ask(LIST)

    assert own.data["products"]["totalCount"] == 1
    assert public.body == after.body
    assert after.data["products"]["totalCount"] == 0


@pytest.mark.parametrize(
    "document",
    [
        "{ products { nodes { name variants { stock } } } }",
        "{ vendors { nodes { name closed { code } } } }",
        "{ me { roles } cities { code } }",
        "{ __schema { queryType { name } } cities { code } }",
    ],
)
async def test_what_depends_on_the_moment_or_on_who_asks_is_never_kept(market: World, document: str) -> None:
    await market.product(await market.vendor())
    await warmed(market, document)

    async with client_of(market) as client:
        answer = await client.get("/graphql", params={"query": document})

    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


async def test_every_language_has_its_answer(market: World) -> None:
    await market.category("staples.rice")
    document = "{ categories { code name } }"

    english = [await statements(market, document) for _ in range(3)]
    indonesian = [await statements(market, document, language="id") for _ in range(2)]

    assert (english[2], indonesian[0] > 0, indonesian[1]) == (0, True, 0)


async def test_at_midnight_the_answers_of_the_day_are_over(market: World) -> None:
    document = "{ cities { notices { message } } products { nodes { name } } }"
    await warmed(market, document)

    market.clock.at += timedelta(days=1)

    assert await statements(market, document) > 0


async def test_an_answer_with_errors_is_not_kept(market: World) -> None:
    document = '{ products(after: "nonsense") { nodes { name } } }'
    await warmed(market, document)

    answers = [await market.ask(document), await market.ask(document, language="id")]

    assert [answer.codes for answer in answers] == [["bad_cursor"]] * 2
    assert answers[0].body != answers[1].body


async def test_each_change_is_seen_by_who_asks_after_it(market: World) -> None:
    vendor = await market.vendor()
    variant = await market.product(vendor, price=70_000, stock=1)
    product = global_id(await variant.product)
    staff, buyer = as_vendor(vendor), as_buyer(await market.buyer())
    hall = Actor("hall", frozenset({Role.CITY_HALL}), SURABAYA)

    async def seen() -> tuple[int, str, int, bool]:
        data = (await warmed(market, LIST)).data["products"]
        [node] = data["nodes"] or [{"name": "", "price": 0, "inStock": False}]
        return data["totalCount"], node["name"], node["price"], node["inStock"]

    found = [await seen()]
    for document, variables, actor in (
        (RENAME, {"id": product, "name": "Beras pandan"}, staff),
        (PRICE, {"id": global_id(variant), "price": 71_000}, staff),
        (PLACE, {"id": global_id(variant)}, buyer),
        (RESTOCK, {"id": global_id(variant), "delta": 5}, staff),
        (VERIFY, {"id": global_id(vendor)}, hall),
    ):
        assert (await market.ask(document, variables, actor=actor)).data
        found.append(await seen())

    assert found == [
        (1, "Beras 5 kg", 70_000, True),
        (1, "Beras pandan", 70_000, True),
        (1, "Beras pandan", 71_000, True),
        (1, "Beras pandan", 71_000, False),
        (1, "Beras pandan", 71_000, True),
        (0, "", 0, False),
    ]


async def test_a_change_of_other_tables_leaves_an_answer(market: World) -> None:
    await market.product(await market.vendor())
    await warmed(market, LIST)

    await market.buyer()

    assert await statements(market, LIST) == 0


async def test_a_hundred_who_ask_together_cost_two_answers_at_most(market: World) -> None:
    await market.product(await market.vendor())

    with market.market.database.counting() as seen:
        answers = await asyncio.gather(*(market.ask(LIST) for _ in range(100)))

    alone = await statements(market, LIST.replace("name price", "price name", 1))
    assert len({str(answer.body) for answer in answers}) == 1
    assert len(seen) <= 2 * alone


def client_of(market: World) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=market.app), base_url="http://market")


async def test_a_get_carries_a_tag_and_costs_no_body_while_it_holds(market: World) -> None:
    variant = await market.product(await market.vendor())
    await warmed(market, LIST)

    async with client_of(market) as client:
        first = await client.get("/graphql", params={"query": LIST}, headers={"accept-language": "en"})
        known = {"accept-language": "en", "if-none-match": f'"other", {first.headers["etag"]}'}
        same = await client.get("/graphql", params={"query": LIST}, headers=known)
        variant.price = 1
        await variant.save()
        changed = await client.get("/graphql", params={"query": LIST}, headers=known)

    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["vary"] == "accept, accept-language, authorization"
    assert first.headers["content-type"] == f"{JSON}; charset=utf-8"
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


async def test_what_a_signed_in_buyer_gets_is_kept_by_nobody_on_the_way(market: World) -> None:
    await market.product(await market.vendor())
    token = market.token(as_buyer(await market.buyer()))
    await warmed(market, LIST)

    async with client_of(market) as client:
        answer = await client.get("/graphql", params={"query": LIST}, headers={"authorization": f"Bearer {token}"})

    assert answer.headers["cache-control"] == "private, no-cache"


async def test_who_may_not_be_believed_gets_no_answer_that_is_kept(market: World) -> None:
    await warmed(market, LIST)

    async with client_of(market) as client:
        answer = await client.get("/graphql", params={"query": LIST}, headers={"authorization": "Bearer a.b.c"})

    assert answer.status_code == 401
    assert answer.headers["cache-control"] == "no-store"
