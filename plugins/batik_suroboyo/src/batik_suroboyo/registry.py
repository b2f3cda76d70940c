"""The motifs as a city's rules know them on a day, what city hall has added included; reads no table of its own."""

from datetime import date
from typing import Final

from batik_suroboyo.motifs import Motif, motif_licence
from peken.errors import Objection
from peken.market import Market
from peken.rules import Table

NONE: Final[Table[Motif]] = Table()
UNKNOWN: Final = Objection("unknown_motif", "No motif of this code is in the registry today.", {}, ("motif",))


def registry(market: Market, city: str, on: date | None = None) -> Table[Motif]:
    """The motifs of a city on a day, today's unless told; none where the city has no such plugin."""
    served = market.cities.get(city)
    if served is None or motif_licence.code not in served.rulebook.rules:
        return NONE
    plugin = served.rulebook.plugin_of(motif_licence.code)
    return served.rulebook.chosen[plugin].table(Motif, on or served.today(market.now()))
