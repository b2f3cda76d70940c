"""What was decided of an order, a purchase or a refused attempt, in words; reads rows, judges nothing."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from peken.errors import PekenError
from peken.ids import from_global
from peken.market import Market
from peken.models import Attempt, Decision, Docket, Order, Purchase
from peken.money import Rupiah, rupiah_text
from peken.texts import LANGUAGES


async def explain(market: Market, text: str, *, facts: bool = False) -> list[str]:
    """The lines of an explanation. `text` is an opaque id or a plain UUID; `facts` adds what the rules saw.

    Raises PekenError `bad_id` or `not_found`.
    """
    kind, key = _asked(text)
    for name, find in (("PurchaseRefused", _attempt), ("Purchase", _purchase), ("Order", _order)):
        if kind in ("", name) and (found := await find(market, key)):
            cases, head = found
            return [*head, *await _decisions(market, cases), *(await _facts(cases) if facts else [])]
    raise PekenError("not_found", "There is no order, purchase or refusal with the id {id}.", id=text)


def _asked(text: str) -> tuple[str, UUID]:
    try:
        return "", UUID(text)
    except ValueError:
        kind, key = from_global(text)
    try:
        return kind, UUID(key)
    except ValueError:
        raise PekenError("bad_id", "This is not an id of the expected kind.") from None


Found = tuple[list[UUID], list[str]] | None
"""The cases that decisions were kept under, and what stands above them."""


async def _attempt(market: Market, key: UUID) -> Found:
    row = await Attempt.get_or_none(id=key)
    if row is None:
        return None
    head = [f"Refused purchase {key} of {_rupiah(row.amount)} in {row.city_id}, {row.at:%Y-%m-%d %H:%M} UTC"]
    for objection in row.objections:
        head += _sentences(market, "  objection ", objection)
    return [key], head


async def _purchase(market: Market, key: UUID) -> Found:
    row = await Purchase.get_or_none(id=key)
    if row is None:
        return None
    orders = await Order.filter(purchase_id=key).order_by("id")
    head = [f"Purchase {key} of {_rupiah(row.amount)} in {row.city_id}, {row.placed_at:%Y-%m-%d %H:%M} UTC"]
    head += [f"  order {order.id} of {_rupiah(order.amount)}: {order.status.value}" for order in orders]
    return [key, *(order.id for order in orders)], head


async def _order(market: Market, key: UUID) -> Found:
    row = await Order.get_or_none(id=key)
    if row is None:
        return None
    head = [
        f"Order {key} of {_rupiah(row.amount)} in {row.city_id}: {row.status.value}",
        f"  part of purchase {row.purchase_id}",
    ]
    return [UUID(str(row.purchase_id)), key], head


async def _decisions(market: Market, cases: list[UUID]) -> list[str]:
    rows = await Decision.filter(case_id__in=cases).order_by("id")
    if not rows:
        return ["  No rule had anything to decide."]
    return [line for row in rows for line in _decision(market, row)]


def _decision(market: Market, row: Decision) -> Iterator[str]:
    yield ""
    yield f"{row.outcome.upper()}  {row.rule}  ({row.code})"
    yield f"  plugin    {row.plugin} {row.version}"
    yield f"  mode      {row.mode}"
    if row.subject:
        yield f"  subject   {row.subject_kind} {row.subject}" + (f", window {row.win}" if row.win else "")
    for language in LANGUAGES:
        yield f"  {language}        {market.texts.say(row.message, language, row.figures)}"
    if row.figures:
        yield f"  figures   {', '.join(f'{name}={_plain(value)}' for name, value in row.figures.items())}"
    if row.instead:
        yield f"  instead   {row.instead}"
    yield f"  citation  {row.citation}"
    if row.source:
        yield f"  source    {row.source}" + (f" [{row.mark}]" if row.mark else "")
    yield f"  decided   {row.at:%Y-%m-%d %H:%M:%S} UTC, case {row.case_id}"


async def _facts(cases: list[UUID]) -> list[str]:
    rows = await Docket.filter(case_id__in=cases)
    return [line for row in rows for line in ("", f"Facts of case {row.case_id}", json.dumps(row.content, indent=2))]


def _sentences(market: Market, head: str, objection: dict[str, Any]) -> Iterator[str]:
    yield f"{head}{objection['code']}" + (f"  ({objection['rule']})" if objection.get("rule") else "")
    for language in LANGUAGES:
        yield f"    {language}  {market.texts.say(objection['message'], language, objection.get('values') or {})}"


def _rupiah(amount: int) -> str:
    return rupiah_text(Rupiah(amount))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
