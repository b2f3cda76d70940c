"""What was bought in the demo so far: through the market's own placing, delivering and cancelling, in the past."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from peken import obligations
from peken.actors import Actor, Role
from peken.calendar import start_of
from peken.demo.dice import Dice
from peken.demo.people import Person, Register
from peken.demo.shops import Offer, Shelves, Stalls, busy_shop
from peken.demo.sources import Busy, Script
from peken.market import Market, ServedCity
from peken.models.buyers import BuyerKind
from peken.orders import Basket, Item, Placed, Recipient, cancel, deliver, place

PART_OF_THE_BUSY = 8
"""In how many purchases the busy shop came that far."""


Month = tuple[date, date]
"""The first and the last day on which a month of the demo was traded, all days over."""


def months_until(today: date, count: int) -> list[Month]:
    """This month and those before it. On the first of a month, its own trade is of this morning."""
    first = today.replace(day=1)
    months = [(first, max(first, today - timedelta(days=1)))]
    for _ in range(count - 1):
        last = months[-1][0] - timedelta(days=1)
        months.append((last.replace(day=1), last))
    return months


@dataclass(slots=True)
class Trade:
    """The trade of one city. `months` are the present one first."""

    market: Market
    city: ServedCity
    script: Script
    shelves: Shelves
    register: Register
    months: Sequence[Month]
    today: date
    dice: Dice
    monthly: Stalls = field(init=False)
    anything: Stalls = field(init=False)

    def __post_init__(self) -> None:
        traits = self.script.traits.monthly
        self.monthly = self.shelves.on_sale(traits.shop, traits.category)
        self.anything = self.shelves.on_sale()

    async def run(self, step: Callable[[], None]) -> None:
        """Trades month after month; `step` is called after each purchase of chance."""
        for first, _ in reversed(self.months):
            await obligations.open_windows(self.market, self.city, start_of(first, self.city.zone))
        present = self.months[0]
        for part in self.script.cast:
            if part.spends:
                await self._shop_monthly(self.register.players[part.key], part.spends, present)
        if self.script.traits.busy is not None:
            await self._busy(self.script.traits.busy)
        extras = self.register.extras()
        employees = [person for person in extras if person.asn]
        for number in range(self.script.size.purchases):
            month = self.months[number % len(self.months)]
            if number % 4 < 2:
                await self._shop_monthly(self.dice.one(employees), self.dice.number(1, 9) * 100_000, month)
            else:
                await self._shop_by_chance(self.dice.one(extras), month, for_office=number % 12 == 3)
            step()

    async def _shop_monthly(self, buyer: Person, amount: int, month: Month) -> None:
        """An employee shops for about so much in one shop, and has it at home the same day."""
        await self._buy_for(buyer, self.monthly.draw(self.dice).left(), amount, month)

    async def _shop_by_chance(self, buyer: Person, month: Month, *, for_office: bool) -> None:
        """Anybody buys a few things in one or two shops; most of it was delivered, some cancelled."""
        dice = self.dice
        at = self._at(dice.day(*month))
        if for_office:
            office = dice.one(self.register.offices)
            buyer = Person(office.buyer, BuyerKind.DEPARTMENT, office.id)
        stall = self.anything.draw(dice).left()
        wanted = [dice.one(stall), *dice.some([offer for offer in stall if offer.price < 200_000], 3)]
        if dice.once_in(5):
            wanted.append(dice.one(self.anything.draw(dice).left()))
        pieces = {offer.variant: (offer, min(dice.number(1, 3), offer.left)) for offer in wanted}
        placed = await self._place(buyer, pieces.values(), at)
        if placed is None or (month == self.months[0] and dice.once_in(3)):
            return
        cancelled = dice.once_in(9)
        for order in placed.orders:
            if cancelled:
                await cancel(self.market, self._buyer(buyer), order.id, "Salah pesan", self._later(at, 2))
            else:
                await deliver(self.market, self._shop(order.vendor), order.id, self._later(at, dice.number(3, 40)))

    async def _busy(self, busy: Busy) -> None:
        """Companies buy so much from the busy shop; then one asks for more still."""
        shop = busy_shop(self.shelves, busy)
        buyers = [person for person in self.register.people if person.kind is BuyerKind.COMPANY]
        for number in range(PART_OF_THE_BUSY):
            share = busy.turnover * (number + 1) // PART_OF_THE_BUSY - busy.turnover * number // PART_OF_THE_BUSY
            await self._buy_for(buyers[number % len(buyers)], self.shelves.of(shop), share, self.months[0])
        more = _filling(self.shelves.of(shop), busy.beyond)
        await self._place(self.dice.one(buyers), more, self._at(self.months[0][1]))

    async def _buy_for(self, buyer: Person, offers: Sequence[Offer], amount: int, month: Month) -> None:
        """Buys for about so much and has it delivered at once, so that it counts for that month."""
        at = self._at(self.dice.day(*month))
        placed = await self._place(buyer, _filling(offers, amount), at)
        for order in placed.orders if placed else ():
            await deliver(self.market, self._shop(order.vendor), order.id, self._later(at, 1))

    async def _place(self, buyer: Person, wanted: Iterable[tuple[Offer, int]], at: datetime) -> Placed | None:
        """What was bought; None where the market refused it, or nothing is as cheap as that."""
        wanted = list(wanted)
        if not wanted:
            return None
        items = tuple(Item(offer.variant, pieces) for offer, pieces in wanted)
        basket = Basket(buyer=buyer.id, items=items, key=f"demo-{self.dice.key()}", recipient=self._recipient())
        answer = await place(self.market, self._buyer(buyer), basket, at)
        if not isinstance(answer, Placed):
            return None
        for offer, pieces in wanted:
            offer.left -= pieces
        return answer

    def _recipient(self) -> Recipient:
        return Recipient(region=self.dice.one(self.shelves.shops).region)

    def _buyer(self, buyer: Person) -> Actor:
        """The buyer, or the officer of a department."""
        roles = frozenset({Role.OFFICER if buyer.kind is BuyerKind.DEPARTMENT else Role.BUYER})
        own = None if buyer.kind is BuyerKind.DEPARTMENT else buyer.id
        return Actor(f"demo:{buyer.id}", roles, self.city.code, buyer=own, department=buyer.department)

    def _shop(self, vendor: UUID) -> Actor:
        return Actor(f"demo:{vendor}", frozenset({Role.VENDOR}), self.city.code, vendor=vendor)

    def _at(self, day: date) -> datetime:
        """When shops are open; on the present day early enough to be over."""
        if day >= self.today:
            return start_of(day, self.city.zone) + timedelta(seconds=self.dice.number(1, 600))
        return self.dice.shop_hour(day, self.city.zone)

    def _later(self, at: datetime, hours: int) -> datetime:
        """So many hours later, but not after the first minutes of the present day."""
        return max(at, min(at + timedelta(hours=hours), start_of(self.today, self.city.zone) + timedelta(minutes=20)))


def _filling(offers: Sequence[Offer], amount: int) -> list[tuple[Offer, int]]:
    """Offers and pieces that come to at most `amount`, and close to it: dear ones first, up to ten of each."""
    found, left = [], amount
    for offer in sorted(offers, key=lambda offer: (-offer.price, offer.variant)):
        pieces = min(left // offer.price, 10, offer.left)
        if pieces:
            found.append((offer, pieces))
            left -= pieces * offer.price
    return found
