"""The lots that the demo draws: the same seed draws the same ones; knows no table."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from peken.demo.sources import Names

T = TypeVar("T")


class Dice:
    """A source of lots for one city, which does not move when another city is added."""

    def __init__(self, seed: int, city: str) -> None:
        # Not for secrets: whoever knows the seed is meant to find the same market.
        self._lots = Random(f"{seed}/{city}")

    def key(self) -> UUID:
        """A key for a row."""
        return UUID(int=self._lots.getrandbits(128), version=4)

    def one(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self._lots.randrange(len(among))]

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._lots.randint(least, most)

    def once_in(self, times: int) -> bool:
        """True about once in so many times."""
        return self._lots.randrange(times) == 0

    def some(self, among: Sequence[T], count: int) -> list[T]:
        """So many different ones, or all."""
        return self._lots.sample(among, min(count, len(among)))

    def middling(self, among: Sequence[T]) -> T:
        """One of several, more often from the middle."""
        return among[int(self._lots.triangular(0, len(among), len(among) * 0.6)) % len(among)]

    def pull(self) -> int:
        """How strongly a shop draws buyers: most a little, few a lot, and one in six not at all."""
        return 0 if self.once_in(6) else min(int(10 * self._lots.paretovariate(1.1)), 2_000)

    def drawn(self, among: Sequence[T], pulls: Sequence[int]) -> T:
        """One of several, by how strongly each pulls; `pulls` are running sums."""
        return among[bisect_right(pulls, self._lots.randrange(pulls[-1]))]

    def day(self, first: date, last: date) -> date:
        """A day, both ends included."""
        return first + timedelta(days=self._lots.randint(0, max((last - first).days, 0)))

    def shop_hour(self, day: date, zone: ZoneInfo) -> datetime:
        """An instant (UTC) at which shops are open on a local day."""
        at = time(self._lots.randint(7, 19), self._lots.randint(0, 59), self._lots.randint(0, 59))
        return datetime.combine(day, at, zone).astimezone(UTC)

    def person(self, names: Names) -> str:
        """The name of somebody who does not exist."""
        return f"{self.one(names.given_names)} {self.one(names.family_names)}"

    def address(self, names: Names) -> str:
        """A street that many cities have, and a number."""
        return f"{self.one(names.streets)} No. {self._lots.randint(1, 180)}"


class Deck:
    """Cards dealt around and around: everything comes up before anything comes up again."""

    def __init__(self, dice: Dice, size: int) -> None:
        self._dice = dice
        self._size = size
        self._left: list[int] = []

    def deal(self, count: int) -> list[int]:
        """So many different cards, or all there are."""
        hand: list[int] = []
        count = min(count, self._size)
        while len(hand) < count:
            if not self._left:
                self._left = self._dice.some(range(self._size), self._size)
            card = self._left.pop()
            if card not in hand:
                hand.append(card)
        return hand
