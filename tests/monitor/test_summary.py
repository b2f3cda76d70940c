"""Departments and classes in numbers, and how many statements all of it takes."""

from datetime import timedelta
from typing import Any

import pytest
from tests.monitor.office import MONITOR, RICE, SUMMARY, SURABAYA, Office

from peken import monitor
from peken.actors import Actor
from peken.testing.world import World, as_city_hall, as_officer, global_id

pytestmark = pytest.mark.market({SURABAYA: ["lumbung"]})
HALL = as_city_hall(SURABAYA)


async def summary(market: World, actor: Actor, **filter: object) -> dict[str, object]:
    answer = await market.ask(SUMMARY, {"filter": filter}, actor=actor)
    found: dict[str, object] = answer.data["obligationMonitor"]["summary"]
    return found


def counts(met: int, behind: int, exempt: int, due: int, done: int) -> dict[str, int]:
    return {"met": met, "behind": behind, "exempt": exempt, "due": due, "done": done}


async def test_city_hall_sees_departments_and_classes_in_numbers(market: World, here: Office) -> None:
    found = await summary(market, HALL)

    assert found == {
        "total": counts(1, 3, 1, 25_000, 8_000),
        "departments": [
            {"department": {"code": "roads"}, "counts": counts(0, 2, 1, 15_000, 1_000)},
            {"department": {"code": "health"}, "counts": counts(1, 1, 0, 10_000, 7_000)},
        ],
        "classes": [
            {"scheme": "golongan", "code": "I/a", "counts": counts(0, 0, 1, 0, 0)},
            {"scheme": "golongan", "code": "III/a", "counts": counts(0, 2, 0, 10_000, 2_000)},
            {"scheme": "golongan", "code": "III/b", "counts": counts(1, 0, 0, 5_000, 5_000)},
            {"scheme": "golongan", "code": "IV/a", "counts": counts(0, 1, 0, 10_000, 1_000)},
            {"scheme": "post", "code": "camat", "counts": counts(1, 0, 0, 5_000, 5_000)},
        ],
    }


async def test_an_officer_sees_the_numbers_of_the_own_department(market: World, here: Office) -> None:
    own = await summary(market, as_officer(here.health))
    others = await summary(market, as_officer(here.health), department=global_id(here.roads))

    assert own["departments"] == [{"department": {"code": "health"}, "counts": counts(1, 1, 0, 10_000, 7_000)}]
    assert own["total"] == counts(1, 1, 0, 10_000, 7_000)
    assert others == {"total": counts(0, 0, 0, 0, 0), "departments": [], "classes": []}


async def test_who_works_nowhere_is_counted_without_a_department(market: World, here: Office) -> None:
    await market.buyer(name="Gita", classes={"golongan": "II/a"})
    await here.opens()

    found = await summary(market, HALL, held={"scheme": "golongan", "code": "II"})

    assert found["departments"] == [{"department": None, "counts": counts(0, 1, 0, 5_000, 0)}]


async def test_the_sums_of_a_small_town_are_those_of_this_moment(market: World, here: Office) -> None:
    before = await summary(market, HALL)
    await here.buys("Citra", 5)
    after = await summary(market, HALL)

    assert (before["total"], after["total"]) == (counts(1, 3, 1, 25_000, 8_000), counts(2, 2, 1, 25_000, 13_000))


async def test_the_sums_of_a_large_city_are_added_up_once_for_a_while(market: World, here: Office) -> None:
    seen = monitor.watched(market.market.city(SURABAYA), RICE, None, market.clock.at)
    assert seen is not None

    first = await monitor.summary(market.market, seen, large=5)
    await here.buys("Citra", 5)
    again = await monitor.summary(market.market, seen, large=5)
    market.clock.at += monitor.FRESH + timedelta(seconds=1)
    later = await monitor.summary(market.market, seen, large=5)

    assert again is first
    assert (first.total.met, later.total.met) == (1, 2)
    assert later.at == market.clock.at


async def test_statements_do_not_grow_with_people(market: World, here: Office) -> None:
    variables: dict[str, Any] = {"rule": RICE, "filter": {"held": {"scheme": "golongan"}}}
    documents: tuple[tuple[str, dict[str, Any]], ...] = ((MONITOR, variables), (SUMMARY, {}))

    async def numbers() -> list[int]:
        found = []
        for document, given in documents:
            with market.market.database.counting() as statements:
                assert (await market.ask(document, given, actor=HALL)).data
            found.append(len(statements))
        return found

    few = await numbers()
    for number in range(20):
        department = await market.department(code=f"d{number}")
        await market.buyer(classes={"golongan": "II/b", "post": f"p{number}"}, department_id=department.id)
    await here.opens()
    many = await numbers()

    # The classes that are held, the page, departments, the count; the sums, departments.
    assert few == many == [4, 2]


@pytest.mark.engines("postgres")
@pytest.mark.parametrize(
    ("among", "index"),
    [
        (monitor.Among(monitor.Status.BEHIND), "tally_balance_behind"),
        (monitor.Among(monitor.Status.EXEMPT), "tally_balance_behind"),
    ],
)
async def test_a_page_is_read_by_its_index(market: World, here: Office, among: monitor.Among, index: str) -> None:
    seen = monitor.watched(market.market.city(SURABAYA), RICE, None, market.clock.at)
    assert seen is not None
    with market.market.database.counting() as statements:
        await monitor.page(market.market, seen, among, size=2, descending=True, after=(1, here.people["Ani"].id))
    database = market.market.database

    async with database.unit_of_work():
        await database.execute("SET LOCAL enable_seqscan = off")
        await database.execute("SET LOCAL enable_sort = off")
        plan = await database.fetch(f"EXPLAIN {statements[0]}", SURABAYA, RICE, "2026-03", 1, here.people["Ani"].id, 2)

    assert index in "\n".join(row["QUERY PLAN"] for row in plan)
