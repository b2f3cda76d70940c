"""Which findings an actor may see, and what was taken back after it had counted: clauses for lists."""

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from peken.actors import Actor, Role
from peken.market import ServedCity
from peken.models import Closing, OrderLine, TallyEntry


def scope(actor: Actor) -> Q:
    """Findings and closings: all of the city for city hall and its auditors, nothing for others."""
    return Q(city_id=actor.city) if actor.has(Role.CITY_HALL, Role.AUDITOR) else Q(id__in=[])


async def reversed_entries(actor: Actor, city: ServedCity, *, after_closing: bool) -> QuerySet[TallyEntry]:
    """Entries that took back what had counted towards an obligation, as when a delivered order is cancelled.

    With `after_closing` only those of windows that were closed by then: their findings no longer say what is so.
    """
    codes = [rule.code for rule in city.rulebook.obligations]
    lines = OrderLine.filter(order__city_id=actor.city, order__status="cancelled").values("id")
    found = TallyEntry.filter(amount__lt=0, rule__in=codes, line_id__in=Subquery(lines))
    if not after_closing:
        return found
    late = Q(id__in=[])
    for closing in await Closing.filter(city_id=actor.city, rule__in=codes):
        late |= Q(rule=closing.rule, win=closing.win, at__gte=closing.at)
    return found.filter(late)
