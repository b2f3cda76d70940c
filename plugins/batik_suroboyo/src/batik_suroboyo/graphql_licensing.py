"""What makers and city hall do with motifs, in the graph. Shapes only."""

from collections.abc import Awaitable
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from batik_suroboyo import claims, licences
from batik_suroboyo.graphql_motifs import LICENCES, MotifLicence
from batik_suroboyo.models import MotifLicence as LicenceRow
from peken.errors import Refused as RefusedError
from peken.ids import key_of
from peken.plans import performed
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Info
from peken.schema.nodes import Id
from peken.schema.products import Product, find_product

ClaimMotifResult = Annotated[
    Product | Refused, strawberry.union("ClaimMotifResult", description="The product, or why it may not claim that.")
]
WithdrawMotifResult = Annotated[
    Product | Refused, strawberry.union("WithdrawMotifResult", description="The product, or why nothing was withdrawn.")
]
GrantMotifLicenceResult = Annotated[
    MotifLicence | Refused,
    strawberry.union("GrantMotifLicenceResult", description="The new licence, or why there is none."),
]
EndMotifLicenceResult = Annotated[
    MotifLicence | Refused,
    strawberry.union("EndMotifLicenceResult", description="The ended licence, or why it goes on."),
]


@strawberry.input
class GrantMotifLicenceInput:
    """A licence of a maker, as a letter or contract says."""

    motif: str = strawberry.field(description="Code of a motif that is not free.")
    vendor: strawberry.ID = strawberry.field(description="The maker.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(
        default=None, description="First day on which it no longer holds; open unless told."
    )
    granted_by: str = strawberry.field(description="Who grants it, in 1 to 120 characters.")
    source: str = strawberry.field(description="The letter or contract that says so, in 1 to 300 characters.")


@strawberry.type
class MutationFields:
    """What can be done with motifs."""

    @performed
    @staticmethod
    async def claim_motif(
        info: Info,
        product: Id,
        motif: Annotated[str, strawberry.argument(description="Code of the motif.")],
    ) -> ClaimMotifResult:
        """Says that a product of one's own shop bears a motif; a protected one needs a licence that holds today."""
        context = info.context
        done = claims.claim(context.market, context.actor, key_of(product, "Product"), motif)
        return await _product(info, done)

    @performed
    @staticmethod
    async def withdraw_motif(
        info: Info,
        product: Id,
        reason: Annotated[
            str, strawberry.argument(description="Why, in 1 to 300 characters: needed of city hall.")
        ] = "",
    ) -> WithdrawMotifResult:
        """Takes back that a product bears a motif: one of one's own shop, or for city hall one of the city."""
        context = info.context
        key = key_of(product, "Product")
        return await _product(info, claims.withdraw(context.market, context.actor, key, reason))

    @performed
    @staticmethod
    async def grant_motif_licence(
        info: Info,
        input: Annotated[GrantMotifLicenceInput, strawberry.argument(description="The licence.")],
    ) -> GrantMotifLicenceResult:
        """Enters that a maker may make a motif."""
        written = licences.NewLicence(
            motif=input.motif,
            vendor=key_of(input.vendor, "Vendor"),
            valid_from=input.valid_from,
            valid_to=input.valid_to,
            granted_by=input.granted_by,
            source=input.source,
        )
        return await _licence(info, licences.grant(info.context.market, info.context.actor, written))

    @performed
    @staticmethod
    async def end_motif_licence(
        info: Info,
        id: Id,
        on: Annotated[date, strawberry.argument(description="First day on which it no longer holds.")],
        reason: Annotated[str, strawberry.argument(description="Why, in 1 to 300 characters.")],
    ) -> EndMotifLicenceResult:
        """Ends a licence, or annuls it on the day of its beginning. What bears the motif stays on sale."""
        context = info.context
        key = key_of(id, "MotifLicence")
        return await _licence(info, licences.end(context.market, context.actor, key, on, reason))


async def _product(info: Info, done: Awaitable[UUID]) -> Product | Refused:
    try:
        key = await done
    except RefusedError as refused:
        return refusal_of(refused)
    info.context.forget()
    product = await find_product(info.context, key)
    assert product is not None  # it is of the actor's own shop or city
    return product


async def _licence(info: Info, done: Awaitable[UUID]) -> MotifLicence | Refused:
    try:
        key = await done
    except RefusedError as refused:
        return refusal_of(refused)
    info.context.forget()
    [row] = await LICENCES.find(LicenceRow.filter(id=key))
    return LICENCES.make(row)
