"""What a rule may be told: frozen values by what they are about. Refuses to know where they come from."""

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

GROUNDS: Final = ("line", "product", "vendor", "buyer", "order", "department", "recipient")
"""All that a fact can be about (`of`)."""


class Fact(msgspec.Struct, frozen=True):
    """Base of every fact. Fields are scalars, tuples and frozensets; `of` says what it is keyed by."""

    of: ClassVar[str] = ""


class Line(Fact, frozen=True):
    """One line of an order."""

    of: ClassVar[str] = "line"
    amount: int
    """Whole Rupiah, of all pieces together."""
    quantity: int = 1
    measure: int = 0
    """All pieces together in base units: grams, millilitres or pieces."""
    measure_unit: str = ""
    """`g`, `ml`, `piece`, or empty when the product has no conversion."""
    channel: str = "app"
    """`evidence` for a purchase outside of the app that a person has verified."""


class Product(Fact, frozen=True):
    of: ClassVar[str] = "product"
    category: str
    categories: frozenset[str] = frozenset()
    """The category and all above it."""
    own_production: bool = False
    origin: str = ""
    """Region code of the place it is made in, empty when unknown."""
    words: frozenset[str] = frozenset()
    """The stemmed words of its name and description, as the search knows them."""


class Vendor(Fact, frozen=True):
    of: ClassVar[str] = "vendor"
    kind: str
    """`kelontong` or `umkm`."""
    scale: str = ""
    sector: str = ""
    region: str = ""
    """Kelurahan code."""
    verified: bool = False


class Sales(Fact, frozen=True):
    """What was ordered from a vendor; what was cancelled counts as if it had never been."""

    of: ClassVar[str] = "vendor"
    idle_days: int | None
    """Days since the last order, 0 on its day; None where nothing was ever ordered."""
    listed_days: int = 0
    """Days since the shop joined."""
    sold: int = 0
    """Whole Rupiah of the 30 days before this one: what moves within a day moves nobody."""
    to_departments: int = 0
    """Of that, what departments of the city bought."""


class Buyer(Fact, frozen=True):
    of: ClassVar[str] = "buyer"
    kind: str
    """`public`, `company`, `employee` or `department`."""
    asn: bool = False
    classes: tuple[tuple[str, str], ...] = ()
    """(scheme, code) of that day, by scheme and then code: `find` takes the first that a table knows."""
    region: str = ""
    """Code of the home's region, empty when unknown."""
    office: str = ""
    """Code of the office's region."""
    department: str = ""


class Order(Fact, frozen=True):
    of: ClassVar[str] = "order"
    amount: int
    vendors: int = 1
    recipient_region: str = ""


class Recipient(Fact, frozen=True):
    """Another person than the buyer, who gets the goods; nobody where the buyer does. Told by a key, not by name."""

    of: ClassVar[str] = "recipient"
    region: str = ""
    """Code of the kelurahan that the goods go to, empty when unknown."""


class Department(Fact, frozen=True):
    of: ClassVar[str] = "department"
    code: str
    name: str


EVERY_RULE: Final = "*"
"""In the place of a rule's code."""
Span = tuple[dt.date, dt.date | None]
"""First day and first day after; None when it goes on."""


class Duty(Fact, frozen=True):
    """When a person owes at all: the days served, less leave and granted exemptions.

    It carries dates and not a number of days: one person may owe by the month and by the year at once.
    """

    of: ClassVar[str] = "buyer"
    served: tuple[Span, ...]
    exempt: tuple[tuple[str, dt.date, dt.date | None], ...] = ()
    """(rule code, or `*` for every rule; first day; first day after)."""

    def days_owed(self, rule: str, first: dt.date, after: dt.date) -> int:
        """Days of the window [first, after) on which this person owes under that rule."""
        owed = self._served(first, after)
        for code, start, end in self.exempt:
            if code in (rule, EVERY_RULE):
                owed -= _days((start, end), first, after)
        return len(owed)

    def days_exempt(self, rule: str, first: dt.date, after: dt.date) -> int:
        """Days of the window on which this person served, and owed nothing under that rule."""
        return len(self._served(first, after)) - self.days_owed(rule, first, after)

    def _served(self, first: dt.date, after: dt.date) -> set[int]:
        return {day for span in self.served for day in _days(span, first, after)}


def _days(span: Span, first: dt.date, after: dt.date) -> set[int]:
    start, end = span
    last = after if end is None else min(end, after)
    return set(range(max(start, first).toordinal(), last.toordinal()))


class Day(msgspec.Struct, frozen=True):
    """A day in the city's own time, with what all calendars say of it."""

    date: dt.date
    weekday: int
    """0 is Monday."""
    occasions: frozenset[str] = frozenset()

    @classmethod
    def on(cls, date: dt.date, *occasions: str) -> "Day":
        return cls(date, date.weekday(), frozenset(occasions))


class LineKeys(msgspec.Struct, frozen=True):
    """Whom and what one line is about: the keys under which its facts are found."""

    line: str
    product: str
    vendor: str
    buyer: str
    order: str
    department: str | None = None
    recipient: str | None = None


class ListingKeys(msgspec.Struct, frozen=True):
    """A product that a vendor wants to list."""

    product: str
    vendor: str


class Candidate(msgspec.Struct, frozen=True):
    """One that is to be ranked: a vendor, or a product with its vendor; for a buyer when one is known."""

    vendor: str
    product: str | None = None
    buyer: str | None = None


Facts = Mapping[type[Fact], Mapping[str, Fact]]
"""All facts of a case: by type, then by key."""


class Case(msgspec.Struct, frozen=True):
    """What is judged: lines on a day, with the facts about them."""

    day: Day
    lines: tuple[LineKeys, ...]
    facts: Facts


CORE_FACTS: Final[frozenset[type[Fact]]] = frozenset(
    {Line, Product, Vendor, Sales, Buyer, Order, Recipient, Department, Duty}
)


def fact_name(fact: type[Fact]) -> str:
    """The identity of a fact type in records, `plugin:Type`: two cities may both have a `Membership`."""
    package, _, rest = fact.__module__.partition(".")
    if rest.startswith("plugins."):
        package = rest.split(".")[1]
    return f"{'core' if package == 'peken' else package}:{fact.__name__}"
