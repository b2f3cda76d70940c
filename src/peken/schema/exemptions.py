"""Leave and exemptions in the graph: for whom they are, and for those who watch over the city. Shapes only."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import strawberry

from peken import exemptions, models
from peken.models.buyers import ExemptionKind
from peken.schema.context import Context
from peken.schema.enums import described
from peken.schema.nodes import Node

described(
    LEAVE="One is on leave of absence.",
    EXEMPTION="One is let off for another reason.",
)(ExemptionKind)


@strawberry.type
class Exemption(Node):
    """Days on which a buyer owes nothing, as city hall granted them."""

    kind: ExemptionKind = strawberry.field(description="Leave, or an exemption.")
    rule: str | None = strawberry.field(description="Code of the obligation it is from; null for all of them.")
    reason: str = strawberry.field(description="Why it was granted.")
    valid_from: date = strawberry.field(description="First day, in the city.")
    valid_to: date | None = strawberry.field(description="First day on which it is over; null until further notice.")
    granted_by: str = strawberry.field(description="Opaque subject of the one who granted it.")
    granted_at: datetime = strawberry.field(description="When it was granted.")
    revoked_by: str | None = strawberry.field(description="Opaque subject of the one who revoked it.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it stands.")
    revoked_reason: str | None = strawberry.field(description="Why it was revoked.")

    def concerns(self, rule: str, first: date | None, after: date | None) -> bool:
        """Whether it stands, and is from a rule on some day of a window."""
        stands = self.revoked_at is None and self.rule in (None, rule)
        begun = after is None or self.valid_from < after
        return stands and begun and (first is None or self.valid_to is None or self.valid_to > first)


def exemption_of(row: models.Exemption) -> Exemption:
    """An exemption as the graph shows it."""
    return Exemption(
        key=UUID(str(row.id)),
        kind=row.kind,
        rule=row.rule or None,
        reason=row.reason,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        granted_by=row.granted_by,
        granted_at=row.granted_at,
        revoked_by=row.revoked_by,
        revoked_at=row.revoked_at,
        revoked_reason=row.revoked_reason,
    )


async def load_exemptions(context: Context, buyers: Sequence[UUID]) -> list[list[Exemption]]:
    """The exemptions of buyers that the actor may read, by buyer; latest first."""
    found: dict[UUID, list[Exemption]] = {buyer: [] for buyer in buyers}
    rows = models.Exemption.filter(exemptions.scope(context.actor), buyer_id__in=list(buyers))
    for row in await rows.order_by("-valid_from", "-id"):
        found[UUID(str(row.buyer_id))].append(exemption_of(row))
    return [found[buyer] for buyer in buyers]


async def find_exemption(context: Context, key: UUID) -> Exemption | None:
    """The exemption of a key, if the actor may read it."""
    row = await models.Exemption.filter(exemptions.scope(context.actor), id=key).first()
    return exemption_of(row) if row else None
