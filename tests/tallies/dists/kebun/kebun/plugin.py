"""Departments owe greens: 1,000 Rupiah a year for each letter of their code, but for the one that is free."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import ClassVar

from peken import models
from peken.hookspecs import hookimpl
from peken.rules import YEAR, Department, Fact, Line, Moment, Obligation, Regulations


class Free(Fact, frozen=True):
    """A department that owes nothing."""

    of: ClassVar[str] = "department"


def bought(line: Line) -> int:
    return line.amount


def owed(department: Department, free: Free | None) -> int | None:
    return None if free else 1_000 * len(department.code)


async def load_free(departments: Sequence[str], day: date) -> Mapping[str, Fact]:
    rows = await models.Department.filter(id__in=departments, code="free").values_list("id", flat=True)
    return {str(key): Free() for key in rows}


@hookimpl
def regulations() -> Regulations:
    greens = Obligation(
        code="kebun.greens",
        cites="an invented by-law",
        subject="department",
        window=YEAR,
        at=Moment.PLACED,
        counts=bought,
        floor=owed,
    )
    return Regulations((greens,), loads={Free: load_free})
