"""What clients ask of a market under fire, in a form that travels to another process; knows no engine."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from peken import models
from peken.actors import Actor
from peken.testing.world import World, global_id

PLACE: Final = """
mutation ($items: [ItemInput!]!, $key: String!) {
  placeOrder(basket: {items: $items}, idempotencyKey: $key) {
    __typename
    ... on Purchase { id amount orders { id } decisions { code } }
    ... on PurchaseRefused {
      id objections { code english: message(lang: EN) indonesian: message(lang: ID) citation } decisions { code }
    }
  }
}
"""
DELIVER: Final = """
mutation ($id: ID!) {
  deliverOrder(id: $id) { __typename ... on Order { status } ... on Refused { objections { code } } }
}
"""
CANCEL: Final = """
mutation ($id: ID!) {
  cancelOrder(id: $id, reason: "no longer wanted") {
    __typename ... on Order { status } ... on Refused { objections { code } }
  }
}
"""
OWN: Final = "@own"
"""In place of an id: the order that the same client placed last."""


class Ask(msgspec.Struct, frozen=True):
    """One request of one client."""

    document: str
    variables: dict[str, Any]
    actor: Actor


class Reply(msgspec.Struct, frozen=True):
    """What came back, with the request's key or id."""

    about: str
    status: int
    body: dict[str, Any]

    @property
    def answer(self) -> Any:
        """The one answer; an assertion fails, with the errors, where there are some."""
        assert "errors" not in self.body, self.body["errors"]
        return next(iter(self.body["data"].values()))

    @property
    def kind(self) -> str:
        """The type of the answer, or the code of the error."""
        if "errors" in self.body:
            return str(self.body["errors"][0]["extensions"]["code"])
        return str(self.answer["__typename"])


def placing(actor: Actor, wanted: Mapping[models.Variant, int] | Sequence[tuple[str, int]], key: str) -> Ask:
    """A request to buy these, given as variants or as their global ids."""
    pairs = [(global_id(v), n) for v, n in wanted.items()] if isinstance(wanted, Mapping) else wanted
    items = [{"variant": variant, "quantity": quantity} for variant, quantity in pairs]
    return Ask(PLACE, {"items": items, "key": key}, actor)


def moving(document: str, actor: Actor, order: str) -> Ask:
    """A request to deliver or cancel."""
    return Ask(document, {"id": order}, actor)


async def reply_to(world: World, ask: Ask) -> Reply:
    """Sends one request."""
    answer = await world.ask(ask.document, ask.variables, actor=ask.actor)
    about = str(ask.variables.get("key") or ask.variables.get("id"))
    return Reply(about, answer.status, dict(answer.body))


async def play(world: World, asks: Sequence[Ask]) -> list[Reply]:
    """One client: sends its requests one after another."""
    replies: list[Reply] = []
    own: str | None = None
    for ask in asks:
        if ask.variables.get("id") == OWN:
            if own is None:
                continue
            ask = msgspec.structs.replace(ask, variables={"id": own})
        reply = await reply_to(world, ask)
        replies.append(reply)
        if reply.kind == "Purchase":
            own = str(reply.answer["orders"][0]["id"])
    return replies
