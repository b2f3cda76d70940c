"""Who is shown the same vendors and products, so that what is worked out for one serves all of them."""

from collections.abc import Hashable

from peken import catalog
from peken.hookspecs import Noun
from peken.plans import Scope
from peken.schema.context import Context


def viewpoint(context: Context) -> Hashable:
    """What the clauses of `catalog` depend on: who asks, where that is not like everybody, and each city of today."""
    actor = None if catalog.sees_as_all_do(context.actor) else context.actor
    return actor, context.edition


def scope(noun: Noun, *, listed: bool = True) -> Scope:
    """The vendors or products that the one who asks may see, as `catalog.scope` says."""
    return Scope(lambda context: catalog.scope(context.market, context.actor, noun, listed=listed), viewpoint)
