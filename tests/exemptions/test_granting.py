"""Granting and revoking over HTTP: who may, what does not fit, what is kept of it, and two at once."""

import asyncio
from datetime import date
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest
from tests.exemptions.hall import GRANT, HALL, MALANG, MANDATE, QUOTA, SURABAYA, grants, mine, revokes, wish
from tests.monitor.office import DISTS
from tortoise.exceptions import IntegrityError

from peken import exemptions, models
from peken.actors import Actor
from peken.errors import Refused
from peken.exemptions import NewExemption
from peken.ids import new_id, to_global
from peken.models.buyers import ExemptionKind
from peken.rules import Chapter, Rulebook
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_officer

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo", "malang_quota"], MALANG: []})


async def test_what_is_granted_is_kept_with_reason_period_and_who_granted_it(market: World) -> None:
    buyer = await market.buyer(classes={})

    granted = await grants(market, wish(buyer, "2026-03-10", "2026-03-20", rule=QUOTA))

    assert granted | {"id": "", "grantedAt": ""} == {
        "__typename": "Exemption",
        "id": "",
        "kind": "LEAVE",
        "rule": QUOTA,
        "reason": "Cuti melahirkan",
        "validFrom": "2026-03-10",
        "validTo": "2026-03-20",
        "grantedBy": HALL.subject,
        "grantedAt": "",
        "revokedAt": None,
    }
    audit = await models.Audit.get(action="exemption.granted")
    assert (audit.actor, audit.reason, audit.changes["buyer"]) == (HALL.subject, "Cuti melahirkan", str(buyer.id))
    leaving = await models.Outbox.get(topic="exemption.granted")
    assert "Cuti melahirkan" not in str(leaving.payload)


async def test_the_person_reads_the_reason_and_what_was_revoked(market: World) -> None:
    buyer = await market.buyer(classes={})
    granted = await grants(market, wish(buyer, "2026-03-10", "2026-03-20"))
    await revokes(market, granted["id"], "Salah orang")

    seen = (await mine(market, buyer))["exemptions"]

    assert seen == [
        {
            "kind": "LEAVE",
            "rule": None,
            "reason": "Cuti melahirkan",
            "validFrom": "2026-03-10",
            "validTo": "2026-03-20",
            "grantedBy": HALL.subject,
            "revokedReason": "Salah orang",
        }
    ]


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"validTo": "2026-03-10"}, "bad_days", ["validTo"]),
        ({"validTo": "2026-03-09"}, "bad_days", ["validTo"]),
        ({"validFrom": "0226-03-10"}, "bad_days", ["validFrom"]),
        ({"validTo": "2062-03-10"}, "bad_days", ["validTo"]),
        ({"reason": "  "}, "bad_reason", ["reason"]),
        ({"reason": "x" * 301}, "bad_reason", ["reason"]),
        ({"rule": "malang.nothing"}, "unknown_rule", ["rule"]),
        ({"rule": "surabaya.vendor-cap"}, "unknown_rule", ["rule"]),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    market: World, change: dict[str, Any], code: str, path: list[str]
) -> None:
    buyer = await market.buyer(classes={})

    found = await grants(market, wish(buyer, "2026-03-10", "2026-03-20") | change)

    assert [(each["code"], each["path"]) for each in found["objections"]] == [(code, path)]
    assert await models.Exemption.all().count() == 0
    assert await models.Audit.filter(action="exemption.granted").count() == 0


@pytest.mark.engines("sqlite")
async def test_every_reason_is_told_at_once(market: World) -> None:
    buyer = await market.buyer(classes={})

    found = await grants(market, wish(buyer, "2026-03-10", "2026-03-01", reason="", rule="a.b"))

    assert {each["code"] for each in found["objections"]} == {"bad_reason", "bad_days", "unknown_rule"}


@pytest.mark.engines("sqlite")
async def test_nobody_is_exempt_from_a_rule_whose_windows_have_no_dates(
    market: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(DISTS))
    city = market.market.city(SURABAYA)
    buyer = await market.buyer(classes={})
    undated = type(city)(
        city.code,
        city.name,
        city.zone,
        Rulebook([Chapter("lumbung", "1", import_module("lumbung.plugin").regulations())]),
    )
    market.market.cities[SURABAYA] = undated

    found = await grants(market, wish(buyer, "2026-03-10", rule="lumbung.fair"))

    assert [each["code"] for each in found["objections"]] == ["undated_rule"]


@pytest.mark.parametrize(
    ("first", "after", "fits"),
    [
        ("2026-03-01", "2026-03-10", True),
        ("2026-03-20", None, True),
        ("2026-03-01", "2026-03-11", False),
        ("2026-03-12", "2026-03-13", False),
        ("2026-03-19", None, False),
        ("2026-03-01", None, False),
    ],
)
async def test_two_of_one_kind_and_rule_do_not_overlap(
    market: World, first: str, after: str | None, fits: bool
) -> None:
    buyer, other = await market.buyer(classes={}), await market.buyer(classes={})
    await grants(market, wish(buyer, "2026-03-10", "2026-03-20"))

    found = await grants(market, wish(buyer, first, after))
    beside = [
        await grants(market, wish(buyer, first, after, kind="EXEMPTION")),
        await grants(market, wish(buyer, first, after, rule=MANDATE)),
        await grants(market, wish(other, first, after)),
    ]

    assert found["__typename"] == ("Exemption" if fits else "Refused")
    if not fits:
        assert [(each["code"], each["path"]) for each in found["objections"]] == [("overlapping", ["validFrom"])]
    assert [each["__typename"] for each in beside] == ["Exemption"] * 3


async def test_what_was_revoked_stands_in_nobodys_way_and_is_revoked_once(market: World) -> None:
    buyer = await market.buyer(classes={})
    granted = await grants(market, wish(buyer, "2026-03-10", "2026-03-20"))

    first, second = await revokes(market, granted["id"]), await revokes(market, granted["id"])
    again = await grants(market, wish(buyer, "2026-03-10", "2026-03-25"))

    assert first == {
        "__typename": "Exemption",
        "id": granted["id"],
        "revokedBy": HALL.subject,
        "revokedReason": "Batal",
    }
    assert [each["code"] for each in second["objections"]] == ["already_revoked"]
    assert again["__typename"] == "Exemption"
    assert await models.Audit.filter(action="exemption.revoked").count() == 1


async def test_of_two_who_grant_the_same_at_once_one_is_refused(market: World) -> None:
    buyer = await market.buyer(classes={})
    wanted = NewExemption(
        buyer=UUID(str(buyer.id)), kind=ExemptionKind.LEAVE, reason="Cuti", valid_from=date(2026, 3, 10)
    )

    both = await asyncio.gather(
        *(exemptions.grant(market.market, HALL, wanted) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(each, models.Exemption) for each in both) == 1
    assert sum(isinstance(each, Refused) for each in both) == 3
    assert await models.Exemption.all().count() == 1


async def test_of_two_who_revoke_at_once_one_is_refused(market: World) -> None:
    buyer = await market.buyer(classes={})
    await grants(market, wish(buyer, "2026-03-10"))
    key = (await models.Exemption.all().first().values("id"))["id"]

    both = await asyncio.gather(
        *(exemptions.revoke(market.market, HALL, key, "Batal") for _ in range(3)), return_exceptions=True
    )

    assert sum(isinstance(each, Refused) for each in both) == 2
    assert await models.Audit.filter(action="exemption.revoked").count() == 1


async def test_the_database_itself_keeps_the_same_from_being_granted_twice(market: World) -> None:
    buyer = await market.buyer(classes={})
    await grants(market, wish(buyer, "2026-03-10", "2026-03-20"))
    row = await models.Exemption.all().first().values()
    assert row is not None

    with pytest.raises(IntegrityError):
        await models.Exemption.create(**{**row, "id": new_id(), "valid_to": None})


@pytest.mark.engines("sqlite")
async def test_only_city_hall_grants_and_only_in_its_own_city(market: World) -> None:
    here, there = await market.buyer(classes={}), await market.buyer(MALANG, classes={})
    department = await market.department()
    others: list[Actor] = [as_buyer(here), as_officer(department), as_auditor(SURABAYA)]

    denied = [await market.ask(GRANT, {"input": wish(here, "2026-03-10")}, actor=actor) for actor in others]
    foreign = await market.ask(GRANT, {"input": wish(there, "2026-03-10")}, actor=HALL)
    granted = await grants(market, wish(here, "2026-03-10"))
    document = 'mutation ($id: ID!) { revokeExemption(id: $id, reason: "x") { __typename } }'
    neighbour = await market.ask(document, {"id": granted["id"]}, actor=as_city_hall(MALANG))
    nothing = await market.ask(document, {"id": to_global("Exemption", new_id())}, actor=HALL)

    assert [answer.codes for answer in denied] == [["forbidden"]] * 3
    assert foreign.codes == ["unknown_buyer"]
    assert neighbour.codes == nothing.codes == ["unknown_exemption"]


@pytest.mark.engines("sqlite")
async def test_nobody_reads_the_exemptions_of_others(market: World) -> None:
    here, other = await market.buyer(classes={}), await market.buyer(classes={})
    department = await market.department()
    granted = await grants(market, wish(here, "2026-03-10"))
    node = "query ($id: ID!) { node(id: $id) { __typename } }"
    seeing = [as_buyer(here), HALL, as_auditor(SURABAYA)]
    blind = [as_buyer(other), as_officer(department), as_city_hall(MALANG)]

    seen = [(await market.ask(node, {"id": granted["id"]}, actor=actor)).data["node"] for actor in (*seeing, *blind)]

    assert seen == [{"__typename": "Exemption"}] * 3 + [None] * 3
