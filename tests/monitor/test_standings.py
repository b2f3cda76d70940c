"""Who is behind, met or exempt under any plugin's obligation: asked over HTTP, paged by what is still to do."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from tests.monitor.office import RICE, SURABAYA, Office, names, standings

from peken import models, obligations, orders
from peken.actors import PUBLIC
from peken.ids import new_id
from peken.testing.world import (
    World,
    as_auditor,
    as_buyer,
    as_city_hall,
    as_lurah,
    as_officer,
    as_vendor,
    global_id,
)

pytestmark = pytest.mark.market({SURABAYA: ["lumbung"]})
HALL = as_city_hall(SURABAYA)
RULES = "{ obligationRules { code title unit mode window citation } }"
ORDERED = ["Dewi", "Citra", "Ani", "Budi", "Eko"]


async def test_city_hall_sees_how_far_each_has_come(market: World, here: Office) -> None:
    found = {node["name"]: node for node in (await standings(market, HALL))["nodes"]}

    assert list(found) == ORDERED
    assert found["Ani"] == {
        "name": "Ani",
        "status": "BEHIND",
        "due": 5_000,
        "done": 2_000,
        "remaining": 3_000,
        "daysLeft": 16,
        # In 16 days of 31.
        "forecast": 2_000 * 31 // 16,
        "department": {"code": "health"},
        "classes": [{"scheme": "golongan", "code": "III/a"}],
    }
    assert {name: (n["status"], n["due"], n["remaining"]) for name, n in found.items() if name != "Ani"} == {
        "Dewi": ("BEHIND", 10_000, 9_000),
        "Citra": ("BEHIND", 5_000, 5_000),
        "Budi": ("MET", 5_000, 0),
        "Eko": ("EXEMPT", 0, 0),
    }


async def test_the_list_is_narrowed_by_status_department_and_class(market: World, here: Office) -> None:
    health = {"department": global_id(here.health)}

    assert await names(market, HALL, filter={"status": "BEHIND"}) == ["Dewi", "Citra", "Ani"]
    assert await names(market, HALL, filter={"status": "MET"}) == ["Budi"]
    assert await names(market, HALL, filter={"status": "EXEMPT"}) == ["Eko"]
    assert await names(market, HALL, filter=health) == ["Ani", "Budi"]
    assert await names(market, HALL, filter={"held": {"scheme": "golongan", "code": "III"}}) == ["Citra", "Ani", "Budi"]
    assert await names(market, HALL, filter={"held": {"scheme": "golongan", "code": "III/a"}}) == ["Citra", "Ani"]
    assert await names(market, HALL, filter={"held": {"scheme": "post"}}) == ["Budi"]
    assert await names(market, HALL, filter={"held": {"scheme": "golongan", "code": "I"}}) == ["Eko"]
    assert await names(market, HALL, filter={"held": {"scheme": "post", "code": "lurah"}}) == []
    narrow = {**health, "status": "BEHIND", "held": {"scheme": "golongan", "code": "III/a"}}
    assert await names(market, HALL, filter=narrow) == ["Ani"]


@pytest.mark.parametrize("filter", [None, {"held": {"scheme": "golongan"}}])
async def test_pages_follow_each_other_both_ways(market: World, here: Office, filter: dict[str, object] | None) -> None:
    onward, back = list[str](), list[str]()
    after = before = None

    for _ in range(3):
        page = await standings(market, HALL, filter=filter, first=2, after=after)
        onward += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    for _ in range(3):
        page = await standings(market, HALL, filter=filter, last=2, before=before)
        back = [node["name"] for node in page["nodes"]] + back
        before = page["pageInfo"]["startCursor"]
    least = await names(market, HALL, filter=filter, sort="LEAST_REMAINING")

    assert onward == back == ORDERED
    assert least == ORDERED[::-1]
    assert page["pageInfo"]["hasPreviousPage"] is False
    assert page["totalCount"] == 5


async def test_equal_standings_are_paged_without_loss(market: World, here: Office) -> None:
    for number in range(7):
        await market.buyer(name=f"New {number}", classes={"golongan": "II/a"})
    await here.opens()
    seen, after = list[str](), None

    while True:
        page = await standings(market, HALL, filter={"status": "BEHIND"}, first=3, after=after)
        seen += [node["name"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert len(seen) == len(set(seen)) == page["totalCount"] == 10


async def test_an_officer_sees_the_own_department_and_no_card(market: World, here: Office) -> None:
    officer = as_officer(here.health)
    card = f'{{ obligationMonitor(rule: "{RICE}") {{ standings {{ nodes {{ name buyer {{ name }} }} }} }} }}'

    seen = await names(market, officer)
    others = await names(market, officer, filter={"department": global_id(here.roads)})
    cards = (await market.ask(card, actor=officer)).data["obligationMonitor"]["standings"]["nodes"]
    halls = (await market.ask(card, actor=HALL)).data["obligationMonitor"]["standings"]["nodes"]

    assert (seen, others) == (["Ani", "Budi"], [])
    assert cards == [{"name": "Ani", "buyer": None}, {"name": "Budi", "buyer": None}]
    assert halls[0] == {"name": "Dewi", "buyer": {"name": "Dewi"}}


async def test_an_auditor_sees_all_and_others_nothing(market: World, here: Office) -> None:
    shop = await market.vendor()
    shut_out = (PUBLIC, as_buyer(here.people["Ani"]), as_vendor(shop), as_lurah(SURABAYA, "35.78.01"))
    document = f'{{ obligationMonitor(rule: "{RICE}") {{ window }} }}'

    answers = [(await market.ask(document, actor=actor)).codes for actor in shut_out]

    assert answers == [["unauthenticated"], ["forbidden"], ["forbidden"], ["forbidden"]]
    assert await names(market, as_auditor(SURABAYA)) == ORDERED
    assert (await market.ask(document, actor=as_city_hall("35.78"))).data["obligationMonitor"]["window"] == "2026-03"


async def test_what_comes_back_counts_no_longer(market: World, here: Office) -> None:
    order = await here.buys("Citra", 5)
    met = await names(market, HALL, filter={"status": "MET"})

    await orders.cancel(market.market, HALL, UUID(order), "sent back")

    assert sorted(met) == ["Budi", "Citra"]
    assert await names(market, HALL, filter={"status": "MET"}) == ["Budi"]


async def test_a_new_class_and_department_are_there_when_the_day_turns(market: World, here: Office) -> None:
    ani = here.people["Ani"]
    await models.Buyer.filter(id=ani.id).update(department_id=here.roads.id)
    await models.BuyerClass.filter(buyer_id=ani.id).update(valid_to=date(2026, 3, 16))
    await models.BuyerClass.create(
        id=new_id(), buyer_id=ani.id, scheme="golongan", code="IV/a", valid_from=date(2026, 3, 16)
    )

    await here.opens()

    found = (await standings(market, as_officer(here.roads)))["nodes"]
    assert {node["name"]: node["due"] for node in found if node["name"] == "Ani"} == {"Ani": 10_000}
    assert await names(market, as_officer(here.health)) == ["Budi"]


async def test_who_buys_before_the_day_turned_is_in_the_own_department_at_once(market: World, here: Office) -> None:
    here.people["Gita"] = await market.buyer(name="Gita", classes={"golongan": "II/a"}, department_id=here.health.id)

    await here.buys("Gita", 1)

    assert await names(market, as_officer(here.health), filter={"held": {"scheme": "golongan", "code": "II"}}) == [
        "Gita"
    ]


async def test_who_becomes_exempt_is_exempt_and_keeps_what_was_done(market: World, here: Office) -> None:
    ani = here.people["Ani"]
    await models.BuyerClass.filter(buyer_id=ani.id).update(code="I/a")

    await here.opens()

    (found,) = (await standings(market, HALL, filter={"status": "EXEMPT", "department": global_id(here.health)}))[
        "nodes"
    ]
    assert (found["name"], found["due"], found["done"]) == ("Ani", 0, 2_000)


@pytest.mark.market({SURABAYA: ["lumbung"]}, strict=False)
async def test_a_rule_that_fails_makes_nobody_exempt(market: World, here: Office) -> None:
    ani = here.people["Ani"]
    await models.BuyerClass.filter(buyer_id=ani.id).update(code="I/b")

    opened = await here.opens()

    assert opened == 4
    assert await names(market, HALL, filter={"status": "EXEMPT"}) == ["Eko"]
    assert "Ani" in await names(market, HALL, filter={"status": "BEHIND"})


async def test_a_window_that_is_over_is_not_forecast_but_known(market: World, here: Office) -> None:
    market.clock.at = datetime(2026, 4, 10, 5, tzinfo=UTC)

    (now,) = {(n["forecast"], n["daysLeft"]) for n in (await standings(market, HALL, window="2026-03"))["nodes"][2:3]}
    april = await names(market, HALL)
    await obligations.open_windows(market.market, market.market.city(SURABAYA), market.clock.at)

    assert now == (2_000, 0)
    assert april == []
    assert len(await names(market, HALL)) == 5


async def test_nothing_is_forecast_before_a_window_begins(market: World, here: Office) -> None:
    await models.TallyBalance.filter(rule=RICE).update(win="2026-05")

    (found,) = (await standings(market, HALL, window="2026-05", first=1))["nodes"]

    assert (found["forecast"], found["daysLeft"]) == (None, 31)


async def test_rules_are_listed_with_their_present_window(market: World, here: Office) -> None:
    rules = (await market.ask(RULES, actor=HALL)).data["obligationRules"]

    assert [(r["code"], r["title"], r["unit"], r["mode"], r["window"]) for r in rules] == [
        (RICE, "Rice of the month", "g", "on", "2026-03"),
        ("lumbung.fair", "lumbung.fair", "g", "on", None),
    ]


async def test_a_window_without_dates_has_no_forecast(market: World, here: Office) -> None:
    market.clock.at = datetime(2026, 8, 10, 5, tzinfo=UTC)
    await here.opens()
    market.clock.at = datetime(2026, 9, 10, 5, tzinfo=UTC)

    found = (await standings(market, HALL, rule="lumbung.fair", window="fair", first=1))["nodes"][0]

    assert (found["name"], found["forecast"], found["daysLeft"]) == ("Dewi", None, None)


WINDOW = "query ($rule: String!, $window: String) { obligationMonitor(rule: $rule, window: $window) { window } }"


@pytest.mark.parametrize("window", ["2026-13", "2026-3", "nonsense", "", "x" * 40])
async def test_a_window_that_is_none_is_refused(market: World, here: Office, window: str) -> None:
    answer = await market.ask(WINDOW, {"rule": RICE, "window": window}, actor=HALL)

    assert answer.codes == ["bad_window"]


async def test_a_rule_that_is_none_is_told_with_those_there_are_and_so_is_a_day_without_window(
    market: World, here: Office
) -> None:
    nothing = await market.ask(WINDOW, {"rule": "other.rule"}, actor=HALL)
    today = await market.ask(WINDOW, {"rule": "lumbung.fair"}, actor=HALL)

    assert nothing.codes == ["unknown_rule"]
    assert RICE in nothing.body["errors"][0]["message"]
    assert today.codes == ["no_window"]


async def test_forged_cursors_are_refused(market: World, here: Office) -> None:
    page = await standings(market, HALL, first=1)
    document = """query ($after: String, $sort: StandingSort!) { obligationMonitor(rule: "lumbung.rice") {
                    standings(sort: $sort, first: 1, after: $after) { nodes { name } } } }"""

    other = await market.ask(document, {"after": page["pageInfo"]["endCursor"], "sort": "LEAST_REMAINING"}, actor=HALL)
    nonsense = await market.ask(document, {"after": "nonsense", "sort": "MOST_REMAINING"}, actor=HALL)

    assert other.codes == nonsense.codes == ["bad_cursor"]
