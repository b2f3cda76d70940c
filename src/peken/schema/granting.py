"""What city hall does with leave and exemptions, in the graph. Shapes only."""

from datetime import date
from typing import Annotated

import strawberry

from peken import exemptions
from peken.errors import Refused as RefusedError
from peken.exemptions import NewExemption
from peken.ids import key_of
from peken.models.buyers import ExemptionKind
from peken.plans import performed
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Info
from peken.schema.exemptions import Exemption, exemption_of
from peken.schema.nodes import Id


@strawberry.input
class GrantExemptionInput:
    """Days on which somebody is to owe nothing."""

    buyer: strawberry.ID = strawberry.field(description="The buyer.")
    kind: ExemptionKind = strawberry.field(description="Leave, or an exemption.")
    rule: str | None = strawberry.field(default=None, description="Code of one obligation; all of them unless told.")
    reason: str = strawberry.field(
        description="Why, from 1 to 300 characters; the buyer, city hall and its auditors read it."
    )
    valid_from: date = strawberry.field(description="First day, in the city; at most ten years from today.")
    valid_to: date | None = strawberry.field(
        default=None, description="First day on which it is over; until further notice unless told."
    )


GrantExemptionResult = Annotated[
    Exemption | Refused,
    strawberry.union("GrantExemptionResult", description="The exemption, or why it is not granted."),
]
RevokeExemptionResult = Annotated[
    Exemption | Refused, strawberry.union("RevokeExemptionResult", description="The exemption, or why it stands.")
]


@strawberry.type
class ExemptionMutation:
    """Who owes nothing, and when."""

    @performed
    async def grant_exemption(
        self,
        info: Info,
        input: Annotated[GrantExemptionInput, strawberry.argument(description="Who owes nothing, when and why.")],
    ) -> GrantExemptionResult:
        """Grants leave or an exemption; what is owed in the windows of today follows at once."""
        wanted = NewExemption(
            buyer=key_of(input.buyer, "Buyer"),
            kind=input.kind,
            rule=input.rule or "",
            reason=input.reason,
            valid_from=input.valid_from,
            valid_to=input.valid_to,
        )
        context = info.context
        try:
            return exemption_of(await exemptions.grant(context.market, context.actor, wanted))
        except RefusedError as refused:
            return refusal_of(refused)

    @performed
    async def revoke_exemption(
        self,
        info: Info,
        id: Id,
        reason: Annotated[str, strawberry.argument(description="Why, from 1 to 300 characters; kept in the audit.")],
    ) -> RevokeExemptionResult:
        """Takes all of an exemption back, as if it had never been; closed windows stay as they were found."""
        context = info.context
        try:
            return exemption_of(await exemptions.revoke(context.market, context.actor, key_of(id, "Exemption"), reason))
        except RefusedError as refused:
            return refusal_of(refused)
