"""Several markets in one process, asked at once: they share no row, field, hook or setting."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from peken import models
from peken.testing.templates import Templates
from peken.testing.world import World, as_auditor, as_buyer, global_id, opened_world, settings_for

HERE = Path(__file__).parent
DISTS = (HERE / "schema" / "dists" / "dermaga", HERE / "host" / "dists" / "lighthouse")
PIER, LIGHTHOUSE, QUOTA = "dermaga", "lighthouse", "malang_quota"
MALANG = "35.73"
ROUNDS = 6

PLACE = """mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) {
    __typename ... on PurchaseRefused { objections { code } } } }"""
OWED = "{ me { buyer { obligations { rule due } } } }"
TIDE = "{ products { nodes { tide } } }"
LAMP = "{ products { nodes { lamp } } }"


@dataclass
class Town:
    """One market with a shop and an ASN of its own."""

    world: World
    variant: models.Variant
    asn: models.Buyer

    async def live(self) -> list[Mapping[str, Any]]:
        """What this market answers, over and over, while others do the same."""
        return [await self._day(number) for number in range(ROUNDS)]

    async def _day(self, number: int) -> Mapping[str, Any]:
        ask, actor = self.world.ask, as_buyer(self.asn)
        items = [{"variant": global_id(self.variant), "quantity": 1}]
        placed = (await ask(PLACE, {"items": items, "key": f"k{number}"}, actor=actor)).data["placeOrder"]
        products = (await ask("{ products { nodes { name } } }")).data["products"]["nodes"]
        owed = (await ask(OWED, actor=actor)).data["me"]["buyer"]["obligations"]
        return {
            "objections": [objection["code"] for objection in placed.get("objections", [])],
            "owed": [obligation["due"] for obligation in owed],
            "products": [product["name"] for product in products],
            "tide": "errors" not in (await ask(TIDE)).body,
            "lamp": "errors" not in (await ask(LAMP)).body,
        }


async def settled(world: World, name: str) -> Town:
    """A market with one shop that sells `name`."""
    with world.market.database.bound():
        shop = await world.vendor(name=f"Toko {name}")
        variant = await world.product(shop, name=name)
        asn = await world.buyer(classes={"golongan": "I/c"})
    return Town(world, variant, asn)


@pytest.fixture
async def towns(
    market_templates: Templates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Town, Town, Town]]:
    """A market with a pier, one with a lighthouse, both on SQLite; and one with no plugin, on PostgreSQL."""
    for dist in DISTS:
        monkeypatch.syspath_prepend(str(dist))
    quota = {name: {"minimum": name} for name in ("flat", "golongan")}
    wanted = {
        "Ikan": ("sqlite", settings_for({MALANG: [PIER, QUOTA]}, {QUOTA: quota["flat"], PIER: {"fee": 7}})),
        "Kopi": ("sqlite", settings_for({MALANG: [LIGHTHOUSE, QUOTA]}, {QUOTA: quota["golongan"]})),
        "Beras": ("postgres", settings_for({MALANG: []})),
    }
    made = []
    async with AsyncExitStack() as stack:
        for name, (engine, settings) in wanted.items():
            (folder := tmp_path / name).mkdir()
            url = await stack.enter_async_context(market_templates.copied(engine, settings, folder))
            made.append(await settled(await stack.enter_async_context(opened_world(settings, url)), name))
        yield made[0], made[1], made[2]


async def test_markets_asked_at_once_answer_each_by_its_own_rules(towns: tuple[Town, Town, Town]) -> None:
    pier, lighthouse, bare = await asyncio.gather(*(town.live() for town in towns))

    nothing: dict[str, Any] = {"objections": [], "owed": [], "tide": False, "lamp": False}
    assert pier == [{**nothing, "owed": [500_000], "products": ["Ikan"], "tide": True}] * ROUNDS
    assert (
        lighthouse
        == [{"objections": ["too_dark"], "owed": [200_000], "products": ["Kopi"], "tide": False, "lamp": True}] * ROUNDS
    )
    assert bare == [{**nothing, "products": ["Beras"]}] * ROUNDS


async def test_what_a_plugin_keeps_is_kept_only_where_it_is_loaded(towns: tuple[Town, Town, Town]) -> None:
    await asyncio.gather(*(town.live() for town in towns))

    told = [await town.world.ask("{ arrivals }", actor=as_auditor(MALANG)) for town in towns]
    shut = await towns[0].world.ask("{ arrivals }", actor=as_buyer(towns[0].asn))
    placed = [await town.world.ask("{ orders { totalCount } }", actor=as_auditor(MALANG)) for town in towns]

    assert told[0].data == {"arrivals": [7] * ROUNDS}
    assert [answer.codes for answer in told[1:]] == [["bad_document"]] * 2
    assert shut.codes == ["forbidden"]
    assert [answer.data["orders"]["totalCount"] for answer in placed] == [ROUNDS, 0, ROUNDS]
    assert [list(town.world.market.database.models) for town in towns] == [["peken", PIER], ["peken"], ["peken"]]


async def test_a_row_of_one_market_is_not_there_in_another(towns: tuple[Town, Town, Town]) -> None:
    ask = "query ($product: ID!, $buyer: ID!) { product: node(id: $product) { id } buyer: node(id: $buyer) { id } }"

    for own in towns:
        ids = {"product": global_id(own.variant), "buyer": global_id(own.asn)}
        found = [(await town.world.ask(ask, ids, actor=as_auditor(MALANG))).data for town in towns]
        there = [data["product"] is not None and data["buyer"] is not None for data in found]
        absent = [data["product"] is None and data["buyer"] is None for data in found]
        assert there == [town is own for town in towns]
        assert absent == [town is not own for town in towns]


async def test_a_token_of_one_market_says_nothing_in_another(towns: tuple[Town, Town, Town]) -> None:
    one, other, _ = towns
    actor = as_buyer(one.asn)
    other.world._tokens[actor] = one.world.token(actor)

    answer = await other.world.ask(OWED, actor=actor)

    assert answer.status == 401
