"""Each persona can be played: its token speaks for somebody who is there."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.demo.conftest import TODAY

from peken import obligations
from peken.actors import Role
from peken.calendar import start_of
from peken.demo import Persona, personas
from peken.market import Market
from peken.tokens import Issuer, Verifier

KEYS = {"asn-surabaya", "asn-malang", "public", "officer", "vendor", "lurah", "camat", "cityhall", "auditor"}


async def test_everybody_is_there_under_a_short_word(demo: Market) -> None:
    people = await personas(demo)

    assert set(people) == KEYS
    assert all(person.name and person.description and "{" not in person.description for person in people.values())


async def test_the_claims_of_each_are_believed(demo: Market) -> None:
    issuer = Issuer.create()
    verifier = Verifier(issuer.auth())

    actors = {key: verifier.verify(issuer.issue(person.claims)) for key, person in (await personas(demo)).items()}

    assert actors["vendor"].has(Role.VENDOR)
    assert actors["camat"].has(Role.LURAH, Role.BUYER)
    assert {actor.city for actor in actors.values()} == {"35.78", "35.73"}
    assert all(actor.buyer for actor in actors.values() if actor.has(Role.BUYER))
    assert actors["officer"].department is not None
    assert actors["lurah"].area.count(".") == 3
    assert actors["camat"].area.count(".") == 2


@pytest.mark.parametrize(("key", "due"), [("asn-surabaya", 500_000), ("asn-malang", 500_000), ("camat", 2_000_000)])
async def test_those_who_owe_are_half_way(demo: Market, key: str, due: int) -> None:
    buyer = buyer_of((await personas(demo))[key])

    found = await obligations.standings(demo, [buyer], start_of(TODAY, demo.city("35.78").zone) + timedelta(hours=1))

    [standing] = found[buyer]
    assert standing.due == due
    assert 0.9 * due / 2 <= standing.done <= due / 2


async def test_the_vendor_is_near_its_limit_and_somebody_was_refused(demo: Market) -> None:
    vendor = (await personas(demo))["vendor"].claims["peken"]["vendor"]

    [turnover] = await demo.database.fetch(
        "SELECT value, ceiling FROM tally_balance WHERE subject = $1 AND win = '2026-03' AND ceiling > 0", vendor
    )
    [refused] = await demo.database.fetch("SELECT COUNT(*) AS n FROM attempt")

    assert 0.79 * turnover["ceiling"] < turnover["value"] < turnover["ceiling"]
    assert refused["n"] == 1


def buyer_of(person: Persona) -> UUID:
    return UUID(person.claims["peken"]["buyer"])
