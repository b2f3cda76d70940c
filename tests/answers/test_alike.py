"""Which fields are answered alike to everybody: all are decided on, and the answers are."""

import itertools
from uuid import uuid4

import pytest
from tests.schema.access import Probe, shortest_paths
from tests.schema.documents import document, fielded_types
from tests.schema.small_world import MALANG, TWO_CITIES, town

from peken import catalog
from peken.actors import PUBLIC, Actor, Role
from peken.app import schema_of
from peken.hookspecs import Noun
from peken.http.roles import roles_of
from peken.schema.access import ACCESS, EVERYBODY
from peken.schema.sharing import ALIKE, is_alike
from peken.testing.world import World

NOT_ALIKE = {
    "Query": {"me", "node"},
    "Variant": {"stock"},
    "Vendor": {"closed"},
}
"""What everybody may ask of these types beside: it depends on who asks, or is told as it is at that moment."""
NOUNS: tuple[Noun, ...] = ("vendor", "product")


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_of_every_field_it_is_decided_whether_it_is_answered_alike(market: World) -> None:
    schema = schema_of(market.market.hooks)._schema
    there = {(name, field) for name in ALIKE for field in fielded_types(schema)[name].fields}
    for_all = {pair for pair in there if (roles_of(schema, *pair, ACCESS) or EVERYBODY) == EVERYBODY}

    decided = {(name, field) for known in (ALIKE, NOT_ALIKE) for name, fields in known.items() for field in fields}

    assert for_all - decided == set(), "say of each in schema/sharing.py, or here, which it is"
    assert decided - there == set()


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
def test_what_is_answered_alike_everybody_may_ask_for(market: World) -> None:
    schema = schema_of(market.market.hooks)._schema
    pairs = [(name, field) for name, fields in ALIKE.items() for field in fields]

    closed = [pair for pair in pairs if (roles_of(schema, *pair, ACCESS) or EVERYBODY) != EVERYBODY]

    assert closed == []


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
async def test_whoever_is_shown_what_the_public_is_shown_gets_the_same_answers(market: World) -> None:
    schema = schema_of(market.market.hooks)._schema
    place = await town(market)
    await market.vendor(place.city, name="Toko Belum", verified=False)
    paths = shortest_paths(schema)
    probes = {role: Probe(market, schema, place, role) for role in Role}
    alike = [role for role in Role if catalog.sees_as_all_do(place.actors[role])]

    differing = []
    for name, field in ((name, field) for name, fields in ALIKE.items() for field in sorted(fields)):
        text = document(schema, paths[name], f"{name}.{field}", probes[Role.PUBLIC]._arguments)
        answers = [await market.ask(text, actor=place.actors[role]) for role in alike]
        if any(answer.body != answers[0].body for answer in answers):
            differing.append(text)

    assert alike == [Role.PUBLIC, Role.BUYER, Role.OFFICER]
    assert differing == []


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("roles", [*itertools.combinations(Role, 2)])
def test_who_is_said_to_see_what_all_see_does(market: World, roles: tuple[Role, ...]) -> None:
    actor = Actor("someone", frozenset(roles), market.city, uuid4(), uuid4(), uuid4(), f"{market.city}.01")

    same = [catalog.scope(market.market, actor, noun) == catalog.scope(market.market, PUBLIC, noun) for noun in NOUNS]

    assert same == [catalog.sees_as_all_do(actor)] * 2


@pytest.mark.market({MALANG: ["dermaga"]})
@pytest.mark.engines("sqlite")
def test_a_field_of_a_plugin_is_alike_only_if_it_says_so(market: World) -> None:
    schema = schema_of(market.market.hooks)._schema

    found = {field: is_alike(schema, "Product", field) for field in ("name", "tide", "berth")}

    assert found == {"name": True, "tide": True, "berth": False}


@pytest.mark.market(TWO_CITIES)
@pytest.mark.engines("sqlite")
def test_a_field_that_nobody_listed_is_not_alike(market: World) -> None:
    schema = schema_of(market.market.hooks)._schema

    found = [is_alike(schema, *field) for field in (("Buyer", "name"), ("Query", "__schema"), ("Nothing", "name"))]

    assert found == [False, False, False]
