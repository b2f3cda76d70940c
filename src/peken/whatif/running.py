"""Runs past orders through the rules as they are and through a draft, side by side; writes nothing.

Balances are kept in memory and start from nothing at the first day of every window that is touched. A purchase that is
refused counts nowhere, and is not delivered. What a plugin's free code (`judge_order`) would say is not asked: it may
read rows of today. Nobody buys elsewhere instead: whatever a refusal would have moved is shown as lost.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from peken import hookspecs
from peken.database import Database
from peken.errors import PekenError
from peken.judging import own_facts
from peken.market import Market, ServedCity
from peken.rules import (
    Books,
    Case,
    Chapter,
    Decision,
    Draft,
    Fact,
    Moment,
    ParameterFaults,
    Rule,
    Rulebook,
    RuleFaults,
    Tally,
    draft_rulebook,
)
from peken.whatif.history import History
from peken.whatif.owing import gaps
from peken.whatif.report import Outcome, Refusal, Report, Sum
from peken.whatif.spread import spread_of
from peken.whatif.trade import DayOfTrade, Event

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""
BEFORE: Final = 0
AFTER: Final = 1
_TURN: Final = 20
"""Events after which others of the process are let through."""


def silent(step: str, done: int, total: int) -> None:
    """Shows nothing."""


async def simulate(
    market: Market,
    city: ServedCity,
    draft: Draft,
    first: date | None = None,
    last: date | None = None,
    *,
    most: int | None = None,
    progress: Progress = silent,
    tell: Callable[[Refusal], None] | None = None,
) -> Report:
    """What would have come of the city's past orders between two days, all of them unless told.

    `tell` hears of each purchase on which the two differ. Raises PekenError `bad_draft`, `no_orders`, `no_orders_then`,
    `bad_range`, `simulation_running`, and `too_many_lines` where there are more than `most`.
    """
    if market.simulating.locked():
        # It keeps a process busy for seconds, and a connection.
        raise PekenError("simulation_running", "Another simulation is under way. Try again after it.", status=503)
    async with market.simulating, _read_only(market.database):
        history = History(market, city)
        known = await history.bounds()
        if known is None:
            raise PekenError("no_orders", "There are no orders in {city} yet.", city=city.code)
        first, last = _asked(city, first, last, known)
        book = _book(market, city, draft, first)
        # Nothing happened before the first order: a day far back makes no work.
        first = max(_start([city.rulebook, book], first), _start([city.rulebook, book], known[0]))
        last = min(last, max(known[1], first))
        lines = await history.count(first, last)
        if most is not None and lines > most:
            raise PekenError(
                "too_many_lines",
                "{lines} lines are more than {most}: choose fewer days, or subscribe to `simulateRules`.",
                lines=lines,
                most=most,
            )
        run = _Run(market, city, book, Report(city.code, first, last, Outcome(), Outcome()), tell)
        return await run.through(history, lines, progress)


def _asked(city: ServedCity, first: date | None, last: date | None, known: tuple[date, date]) -> tuple[date, date]:
    """The days that are asked for, of those `known` to have orders unless told. Raises PekenError for others."""
    if first and last and first > last:
        raise PekenError("bad_range", "The first day comes after the last one.")
    first, last = first or known[0], last or known[1]
    if last < known[0] or first > known[1]:
        raise PekenError(
            "no_orders_then",
            "There are no orders in {city} on these days: the first are of {first}, the last of {last}.",
            city=city.code,
            first=known[0].isoformat(),
            last=known[1].isoformat(),
        )
    return first, last


@asynccontextmanager
async def _read_only(database: Database) -> AsyncIterator[None]:
    """One moment of the database, in which nothing can be written; SQLite's one connection is left to others."""
    if database.dialect == "sqlite":
        yield
        return
    async with database.unit_of_work():
        await database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _book(market: Market, city: ServedCity, draft: Draft, first: date) -> Rulebook:
    """The rules under the draft. Raises PekenError `bad_draft` with everything that does not fit."""
    chapters = [*city.rulebook.chapters, *_others(market, city, draft)]
    try:
        return draft_rulebook(chapters, draft, first)
    except RuleFaults as wrong:
        raise bad_draft(wrong) from None


def bad_draft(wrong: RuleFaults | ParameterFaults) -> PekenError:
    """A draft that cannot be tried, with all its faults."""
    return PekenError("bad_draft", "The draft does not fit:\n{faults}", faults="\n".join(wrong.faults))


def _others(market: Market, city: ServedCity, draft: Draft) -> Iterable[Chapter]:
    """Plugins of this market that the city has not, and the draft names."""
    own = {chapter.plugin for chapter in city.rulebook.chapters}
    for plugin, regulations in market.hooks.give(hookspecs.regulations):
        if plugin.name in draft.plugins - own:
            yield Chapter(plugin.name, plugin.version, regulations, chosen=regulations.chosen)


def _start(rulebooks: Sequence[Rulebook], first: date) -> date:
    """The earliest first day of the windows that a day lies in."""
    starts = [first]
    for rulebook in rulebooks:
        day = rulebook.day(first)
        for rule in rulebook.rules.values():
            if isinstance(rule, Tally) and rule.window.bounds is not None:
                key = rule.window.key(day)
                starts += [] if key is None else [rule.window.bounds(key)[0]]
    return min(starts)


class _Run:
    """One simulation under way."""

    def __init__(
        self,
        market: Market,
        city: ServedCity,
        draft: Rulebook,
        report: Report,
        tell: Callable[[Refusal], None] | None,
    ) -> None:
        self.market = market
        self.city = city
        self.report = report
        self.tell = tell
        self.outcomes = (report.before, report.after)
        self.books = tuple(
            Books(rulebook, partial(_failed, outcome))
            for rulebook, outcome in zip((city.rulebook, draft), self.outcomes, strict=True)
        )

    async def through(self, history: History, lines: int, progress: Progress) -> Report:
        """Runs all days, then asks what was owed and how turnover is spread."""
        report = self.report
        progress("lines", 0, lines)
        async for day in history.days(report.first, report.last):
            await self._day(day)
            progress("lines", report.lines, lines)
        for step, books, outcome in zip(("owed", "owed under the draft"), self.books, self.outcomes, strict=True):
            outcome.gaps = await gaps(self.market, self.city, books, report.first, report.last, partial(progress, step))
        await self._spread()
        return report

    async def _day(self, day: DayOfTrade) -> None:
        days = [books.rulebook.day(day.date) for books in self.books]
        drafted = replace(self.city, rulebook=self.books[AFTER].rulebook)
        needed = frozenset[type[Fact]]().union(
            *(
                books.rulebook.needs(of, "line", "order", Moment.PLACED, Moment.DELIVERED)
                for books, of in zip(self.books, days, strict=True)
            )
        )
        loaded = await own_facts(drafted, [*day.keys.values()], needed, day.date)
        whole = replace(day, facts={**day.facts, **loaded})
        for number, event in enumerate(day.events, 1):
            if number % _TURN == 0:
                # Others of this process have their turn.
                await asyncio.sleep(0)
            said = [self._event(which, event, whole.case(event, of)) for which, of in enumerate(days)]
            if not event.delivered:
                self._compare(event, said)

    def _event(self, which: int, event: Event, case: Case) -> tuple[Decision, ...]:
        """What refuses an event under one of the two rulebooks; nothing where nothing does."""
        books, outcome, basket = self.books[which], self.outcomes[which], event.basket
        if event.delivered:
            refusals = () if which in basket.refused else books.deliver(case)
            if refusals:
                outcome.kept_back.add(sum(line.amount for line in event.lines))
            return refusals
        refusals = books.place(case)
        if refusals:
            basket.refused.add(which)
            _refuse(outcome, event, refusals)
        else:
            outcome.placed.add(basket.amount)
            for line in event.lines:
                vendor = line.good.vendor
                outcome.turnover[vendor] = outcome.turnover.get(vendor, 0) + line.amount
        return refusals

    def _compare(self, event: Event, said: Sequence[tuple[Decision, ...]]) -> None:
        """Notes a purchase on which the two differ."""
        basket, report = event.basket, self.report
        report.purchases += 1
        report.lines += len(event.lines)
        if bool(said[BEFORE]) is bool(said[AFTER]):
            return
        by_draft = bool(said[AFTER])
        (report.lost if by_draft else report.won).add(basket.amount)
        if self.tell is not None:
            decisions = said[AFTER] or said[BEFORE]
            reasons = tuple(dict.fromkeys((each.rule, each.code) for each in decisions))
            subjects = tuple(dict.fromkeys(each.subject for each in decisions if each.subject))
            self.tell(Refusal(basket.purchase, basket.buyer, basket.at, basket.amount, by_draft, reasons, subjects))

    async def _spread(self) -> None:
        """Over the shops that the city has verified, and those that sold."""
        rows = await self.market.database.fetch(
            "SELECT id FROM vendor WHERE city_id = $1 AND verified_at IS NOT NULL", self.city.code
        )
        shops = {str(row["id"]) for row in rows} | {*self.outcomes[BEFORE].turnover} | {*self.outcomes[AFTER].turnover}
        before, after = (spread_of(each.turnover.get(shop, 0) for shop in shops) for each in self.outcomes)
        self.report.spread_before, self.report.spread_after = before, after


def _refuse(outcome: Outcome, event: Event, refusals: Iterable[Decision]) -> None:
    amount = event.basket.amount
    outcome.refused.add(amount)
    outcome.buyers.setdefault(str(event.basket.buyer), Sum()).add(amount)
    for reason in {(each.rule, each.code) for each in refusals}:
        outcome.reasons.setdefault(reason, Sum()).add(amount)
    for subject in {(each.rule, each.subject) for each in refusals if each.subject}:
        outcome.subjects.setdefault(subject, Sum()).add(amount)


def _failed(outcome: Outcome, rule: Rule, error: Exception) -> None:
    outcome.failures[rule.code] = outcome.failures.get(rule.code, 0) + 1
