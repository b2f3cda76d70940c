"""Many purchases at once, bought and delivered in one transaction: for imports, whose baskets wait for nobody.

Rows are read once for all baskets and written once for all. In between each is judged by itself, in the order given,
by the balances that those before it leave: the rules, decisions and refusals are those of `place` and `deliver`. Where
anything is out of the ordinary nothing is written: those baskets are for `place` and `deliver` to buy, one by one.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID

from peken import buyers, hookspecs, judging, parameters, ranking, tallies
from peken.actors import Actor
from peken.database import Insert
from peken.errors import PekenError
from peken.hookspecs import PlacedOrder
from peken.ids import new_id
from peken.judging import Hearing, JudgedLine, Own
from peken.market import Market, ServedCity
from peken.models.orders import OrderStatus
from peken.orders.baskets import Basket
from peken.orders.drafting import Wish, draw_up
from peken.orders.moving import sells
from peken.orders.placing import (
    ONCE,
    NotPlaced,
    Placed,
    Review,
    buys_for,
    earlier_of,
    lines_of,
    order_rows,
    orders_of,
    purchase_rows,
    refusal_rows,
    reviewed,
)
from peken.orders.reading import Found
from peken.records import records_of
from peken.rules import Decision, Fact, LineKeys, Moment
from peken.stock import AlreadyThere, take
from peken.tallies import Count
from peken.wares import in_sql, same, wares


@dataclass(frozen=True, slots=True)
class Bought:
    """A basket bought elsewhere: by whom and when, and when it was delivered, on the same day of the city.

    `seller` is who says so for a shop.
    """

    actor: Actor
    basket: Basket
    at: datetime
    seller: Callable[[UUID], Actor]
    delivered_at: datetime


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A basket with the rows it was made of."""

    bought: Bought
    buyer: buyers.Card
    wish: Wish
    purchase: UUID
    lines: tuple[JudgedLine, ...]

    def about(self) -> tuple[LineKeys, ...]:
        """Whom and what its lines are about."""
        recipient = self.bought.basket.recipient
        to = self.buyer.gives_to(recipient.name, recipient.region)
        return judging.keys_of(self.purchase, self.buyer, self.lines, to)

    async def hear(
        self, market: Market, lines: Sequence[JudgedLine], at: datetime, moment: Moment, own: Own
    ) -> Hearing:
        """Lays some of its lines before the rules."""
        to = (self.bought.basket.recipient.name, self.bought.basket.recipient.region)
        return await judging.hear(market, self.purchase, self.buyer, lines, *to, at, moment, own)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """One order, and what counts of it when it is delivered."""

    order: PlacedOrder
    seller: Actor
    hearing: Hearing


@dataclass(frozen=True, slots=True)
class _Case:
    """A basket that was judged; it has no deliveries where it is refused."""

    bought: Bought
    review: Review
    deliveries: tuple[_Delivery, ...] = ()

    @property
    def orders(self) -> tuple[PlacedOrder, ...]:
        return tuple(delivery.order for delivery in self.deliveries)

    def counts(self) -> list[Count]:
        """All that it counts, placed and delivered."""
        placed, delivered = Moment.PLACED.value, Moment.DELIVERED.value
        later = [step for delivery in self.deliveries for step in delivery.hearing.steps]
        return [
            *(Count(step, placed, self.bought.at) for step in self.review.hearing.steps),
            *(Count(step, delivered, self.bought.delivered_at) for step in later),
        ]


class _Extraordinary(Exception):
    """What only `place` and `deliver` know to answer."""


async def carry_out(market: Market, city: str, baskets: Sequence[Bought]) -> list[Placed | NotPlaced] | None:
    """Buys and delivers baskets of one day in this order, or keeps their refusals; None where nothing was written.

    Plugins are told in this order too, once all rows are written; their own facts are read once, before all.
    """
    try:
        served = await parameters.served(market, city)
        cases = await _judge(market, served, baskets)
        return await market.database.retrying(partial(_write, market, served, cases))
    except (_Extraordinary, AlreadyThere, tallies.CapReached):
        return None
    except PekenError as error:
        if error.code == "outcome_unknown":
            raise
        return None


# Reading and asking


async def _judge(market: Market, city: ServedCity, baskets: Sequence[Bought]) -> list[_Case]:
    """Each basket as it would be judged after those before it. What counts on delivery is not asked in placing."""
    [day] = {city.today(at) for each in baskets for at in (each.at, each.delivered_at)}
    drawn = await _draw(market, city, baskets, day)
    own = await _own_facts(market, city, drawn, day)
    hearings = [await each.hear(market, each.lines, each.bought.at, Moment.PLACED, own) for each in drawn]
    balances = await tallies.standing(market.database, {key for hearing in hearings for key in hearing.keys})
    cases: list[_Case] = []
    for each, hearing in zip(drawn, hearings, strict=True):
        review = await reviewed(market, each.wish, each.purchase, hearing, balances)
        if review.refused:
            await _ordinary(market, each)
            cases.append(_Case(each.bought, review))
            continue
        for step in hearing.steps:
            balances[step.key] += step.amount
        cases.append(_Case(each.bought, review, await _deliveries(market, each, own)))
    return cases


async def _draw(market: Market, city: ServedCity, baskets: Sequence[Bought], day: date) -> list[_Drawn]:
    """All baskets by two statements."""
    cards = await buyers.cards(market, [each.basket.buyer for each in baskets], {city.code: day})
    named = [item.variant for each in baskets for item in each.basket.items]
    known = await wares(market.database, named)
    drawn: list[_Drawn] = []
    for each in baskets:
        buyer = cards.get(each.basket.buyer)
        if buyer is None or not buys_for(each.actor, buyer) or each.basket.recipient.region:
            raise _Extraordinary
        on_sale = {item.variant: known[item.variant] for item in each.basket.items if item.variant in known}
        wish = draw_up(market, each.basket, Found(buyer, on_sale, delivers=True), each.at)
        drawn.append(_Drawn(each, buyer, wish, new_id(), lines_of(wish)))
    return drawn


async def _own_facts(market: Market, city: ServedCity, drawn: Sequence[_Drawn], day: date) -> Own:
    """The facts of plugins' own types about all baskets, each type loaded once."""
    today = city.rulebook.day(day, **judging.asked(market, city))
    needed = {*judging.needs_at(city, today, Moment.PLACED), *judging.needs_at(city, today, Moment.DELIVERED)}
    keys = [key for each in drawn for key in each.about()]
    return partial(_among, await judging.own_facts(city, keys, needed, day))


def _among(
    loaded: Mapping[type[Fact], Mapping[str, Fact]], keys: Sequence[LineKeys], needed: Collection[type[Fact]]
) -> dict[type[Fact], Mapping[str, Fact]]:
    """Of what was loaded, what is about these lines."""
    return {
        fact: {key: found[key] for line in keys if (key := getattr(line, fact.of)) in found}
        for fact, found in loaded.items()
        if fact in needed
    }


async def _ordinary(market: Market, drawn: _Drawn) -> None:
    """A refusal is ordinary where it is the rules', and the key is not that of an earlier purchase."""
    if drawn.wish.objections or await earlier_of(market, drawn.bought.actor, drawn.bought.basket) is not None:
        raise _Extraordinary


async def _deliveries(market: Market, drawn: _Drawn, own: Own) -> tuple[_Delivery, ...]:
    """The orders of a basket, each before the rules for its delivery."""
    bought = drawn.bought
    deliveries: list[_Delivery] = []
    for order in orders_of(drawn.purchase, drawn.wish, drawn.lines, bought.at):
        seller = bought.seller(order.vendor)
        if not sells(seller, order.vendor, order.city):
            raise _Extraordinary
        # The basket is forgotten by then: its lines have no number any more.
        lines = [replace(line, item=None) for line in drawn.lines if line.ware.vendor == order.vendor]
        hearing = await drawn.hear(market, lines, bought.delivered_at, Moment.DELIVERED, own)
        deliveries.append(_Delivery(order, seller, hearing))
    return tuple(deliveries)


# Writing


async def _write(market: Market, city: ServedCity, cases: Sequence[_Case]) -> list[Placed | NotPlaced]:
    database, bought = market.database, [case for case in cases if not case.review.refused]
    async with database.unit_of_work():
        after = await _take(market, city, bought)
        inserts: list[Insert] = []
        said: list[Decision] = []
        answers: list[Placed | NotPlaced] = []
        for case in cases:
            answer, rows, decisions = _refusal(case) if case.review.refused else _sale(case, after)
            answers.append(answer)
            inserts += rows
            said += decisions
        await database.insert_all(*_together(inserts))
        for case in bought:
            await _tell(market, city, case)
        ranking.after_sale(market, city, (order.vendor for case in bought for order in case.orders), cases[0].bought.at)
        database.after_commit(partial(market.metrics.decided, said))
    return answers


async def _take(market: Market, city: ServedCity, bought: Sequence[_Case]) -> dict[tallies.Key, int]:
    """Takes keys, stock and room under caps, for all or for none: the balances as they were before."""
    database = market.database
    rows = purchase_rows((case.bought.actor, case.review, case.bought.at) for case in bought)
    wanted = Counter[UUID]()
    for case in bought:
        wanted.update(case.review.wish.wanted)
    if await take(database, wanted, rows, ONCE) is not None:
        raise _Extraordinary
    # The variants are locked now, as in `place`.
    known = {key: ware for case in bought for key, ware in case.review.wish.wares.items()}
    if not same(await database.records(*in_sql(database, known)), known.values()):
        raise _Extraordinary
    counts = [count for case in bought for count in case.counts()]
    balances = await tallies.count_all(database, city.code, counts)
    for step, _, _ in counts:
        balances[step.key] -= step.amount
    return balances


_Written = tuple[Placed | NotPlaced, list[Insert], Sequence[Decision]]


def _refusal(case: _Case) -> _Written:
    answer = NotPlaced(new_id(), case.review.objections, case.review.decisions)
    return answer, refusal_rows(case.bought.actor, case.review, answer, case.bought.at), answer.decisions


def _sale(case: _Case, balances: dict[tallies.Key, int]) -> _Written:
    """The rows of a purchase and its deliveries; takes `balances` on to what it leaves."""
    review, bought, city = case.review, case.bought, case.review.hearing.city.code
    decisions = [*(d for d in review.decisions if not d.window), *review.hearing.weigh(balances)]
    rows = [
        *order_rows(review.wish, case.orders, OrderStatus.DELIVERED, bought.delivered_at),
        *judging.records_of(review.hearing, review.purchase, decisions, bought.at),
        *records_of(bought.actor, city, "order.placed", [order.id for order in case.orders], bought.at),
    ]
    for delivery in case.deliveries:
        order, hearing, at = delivery.order, delivery.hearing, bought.delivered_at
        weighed = hearing.weigh(balances)
        if judging.binding(weighed):
            raise _Extraordinary
        rows += judging.records_of(hearing, order.id, weighed, at)
        rows += records_of(delivery.seller, city, "order.delivered", [order.id], at)
        decisions += weighed
        for step in hearing.steps:
            balances[step.key] += step.amount
    for step in review.hearing.steps:
        balances[step.key] += step.amount
    return Placed(review.purchase, case.orders), rows, decisions


def _together(inserts: Iterable[Insert]) -> list[Insert]:
    """One insert for each table."""
    rows: dict[tuple[str, tuple[str, ...]], list[Sequence[object]]] = {}
    for each in inserts:
        rows.setdefault((each.table, each.columns), []).extend(each.rows)
    return [Insert(*table, found) for table, found in rows.items()]


async def _tell(market: Market, city: ServedCity, case: _Case) -> None:
    hooks = market.hooks.for_city(city.code)
    for order in case.orders:
        await hooks.tell(hookspecs.order_placed, order=order)
    for order in case.orders:
        await hooks.tell(hookspecs.order_delivered, order=order, at=case.bought.delivered_at)
