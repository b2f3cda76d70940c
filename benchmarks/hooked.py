"""The hooks of a plugin that listens to every order and has nothing to say; `plugins` makes ten of it."""

from collections.abc import Sequence

from peken.hookspecs import Draft, Objection, PlacedOrder, hookimpl


@hookimpl
async def judge_order(draft: Draft) -> Sequence[Objection]:
    return () if draft.lines else []


@hookimpl
async def order_placed(order: PlacedOrder) -> None:
    assert order.lines


@hookimpl
async def order_cancelled(order: PlacedOrder) -> None:
    assert order.lines
