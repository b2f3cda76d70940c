"""What buyers owe and how far they have come; knows rules and balances, no order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from peken import buyers, judging, tallies
from peken.buyers import Card
from peken.market import Market, ServedCity
from peken.rules import Fact, Facts, Mode, Obligation, Target


@dataclass(frozen=True, slots=True)
class Standing:
    """How one buyer stands under one obligation in the window of a day."""

    rule: str
    title: str
    citation: str
    source: str
    mark: str
    window: str
    unit: str
    due: int
    done: int
    until: date | None
    days_left: int | None

    @property
    def remaining(self) -> int:
        """What is still to do."""
        return max(self.due - self.done, 0)


async def standings(market: Market, wanted: Sequence[UUID], at: datetime) -> dict[UUID, list[Standing]]:
    """What each buyer owes in the windows of `at`, under rules that bind; queries do not grow with buyers."""
    day_of = {city.code: city.today(at) for city in market.cities.values()}
    cards = await buyers.cards(market, wanted, day_of)
    found: dict[UUID, list[Standing]] = {buyer: [] for buyer in wanted}
    targets = [
        (card, target)
        for code in sorted({card.city for card in cards.values()})
        for card, target in await targets_of(
            market, market.city(code), [card for card in cards.values() if card.city == code], day_of[code]
        )
    ]
    done = await tallies.standing(market.database, [_key(target) for _, target in targets])
    for card, target in targets:
        if target.mode is Mode.ON:
            city = market.city(card.city)
            found[card.id].append(_standing(city, target, done[_key(target)], day_of[card.city]))
    return found


async def targets_of(market: Market, city: ServedCity, cards: Sequence[Card], today: date) -> list[tuple[Card, Target]]:
    """What each of these buyers of one city owes on a day, under every obligation in force."""
    rules = [rule for rule in city.rulebook.obligations if rule.subject == "buyer"]
    how = judging.asked(market, city)
    day = city.rulebook.day(today, **how)
    needed = city.rulebook.needs(day, *(rule.code for rule in rules))
    facts = await _facts(city, cards, needed, today)
    return [
        (card, target)
        for card in cards
        for rule in rules
        if (target := city.rulebook.target(rule.code, str(card.id), facts, day, **how))
    ]


async def open_windows(market: Market, city: ServedCity, at: datetime) -> int:
    """Opens the balance of everyone who owes in the windows of `at`; returns how many are open."""
    today = city.today(at)
    rows = await market.database.fetch(
        """SELECT id FROM buyer WHERE city_id = $1
            AND (joined_on IS NULL OR joined_on <= $2) AND (left_on IS NULL OR left_on > $2)""",
        city.code,
        today,
    )
    keys = [UUID(str(row["id"])) for row in rows]
    opened = 0
    for start in range(0, len(keys), 1_000):
        cards = await buyers.cards(market, keys[start : start + 1_000], {city.code: today})
        limits = {
            _key(target): (target.floor, target.ceiling)
            for _, target in await targets_of(market, city, list(cards.values()), today)
        }
        if limits:
            await tallies.open_balances(market.database, city.code, limits)
        opened += len(limits)
    return opened


async def _facts(city: ServedCity, cards: Sequence[Card], needed: frozenset[type[Fact]], today: date) -> Facts:
    facts: dict[type[Fact], dict[str, Fact]] = {}
    for card in cards:
        for fact, by_key in card.facts().items():
            facts.setdefault(fact, {}).update(by_key)
    for fact, load in city.rulebook.loads.items():
        if fact in needed:
            facts[fact] = dict(await load(sorted(str(card.id) for card in cards), today))
    return facts


def _standing(city: ServedCity, target: Target, done: int, today: date) -> Standing:
    rule: Obligation = next(o for o in city.rulebook.obligations if o.code == target.rule)
    last = target.after - timedelta(days=1) if target.after else None
    return Standing(
        rule=rule.code,
        title=rule.title or rule.code,
        citation=rule.cites,
        source=target.row.source if target.row else "",
        mark=target.row.mark if target.row else "",
        window=target.window,
        unit=rule.unit,
        due=target.floor or 0,
        done=done,
        until=last,
        days_left=(last - today).days + 1 if last else None,
    )


def _key(target: Target) -> tallies.Key:
    return (target.rule, target.subject, target.window)
