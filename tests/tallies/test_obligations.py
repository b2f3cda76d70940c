"""Standing and opening of obligations for many buyers at once: who bought nothing is on the list too."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tortoise.exceptions import IntegrityError

from peken import models, obligations
from peken.ids import new_id
from peken.testing.world import World

SURABAYA, MALANG = "35.78", "35.73"
pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]})


async def test_a_window_is_opened_for_everyone_who_owes_and_nobody_else(market: World) -> None:
    asn = await market.buyer(classes={})
    newcomer = await market.buyer(classes={}, joined_on=date(2026, 3, 17))
    await market.buyer()
    await market.buyer(classes={}, left_on=date(2026, 3, 1))
    await market.buyer(MALANG, classes={})
    at = datetime(2026, 3, 17, 1, 0, tzinfo=UTC)

    opened = await obligations.open_windows(market.market, market.market.city(SURABAYA), at)
    again = await obligations.open_windows(market.market, market.market.city(SURABAYA), at)

    rows = await models.TallyBalance.all().values_list("city_id", "subject", "win", "value", "floor")
    assert (opened, again) == (2, 2)
    assert sorted(tuple(row) for row in rows) == sorted(
        [
            (SURABAYA, str(asn.id), "2026-03", 0, 500_000),
            (SURABAYA, str(newcomer.id), "2026-03", 0, 500_000 * 15 // 31),
        ]
    )


async def test_a_window_is_opened_in_portions_for_each_person_once(market: World) -> None:
    at = market.clock.at
    people = [(new_id(), SURABAYA, "employee", True, f"ASN {number}", "", at) for number in range(601)]
    columns = ("id", "city_id", "kind", "asn", "name", "region", "created_at")
    await market.market.database.insert("buyer", columns, people)

    opened = await obligations.open_windows(market.market, market.market.city(SURABAYA), at)

    subjects = await models.TallyBalance.all().values_list("subject", flat=True)
    assert opened == 601
    assert sorted(map(str, subjects)) == sorted(str(person[0]) for person in people)


async def test_nothing_is_opened_where_nobody_owes(market: World) -> None:
    await market.buyer()

    opened = await obligations.open_windows(market.market, market.market.city(SURABAYA), market.clock.at)

    assert opened == 0


async def test_many_buyers_of_two_cities_take_as_many_statements_as_one(market: World) -> None:
    buyers = [await market.buyer(city, classes={}) for city in (SURABAYA, MALANG) for _ in range(10)]
    keys = [UUID(str(buyer.id)) for buyer in buyers]

    with market.market.database.counting() as for_one:
        await obligations.standings(market.market, keys[:1], market.clock.at)
    with market.market.database.counting() as for_all:
        standings = await obligations.standings(market.market, keys, market.clock.at)

    assert len(for_one) == len(for_all) == 2
    assert [len(standings[key]) for key in keys] == [1] * 20


async def test_each_city_reads_its_buyers_on_its_own_day(market: World) -> None:
    eastern = replace(market.market.city(MALANG), zone=ZoneInfo("Asia/Jayapura"))
    both = replace(market.market, cities={**market.market.cities, MALANG: eastern})
    buyer = await market.buyer(classes={})
    await models.BuyerClass.create(
        id=new_id(), buyer_id=buyer.id, scheme="post", code="camat", valid_from=date(2026, 4, 1)
    )
    key, before_midnight = UUID(str(buyer.id)), datetime(2026, 3, 31, 15, 30, tzinfo=UTC)

    standings = await obligations.standings(both, [key], before_midnight)
    later = await obligations.standings(both, [key], before_midnight.replace(hour=17))

    assert [(standing.window, standing.due) for standing in standings[key]] == [("2026-03", 500_000)]
    assert [(standing.window, standing.due) for standing in later[key]] == [("2026-04", 2_000_000)]


async def test_nobody_has_two_open_classes_of_one_scheme(market: World) -> None:
    buyer = await market.buyer(classes={"golongan": "III/a"})
    other: dict[str, Any] = {
        "buyer_id": buyer.id,
        "scheme": "golongan",
        "code": "III/b",
        "valid_from": date(2026, 1, 1),
    }

    with pytest.raises(IntegrityError):
        await models.BuyerClass.create(id=new_id(), **other)
    await models.BuyerClass.filter(buyer_id=buyer.id).update(valid_to=date(2026, 1, 1))
    await models.BuyerClass.create(id=new_id(), **other)

    assert await models.BuyerClass.filter(buyer_id=buyer.id).count() == 2
