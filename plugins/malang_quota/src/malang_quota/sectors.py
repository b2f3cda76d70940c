"""The sectors of Kota Malang's UMKM, read from sectors.toml and checked as tables of rules are; no rule reads them."""

from datetime import date
from pathlib import Path
from typing import Final

from peken.rules import Code, Row, Table, Text, load_parameters


class Sector(Row, frozen=True, kw_only=True):
    """A sector that a vendor may be in, with its name in Indonesian and in English."""

    code: Code
    name: Text
    name_en: Text


SECTORS: Final = load_parameters(Path(__file__).with_name("sectors.toml"), [Sector]).rows(Sector)
"""All that ever were, in the order in which the city names them."""


def sectors_on(day: date) -> Table[Sector]:
    """The sectors of a day."""
    return Table(sector for sector in SECTORS if sector.in_force(day))
