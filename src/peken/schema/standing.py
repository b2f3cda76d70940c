"""Why a vendor stands where it stands in a list, and why it is not listed, in the graph."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import strawberry

from peken import catalog, ranking
from peken.rules import wording
from peken.schema.context import Context, Info
from peken.schema.rulings import Lang, say


@strawberry.type
class WhyHere:
    """Why the city's ranking puts a vendor where it stands when vendors come as `RECOMMENDED`."""

    code: str = strawberry.field(description="Stable code of the reason.")
    rule: str = strawberry.field(description="Code of the ranking.")
    citation: str = strawberry.field(description="The regulation behind the ranking.")
    template: strawberry.Private[str]
    values: strawberry.Private[Mapping[str, Any]]

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """The reason, in a sentence for people."""
        return say(info, lang, self.template, self.values)


def why_here(context: Context, city: str, because: str, figures: Mapping[str, Any] | None) -> WhyHere | None:
    """The reason that was kept with a vendor's place; None where nothing ranks, or not yet."""
    served = context.market.cities.get(city)
    rule = ranking.ranking_of(served, served.today(context.now)) if served and because else None
    if rule is None:
        return None
    template = wording(rule, because)
    return WhyHere(code=because, rule=rule.code, citation=rule.cites, template=template, values=figures or {})


@strawberry.type
class ClosedShop:
    """Why a vendor is in no public list for now."""

    code: str = strawberry.field(description="Stable code of the reason.")
    rule: str = strawberry.field(description="Code of the rule whose limit is reached.")
    citation: str = strawberry.field(description="The regulation behind the rule.")
    window: str = strawberry.field(description='The window for which it is, such as "2026-11".')
    listed_again_on: date = strawberry.field(description="First day on which it is listed again, in the city.")
    template: strawberry.Private[str]
    values: strawberry.Private[Mapping[str, Any]]

    @strawberry.field
    def message(self, info: Info, lang: Lang = None) -> str:
        """The reason, in a sentence for people."""
        return say(info, lang, self.template, self.values)


async def load_closed(context: Context, vendors: Sequence[UUID]) -> list[ClosedShop | None]:
    """Why vendors are not listed, by vendor; None for those that are."""
    found = await catalog.closed(context.market, vendors, context.now)
    return [_closed_shop(found[vendor]) if vendor in found else None for vendor in vendors]


def _closed_shop(closed: catalog.Closed) -> ClosedShop:
    cap, again = closed.limit.cap, closed.limit.again
    return ClosedShop(
        code="closed",
        rule=cap.code,
        citation=cap.cites,
        window=closed.limit.window,
        listed_again_on=again,
        template=wording(cap, "closed"),
        values={"ceiling": closed.ceiling, "unit": cap.unit, "again": again},
    )
