"""Judges by free code: what is too heavy to carry; and takes its time, in which the world may change."""

from collections.abc import Awaitable, Callable, Sequence

from peken.hookspecs import Draft, Objection, hookimpl

HEAVY, CONFUSED = 20, 21
"""Quantities at which it objects, and at which it names a line that is not there."""

meanwhile: list[Callable[[], Awaitable[object]]] = []
"""What happens while it thinks, each once, the last first."""


@hookimpl
async def judge_order(draft: Draft) -> Sequence[Objection]:
    if meanwhile:
        await meanwhile.pop()()
    heavy = tuple(number for number, line in enumerate(draft.lines) if line.quantity == HEAVY)
    confused = tuple(len(draft.lines) for line in draft.lines if line.quantity == CONFUSED)
    if not heavy and not confused:
        return []
    return [
        Objection(
            code="too_heavy",
            message="Nobody carries {pieces} of these.",
            cites="the doorkeeper's word",
            inputs={"buyer": draft.buyer, "at": draft.at, "shelves": {1: "high"}},
            values={"pieces": HEAVY},
            lines=(*heavy, *confused),
        )
    ]
