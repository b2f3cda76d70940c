"""Demo buyers with their departments and dated classes, as rows; knows no shop and no order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from peken.calendar import start_of
from peken.database import Database
from peken.demo.dice import Dice
from peken.demo.sources import Cast, Script, names
from peken.market import ServedCity
from peken.models.buyers import BuyerKind

Row = tuple[object, ...]

POSTS = ("staff", "staff", "staff", "section-head")
"""Posts that most employees hold, the frequent ones more often."""


@dataclass(frozen=True, slots=True)
class Person:
    """A demo buyer, as the other parts of the demo need it."""

    id: UUID
    kind: BuyerKind
    department: UUID | None = None
    asn: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """A demo department and the buyer in whose name it buys."""

    id: UUID
    name: str
    buyer: UUID


@dataclass(slots=True)
class Register:
    """The rows of one city's buyers."""

    people: list[Person] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)
    players: dict[str, Person] = field(default_factory=dict)
    """Those personas who buy, by the key of the persona."""
    department_rows: list[Row] = field(default_factory=list)
    buyer_rows: list[Row] = field(default_factory=list)
    class_rows: list[Row] = field(default_factory=list)

    def extras(self) -> list[Person]:
        """Everybody but the personas, who buy what the script says and nothing by chance."""
        players = {person.id for person in self.players.values()}
        return [person for person in self.people if person.id not in players]


def enrol(script: Script, city: ServedCity, places: Sequence[str], today: date, dice: Dice) -> Register:
    """Invents the departments, employees, residents and companies of a city."""
    register = Register()
    desk = _Desk(register, script, city, places, today, dice)
    desk.departments()
    for part in script.cast:
        if part.part in ("asn", "camat", "public"):
            register.players[part.key] = desk.player(part)
    for number in range(script.size.asn + script.size.staff):
        desk.employee(number, asn=number < script.size.asn)
    for _ in range(script.size.public):
        desk.buyer(BuyerKind.PUBLIC, dice.person(names()))
    for _ in range(script.size.companies):
        desk.buyer(BuyerKind.COMPANY, f"CV {dice.one(names().shop_words)} {dice.one(names().family_names)}")
    return register


async def write(database: Database, register: Register) -> None:
    """Writes all rows of the buyers."""
    await database.insert("department", ("id", "city_id", "code", "name", "region"), register.department_rows)
    await database.insert("buyer", _BUYER, register.buyer_rows)
    await database.insert("buyer_class", _CLASS, register.class_rows)


_BUYER = ("id", "city_id", "kind", "asn", "name", "region", "department_id", "joined_on", "left_on", "created_at")
_CLASS = ("id", "buyer_id", "scheme", "code", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where one city's buyers are entered."""

    register: Register
    script: Script
    city: ServedCity
    places: Sequence[str]
    today: date
    dice: Dice

    def departments(self) -> None:
        for known in names().departments[self.script.traits.departments]:
            key, region = self.dice.key(), self.dice.one(self.places)
            self.register.department_rows.append((key, self.city.code, known.code, known.name, region))
            buyer = self.buyer(BuyerKind.DEPARTMENT, known.name, department=key)
            self.register.offices.append(Office(key, known.name, buyer.id))

    def player(self, part: Cast) -> Person:
        if part.part == "public":
            return self.buyer(BuyerKind.PUBLIC, part.name)
        joined = self.today - timedelta(days=2_900)
        person = self.buyer(BuyerKind.EMPLOYEE, part.name, asn=True, department=self._office(), joined=joined)
        for scheme, code in part.classes.items():
            self._class(person, scheme, code, joined, None)
        return person

    def employee(self, number: int, *, asn: bool) -> None:
        dice = self.dice
        joined = dice.day(self.today - timedelta(days=9_000), self.today - timedelta(days=400))
        left = self.today - timedelta(days=dice.number(40, 200)) if dice.once_in(50) else None
        person = self.buyer(
            BuyerKind.EMPLOYEE, dice.person(names()), asn=asn, department=self._office(), joined=joined, left=left
        )
        if asn:
            self._career(person, joined, self._post(number))

    def buyer(
        self,
        kind: BuyerKind,
        name: str,
        *,
        asn: bool = False,
        department: UUID | None = None,
        joined: date | None = None,
        left: date | None = None,
    ) -> Person:
        """Enters a buyer. One employee in ten lives outside of the city."""
        person = Person(self.dice.key(), kind, department, asn)
        outside = kind is BuyerKind.EMPLOYEE and self.dice.once_in(10)
        region = "" if outside else self.dice.one(self.places)
        entered = start_of(joined or self.today - timedelta(days=self.dice.number(60, 900)), self.city.zone)
        self.register.buyer_rows.append(
            (person.id, self.city.code, kind.value, asn, name, region, department, joined, left, entered)
        )
        if left is None and kind is not BuyerKind.DEPARTMENT:
            self.register.people.append(person)
        return person

    def _office(self) -> UUID:
        return self.dice.one(self.register.offices).id

    def _post(self, number: int) -> str:
        """The first ones head a kecamatan or a kelurahan each, as far as a small staff allows."""
        camats = min(len({place.rpartition(".")[0] for place in self.places}), self.script.size.asn // 12)
        lurahs = min(len(self.places), self.script.size.asn // 6)
        if number < camats + lurahs:
            return "camat" if number < camats else "lurah"
        return self.dice.one(POSTS)

    def _career(self, person: Person, joined: date, post: str) -> None:
        """A class in each of the city's schemes; one person in six has risen some months ago."""
        ladders: Mapping[str, Sequence[str]] = self.script.traits.ladders
        for scheme, ladder in ladders.items():
            code = self.dice.middling(ladder)
            step = ladder.index(code) + 1
            if step < len(ladder) and ladder[step] != code and self.dice.once_in(6):
                risen = (self.today - timedelta(days=self.dice.number(35, 300))).replace(day=1)
                self._class(person, scheme, code, joined, risen)
                self._class(person, scheme, ladder[step], risen, None)
            else:
                self._class(person, scheme, code, joined, None)
        self._class(person, "post", post, joined, None)

    def _class(self, person: Person, scheme: str, code: str, since: date, until: date | None) -> None:
        self.register.class_rows.append((self.dice.key(), person.id, scheme, code, since, until))
