"""City hall sets amounts and modes for days to come; what does not fit is refused with file and row."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.parameters.versions import MALANG, RULE, SURABAYA, day, noon, wish

from peken import models, parameters
from peken.errors import PekenError, Refused
from peken.ids import new_id
from peken.parameters import NewVersion
from peken.rules import Mode
from peken.testing.world import World, as_city_hall

pytestmark = pytest.mark.market({MALANG: ["malang_quota"], SURABAYA: ["batik_suroboyo"]})
HALL = as_city_hall(MALANG)


async def refused(
    market: World, wanted: NewVersion, city: str = MALANG
) -> list[tuple[str, tuple[str | int, ...], str]]:
    """Code, path and sentence of each objection; nothing was written."""
    before = await models.ParameterVersion.all().count()
    with pytest.raises(Refused) as caught:
        await parameters.set_version(market.market, as_city_hall(city), wanted)
    assert await models.ParameterVersion.all().count() == before
    return [(each.code, each.path, each.message.format(**each.values)) for each in caught.value.objections]


def minimum_on(market: World, on: str) -> int | None:
    """What everybody in Malang owes on a day."""
    chosen = market.market.city(MALANG).rulebook.chosen["malang_quota"]
    [table] = [each for each in chosen.rows if each.__name__ == "Minimum"]
    row = chosen.table(table, day(on)).one()
    return row.amount if row else None  # type: ignore[attr-defined]


async def test_a_version_is_in_force_from_its_day_without_a_restart(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())

    assert [minimum_on(market, on) for on in ("03-31", "04-01", "12-31")] == [500_000, 600_000, 600_000]
    assert [(row.valid_from, row.valid_to) for row in done.ended] == [(day("04-01").replace(2022), None)]
    assert done.silent_from is None


async def test_a_version_is_kept_with_who_when_and_why_and_audited(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())

    row = await models.ParameterVersion.get(id=done.version.id)
    audit = await models.Audit.get(action="parameter.set")
    assert (row.number, row.actor, row.role, row.reason, row.at) == (
        1,
        HALL.subject,
        "city_hall",
        "Anggaran baru",
        market.clock.at,
    )
    assert (row.columns, row.source, row.mark) == ({"amount": 600_000, "set": "flat"}, "Surat edaran 1/2026", "A")
    assert (audit.city_id, audit.actor, audit.subject, audit.reason) == (
        MALANG,
        HALL.subject,
        str(row.id),
        "Anggaran baru",
    )
    assert audit.changes["amount"] == 600_000
    assert await models.Outbox.filter(topic="parameter.set", key=str(row.id)).count() == 1


async def test_a_later_version_ends_the_earlier_one_and_one_may_come_between(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish("600000", "06-01"))
    await parameters.set_version(market.market, HALL, wish("700000", "09-01"))
    await parameters.set_version(market.market, HALL, wish("550000", "04-01", "06-01"))

    found = [minimum_on(market, on) for on in ("03-31", "04-01", "06-01", "08-31", "09-01")]
    assert found == [500_000, 550_000, 600_000, 600_000, 700_000]


async def test_a_version_that_replaces_gives_the_days_back_afterwards(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish("100000", "04-01", "05-01", replaces=True))

    found = [minimum_on(market, on) for on in ("03-31", "04-01", "04-30", "05-01")]
    assert found == [500_000, 100_000, 100_000, 500_000]


async def test_a_version_after_which_nothing_is_in_force_says_so(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish("600000", "04-01", "05-01"))

    assert done.silent_from == day("05-01")
    assert minimum_on(market, "05-01") is None


async def test_a_dry_run_says_what_would_be_and_writes_nothing(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish(), dry_run=True)

    assert [row.valid_from for row in done.ended] == [day("04-01").replace(2022)]
    assert await models.ParameterVersion.all().count() == 0
    assert await models.Audit.all().count() == 0
    assert minimum_on(market, "04-01") == 500_000


@pytest.mark.parametrize(
    ("more", "code", "path", "said"),
    [
        ({"amount": "-1"}, "bad_value", ("columns", "amount"), "This cannot be set: amount: Expected `int` >= 0"),
        ({"amount": "5.5"}, "bad_value", ("columns", "amount"), "This cannot be set: amount is 5.5, and must be"),
        ({"columns": {}}, "bad_row", ("columns", "amount"), "the column amount is missing"),
        ({"columns": {"amount": "1", "color": "red"}}, "bad_row", ("columns", "color"), "there is no column color"),
        (
            {"columns": {"amount": "1", "scheme": "golongan", "code": "V"}},
            "unknown_class",
            ("columns", "code"),
            "This cannot be set: golongan has no class V",
        ),
        ({"columns": {"amount": "1", "set": "guess"}}, "unknown_set", ("columns", "set"), "there is no set guess"),
        ({"columns": {"amount": "1", "valid_to": "x"}}, "bad_column", ("columns", "valid_to"), "valid_to is not said"),
        ({"ends": "04-01"}, "bad_dates", ("validTo",), "it ends on 2026-04-01, before it begins"),
        ({"mark": "unsure"}, "bad_value", ("mark",), "'^[ABSOM]$'"),
        ({"source": " "}, "bad_source", ("source",), "between 1 and 300"),
        ({"reason": "x" * 301}, "bad_reason", ("reason",), "between 1 and 300"),
        (
            {"table": "maximum"},
            "unknown_table",
            ("table",),
            "malang_quota has no table maximum; it has: minimum, rule.",
        ),
        ({"plugin": "batik"}, "unknown_plugin", ("plugin",), "these have: malang_quota."),
        ({"table": "rule", "columns": {"code": "a.gone"}}, "bad_row", (), "rule version 1: a.gone is not a rule here"),
    ],
)
@pytest.mark.engines("sqlite")
async def test_a_row_that_does_not_fit_is_refused_with_what_is_wrong_with_it(
    market: World, more: dict[str, Any], code: str, path: tuple[str | int, ...], said: str
) -> None:
    [(found, at, sentence)] = await refused(market, wish(**more))

    assert (found, at) == (code, path)
    assert said in sentence


async def test_days_that_are_taken_are_refused(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish("600000", "06-01", "09-01"))
    await parameters.set_version(market.market, HALL, wish("650000", "09-01"))

    [open_before] = await refused(market, wish("1", "05-01"))
    within, _ = await refused(market, wish("1", "07-01"))

    assert open_before[:2] == ("overlapping", ("validFrom",))
    assert "minimum version 1: flat/* on 2026-06-01 is in parameters.toml: minimum version 3 too" in open_before[2]
    assert within[0] == "overlapping"


async def test_a_gap_is_refused_unless_the_row_says_that_it_is_meant(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish("600000", "06-01", "07-01"))

    [gap] = await refused(market, wish("1", "08-01"))
    meant = wish(columns={"amount": "1", "after_gap": "true"}, begins="08-01")
    await parameters.set_version(market.market, HALL, meant)

    assert gap[0] == "gap"
    assert "flat/* has no row from 2026-07-01 to 2026-08-01" in gap[2]
    assert [minimum_on(market, on) for on in ("07-15", "08-01")] == [None, 1]


async def test_a_class_of_the_city_s_own_must_be_held_by_somebody(market: World) -> None:
    wanted = replace(
        wish(),
        plugin="batik_suroboyo",
        columns={"amount": "1500000", "scheme": "post", "code": "lurah"},
    )

    [unknown] = await refused(market, wanted, SURABAYA)
    buyer = await market.buyer(SURABAYA, classes={})
    await models.BuyerClass.create(
        id=new_id(), buyer_id=buyer.id, scheme="post", code="lurah/wakil", valid_from=day("01-01")
    )
    done = await parameters.set_version(market.market, as_city_hall(SURABAYA), wanted)

    assert unknown == ("unknown_class", ("columns", "code"), "No buyer of this city has the class post lurah.")
    assert done.version.number == 1


async def test_the_past_and_today_are_not_changed(market: World) -> None:
    [today] = await refused(market, wish(begins="03-16"))
    market.clock.at = noon("03-16").replace(hour=16, minute=56)
    [too_late] = await refused(market, wish(begins="03-17"))

    assert today[:2] == ("too_early", ("validFrom",))
    assert "2026-03-17 at the earliest" in today[2]
    assert "2026-03-18 at the earliest" in too_late[2], "23:56 in WIB: others could not have heard of it by midnight"


async def test_a_version_is_withdrawn_before_its_day_and_only_once(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())
    key = done.version.id

    await parameters.withdraw(market.market, HALL, key, "Salah ketik")

    row = await models.ParameterVersion.get(id=key)
    audit = await models.Audit.get(action="parameter.withdrawn")
    assert minimum_on(market, "04-01") == 500_000
    assert (row.withdrawn_by, row.withdrawn_reason, row.withdrawn_at) == (HALL.subject, "Salah ketik", market.clock.at)
    assert (audit.subject, audit.reason) == (str(key), "Salah ketik")
    assert await withdrawn_refused(market, key) == "already_withdrawn"


async def withdrawn_refused(market: World, key: UUID, reason: str = "x") -> str:
    with pytest.raises(Refused) as caught:
        await parameters.withdraw(market.market, HALL, key, reason)
    return caught.value.objections[0].code


async def test_what_is_in_force_is_not_withdrawn_and_neither_is_what_others_lean_on(market: World) -> None:
    first = await parameters.set_version(market.market, HALL, wish("600000", "04-01", "05-01"))
    middle = await parameters.set_version(market.market, HALL, wish("650000", "05-01", "06-01"))
    await parameters.set_version(market.market, HALL, wish("700000", "06-01"))

    leaves_a_gap = await withdrawn_refused(market, middle.version.id)
    silent = await withdrawn_refused(market, middle.version.id, " ")
    market.clock.at = noon("04-01")
    in_force = await withdrawn_refused(market, first.version.id)

    assert (leaves_a_gap, silent, in_force) == ("gap", "bad_reason", "already_valid")
    assert minimum_on(market, "05-15") == 650_000


async def test_another_city_s_version_is_not_there(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())

    with pytest.raises(PekenError, match="unknown_version"):
        await parameters.withdraw(market.market, as_city_hall(SURABAYA), done.version.id, "x")


async def test_a_mode_takes_the_place_of_what_was_said_and_a_bounded_one_gives_it_back(market: World) -> None:
    def modes() -> list[Mode]:
        rulebook = market.market.city(MALANG).rulebook
        return [rulebook.mode(RULE, day(on)) for on in ("03-31", "04-01", "04-08", "05-01")]

    dated: dict[str, Any] = {"source": "Surat 2", "mark": "A", "reason": "Gangguan"}
    off = parameters.mode_version(
        market.market, HALL, RULE, Mode.OFF, valid_from=day("04-01"), valid_to=day("04-08"), **dated
    )
    shadow = parameters.mode_version(market.market, HALL, RULE, Mode.SHADOW, valid_from=day("05-01"), **dated)
    await parameters.set_version(market.market, HALL, shadow)
    await parameters.set_version(market.market, HALL, off)

    assert modes() == [Mode.ON, Mode.OFF, Mode.ON, Mode.SHADOW]
    with pytest.raises(Refused, match="unknown_rule"):
        parameters.mode_version(market.market, HALL, "a.gone", Mode.OFF, valid_from=day("04-01"), **dated)


async def test_cities_do_not_meet(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish())
    surabaya = replace(wish("900000"), plugin="batik_suroboyo")

    done = await parameters.set_version(market.market, as_city_hall(SURABAYA), surabaya)

    assert done.version.number == 1
    assert minimum_on(market, "04-01") == 600_000
