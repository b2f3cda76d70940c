"""As many rules as the settings say, of each kind that an order meets, over facts of the core and one of its own."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from pydantic import BaseModel

from peken.hookspecs import hookimpl
from peken.rules import MONTH, Cap, Check, Fact, Line, Obligation, Product, Regulations, Rule, Vendor, Verdict, notice


class Crowd(BaseModel):
    rules: int


class Purse(Fact, frozen=True):
    """What a buyer may spend in a month."""

    of: ClassVar[str] = "buyer"
    may: int


async def purses(buyers: Sequence[str], day: date) -> Mapping[str, Fact]:
    return {buyer: Purse(may=100_000_000) for buyer in buyers}


def spent(line: Line) -> int:
    return line.amount


def most(purse: Purse) -> int:
    return purse.may


def looked_at(line: Line, product: Product, vendor: Vendor, purse: Purse) -> Verdict | None:
    return notice("looked_at")


def _rule(number: int) -> Rule:
    code, cites = f"crowd.{number}", "Book of the Crowd"
    if number % 3 == 0:
        return Check(code=code, cites=cites, on="line", judge=looked_at, messages={"looked_at": "Looked at."})
    if number % 3 == 1:
        return Cap(code=code, cites=cites, subject="buyer", window=MONTH, counts=spent, ceiling=most)
    return Obligation(code=code, cites=cites, subject="buyer", window=MONTH, counts=spent, floor=most)


@hookimpl
def settings_model() -> type[BaseModel]:
    return Crowd


@hookimpl
def regulations(settings: Crowd) -> Regulations:
    return Regulations(tuple(_rule(number) for number in range(settings.rules)), loads={Purse: purses})
