"""Reads past orders day by day, in the order of time, with the facts as they stood; knows no rulebook.

An order that was cancelled is left out: in the end it counted nowhere. Refused attempts are left out, too: a basket
that was refused is often tried again, smaller. Of a vendor or a product the present row stands for the past one, as
they carry no dates; a buyer's classes and department's office are those of the day.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from heapq import heappop, heappush
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from peken import buyers
from peken.calendar import start_of
from peken.database import instant_of, uuid_of
from peken.market import Market, ServedCity
from peken.wares import wares
from peken.whatif.trade import Basket, Bought, DayOfTrade, Event, Good, day_of_trade

_KEPT: Final = 50_000
"""So many wares are remembered from day to day."""
Row = Mapping[str, Any]
Part = tuple[datetime | None, tuple[Bought, ...]]
"""An order of a purchase: when it was delivered, and its lines."""


class History:
    """The past orders of a city between two days."""

    def __init__(self, market: Market, city: ServedCity) -> None:
        self._market = market
        self._city = city
        self._goods: dict[str | UUID, Good] = {}
        self._waiting: list[tuple[datetime, int, Event]] = []
        self._turn = 0

    async def bounds(self) -> tuple[date, date] | None:
        """The first and the last day of which there are orders; None where there are none."""
        rows = await self._market.database.fetch(
            "SELECT MIN(placed_at) AS first, MAX(placed_at) AS last FROM orders WHERE city_id = $1", self._city.code
        )
        if rows[0]["first"] is None:
            return None
        return self._city.today(instant_of(rows[0]["first"])), self._city.today(instant_of(rows[0]["last"]))

    async def count(self, first: date, last: date) -> int:
        """How many lines were bought between two days, these included."""
        rows = await self._market.database.fetch(_COUNT, self._city.code, self._start(first), self._start(last, 1))
        return int(rows[0]["lines"])

    async def days(self, first: date, last: date) -> AsyncIterator[DayOfTrade]:
        """The days from `first` to `last`, those without trade left out; orders placed before may be delivered."""
        earlier = await self._fetch(_EARLIER, self._start(first))
        for basket, orders in await self._baskets(earlier):
            self._await_delivery(basket, orders)
        day = first
        while day <= last:
            rows = await self._fetch(_LINES, self._start(day), self._start(day, 1))
            placed = []
            for basket, orders in await self._baskets(rows):
                placed.append(Event(basket, basket.at, basket.lines, delivered=False))
                self._await_delivery(basket, orders)
            # Sorted is stable: what was placed comes before what was delivered in the same instant.
            events = sorted([*placed, *self._delivered(self._start(day, 1))], key=lambda event: event.at)
            if events:
                yield await self._day(day, events)
            day += timedelta(days=1)

    def _start(self, day: date, later: int = 0) -> datetime:
        return start_of(day + timedelta(days=later), self._city.zone)

    async def _fetch(self, sql: str, *instants: datetime) -> Sequence[Row]:
        return await self._market.database.fetch(sql, self._city.code, *instants)

    async def _baskets(self, rows: Sequence[Row]) -> list[tuple[Basket, list[Part]]]:
        """The purchases of these rows, each with its orders."""
        await self._know({row["variant_id"] for row in rows})
        found = []
        for purchase, of_purchase in groupby(rows, key=lambda row: row["purchase_id"]):
            own = list(of_purchase)
            orders = [self._part(list(part)) for _, part in groupby(own, key=lambda row: row["order_id"])]
            basket = Basket(
                purchase=uuid_of(purchase),
                buyer=uuid_of(own[0]["buyer_id"]),
                recipient=own[0]["recipient_name"],
                region=own[0]["recipient_region"],
                at=instant_of(own[0]["placed_at"]),
                lines=tuple(line for _, lines in orders for line in lines),
            )
            found.append((basket, orders))
        return found

    def _part(self, rows: Sequence[Row]) -> Part:
        delivered = rows[0]["delivered_at"]
        lines = tuple([Bought(str(r["id"]), self._goods[r["variant_id"]], r["quantity"], r["amount"]) for r in rows])
        return None if delivered is None else instant_of(delivered), lines

    async def _know(self, variants: Iterable[str | UUID]) -> None:
        """By the key as the database gives it: making it a UUID for each line would cost more than the line."""
        if len(self._goods) > _KEPT:
            self._goods.clear()
        missing = {uuid_of(variant): variant for variant in variants if variant not in self._goods}
        for key, ware in (await wares(self._market.database, [*missing])).items():
            self._goods[missing[key]] = Good.of(ware)

    def _await_delivery(self, basket: Basket, orders: Iterable[Part]) -> None:
        for delivered, lines in orders:
            if delivered is not None:
                self._turn += 1
                heappush(self._waiting, (delivered, self._turn, Event(basket, delivered, lines, delivered=True)))

    def _delivered(self, before: datetime) -> Iterable[Event]:
        while self._waiting and self._waiting[0][0] < before:
            yield heappop(self._waiting)[2]

    async def _day(self, day: date, events: Sequence[Event]) -> DayOfTrade:
        wanted = {event.basket.buyer for event in events}
        cards = await buyers.cards(self._market, sorted(wanted), {self._city.code: day})
        return day_of_trade(day, events, cards)


_ROW = """
SELECT o.purchase_id, o.id AS order_id, o.buyer_id, o.placed_at, o.delivered_at, p.recipient_name,
       p.recipient_region, l.id, l.variant_id, l.quantity, l.amount
  FROM orders o JOIN purchase p ON p.id = o.purchase_id JOIN order_line l ON l.order_id = o.id
"""
_ORDERED = " ORDER BY o.placed_at, o.purchase_id, o.id, l.id"
_LINES = (
    f"{_ROW} WHERE o.city_id = $1 AND o.placed_at >= $2 AND o.placed_at < $3 AND o.status <> 'cancelled' {_ORDERED}"
)
_EARLIER = f"""{_ROW} WHERE o.city_id = $1 AND o.placed_at < $2 AND o.delivered_at >= $2 AND o.status <> 'cancelled'
{_ORDERED}"""
_COUNT = """
SELECT COUNT(*) AS lines FROM orders o JOIN order_line l ON l.order_id = o.id
 WHERE o.city_id = $1 AND o.placed_at >= $2 AND o.placed_at < $3 AND o.status <> 'cancelled'
"""
