"""How many statements each step of an order takes: the same for one line and for twenty. A change is a decision.

Where two numbers stand, PostgreSQL writes by one statement what SQLite, to whom a statement is no journey, does by
several.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest

from peken import models, orders
from peken.actors import Actor
from peken.orders import Basket, Item, NotPlaced, Placed, Review
from peken.testing.world import World, as_buyer, as_city_hall

SURABAYA = "35.78"
REVIEWED: Final = 4
"""The buyer and the wares; the plugin's own fact; the balances."""
REPLAYED: Final = 5
"""The review, of a buyer who may have changed hands; the key, which was used."""
RANKED: Final = 2
"""After the commit: the sales of the shops, and their places where these changed."""
PLACED: Final = {"sqlite": 15 + RANKED, "postgres": 6 + RANKED}
"""The review; purchase and stock; tally ledger and balances; orders, lines, stock ledger, docket and decisions; audit
and outbox, the wares again."""
WITHOUT_RULES: Final = {"sqlite": 9, "postgres": 3}
REFUSED: Final = {"sqlite": 9, "postgres": 5}
"""The key; the review; the key again; the attempt, its docket and its decisions; audit and outbox."""
DELIVERED: Final = {"sqlite": 10, "postgres": 6}
"""The order, moved; its lines and wares; the buyer; ledger and balances; docket and decisions; audit and outbox."""
CANCELLED: Final = {"sqlite": 10 + RANKED, "postgres": 9 + RANKED}
"""The order, moved; its lines and wares; stock and its ledger; what was counted, ledger, balances; audit, outbox."""

with_rules = pytest.mark.market({SURABAYA: ["batik_suroboyo", "malang_quota"]})


async def basket(market: World, lines: int, vendors: int, actor: Actor, key: str = "k") -> Basket:
    """A basket of so many products, dealt out over so many shops."""
    shops = [await market.vendor(kind="umkm") for _ in range(vendors)]
    wares = [await market.product(shops[number % vendors], price=1_000) for number in range(lines)]
    assert actor.buyer is not None
    return Basket(buyer=actor.buyer, items=tuple(Item(ware.id, 1) for ware in wares), key=key)


async def placed(market: World, wanted: Basket, actor: Actor) -> list[models.Order]:
    """The orders of a purchase."""
    answer = await orders.place(market.market, actor, wanted)
    assert isinstance(answer, Placed)
    return await models.Order.filter(purchase_id=answer.purchase)


SHAPES: Final = ((1, 1), (20, 1), (20, 5))
"""Lines and shops of the baskets compared."""


async def counted(market: World, work: Callable[[Actor, Basket], Awaitable[object]], kind: type) -> list[int]:
    """How many statements the work takes for each shape of basket, all answered alike."""
    counts = []
    for lines, vendors in SHAPES:
        actor = as_buyer(await market.buyer(classes={}))
        wanted = await basket(market, lines, vendors, actor)
        with market.market.database.counting() as statements:
            answer = await work(actor, wanted)
        assert isinstance(answer, kind)
        counts.append(len(statements))
    return counts


@with_rules
async def test_placing(market: World) -> None:
    counts = await counted(market, partial(orders.place, market.market), Placed)

    assert counts == [PLACED[market.market.database.dialect]] * 3


@pytest.mark.market({SURABAYA: []})
async def test_placing_where_no_rule_binds(market: World) -> None:
    counts = await counted(market, partial(orders.place, market.market), Placed)

    assert counts == [WITHOUT_RULES[market.market.database.dialect]] * 3


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin of as many rules as its settings say."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "dists" / "crowd"))


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(number, marks=pytest.mark.market({SURABAYA: ["crowd"]}, {"crowd": {"rules": number}}))
        for number in (3, 10, 30)
    ],
)
@pytest.mark.usefixtures("crowd")
async def test_more_rules_take_no_more_statements(market: World, rules: int) -> None:
    counts = await counted(market, partial(orders.place, market.market), Placed)

    assert len({rule for city in market.market.cities.values() for rule in city.rulebook.rules}) == rules
    asked_for_its_own_fact = 1
    assert counts == [PLACED[market.market.database.dialect] - RANKED - asked_for_its_own_fact] * 3


@with_rules
async def test_asking_beforehand(market: World) -> None:
    counts = await counted(market, partial(orders.reconsider, market.market, at=market.clock.at), Review)

    assert counts == [REVIEWED] * 3


@with_rules
async def test_being_refused(market: World) -> None:
    async def refused(actor: Actor, wanted: Basket) -> Placed | NotPlaced:
        dear = tuple(Item(item.variant, 1, 40_000_000) for item in wanted.items)
        return await orders.place(market.market, actor, msgspec.structs.replace(wanted, items=dear))

    counts = await counted(market, refused, NotPlaced)

    assert counts == [REFUSED[market.market.database.dialect]] * 3


@with_rules
async def test_the_same_key_again(market: World) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    wanted = await basket(market, 20, 5, actor)
    await orders.place(market.market, actor, wanted)

    with market.market.database.counting() as statements:
        await orders.place(market.market, actor, wanted)

    assert len(statements) == REPLAYED, statements


@pytest.mark.parametrize("lines", [1, 20])
@with_rules
async def test_delivering_and_cancelling(market: World, lines: int) -> None:
    actor = as_buyer(await market.buyer(classes={}))
    (order,) = await placed(market, await basket(market, lines, 1, actor), actor)
    hall = as_city_hall(SURABAYA)

    with market.market.database.counting() as delivering:
        await orders.deliver(market.market, hall, order.id)
    with market.market.database.counting() as cancelling:
        await orders.cancel(market.market, hall, order.id, "sent back")

    engine = market.market.database.dialect
    assert len(delivering) == DELIVERED[engine], delivering
    assert len(cancelling) == CANCELLED[engine], cancelling


TOLD: Final = ("placed", "delivered", "cancelled")


@pytest.fixture
def scribe(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin that writes down what it is told of."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "dists" / "scribe"))


def by_scribe(statements: list[str]) -> int:
    """How many of these statements are the plugin's own."""
    return sum('INTO "note"' in statement for statement in statements)


@pytest.mark.parametrize(("lines", "shops"), SHAPES)
@pytest.mark.usefixtures("scribe")
@pytest.mark.market({SURABAYA: ["scribe"]})
async def test_what_a_plugin_adds_when_it_is_told_is_its_own_statements(market: World, lines: int, shops: int) -> None:
    actor, hall, database = as_buyer(await market.buyer(classes={})), as_city_hall(SURABAYA), market.market.database
    wanted = await basket(market, lines, shops, actor)

    with database.counting() as placing:
        bought = await placed(market, wanted, actor)
    with database.counting() as delivering:
        await orders.deliver(market.market, hall, bought[0].id)
    with database.counting() as cancelling:
        await orders.cancel(market.market, hall, bought[0].id, "sent back")

    assert [by_scribe(each) for each in (placing, delivering, cancelling)] == [shops, 1, 1]
    read_by_this_test = 1
    assert len(placing) == WITHOUT_RULES[database.dialect] + shops + read_by_this_test
    names = {row["name"] for row in await database.fetch("SELECT name FROM note")}
    assert {f"scribe.{told}.{bought[0].id}" for told in TOLD} <= names
