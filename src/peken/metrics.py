"""What a market counts and times, as Prometheus reads it; knows no request, no row and nothing of who asks.

Labels are words of the code alone: kinds, codes, rules. The processes of one `peken serve` add up in files of a folder
that the first of them names in `PROMETHEUS_MULTIPROC_DIR`; a process by itself counts in memory.
"""

import asyncio
import os
from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from peken.rules import Decision, Rule

__all__ = ["FOLDER", "Metrics"]

T = TypeVar("T")

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which processes add up; Prometheus' client reads it when it is imported."""

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_MOST_CODES: Final = 300
_EVERY: Final = 5.0
"""Seconds after which a process writes down for the others what is only known by asking it."""


class Metrics:
    """The figures of one market. Whatever it is told of is counted, whether or not somebody reads it."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Histogram(
            "peken_request_seconds",
            "Requests by kind of operation (query, mutation, none) and class of HTTP status; health is not counted.",
            ("kind", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        # To find one costs as much as to count in it.
        self._timed: dict[tuple[str, int | None], Histogram] = {}
        self._errors = Counter("peken_errors", "Errors told to clients, by their code.", ("code",), registry=registry)
        self._refusals = Counter(
            "peken_refusals", "Reasons for which what somebody wanted was not done.", ("code",), registry=registry
        )
        self._rules = Summary(
            "peken_rule_seconds",
            "Time that a rule took to judge all of a purchase or an order.",
            ("plugin", "rule"),
            registry=registry,
        )
        self._failures = Counter("peken_rule_failures", "Rules that raised.", ("plugin", "rule"), registry=registry)
        self._decisions = Counter(
            "peken_decisions", "Decisions that were kept.", ("rule", "mode", "verdict"), registry=registry
        )
        self._sources: list[Callable[[], None]] = []
        self._codes: set[str] = set()

    # What is told as it happens

    def request(
        self, kind: str, status: int | None, seconds: float, errors: Iterable[str], refusals: Iterable[str]
    ) -> None:
        """A request that was answered; without a status its client left."""
        timed = self._timed.get((kind, status))
        if timed is None:
            found = self._requests.labels(kind, f"{status // 100}xx" if status else "left")
            timed = self._timed[kind, status] = found
        timed.observe(seconds)
        for code in errors:
            self._errors.labels(self._known(code)).inc()
        for code in refusals:
            self._refusals.labels(self._known(code)).inc()

    def rule(self, plugin: str, rule: Rule, ask: Callable[[], T]) -> T:
        """What a rule answers, timed."""
        begun = perf_counter()
        try:
            return ask()
        finally:
            self._rules.labels(plugin, rule.code).observe(perf_counter() - begun)

    def failed(self, plugin: str, rule: Rule) -> None:
        """A rule raised."""
        self._failures.labels(plugin, rule.code).inc()

    def decided(self, decisions: Iterable[Decision]) -> None:
        """Decisions were kept."""
        for decision in decisions:
            self._decisions.labels(decision.rule, decision.mode.value, decision.outcome.value).inc()

    def _known(self, code: str) -> str:
        # A plugin could make its codes up as it goes along: the figures stay few whatever it does.
        if code not in self._codes:
            if len(self._codes) >= _MOST_CODES:
                return "other"
            self._codes.add(code)
        return code

    # What is known by asking

    def counts(self, name: str, says: str, label: str, source: Mapping[str, int]) -> None:
        """Takes in counts that somebody else keeps and never turns back, such as those of a `collections.Counter`."""
        counter = Counter(name, says, (label,), registry=self._registry)
        taken = Tally[str]()

        def take() -> None:
            for key, count in [*source.items()]:
                counter.labels(key).inc(count - taken[key])
                taken[key] = count

        self._sources.append(take)

    def gauge(self, name: str, says: str, source: Callable[[], float]) -> None:
        """Takes in a figure that goes up and down; of several processes the sum."""
        gauge = Gauge(name, says, registry=self._registry, multiprocess_mode="livesum")
        self._sources.append(lambda: gauge.set(source()))

    async def keep_up(self) -> None:
        """Writes down for the other processes what is only known by asking this one, until it is cancelled."""
        try:
            while True:
                self._take()
                await asyncio.sleep(_EVERY)
        finally:
            self._take()

    def _take(self) -> None:
        for take in self._sources:
            take()

    # What is read

    def text(self) -> bytes:
        """All figures, in the text format of Prometheus; those of all processes where they add up."""
        self._take()
        folder = os.environ.get(FOLDER)
        if folder is None:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        _forget_the_dead(Path(folder))
        MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return generate_latest(together)


def _forget_the_dead(folder: Path) -> None:
    """What a process held is nobody's after its end; what it counted stays counted."""
    for file in folder.glob("gauge_live*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except (ProcessLookupError, PermissionError):
            # Also a number that another user's process has by now: those of one market are of one user.
            file.unlink(missing_ok=True)
