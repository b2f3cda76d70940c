"""What buyers owe and how far they have come; knows rules and balances, no order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from peken import buyers, judging, tallies
from peken.buyers import Card
from peken.database import uuid_of
from peken.market import Market, ServedCity
from peken.rules import Fact, Facts, Mode, Obligation, Rule, Target

_AT_ONCE: Final = 250
"""Buyers whose balances are opened at once: meanwhile nobody else is served by this process."""


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
    days_owed: int | None = None
    """Of a floor that is for some days of the window: for how many, of how many."""
    days: int | None = None

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
    done = await tallies.standing(market.database, [key_of(target) for _, target in targets])
    for card, target in targets:
        if target.mode is Mode.ON:
            city = market.city(card.city)
            found[card.id].append(standing_of(city, target, done[key_of(target)], day_of[card.city]))
    return found


async def targets_of(market: Market, city: ServedCity, cards: Sequence[Card], today: date) -> list[tuple[Card, Target]]:
    """What each of these buyers of one city owes on a day, under every obligation in force."""
    return [(card, target) for card, _, target in await _asked_of(market, city, cards, today) if target]


async def open_windows(market: Market, city: ServedCity, at: datetime) -> int:
    """Opens a balance in the windows of `at` for everyone who owes, and for every ASN who is exempt.

    Who left since a window began still owes for the days before. Those that are open already are brought up to date.
    Returns how many are open.
    """
    today, opened, last = city.today(at), 0, UUID(int=0)
    since = min((window.first for window in _windows(market, city, today).values()), default=today)
    while keys := await _on_the_payroll(market, city, since, today, last):
        last = keys[-1]
        opened += await open_for(market, city, keys, today)
    for rule in city.rulebook.obligations:
        if city.rulebook.mode(rule.code, today) is Mode.OFF and (window := _window(market, city, rule, today)):
            await tallies.owe_nothing(market.database, city.code, rule.code, window)
    return opened


async def open_for(market: Market, city: ServedCity, wanted: Sequence[UUID], today: date) -> int:
    """Opens the balances of some buyers in the windows of a day, or brings them up to date. Returns how many."""
    cards = await buyers.cards(market, wanted, {city.code: today})
    terms = await _terms(market, city, list(cards.values()), today)
    if terms:
        await tallies.open_balances(market.database, city.code, terms)
    return len(terms)


async def _on_the_payroll(market: Market, city: ServedCity, since: date, today: date, after: UUID) -> list[UUID]:
    """The next buyers of a city, by key: all who are not known to have left since a day, or to come later."""
    rows = await market.database.fetch(
        """SELECT id FROM buyer WHERE city_id = $1 AND id > $2
            AND (joined_on IS NULL OR joined_on <= $3) AND (left_on IS NULL OR left_on > $4)
            ORDER BY id LIMIT $5""",
        city.code,
        after,
        today,
        since,
        _AT_ONCE,
    )
    return [uuid_of(row["id"]) for row in rows]


class _Open(NamedTuple):
    """A window that is open on a day, and the day on which it began; that day itself where it has no dates."""

    key: str
    first: date

    def holds(self, card: Card, today: date) -> bool:
        """Whether somebody has come by now, and had not left before it began."""
        come = card.joined_on is None or card.joined_on <= today
        return come and (card.left_on is None or card.left_on > self.first)


def _windows(market: Market, city: ServedCity, today: date) -> dict[str, _Open]:
    """The windows of a day that have a list of who owes, by rule; none of a rule that is off."""
    found = {}
    for rule in city.rulebook.obligations:
        if rule.subject != "buyer" or city.rulebook.mode(rule.code, today) is Mode.OFF:
            continue
        if key := _window(market, city, rule, today):
            found[rule.code] = _Open(key, rule.window.bounds(key)[0] if rule.window.bounds else today)
    return found


async def _terms(
    market: Market, city: ServedCity, cards: Sequence[Card], today: date
) -> dict[tallies.Key, tallies.Terms]:
    """What the balances of each buyer are held against; an ASN of whom a rule asks nothing has no floor."""
    terms: dict[tallies.Key, tallies.Terms] = {}
    windows = _windows(market, city, today)
    for card, rule, target in await _asked_of(market, city, cards, today):
        window = windows.get(rule.code)
        if window and window.holds(card, today) and (target or card.asn):
            limits = (target.floor, target.ceiling) if target else (None, None)
            among = (card.department, buyers.written(card.classes))
            terms[rule.code, str(card.id), window.key] = tallies.Terms(*limits, *among)
    return terms


def _window(market: Market, city: ServedCity, rule: Obligation, today: date) -> str | None:
    """The window of a day that has a list of who owes in it, if there is one."""
    if rule.window.of_order:
        return None
    try:
        return rule.window.key(city.rulebook.day(today, **judging.asked(market, city)))
    except Exception:
        # A plugin's own code, whose failure is told where the rule is asked what is owed.
        return None


async def _asked_of(
    market: Market, city: ServedCity, cards: Sequence[Card], today: date
) -> list[tuple[Card, Obligation, Target | None]]:
    """What each rule asks of each buyer. A rule that fails says nothing: whether anything is owed is not known."""
    rules = [rule for rule in city.rulebook.obligations if rule.subject == "buyer"]
    how, failures = judging.asked(market, city), list[str]()

    def failed(rule: Rule, error: Exception) -> None:
        failures.append(rule.code)
        how["on_failure"](rule, error)

    day = city.rulebook.day(today, **how)
    facts = await _facts(city, cards, city.rulebook.needs(day, *(rule.code for rule in rules)), today)
    found = []
    for card in cards:
        for rule in rules:
            failures.clear()
            target = city.rulebook.target(rule.code, str(card.id), facts, day, on_failure=failed, strict=market.strict)
            if not failures:
                found.append((card, rule, target))
    return found


async def _facts(city: ServedCity, cards: Sequence[Card], needed: frozenset[type[Fact]], today: date) -> Facts:
    facts: dict[type[Fact], dict[str, Fact]] = {}
    for card in cards:
        for fact, by_key in card.facts().items():
            facts.setdefault(fact, {}).update(by_key)
    return facts | await judging.facts_about(city, "buyer", [str(card.id) for card in cards], needed, today)


def standing_of(city: ServedCity, target: Target, done: int, today: date) -> Standing:
    """A target as its subject is told of it, with what was done."""
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
        days_owed=target.days_owed,
        days=target.days,
    )


def key_of(target: Target) -> tallies.Key:
    """The balance that a target is held against."""
    return (target.rule, target.subject, target.window)
