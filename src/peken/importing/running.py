"""Imports one file: reads and checks all of it, then writes all of it or nothing; knows no column."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peken import ranking
from peken.errors import Refused
from peken.importing import buyers, categories, departments, exemptions, products, vendors
from peken.importing.nouns import COLUMNS, Noun
from peken.importing.rows import Desk, Plan, Progress
from peken.importing.sheets import Sheet, read_sheet
from peken.market import Market
from peken.regions import serve_cities

_PLANS: Final[Mapping[Noun, Callable[[Desk, Sheet], Awaitable[Plan]]]] = {
    "categories": categories.plan,
    "departments": departments.plan,
    "vendors": vendors.plan,
    "buyers": buyers.plan,
    "products": products.plan,
    "exemptions": exemptions.plan,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many of a noun were created and changed, or would be in a dry run, and how many are as the file says."""

    created: int
    changed: int
    unchanged: int


async def import_file(
    market: Market, noun: Noun, file: Path, city: str, *, dry_run: bool = False, progress: Progress
) -> Outcome:
    """Imports a file into a city. The same file again changes nothing; no row is ever deleted.

    Raises Refused with everything that is wrong with its rows: the path of each objection is the number of the row
    and the name of the column. Raises PekenError `bad_file`, `bad_columns`, `personal_numbers`, `unknown_city`.
    """
    desk = Desk(market, market.city(city), file.name, market.now(), progress)
    progress("read", 0, 1)
    sheet = read_sheet(file, COLUMNS[noun])
    progress("read", 1, 1)
    await serve_cities(market)
    progress("check", 0, 1)
    plan = await _PLANS[noun](desk, sheet)
    if wrongs := sheet.wrongs:
        raise Refused(wrongs)
    progress("check", 1, 1)
    if not dry_run:
        async with market.database.unit_of_work():
            await plan.write(desk)
        if noun == "vendors":
            await ranking.deal_out(market, desk.city, desk.now)
    created = sum(change.is_new for change in plan.changes)
    needed = sum(change.is_needed for change in plan.changes)
    return Outcome(created, needed - created, len(plan.changes) - needed)
