"""Placing a purchase: read, ask, write. Refusals carry every objection; a retry finds the first answer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import msgspec

from peken import buyers, hookspecs, judging, ranking, tallies
from peken.actors import Actor, Role
from peken.database import Insert, uuid_of
from peken.errors import Objection, PekenError
from peken.hooks import Plugin, PluginFailed
from peken.hookspecs import PlacedOrder
from peken.ids import new_id
from peken.judging import Hearing, JudgedLine
from peken.market import Market
from peken.money import Rupiah
from peken.orders.baskets import Basket
from peken.orders.drafting import Wish, draw_up, short_of_stock
from peken.orders.reading import Found, find
from peken.records import records_of
from peken.rules import Decision, Moment
from peken.stock import AlreadyThere, take
from peken.wares import in_sql, same

LATER: Final = (Moment.PAID, Moment.DELIVERED)
"""Moments after the placing, in which a purchase may yet count."""
ATTEMPTS = 5
"""How often a purchase is tried again when, meanwhile, the rows it was judged by have moved."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The purchase that answers this key, be it made now or by an earlier try (`replayed`, then without its orders).

    Made now, its orders say all of it: city, buyer and instant are the same in each, and all have just been placed.
    """

    purchase: UUID
    orders: tuple[PlacedOrder, ...] = ()
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """Nothing was bought. `attempt` is the key under which the refusal and its decisions are kept."""

    attempt: UUID
    objections: tuple[Objection, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What the market and the rules say of a wish, before anything is written."""

    wish: Wish
    purchase: UUID
    hearing: Hearing
    lines: tuple[JudgedLine, ...]
    decisions: tuple[Decision, ...]
    objections: tuple[Objection, ...]

    @property
    def refused(self) -> bool:
        """Whether the purchase would not be placed."""
        return bool(self.objections)


@dataclass(frozen=True, slots=True)
class _Against:
    """What was found against a purchase while it was written, beyond what its review had said."""

    objections: Sequence[Objection] = ()
    decisions: Sequence[Decision] = ()


class _OutOfStock(Exception):
    """Stock has gone since the wish was drawn up."""

    def __init__(self, left: Mapping[UUID, int]) -> None:
        super().__init__()
        self.left = left


class _Moved(Exception):
    """What the wish was judged by is no longer so: a price, a product or a shop."""


async def place(market: Market, actor: Actor, basket: Basket, at: datetime | None = None) -> Placed | NotPlaced:
    """Buys a basket, all or nothing: one purchase, an order for each vendor.

    `at` is now, but for imports. Raises PekenError: `forbidden`, `unknown_buyer`, `bad_basket`,
    `key_reused` when the key was used for another basket, `try_again` when the rows will not hold still.
    """
    at = at or market.now()
    for _ in range(ATTEMPTS):
        found = await _find(market, actor, basket, at)
        try:
            review = await _review(market, found, basket, at)
            answer = await _answer(market, actor, review, at)
        except Exception:
            # Whatever has broken since, what was bought before stays bought, and its key is answered.
            if (earlier := await earlier_of(market, actor, basket)) is not None:
                return earlier
            raise
        if isinstance(answer, Placed):
            return answer
        # Asked last, since most keys are new: what stands in the way may be this very purchase, made before.
        if (earlier := await earlier_of(market, actor, basket)) is not None:
            return earlier
        if answer is not None:
            return await _refuse(market, actor, review, at, answer)
    raise PekenError("try_again", "The shop is very busy. Please try again.", status=503)


async def _answer(market: Market, actor: Actor, review: Review, at: datetime) -> "Placed | _Against | None":
    """The purchase, or what stands against it; None where it has to be judged anew."""
    if review.refused:
        return _Against()
    try:
        return await market.database.retrying(partial(_write, market, actor, review, at))
    except (AlreadyThere, _Moved):
        return None
    except _OutOfStock as gone:
        return _Against(objections=short_of_stock(review.wish, gone.left))
    except tallies.CapReached:
        refusal = await _at_the_cap(market, review)
        return _Against(decisions=refusal) if refusal else None


async def reconsider(market: Market, actor: Actor, basket: Basket, at: datetime) -> Review:
    """What would be said of a basket, now and when it is delivered: reads and asks, writes nothing.

    Errors as `place`.
    """
    found = await _find(market, actor, basket, at)
    review, buyer = await _review(market, found, basket, at), found.buyer
    prospects: list[Decision] = []
    to = (basket.recipient.name, basket.recipient.region)
    for moment in LATER:
        hearing = await judging.hear(market, review.purchase, buyer, review.lines, *to, at, moment)
        prospects += hearing.weigh(await tallies.standing(market.database, hearing.keys))
    return replace(review, decisions=(*review.decisions, *prospects))


async def _review(market: Market, found: Found, basket: Basket, at: datetime) -> Review:
    wish = draw_up(market, basket, found, at)
    purchase, lines = new_id(), lines_of(wish)
    to = (basket.recipient.name, basket.recipient.region)
    hearing = await judging.hear(market, purchase, found.buyer, lines, *to, at, Moment.PLACED)
    return await reviewed(market, wish, purchase, hearing, await tallies.standing(market.database, hearing.keys))


def lines_of(wish: Wish) -> tuple[JudgedLine, ...]:
    """The lines that a wish would become."""
    return tuple(
        JudgedLine(new_id(), wish.wares[line.variant], line.quantity, line.amount, number)
        for number, line in zip(wish.numbers, wish.draft.lines, strict=True)
    )


async def reviewed(
    market: Market, wish: Wish, purchase: UUID, hearing: Hearing, balances: Mapping[tallies.Key, int]
) -> Review:
    """What is said of a wish, given the balances before it."""
    decisions = (*judging.judge(hearing), *hearing.weigh(balances))
    spoken = await market.hooks.for_city(hearing.city.code).judge(hookspecs.judge_order, draft=wish.draft)
    objections = (
        *wish.objections,
        *(hearing.objection(decision) for decision in judging.binding(decisions)),
        *(_spoken(wish, plugin, objection) for plugin, objection in spoken),
    )
    return Review(wish, purchase, hearing, hearing.lines, decisions, objections)


def _spoken(wish: Wish, plugin: Plugin, said: hookspecs.Objection) -> Objection:
    """What the free code of a plugin said, as the buyer is shown it. Raises PluginFailed for lines that are not."""
    try:
        items = tuple(sorted({wish.numbers[line] for line in said.lines}))
    except IndexError as error:
        raise PluginFailed(plugin.name, hookspecs.judge_order.__name__) from error
    return Objection(
        said.code,
        said.message,
        said.values,
        judging.path_to(items),
        citation=said.cites,
        plugin=plugin.name,
        lines=items,
        inputs=said.inputs,
    )


def buyer_or_refuse(buyer: UUID | None) -> UUID:
    """The buyer that was named. Raises PekenError `no_buyer` where nobody was."""
    if buyer is None:
        raise PekenError("no_buyer", "Say for which buyer you buy.")
    return buyer


async def _find(market: Market, actor: Actor, basket: Basket, at: datetime) -> Found:
    """What a basket names. Raises PekenError `unknown_buyer`, and `forbidden` where the actor may not buy for it."""
    found = await find(market, market.city(actor.city), basket, at)
    if not buys_for(actor, found.buyer):
        raise PekenError("forbidden", "You may not buy for this buyer.", status=403)
    return found


def buys_for(actor: Actor, buyer: buyers.Card) -> bool:
    """Whether the actor may buy for a buyer."""
    for_department = actor.has(Role.OFFICER) and buyer.kind == "department" and buyer.department == actor.department
    return buyer.id == actor.buyer or for_department


async def earlier_of(market: Market, actor: Actor, basket: Basket) -> Placed | None:
    """The purchase that answers the basket's key already. Raises PekenError `key_reused`."""
    rows = await market.database.fetch(
        "SELECT id, payload_hash FROM purchase WHERE actor = $1 AND idempotency_key = $2",
        actor.subject,
        basket.key,
    )
    if not rows:
        return None
    if rows[0]["payload_hash"] != basket.payload_hash():
        raise PekenError("key_reused", "This idempotency key was used for another purchase.", status=409)
    return Placed(uuid_of(rows[0]["id"]), replayed=True)


async def _at_the_cap(market: Market, review: Review) -> Sequence[Decision]:
    """The decisions with the figures of this moment; none if the cap has room again meanwhile, or the goods changed."""
    wares = review.wish.wares
    if not same(await market.database.records(*in_sql(market.database, wares)), wares.values()):
        return ()
    balances = await tallies.standing(market.database, review.hearing.keys)
    decisions = review.hearing.weigh(balances)
    return decisions if judging.binding(decisions) else ()


async def _refuse(market: Market, actor: Actor, review: Review, at: datetime, against: _Against) -> NotPlaced:
    """Keeps the refusal with its decisions, in a transaction of its own. No key is consumed."""
    hearing = review.hearing
    tallied = {(decision.rule, decision.subject) for decision in against.decisions}
    kept = [d for d in review.decisions if (d.rule, d.subject) not in tallied]
    spoken = (*kept, *against.decisions)
    told = (
        *review.objections,
        *against.objections,
        *(hearing.objection(decision) for decision in judging.binding(against.decisions)),
    )
    answer = NotPlaced(new_id(), told, spoken)
    async with market.database.unit_of_work():
        await market.database.insert_all(*refusal_rows(actor, review, answer, at))
    market.metrics.decided(spoken)
    return answer


def refusal_rows(actor: Actor, review: Review, answer: NotPlaced, at: datetime) -> list[Insert]:
    """The rows that keep a refusal with its decisions."""
    hearing, wish = review.hearing, review.wish
    city = hearing.city.code
    told = [_plain(objection) for objection in answer.objections]
    return [
        Insert(
            "attempt",
            ("id", "city_id", "buyer_id", "amount", "objections", "at"),
            [(answer.attempt, city, wish.draft.buyer, wish.amount, told, at)],
        ),
        *judging.records_of(hearing, answer.attempt, answer.decisions, at),
        *records_of(actor, city, "purchase.refused", [answer.attempt], at),
    ]


def _plain(objection: Objection) -> dict[str, object]:
    """An objection for storage; what a plugin gives may hold more than JSON knows."""
    own = replace(objection, values=dict(objection.values), inputs=dict(objection.inputs))
    plain: dict[str, object] = msgspec.to_builtins(own, str_keys=True, enc_hook=str)
    return plain


async def _write(market: Market, actor: Actor, review: Review, at: datetime) -> Placed:
    database, hearing, wish = market.database, review.hearing, review.wish
    city = hearing.city.code
    orders = orders_of(review.purchase, wish, review.lines, at)
    async with database.unit_of_work():
        left = await take(database, wish.wanted, purchase_rows([(actor, review, at)]), ONCE)
        if left is not None:
            raise _OutOfStock(left)
        after = await tallies.count(database, city, hearing.steps, Moment.PLACED.value, at)
        decisions = (*(d for d in review.decisions if not d.window), *hearing.weigh_after(after))
        now = await database.insert_all(
            *order_rows(wish, orders),
            *judging.records_of(hearing, review.purchase, decisions, at),
            *records_of(actor, city, "order.placed", [order.id for order in orders], at),
            # The variants are locked now. Whoever changes a product or a shop from here on comes after this purchase.
            then=in_sql(database, wish.wares),
        )
        if not same(now, wish.wares.values()):
            raise _Moved
        for order in orders:
            await market.hooks.for_city(city).tell(hookspecs.order_placed, order=order)
        ranking.after_sale(market, hearing.city, (order.vendor for order in orders), at)
        if decisions:
            database.after_commit(partial(market.metrics.decided, decisions))
    return Placed(review.purchase, orders)


def orders_of(purchase: UUID, wish: Wish, lines: Sequence[JudgedLine], at: datetime) -> tuple[PlacedOrder, ...]:
    """One order for each vendor, in the order in which the basket first names them."""
    by_vendor: dict[UUID, list[JudgedLine]] = defaultdict(list)
    for line in lines:
        by_vendor[line.ware.vendor].append(line)
    return tuple(
        PlacedOrder(
            id=new_id(),
            purchase=purchase,
            city=wish.draft.city,
            vendor=vendor,
            buyer=wish.draft.buyer,
            amount=Rupiah(sum(line.amount for line in of_vendor)),
            at=at,
            lines=tuple(line.placed() for line in of_vendor),
        )
        for vendor, of_vendor in by_vendor.items()
    )


ONCE: Final = "actor, idempotency_key"
"""The columns in which no two purchases are alike."""
_PURCHASE: Final = (
    *("id", "city_id", "buyer_id", "actor", "idempotency_key", "payload_hash", "amount"),
    *("recipient_name", "recipient_region", "recipient_address", "note", "placed_at"),
)


def purchase_rows(bought: Iterable[tuple[Actor, Review, datetime]]) -> Insert:
    """The rows of purchases."""
    return Insert("purchase", _PURCHASE, [_purchase_row(*each) for each in bought])


def _purchase_row(actor: Actor, review: Review, at: datetime) -> tuple[object, ...]:
    basket, recipient = review.wish.basket, review.wish.basket.recipient
    return (
        review.purchase,
        review.wish.draft.city,
        basket.buyer,
        actor.subject,
        basket.key,
        basket.payload_hash(),
        review.wish.amount,
        recipient.name,
        recipient.region,
        recipient.address,
        basket.note,
        at,
    )


def order_rows(
    wish: Wish, orders: Sequence[PlacedOrder], status: str = "placed", delivered_at: datetime | None = None
) -> list[Insert]:
    """The rows of orders, their lines, and what left the shelf."""
    found = wish.wares
    lines = [(order, line, found[line.variant]) for order in orders for line in order.lines]
    return [
        Insert(
            "orders",
            (
                *("id", "city_id", "purchase_id", "vendor_id", "buyer_id", "status", "amount"),
                *("reason", "placed_at", "delivered_at"),
            ),
            [(o.id, o.city, o.purchase, o.vendor, o.buyer, status, o.amount, "", o.at, delivered_at) for o in orders],
        ),
        Insert(
            "order_line",
            ("id", "order_id", "product_id", "variant_id", "name", "unit", "quantity", "unit_price", "amount"),
            [
                (n.id, o.id, n.product, n.variant, ware.name, ware.unit, n.quantity, ware.price, n.amount)
                for o, n, ware in lines
            ],
        ),
        Insert(
            "stock_entry",
            ("id", "variant_id", "delta", "cause", "line_id", "at"),
            [(new_id(), line.variant, -line.quantity, "placed", line.id, order.at) for order, line, _ in lines],
        ),
    ]
