"""Between the rules and the rows: gathers facts for a case, weighs its tallies, stores what was decided."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TypedDict, TypeVar
from uuid import UUID

import structlog

from peken import parameters, tallies
from peken.buyers import Card, written
from peken.database import Insert
from peken.database.statements import Json
from peken.errors import Objection
from peken.hookspecs import PlacedLine
from peken.ids import new_id
from peken.logs import places
from peken.market import Market, ServedCity
from peken.money import Rupiah
from peken.rules import (
    Case,
    Day,
    Decision,
    Fact,
    Line,
    LineKeys,
    Moment,
    Move,
    OnFailure,
    Order,
    Product,
    Recipient,
    Rule,
    Vendor,
    Watch,
    case_to_json,
    message_of,
    weigh,
)
from peken.wares import Ware

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """One line of a purchase, as the rules are to see it; `item` is its number in the basket, where there is one."""

    id: UUID
    ware: Ware
    quantity: int
    amount: int
    item: int | None = None

    def placed(self) -> PlacedLine:
        """The line as plugins are told of it, once it is stored."""
        return PlacedLine(
            id=self.id,
            variant=self.ware.variant,
            product=self.ware.product,
            category=self.ware.category,
            quantity=self.quantity,
            amount=Rupiah(self.amount),
        )


@dataclass(frozen=True, slots=True)
class Hearing:
    """A purchase before the rules of its city: its lines, the case, and what of it counts at this moment."""

    city: ServedCity
    lines: tuple[JudgedLine, ...]
    case: Case
    moves: tuple[Move, ...]
    steps: tuple[tallies.Step, ...]
    """The moves as the ledger takes them; a ceiling in shadow binds nothing."""
    asked: "Asked"
    watch: Watch

    @property
    def keys(self) -> set[tallies.Key]:
        """The balances that this purchase would move."""
        return {step.key for step in self.steps}

    def weigh(self, balances: Mapping[tallies.Key, int]) -> tuple[Decision, ...]:
        """What the tallies say, given the balances before this purchase."""
        return weigh(self.moves, balances)

    def weigh_after(self, after: Mapping[tallies.Key, int]) -> tuple[Decision, ...]:
        """What the tallies say, given the balances that this purchase has moved already."""
        before = dict(after)
        for step in self.steps:
            before[step.key] -= step.amount
        return self.weigh(before)

    def items(self, decision: Decision) -> tuple[int, ...]:
        """The numbers of the basket's items that a decision speaks of; none once the basket is forgotten."""
        spoken_of = set(decision.lines)
        found = (line.item for key, line in self._keyed if key.line in spoken_of)
        return tuple(sorted(item for item in found if item is not None))

    def subject(self, decision: Decision) -> str:
        """The name of the shop or product that a decision is about; empty where it is about no such thing."""
        if decision.subject_kind == "vendor":
            return next((line.ware.vendor_name for key, line in self._keyed if key.vendor == decision.subject), "")
        if decision.subject_kind == "product":
            return next((line.ware.name for key, line in self._keyed if key.product == decision.subject), "")
        return ""

    @property
    def _keyed(self) -> Iterable[tuple[LineKeys, JudgedLine]]:
        return zip(self.case.lines, self.lines, strict=True)

    def objection(self, decision: Decision) -> Objection:
        """A decision as the buyer is shown it."""
        return as_objection(self.city, decision, self.items(decision), self.subject(decision))


class Asked(TypedDict):
    """How rules are asked, beyond what they are asked."""

    on_failure: OnFailure
    strict: bool


def asked(market: Market, city: ServedCity) -> Asked:
    """A rule that fails is logged with its plugin; where the market is strict it raises."""
    return Asked(on_failure=partial(_report, market, city), strict=market.strict)


def _watch(market: Market, city: ServedCity) -> Watch:
    """Has each rule's time taken down under its plugin's name."""

    def watch(rule: Rule, ask: Callable[[], T], /) -> T:
        return market.metrics.rule(city.rulebook.plugin_of(rule.code), rule, ask)

    return watch


async def hear(
    market: Market,
    purchase: UUID,
    buyer: Card,
    lines: Sequence[JudgedLine],
    recipient: str,
    region: str,
    at: datetime,
    moment: Moment,
    own: "Own | None" = None,
) -> Hearing:
    """Lays a purchase before the rules: each type of fact that they need is loaded once, whatever the lines.

    It goes to the person named `recipient`, who may be the buyer, in a `region`. With `own`, plugins' own
    facts are known already.
    """
    city = await parameters.served(market, buyer.city)
    how, watch = asked(market, city), _watch(market, city)
    if not city.rulebook.judges_orders:
        # Nobody asks for a fact, so none is put together.
        return Hearing(city, tuple(lines), Case(Day.on(city.today(at)), (), {}), (), (), how, watch)
    day, given_to = city.rulebook.day(city.today(at), **how), buyer.gives_to(recipient, region)
    keys = keys_of(purchase, buyer, lines, given_to)
    facts: dict[type[Fact], Mapping[str, Fact]] = {**buyer.facts(), **_goods_facts(keys, lines)}
    amount, vendors = sum(line.amount for line in lines), {line.ware.vendor for line in lines}
    facts[Order] = {str(purchase): order_fact(amount, len(vendors), region)}
    facts[Recipient] = {given_to: Recipient(region)} if given_to else {}
    needed = needs_at(city, day, moment)
    facts |= own(keys, needed) if own else await own_facts(city, keys, needed, day.date)
    case = Case(day=day, lines=keys, facts=facts)
    moves = city.rulebook.moves(case, moment, watch=watch, **how)
    return Hearing(city, tuple(lines), case, moves, tuple(_steps(buyer, keys, lines, moves)), how, watch)


Own = Callable[[Sequence[LineKeys], Collection[type[Fact]]], Mapping[type[Fact], Mapping[str, Fact]]]
"""The facts of plugins' own types that are needed about some lines, as `own_facts` would load them."""


def needs_at(city: ServedCity, day: Day, moment: Moment) -> Collection[type[Fact]]:
    """The facts that are asked for at a moment; checks are asked once, when it is placed."""
    grounds = ("line", "order") if moment is Moment.PLACED else ()
    return city.rulebook.needs(day, *grounds, moment)


def keys_of(purchase: UUID, buyer: Card, lines: Sequence[JudgedLine], recipient: str | None) -> tuple[LineKeys, ...]:
    """Whom and what each line is about. All but three of its keys are the same for all."""
    who, order = str(buyer.id), str(purchase)
    department = str(buyer.department) if buyer.department else None
    return tuple(
        LineKeys(
            line=str(line.id),
            product=str(line.ware.product),
            vendor=str(line.ware.vendor),
            buyer=who,
            order=order,
            department=department,
            recipient=recipient,
        )
        for line in lines
    )


def _steps(
    buyer: Card, keys: Sequence[LineKeys], lines: Sequence[JudgedLine], moves: Sequence[Move]
) -> Iterator[tallies.Step]:
    """The moves as the ledger takes them. What a buyer owes is summed up among the department's and the classes'."""
    known = {key.line: line.id for key, line in zip(keys, lines, strict=True)}
    owing = (buyer.department, written(buyer.classes))
    for move in moves:
        if not move.error:
            among = owing if move.kind == "obligation" and move.subject_kind == "buyer" else (None, None)
            yield tallies.Step(*move.key, known[move.line], move.amount, move.floor, move.guard, *among)


def judge(hearing: Hearing) -> tuple[Decision, ...]:
    """What the checks of the city say: every objection, and what was allowed."""
    return hearing.city.rulebook.judge(hearing.case, watch=hearing.watch, **hearing.asked)


def _goods_facts(keys: Sequence[LineKeys], lines: Sequence[JudgedLine]) -> dict[type[Fact], Mapping[str, Fact]]:
    """What the rules may know of lines, their products and their vendors."""
    goods, sold, sellers = dict[str, Fact](), dict[str, Fact](), dict[str, Fact]()
    for key, line in zip(keys, lines, strict=True):
        ware = line.ware
        goods[key.line] = line_fact(ware, line.quantity, line.amount)
        if key.product not in sold:
            sold[key.product] = product_fact(ware.category, ware.own_production, ware.origin, ware.words)
        if key.vendor not in sellers:
            sellers[key.vendor] = vendor_fact(ware)
    return {Line: goods, Product: sold, Vendor: sellers}


def line_fact(ware: Ware, quantity: int, amount: int) -> Line:
    """What the rules may know of a line."""
    return Line(amount=amount, quantity=quantity, measure=ware.measure * quantity, measure_unit=ware.measure_unit)


def vendor_fact(ware: Ware) -> Vendor:
    """What the rules may know of who sells a ware."""
    return Vendor(
        kind=ware.vendor_kind,
        scale=ware.vendor_scale,
        sector=ware.vendor_sector,
        region=ware.vendor_region,
        verified=ware.vendor_verified,
    )


def order_fact(amount: int, vendors: int, region: str) -> Order:
    """What the rules may know of a purchase, or of the part of it that is delivered."""
    return Order(amount=amount, vendors=vendors, recipient_region=region)


def product_fact(category: str, own_production: bool, origin: str | None, words: Collection[str]) -> Product:
    """What the rules may know of a product."""
    return Product(
        category=category,
        categories=_path_of(category),
        own_production=own_production,
        origin=origin or "",
        words=frozenset(words),
    )


@lru_cache(maxsize=1_000)
def _path_of(code: str) -> frozenset[str]:
    """A dotted code and all above it: `staples.rice`, `staples`."""
    parts = code.split(".")
    return frozenset(".".join(parts[: number + 1]) for number in range(len(parts)) if code)


async def own_facts(
    city: ServedCity, keys: Sequence[LineKeys], needed: Collection[type[Fact]], day: date
) -> dict[type[Fact], Mapping[str, Fact]]:
    """The facts of plugins' own types that are needed, each type loaded once for all its keys."""
    loaded: dict[type[Fact], Mapping[str, Fact]] = {}
    for fact, load in city.rulebook.loads.items():
        if fact in needed:
            wanted = {key for line in keys if (key := getattr(line, fact.of)) is not None}
            loaded[fact] = await load(sorted(wanted), day)
    return loaded


async def facts_about(
    city: ServedCity, ground: str, keys: Collection[str], needed: Collection[type[Fact]], day: date
) -> dict[type[Fact], Mapping[str, Fact]]:
    """The facts of plugins' own types about one thing only, such as buyers; each type loaded once for all keys."""
    wanted = [(fact, load) for fact, load in city.rulebook.loads.items() if fact in needed and fact.of == ground]
    return {fact: await load(sorted(keys), day) for fact, load in wanted}


def binding(decisions: Iterable[Decision]) -> list[Decision]:
    """The decisions that stop the purchase."""
    return [decision for decision in decisions if decision.binding]


def as_objection(city: ServedCity, decision: Decision, items: tuple[int, ...] = (), subject: str = "") -> Objection:
    """A decision as the one who asked is shown it."""
    return Objection(
        decision.code,
        message_of(city.rulebook.rules[decision.rule], decision),
        decision.values,
        path_to(items),
        decision.rule,
        decision.citation,
        decision.plugin,
        items,
        subject,
    )


def path_to(items: Sequence[int]) -> tuple[str | int, ...]:
    """The path to what items of a basket have in common: the item itself, or all of them."""
    if not items:
        return ()
    return ("items", items[0]) if len(items) == 1 else ("items",)


def records_of(hearing: Hearing, case: UUID, decisions: Sequence[Decision], at: datetime) -> list[Insert]:
    """The rows that keep decisions and the facts behind them; none where nothing was decided."""
    if not decisions:
        return []
    docket = (case, Json(case_to_json(hearing.case), "utf-8"))
    return [
        Insert("docket", ("case_id", "content"), [docket]),
        Insert("decision", _DECISION, [_decision_row(hearing, case, decision, at) for decision in decisions]),
    ]


def _decision_row(hearing: Hearing, case: UUID, decision: Decision, at: datetime) -> tuple[object, ...]:
    return (
        new_id(),
        hearing.city.code,
        case,
        decision.rule,
        decision.plugin,
        decision.version,
        decision.parameters,
        decision.mode.value,
        decision.outcome.value,
        decision.code,
        decision.subject_kind or None,
        decision.subject or None,
        decision.window or None,
        list(decision.lines),
        list(hearing.items(decision)),
        hearing.subject(decision),
        decision.values,
        message_of(hearing.city.rulebook.rules[decision.rule], decision),
        decision.instead,
        decision.citation,
        decision.source,
        decision.mark,
        list(decision.facts),
        at,
    )


_DECISION = (
    *("id", "city_id", "case_id", "rule", "plugin", "version", "parameters", "mode", "outcome", "code"),
    *("subject_kind", "subject", "win", "lines", "items", "subject_name", "figures", "message", "instead"),
    *("citation", "source", "mark", "facts", "at"),
)


def _report(market: Market, city: ServedCity, rule: Rule, error: Exception) -> None:
    plugin = city.rulebook.plugin_of(rule.code)
    market.metrics.failed(plugin, rule)
    # The place but no text: a rule's error may quote what it was told of a person.
    log.error(
        "rule_failed",
        city=city.code,
        plugin=plugin,
        rule=rule.code,
        error=type(error).__name__,
        at=places(error),
    )
