"""What a market counts: requests, rules, decisions, refusals; told to whoever holds the token, and nobody else."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.fire.asking import DELIVER, moving, placing, reply_to
from tests.metrics.reading import Figures, Labels, figures

from peken.app import application
from peken.metrics import Metrics
from peken.testing.world import World, as_buyer, as_city_hall

SURABAYA = "35.78"
TOKEN = "read-by-prometheus-alone"
WORDS = {"kind", "status", "le", "code", "plugin", "rule", "mode", "verdict", "way"}
pytestmark = pytest.mark.market({SURABAYA: ["prudence"]}, strict=False)


@pytest.fixture(autouse=True)
def _prudence_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "orders" / "dists" / "prudence"))


@pytest.fixture
def counting(market: World) -> World:
    """The market, which tells its figures."""
    settings = market.market.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    market.market = replace(market.market, settings=settings, metrics=Metrics())
    market.app = application(market.market)
    return market


async def read(market: World, authorization: str = f"Bearer {TOKEN}") -> httpx2.Response:
    transport = httpx2.ASGITransport(app=market.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        return await client.get("/metrics", headers={b"authorization": authorization.encode("latin-1")})


async def told(market: World) -> Figures:
    return figures((await read(market)).text)


def of(found: Figures, name: str) -> dict[Labels, float]:
    """The figures of a name, without those that are 0."""
    return {labels: value for (each, labels), value in found.items() if each == name and value}


async def test_without_a_token_nothing_is_told(market: World) -> None:
    answer = await read(market)

    assert answer.status_code == 404


@pytest.mark.parametrize("offered", ["", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN, "Bearer tök"])
async def test_with_another_token_nothing_is_told(counting: World, offered: str) -> None:
    answer = await read(counting, offered)

    assert (answer.status_code, answer.text) == (401, "unauthenticated\n")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_requests_are_counted_by_kind_and_status_and_what_looks_after_the_market_is_not(counting: World) -> None:
    transport = httpx2.ASGITransport(app=counting.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        await client.get("/health/ready")
        await client.get("/metrics")
    await counting.ask("{ cities { code } }")
    await counting.ask("{ cities { code } }")
    await counting.ask("{ me { name } }")
    await counting.ask("{ nothing }")
    await reply_to(counting, moving(DELIVER, as_city_hall(SURABAYA), "none"))

    found = await told(counting)

    assert of(found, "peken_request_seconds_count") == {
        (("kind", "query"), ("status", "2xx")): 2,
        (("kind", "none"), ("status", "4xx")): 2,
        (("kind", "mutation"), ("status", "2xx")): 1,
    }
    assert of(found, "peken_errors_total") == {
        (("code", "bad_document"),): 2,
        (("code", "bad_id"),): 1,
    }
    assert found["peken_request_seconds_sum", (("kind", "query"), ("status", "2xx"))] > 0


async def test_rules_are_timed_and_decisions_counted_once_they_are_kept(counting: World) -> None:
    rice, buyer = await counting.product(await counting.vendor(), price=60_000), as_buyer(await counting.buyer())
    placed = [await reply_to(counting, placing(buyer, {rice: 1}, key)) for key in ("k1", "k2")]
    orders = [reply.answer["orders"][0]["id"] for reply in placed]
    replies = [await reply_to(counting, moving(DELIVER, as_city_hall(SURABAYA), order)) for order in orders]

    found = await told(counting)

    assert [reply.kind for reply in replies] == ["Order", "Refused"]
    decisions = {
        (dict(labels)["rule"], dict(labels)["verdict"]): count
        for labels, count in of(found, "peken_decisions_total").items()
    }
    # The second delivery was undone: its decisions were kept by nobody.
    assert decisions == {
        ("prudence.closed", "allow"): 2,
        ("prudence.open", "allow"): 2,
        ("prudence.least", "allow"): 1,
        ("prudence.most", "allow"): 1,
    }
    assert of(found, "peken_refusals_total") == {(("code", "cap_reached"),): 1}
    timed = of(found, "peken_rule_seconds_count")
    assert timed == {
        (("plugin", "prudence"), ("rule", rule)): 2
        for rule in ("prudence.closed", "prudence.open", "prudence.least", "prudence.most")
    }
    assert all(found["peken_rule_seconds_sum", labels] > 0 for labels in timed)


async def test_a_rule_that_raises_is_named_to_who_looks_after_the_market_and_not_to_the_client(counting: World) -> None:
    rice, buyer = await counting.product(await counting.vendor(), price=1_000), as_buyer(await counting.buyer())

    with capture_logs() as logs:
        reply = await reply_to(counting, placing(buyer, {rice: 7}, "k1"))
    found = await told(counting)

    assert [objection["code"] for objection in reply.answer["objections"]] == ["rule_failed"]
    assert "TypeError" not in str(reply.body)
    assert [(e["plugin"], e["rule"]) for e in logs if e["event"] == "rule_failed"] == [("prudence", "prudence.closed")]
    failed = (("plugin", "prudence"), ("rule", "prudence.closed"))
    assert of(found, "peken_rule_failures_total") == {failed: 1}
    assert found["peken_rule_seconds_count", failed] == 1
    assert of(found, "peken_refusals_total") == {(("code", "rule_failed"),): 1}
    refused = (("mode", "on"), ("rule", "prudence.closed"), ("verdict", "refuse"))
    assert found["peken_decisions_total", refused] == 1


async def test_kept_answers_are_told_from_those_that_were_computed(counting: World) -> None:
    for _ in range(4):
        await counting.ask("{ categories { code } }")

    found = await told(counting)

    # A document is met for the first time, then computed for everybody, then at hand.
    assert of(found, "peken_answers_total") == {(("way", "computed"),): 1, (("way", "kept"),): 2}


async def test_connections_that_are_lent_out_are_told(counting: World) -> None:
    async with counting.market.database.unit_of_work():
        busy = await told(counting)
    idle = await told(counting)

    assert (busy["peken_connections_in_use", ()], idle["peken_connections_in_use", ()]) == (1, 0)
    assert idle["peken_connections_most", ()] == counting.market.database.pool.most


async def test_no_figure_is_about_anybody(counting: World) -> None:
    vendor, buyer = await counting.vendor(), await counting.buyer()
    rice = await counting.product(vendor, price=60_000)
    await reply_to(counting, placing(as_buyer(buyer), {rice: 7}, "k1"))

    text = (await read(counting)).text

    assert {name for _, labels in figures(text) for name, _ in labels} <= WORDS
    assert not [word for word in (str(vendor.id), str(buyer.id), str(rice.id), buyer.name, SURABAYA) if word in text]


def test_codes_that_are_made_up_as_one_goes_along_stay_few() -> None:
    metrics = Metrics()

    for number in range(1_000):
        metrics.request("query", 200, 0.01, [f"e{number}"], [f"r{number}"])
    metrics.request("query", None, 0.01, ["e0"], ["r0"])
    found = figures(metrics.text().decode())

    codes = {labels for name, labels in found if name in ("peken_errors_total", "peken_refusals_total")}
    assert len(codes) == 301
    assert found["peken_errors_total", (("code", "e0"),)] == 2
    assert found["peken_errors_total", (("code", "other"),)] == 850
    assert found["peken_request_seconds_count", (("kind", "query"), ("status", "left"))] == 1


def test_counts_of_others_are_taken_in_once() -> None:
    metrics, counts = Metrics(), Counter(compiled=3)
    metrics.counts("peken_plans", "Reads.", "way", counts)

    first = figures(metrics.text().decode())
    counts["compiled"] += 1
    counts["failed"] += 2
    second = figures(metrics.text().decode())

    assert of(first, "peken_plans_total") == {(("way", "compiled"),): 3}
    assert of(second, "peken_plans_total") == {(("way", "compiled"),): 4, (("way", "failed"),): 2}
