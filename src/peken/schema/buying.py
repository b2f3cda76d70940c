"""What buyers do: asking beforehand, placing, and what happens to orders afterwards. Shapes only."""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import strawberry

from peken import orders
from peken.errors import PekenError
from peken.errors import Refused as RefusedError
from peken.http.seen import note_refusal
from peken.ids import key_of
from peken.money import Rupiah
from peken.orders import Basket, Item, NotPlaced, Recipient, Review
from peken.plans import performed
from peken.schema.context import Info
from peken.schema.nodes import Id
from peken.schema.orders import (
    Order,
    Purchase,
    PurchaseRefused,
    find_order,
    find_purchase,
    find_refused,
    purchase_of,
)
from peken.schema.rulings import Decision, Objection, advice_of, objection_of
from peken.schema.similar import SimilarVendors, similar_vendors
from peken.similar import FullShop, full_shops

T = TypeVar("T")


@strawberry.input
class ItemInput:
    """One line of a basket."""

    variant: strawberry.ID = strawberry.field(description="Id of the variant.")
    quantity: int = strawberry.field(description="How many units, from 1 to 1,000,000.")


@strawberry.input
class DeliveryInput:
    """Where the goods go; left out, they go to the buyer."""

    name: str = strawberry.field(default="", description="Name of the recipient, who may be another person.")
    kelurahan: str = strawberry.field(default="", description="Code of the kelurahan.")
    address: str = strawberry.field(default="", description="Street and number.")


@strawberry.input
class BasketInput:
    """What is wanted, and for whom."""

    items: list[ItemInput] = strawberry.field(description="The lines; a variant may stand in several.")
    buyer: strawberry.ID | None = strawberry.field(
        default=None, description="Who buys; oneself unless told. An officer names the department's buyer."
    )
    delivery: DeliveryInput | None = strawberry.field(default=None, description="Where the goods go.")
    note: str = strawberry.field(default="", description="What the vendor is asked to mind; at most 300 characters.")


Reason = Annotated[str, strawberry.argument(description="Why, from 1 to 300 characters; kept with the order.")]
Key = Annotated[
    str,
    strawberry.argument(description="A key of the client's own for this purchase, from 1 to 80 characters."),
]


BasketArgument = Annotated[BasketInput, strawberry.argument(description="What is wanted, and for whom.")]


@strawberry.type
class Explanation:
    """What would be said of a basket if it were bought now. Advice: nothing is kept, nothing reserved."""

    allowed: bool = strawberry.field(description="Whether it would be placed.")
    amount: Rupiah = strawberry.field(description="What it would cost.")
    objections: list[Objection] = strawberry.field(description="Every reason why not.")
    decisions: list[Decision] = strawberry.field(description="What every rule says, with its figures.")
    full: strawberry.Private[Sequence[FullShop]]

    @strawberry.field
    async def similar_vendors(self, info: Info) -> list[SimilarVendors]:
        """Where to go instead of the shops whose limits stand in the way: one entry for each of these shops."""
        return await similar_vendors(info.context, self.full)


@strawberry.type
class Refused:
    """Nothing was changed, for these reasons."""

    objections: list[Objection] = strawberry.field(description="Every reason.")


PlaceOrderResult = Annotated[
    Purchase | PurchaseRefused,
    strawberry.union("PlaceOrderResult", description="The purchase, or the refusal with every reason."),
]
DeliverOrderResult = Annotated[
    Order | Refused, strawberry.union("DeliverOrderResult", description="The delivered order, or why it is not.")
]
CancelOrderResult = Annotated[
    Order | Refused, strawberry.union("CancelOrderResult", description="The cancelled order, or why it is not.")
]


@strawberry.type
class BuyingQuery:
    """Asking beforehand."""

    @strawberry.field
    async def explain_order(self, info: Info, basket: BasketArgument) -> Explanation:
        """What the market and every rule would say of a basket, and what it would add to which obligation.

        Decisions include those of the delivery: for many obligations only what is delivered counts.
        """
        context = info.context
        review = await orders.reconsider(context.market, context.actor, _basket(info, basket, "-"), context.now)
        return _explanation(review)


@strawberry.type
class BuyingMutation:
    """Buying."""

    @performed
    async def place_order(self, info: Info, basket: BasketArgument, idempotency_key: Key) -> PlaceOrderResult:
        """Buys a basket, all or nothing: an order for each vendor. Safe to send again with the same key."""
        context = info.context
        answer = await orders.place(context.market, context.actor, _basket(info, basket, idempotency_key))
        context.forget()
        if isinstance(answer, NotPlaced):
            note_refusal(objection.code for objection in answer.objections)
            return _seen(await find_refused(context, answer.attempt))
        if answer.replayed:
            return _seen(await find_purchase(context, answer.purchase))
        return purchase_of(context, answer.orders)

    @performed
    async def deliver_order(self, info: Info, id: Id) -> DeliverOrderResult:
        """Says that an order reached its recipient. For its shop and city hall; again changes nothing."""
        key = key_of(id, "Order")
        try:
            await orders.deliver(info.context.market, info.context.actor, key)
        except RefusedError as refused:
            return refusal_of(refused)
        return await _order(info, id)

    @performed
    async def cancel_order(self, info: Info, id: Id, reason: Reason) -> CancelOrderResult:
        """Undoes an order: stock and tallies go back, once. Its buyer may until it is delivered."""
        key = key_of(id, "Order")
        try:
            await orders.cancel(info.context.market, info.context.actor, key, reason)
        except RefusedError as refused:
            return refusal_of(refused)
        return await _order(info, id)


def refusal_of(refused: RefusedError) -> Refused:
    """A refusal as the graph shows it."""
    note_refusal(objection.code for objection in refused.objections)
    return Refused(objections=[objection_of(objection) for objection in refused.objections])


async def _order(info: Info, id: strawberry.ID) -> Order:
    info.context.forget()
    return _seen(await find_order(info.context, key_of(id, "Order")))


def _seen(found: T | None) -> T:
    """What was written a moment ago by this actor, who may still see it unless buyer or department moved since."""
    if found is None:
        raise PekenError("forbidden", "It is done, but you may no longer see it.", status=403)
    return found


def _basket(info: Info, wanted: BasketInput, key: str) -> Basket:
    buyer = key_of(wanted.buyer, "Buyer") if wanted.buyer is not None else info.context.actor.buyer
    delivery = wanted.delivery or DeliveryInput()
    return Basket(
        buyer=orders.buyer_or_refuse(buyer),
        items=tuple(Item(key_of(item.variant, "Variant"), item.quantity) for item in wanted.items),
        key=key,
        recipient=Recipient(delivery.name, delivery.kelurahan, delivery.address),
        note=wanted.note,
    )


def _explanation(review: Review) -> Explanation:
    return Explanation(
        allowed=not review.refused,
        amount=Rupiah(review.wish.amount),
        objections=[objection_of(objection) for objection in review.objections],
        decisions=[advice_of(decision, review.hearing) for decision in review.decisions],
        full=full_shops(review.hearing.city.code, review.hearing.case, review.decisions),
    )
