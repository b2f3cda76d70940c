"""Orders that move: the table of transitions, delivering and cancelling; each move happens once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from peken import buyers, hookspecs, judging, ranking, tallies
from peken.actors import Actor, Role
from peken.database import instant_of, placeholders, uuid_of
from peken.errors import Objection, PekenError, Refused
from peken.hookspecs import PlacedOrder
from peken.ids import new_id
from peken.judging import Hearing, JudgedLine
from peken.market import Market
from peken.models.buyers import BuyerKind
from peken.models.orders import OrderStatus
from peken.money import Rupiah
from peken.orders.seeing import sees
from peken.records import record, records_of
from peken.rules import Moment
from peken.stock import put_back
from peken.wares import COLUMNS, TABLES, ware_of

TRANSITIONS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = MappingProxyType(
    {
        OrderStatus.PLACED: frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED}),
        OrderStatus.DELIVERED: frozenset({OrderStatus.CANCELLED}),
        OrderStatus.CANCELLED: frozenset(),
    }
)
"""What may follow what. A delivered order is cancelled when the goods come back."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that is to move, as it was read. `department` where a department is the buyer."""

    id: UUID
    city_id: str
    purchase_id: UUID
    vendor_id: UUID
    buyer_id: UUID
    department: UUID | None
    status: OrderStatus
    amount: int
    reason: str
    placed_at: datetime
    recipient: str
    region: str


async def deliver(market: Market, actor: Actor, order: UUID, at: datetime | None = None) -> None:
    """Says that an order reached its recipient; what counts on delivery is counted now.

    Delivering again changes nothing. Raises Refused `cannot_move`, PekenError `forbidden`, `unknown_order`.
    """
    at = at or market.now()
    row = await _find(market, actor, order)
    if not sells(actor, row.vendor_id, row.city_id):
        raise PekenError("forbidden", "Only the shop or city hall may do this.", status=403)
    if row.status == OrderStatus.DELIVERED:
        return
    if row.status not in _sources(OrderStatus.DELIVERED):
        raise _cannot(row.status, OrderStatus.DELIVERED)
    hearing = await _hear(market, row, at)
    try:
        await market.database.retrying(partial(_deliver, market, actor, row, hearing, at))
    except tallies.CapReached as reached:
        # Undone before anybody asks why.
        raise await _why(market, hearing) from reached


async def cancel(market: Market, actor: Actor, order: UUID, reason: str, at: datetime | None = None) -> None:
    """Undoes an order: stock and tallies are given back exactly once. The buyer may until it is delivered.

    Cancelling again changes nothing. Raises Refused `cannot_move`, PekenError `forbidden`, `unknown_order`.
    """
    at = at or market.now()
    row = await _find(market, actor, order)
    if not reason.strip() or len(reason) > 300:
        raise PekenError("bad_reason", "A reason has between 1 and 300 characters.")
    sources = _sources(OrderStatus.CANCELLED)
    if not sells(actor, row.vendor_id, row.city_id):
        sources = [OrderStatus.PLACED]
        if row.status == OrderStatus.DELIVERED or not _bought(actor, row):
            raise PekenError("forbidden", "Only the shop or city hall may do this.", status=403)
    await market.database.retrying(partial(_cancel, market, actor, row, sources, reason.strip(), at))


def sells(actor: Actor, vendor: UUID, city: str) -> bool:
    """Whether the actor may move orders of a shop."""
    of_shop = actor.has(Role.VENDOR) and actor.vendor == vendor
    return of_shop or (actor.has(Role.CITY_HALL) and actor.city == city)


def _bought(actor: Actor, order: Order) -> bool:
    for_department = order.department is not None and order.department == actor.department
    return order.buyer_id == actor.buyer or (actor.has(Role.OFFICER) and for_department)


async def _find(market: Market, actor: Actor, key: UUID) -> Order:
    """An order that the actor may see. By hand: building this query from models takes as long as the whole move."""
    rows = await market.database.fetch(_ORDER, key)
    order = _order(rows[0]) if rows else None
    if order is None or not sees(
        actor, city=order.city_id, vendor=order.vendor_id, buyer=order.buyer_id, department=order.department
    ):
        raise PekenError("unknown_order", "There is no such order.", status=404)
    return order


_ORDER = """
SELECT o.id, o.city_id, o.purchase_id, o.vendor_id, o.buyer_id, o.status, o.amount, o.reason, o.placed_at,
       p.recipient_name, p.recipient_region, b.kind, b.department_id
  FROM orders o JOIN purchase p ON p.id = o.purchase_id JOIN buyer b ON b.id = o.buyer_id
 WHERE o.id = $1
"""


def _order(row: Mapping[str, Any]) -> Order:
    buys_itself = row["kind"] == BuyerKind.DEPARTMENT and row["department_id"] is not None
    return Order(
        id=uuid_of(row["id"]),
        city_id=row["city_id"],
        purchase_id=uuid_of(row["purchase_id"]),
        vendor_id=uuid_of(row["vendor_id"]),
        buyer_id=uuid_of(row["buyer_id"]),
        department=uuid_of(row["department_id"]) if buys_itself else None,
        status=OrderStatus(row["status"]),
        amount=int(row["amount"]),
        reason=row["reason"],
        placed_at=instant_of(row["placed_at"]),
        recipient=row["recipient_name"],
        region=row["recipient_region"],
    )


def _sources(to: OrderStatus) -> list[OrderStatus]:
    """What a status may follow."""
    return [status for status, follow in TRANSITIONS.items() if to in follow]


async def _move(
    market: Market, order: Order, sources: Sequence[OrderStatus], to: OrderStatus, at: datetime, reason: str = ""
) -> bool:
    """Moves the row if it is in one of `sources` now, whatever was read before; False when it is there already."""
    rows = await market.database.fetch(
        f"""UPDATE orders SET status = $1, {to.value}_at = $2, reason = $3
             WHERE id = $4 AND status IN ({placeholders(len(sources), 5)}) RETURNING id""",
        to.value,
        at,
        reason or order.reason,
        order.id,
        *(status.value for status in sources),
    )
    if rows:
        return True
    now = await market.database.fetch("SELECT status FROM orders WHERE id = $1", order.id)
    status = now[0]["status"]
    if status != to.value:
        raise _cannot(status, to)
    return False


def _cannot(status: str, to: OrderStatus) -> Refused:
    message = "An order that is {status} cannot become {to}."
    return Refused([Objection("cannot_move", message, {"status": str(status), "to": to.value})])


async def _hear(market: Market, order: Order, at: datetime) -> Hearing:
    """Lays an order before the rules for delivery: before the transaction, since plugins load facts as they like."""
    lines = await _lines(market, order)
    buyer = await buyers.card(market, market.city(order.city_id), order.buyer_id, at)
    to = (order.recipient, order.region)
    return await judging.hear(market, order.purchase_id, buyer, lines, *to, at, Moment.DELIVERED)


async def _deliver(market: Market, actor: Actor, order: Order, hearing: Hearing, at: datetime) -> None:
    city = hearing.city.code
    async with market.database.unit_of_work():
        if not await _move(market, order, _sources(OrderStatus.DELIVERED), OrderStatus.DELIVERED, at):
            return
        after = await tallies.count(market.database, city, hearing.steps, Moment.DELIVERED.value, at)
        decisions = hearing.weigh_after(after)
        if against := judging.binding(decisions):
            raise Refused([hearing.objection(decision) for decision in against])
        await market.database.insert_all(
            *judging.records_of(hearing, order.id, decisions, at),
            *records_of(actor, city, "order.delivered", [order.id], at),
        )
        told = _placed(order, hearing.lines)
        await market.hooks.for_city(city).tell(hookspecs.order_delivered, order=told, at=at)
        market.database.after_commit(partial(market.metrics.decided, decisions))


async def _why(market: Market, hearing: Hearing) -> Refused | PekenError:
    """What stands against a delivery that was undone at a cap, with the figures of this moment."""
    decisions = hearing.weigh(await tallies.standing(market.database, hearing.keys))
    against = [hearing.objection(decision) for decision in judging.binding(decisions)]
    # None when the cap has room again meanwhile.
    return (
        Refused(against) if against else PekenError("try_again", "The shop is very busy. Please try again.", status=503)
    )


async def _cancel(
    market: Market, actor: Actor, order: Order, sources: Sequence[OrderStatus], reason: str, at: datetime
) -> None:
    city = market.city(order.city_id).code
    async with market.database.unit_of_work():
        if not await _move(market, order, sources, OrderStatus.CANCELLED, at, reason):
            return
        lines = await _lines(market, order)
        pieces = Counter[UUID]()
        for line in lines:
            pieces[line.ware.variant] += line.quantity
        await put_back(market.database, pieces)
        await market.database.insert(
            "stock_entry",
            ("id", "variant_id", "delta", "cause", "line_id", "at"),
            [(new_id(), line.ware.variant, line.quantity, "cancelled", line.id, at) for line in lines],
        )
        await tallies.take_back(market.database, [line.id for line in lines], "cancelled", at)
        told = _placed(order, lines)
        await market.hooks.for_city(city).tell(hookspecs.order_cancelled, order=told, at=at)
        await record(market.database, actor, city, "order.cancelled", [order.id], at, reason=reason)
        ranking.after_change(market, market.city(city), order.vendor_id)


async def _lines(market: Market, order: Order) -> tuple[JudgedLine, ...]:
    rows = await market.database.records(_LINES, order.id)
    return tuple(JudgedLine(uuid_of(row[0]), ware_of(row), row[1], row[2]) for row in rows)


_LINES = f"""
SELECT l.id, l.quantity, l.amount, {COLUMNS}
  FROM {TABLES} JOIN order_line l ON l.variant_id = v.id WHERE l.order_id = $1 ORDER BY l.id
"""


def _placed(order: Order, lines: tuple[JudgedLine, ...]) -> PlacedOrder:
    return PlacedOrder(
        id=order.id,
        purchase=order.purchase_id,
        city=order.city_id,
        vendor=order.vendor_id,
        buyer=order.buyer_id,
        amount=Rupiah(order.amount),
        at=order.placed_at,
        lines=tuple(line.placed() for line in lines),
    )
