"""Which orders, purchases and refused attempts an actor may see: clauses for lists, a check for the one at hand."""

from uuid import UUID

from tortoise.expressions import Q

from peken.actors import Actor, Role


def scope(actor: Actor) -> Q:
    """Orders: own ones, those of one's shop or department, all of the city for city hall."""
    seen = purchase_scope(actor)
    if actor.has(Role.VENDOR) and actor.vendor:
        seen |= Q(vendor_id=actor.vendor)
    return seen


def purchase_scope(actor: Actor) -> Q:
    """Whole purchases, and refused attempts: own ones, those of one's department, a city's for city hall."""
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return Q(city_id=actor.city)
    seen = Q(buyer_id=actor.buyer) if actor.buyer else Q(id__in=[])
    if actor.has(Role.OFFICER) and actor.department:
        seen |= Q(buyer__department_id=actor.department, buyer__kind="department")
    return seen


def sees(actor: Actor, *, city: str, vendor: UUID, buyer: UUID, department: UUID | None) -> bool:
    """What `scope` says, of one order that was read already; `department` where one is the buyer."""
    if actor.has(Role.VENDOR) and actor.vendor and actor.vendor == vendor:
        return True
    if actor.has(Role.CITY_HALL, Role.AUDITOR):
        return actor.city == city
    if actor.buyer and actor.buyer == buyer:
        return True
    return bool(actor.has(Role.OFFICER) and actor.department and actor.department == department)
