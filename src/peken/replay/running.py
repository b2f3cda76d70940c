"""Buys the baskets of a file through the market's own placing, and delivers them; knows no rule.

Days move by whole weeks, so that every weekday stays what it was: the first day of the file falls on one of the seven
days that begin with `start`. Local time of the file is local time of the city. A basket is one purchase, with its
number for an idempotency key; it is delivered an hour after it was placed, on the same day. Baskets of one shop are
bought in the order of time; those of several shops at once, where the database can and no cap minds.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final
from uuid import UUID

from peken import obligations as owed
from peken import parameters
from peken.actors import Actor, Role
from peken.database import json_of
from peken.errors import Objection, PekenError, Refused
from peken.judging import asked
from peken.market import Market, ServedCity
from peken.models.vendors import VendorKind
from peken.orders import Basket, Bought, Item, NotPlaced, carry_out, deliver, place
from peken.regions import serve_cities
from peken.replay import outcomes
from peken.replay.before import Before, look_back, reason_of
from peken.replay.cells import Line
from peken.replay.lanes import drive, lanes_of
from peken.replay.mapping import FileMapping
from peken.replay.reading import Purchases, read_purchases
from peken.replay.report import Fate, Report, Sum, Unplaced
from peken.replay.shelves import Shelf, Town, furnish, lay_out

MOST_LANES: Final = 4
"""More at once than this only wait for each other on a small machine."""
AT_ONCE: Final = 40
"""So many baskets at most are one transaction."""
_OF_ONE_SHOP: Final = frozenset({"order", "product", "vendor"})

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def silent(step: str, done: int, total: int) -> None:
    """Shows nothing."""


async def replay(
    market: Market,
    file: Path,
    *,
    city: str,
    start: date,
    rupiah_per_unit: Decimal | int | None = None,
    mapping: FileMapping | None = None,
    limit: int | None = None,
    products: Path | None = None,
    kind: VendorKind = VendorKind.UMKM,
    progress: Progress = silent,
) -> Report:
    """Buys what the file says was bought, under every rule of the city; the sums of the report must add up.

    Begun again with the same file and settings, it goes on where it was. Nothing is written before the whole
    file was read. Raises PekenError `bad_file`, `bad_mapping`, `bad_rate`, `unknown_city`, `replayed_already`.
    """
    served = await parameters.served(market, city)
    seconds: dict[str, float] = {}
    begun = perf_counter()
    progress("reading", 0, 1)
    purchases = read_purchases(file, mapping, rate=rupiah_per_unit, limit=limit, products=products)
    progress("reading", 1, 1)
    seconds["reading"] = perf_counter() - begun
    run = _Run.of(market, served, purchases, start, progress)
    await serve_cities(market)
    await run.stock(kind, start)
    seconds["stocking"] = perf_counter() - begun - seconds["reading"]
    report = await run.buy()
    seconds["buying"] = perf_counter() - begun - sum(seconds.values())
    report.seconds = seconds
    return report


def weeks_to(first: date, start: date) -> int:
    """By how many whole weeks `first` moves to fall on one of the seven days that begin with `start`."""
    return -(-(start - first).days // 7)


@dataclass(slots=True)
class _Run:
    """One replay under way."""

    market: Market
    city: ServedCity
    purchases: Purchases
    baskets: Mapping[str, list[Line]]
    town: Town
    weeks: int
    progress: Progress
    report: Report
    before: Before = field(default_factory=Before)
    bought: int = 0

    @classmethod
    def of(cls, market: Market, city: ServedCity, purchases: Purchases, start: date, progress: Progress) -> "_Run":
        baskets, lines = purchases.baskets(), purchases.lines
        weeks = weeks_to(lines[0].at.date(), start)
        moved = timedelta(weeks=weeks)
        report = Report(
            city=city.code,
            first=lines[0].at.date() + moved,
            last=lines[-1].at.date() + moved,
            weeks=weeks,
            control=Sum(len(lines), sum(line.amount for line in lines)),
            reading=purchases.account,
            baskets=len(baskets),
        )
        town = lay_out(city.code, [line for basket in baskets.values() for line in basket])
        return cls(_roomy(market, baskets), city, purchases, baskets, town, weeks, progress, report)

    async def stock(self, kind: VendorKind, start: date) -> None:
        """Writes what the file needs, unless this very replay has done so before."""
        name, database = f"replay.{self.city.code}", self.market.database
        this = {"file": self.purchases.digest, "start": start.isoformat(), "kind": kind.value}
        held = await database.fetch("SELECT value FROM note WHERE name = $1", name)
        if held and json_of(held[0]["value"]) != this:
            raise PekenError("replayed_already", "This city holds another replay already.", status=409)
        if held:
            self.before = await look_back(database, self.city.code)
            return
        self.progress("stocking", 0, 1)
        since = self._instant(self.purchases.lines[0].at) - timedelta(days=30)
        async with database.unit_of_work():
            await furnish(self.market, self.city, self.town, self.purchases, kind, since)
            await database.insert("note", ("name", "value"), [(name, this)])
            # Else the planner takes the full tables for the empty ones they were, until the server looks by itself.
            await database.analyze("region", "vendor", "product", "variant", "stock_entry", "buyer", "buyer_class")
        self.progress("stocking", 1, 1)

    async def buy(self) -> Report:
        """Buys basket after basket, then asks the books what came of it."""
        for rejected in self.purchases.rejected():
            self.report.leave(rejected)
        at_once = self._at_once()
        for _, turn in groupby(self.baskets, lambda basket: self._windows(self._when(basket))):
            baskets = list(turn)
            await owed.open_windows(self.market, self.city, self._when(baskets[0]))
            # Nobody runs ahead into the next window: who owes there is not on its list yet.
            shops = {basket: {line.shop for line in self.baskets[basket]} for basket in baskets}
            await drive([self._parts(lane) for lane in lanes_of(shops, at_once)], self._part)
        report, names = self.report, self.town.names()
        # Whichever lane was first: the report is the same.
        report.unplaced.sort(key=lambda line: line.line)
        await self._books()
        report.caps = await outcomes.caps(self.market, self.city, names)
        report.obligations = await outcomes.obligations(self.market, self.city, names)
        return report

    def _at_once(self) -> int:
        """How many lanes: one where some cap counts across shops, since its order would be lost."""
        apart = all(cap.subject in _OF_ONE_SHOP for cap in self.city.rulebook.caps)
        return min(MOST_LANES, self.market.database.at_once) if apart else 1

    def _windows(self, at: datetime) -> tuple[str | None, ...]:
        """The windows of the city's obligations that an instant is in."""
        rulebook = self.city.rulebook
        day = rulebook.day(self.city.today(at), **asked(self.market, self.city))
        return tuple(rule.window.key(day) for rule in rulebook.obligations)

    def _when(self, basket: str) -> datetime:
        return self._instant(self.baskets[basket][0].at)

    def _parts(self, lane: Iterable[str]) -> Iterator[list[str]]:
        """A lane's baskets in parts of one day, each to be one transaction."""
        for _, day in groupby(lane, lambda basket: self.city.today(self._when(basket))):
            baskets = list(day)
            yield from (baskets[first : first + AT_ONCE] for first in range(0, len(baskets), AT_ONCE))

    async def _part(self, keys: Sequence[str]) -> None:
        """Buys some baskets at once, or one by one where that cannot be; those of an earlier run stay as they are."""
        fresh = [key for key in keys if not await self._settled(key)]
        wanted = [self._bought(key) for key in fresh]
        answers = await carry_out(self.market, self.city.code, wanted) if wanted else []
        for number, key in enumerate(fresh):
            if answers is None:
                await self._buy(self.baskets[key], wanted[number])
            elif isinstance(answer := answers[number], NotPlaced):
                self._leave(self.baskets[key], "refused", _reason(answer.objections))
        self.bought += len(keys)
        self.progress("baskets", self.bought, len(self.baskets))

    async def _settled(self, key: str) -> bool:
        """Whether an earlier run has bought a basket, or was refused it; what it did not deliver is delivered now."""
        lines, at = self.baskets[key], self._when(key)
        if key in self.before.placed:
            await self._deliver_all(self.before.waiting.get(key, ()), self._same_day(at))
            return True
        buyer = self.town.households[lines[0].buyer]
        if reason := self.before.reason((buyer, at, sum(line.amount for line in lines))):
            self._leave(lines, "refused", reason)
        return reason is not None

    def _bought(self, key: str) -> Bought:
        lines, at = self.baskets[key], self._when(key)
        buyer = self.town.households[lines[0].buyer]
        actor = Actor(f"replay:{lines[0].buyer}", frozenset({Role.BUYER}), self.city.code, buyer=buyer)
        items = tuple(Item(self._shelf(line).key, line.quantity, line.amount) for line in lines)
        return Bought(actor, Basket(buyer=buyer, items=items, key=key), at, self._seller, self._same_day(at))

    async def _buy(self, lines: Sequence[Line], bought: Bought) -> None:
        try:
            answer = await place(self.market, bought.actor, bought.basket, bought.at)
        except PekenError as error:
            if error.status >= 500:
                raise
            self._leave(lines, "rejected", error.code)
            return
        if isinstance(answer, NotPlaced):
            self._leave(lines, "refused", _reason(answer.objections))
        else:
            await self._deliver_all([(order.id, order.vendor) for order in answer.orders], bought.delivered_at)

    async def _deliver_all(self, orders: Iterable[tuple[UUID, UUID]], at: datetime) -> None:
        for order, vendor in orders:
            await self._deliver(order, self._seller(vendor), at)

    def _seller(self, vendor: UUID) -> Actor:
        return Actor(f"replay:{vendor}", frozenset({Role.VENDOR}), self.city.code, vendor=vendor)

    async def _deliver(self, order: UUID, seller: Actor, at: datetime) -> None:
        try:
            await deliver(self.market, seller, order, at)
        except Refused as refused:
            rows = await self.market.database.fetch(
                "SELECT COUNT(*) AS lines, SUM(amount) AS amount FROM order_line WHERE order_id = $1", order
            )
            self.report.keep_back(_reason(refused.objections), int(rows[0]["amount"]), rows[0]["lines"])

    def _leave(self, lines: Sequence[Line], fate: Fate, reason: str) -> None:
        for line in lines:
            self.report.leave(Unplaced(line.number, line.basket, line.amount, fate, reason))

    def _shelf(self, line: Line) -> Shelf:
        return self.town.shelves[line.shop, line.product]

    def _instant(self, local: datetime) -> datetime:
        """When it was in the city, after the move."""
        return (local + timedelta(weeks=self.weeks)).replace(tzinfo=self.city.zone).astimezone(UTC)

    def _same_day(self, at: datetime) -> datetime:
        """An hour later, or the day's last second."""
        last = datetime.combine(self.city.today(at), time(23, 59, 59), self.city.zone).astimezone(UTC)
        return min(at + timedelta(hours=1), last)

    async def _books(self) -> None:
        """What was placed, by the market's own books."""
        rows = await self.market.database.fetch(
            """SELECT COUNT(DISTINCT p.id) AS purchases, COUNT(*) AS lines, COALESCE(SUM(l.amount), 0) AS amount
                 FROM purchase p JOIN orders o ON o.purchase_id = p.id JOIN order_line l ON l.order_id = o.id
                WHERE p.city_id = $1 AND p.actor LIKE 'replay:%'""",
            self.city.code,
        )
        self.report.purchases = rows[0]["purchases"]
        self.report.placed = Sum(rows[0]["lines"], int(rows[0]["amount"]))


def _reason(objections: Sequence[Objection]) -> str:
    return reason_of((objection.rule or objection.plugin, objection.code) for objection in objections)


def _roomy(market: Market, baskets: Mapping[str, list[Line]]) -> Market:
    """The same market for baskets as large as these: the bound on lines guards requests, and this is none."""
    longest = max((len(lines) for lines in baskets.values()), default=0)
    limits = market.settings.limits
    wider = limits.model_copy(update={"lines": max(limits.lines, longest)})
    return replace(market, settings=market.settings.model_copy(update={"limits": wider}))
