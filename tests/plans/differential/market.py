"""A filled market, asked in two ways: with compiled reads and without; and everybody who may ask it."""

import gc
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import orjson
import structlog
from graphql import GraphQLSchema
from starlette.types import ASGIApp, Message
from tests.plans.differential.writing import Question
from tests.schema.documents import fielded_types

from peken import models
from peken.actors import Actor, Role
from peken.app import application, assemble, schema_of
from peken.demo import fill
from peken.demo.personas import personas
from peken.findings import close_windows
from peken.http.roles import roles_of
from peken.market import Market
from peken.metrics import Metrics
from peken.parameters import take_in
from peken.schema.access import ACCESS
from peken.settings import CacheSettings, Settings
from peken.testing.templates import Templates
from peken.testing.world import Clock, as_auditor, as_city_hall, as_lurah, as_vendor, global_id, settings_for
from peken.tokens import Issuer, claims_of

SURABAYA: Final = "35.78"
MALANG: Final = "35.73"
NOON: Final = datetime(2026, 3, 17, 5, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Caller:
    """Somebody who asks. `name` is the role, or tells which of several of one role."""

    name: str
    roles: frozenset[Role]
    token: str | None
    language: str


@dataclass(frozen=True)
class Reply:
    """What came back, as bytes."""

    status: int
    type: str
    body: bytes

    @property
    def codes(self) -> frozenset[str]:
        """The codes of its errors."""
        errors = orjson.loads(self.body).get("errors", ())
        return frozenset(error.get("extensions", {}).get("code", "none") for error in errors)


@dataclass
class Twins:
    """One market, served in both ways, on one database and by one clock that stands still."""

    compiled: ASGIApp
    ordinary: ASGIApp
    schema: GraphQLSchema
    callers: list[Caller] = field(default_factory=list)
    ways: Mapping[str, int] = field(default_factory=dict)
    """How many reads were compiled, ordinary and failed in the first of the two, as its metrics are told."""

    def readable(self, caller: Caller) -> frozenset[str]:
        """The fields ("Type.field") that the caller may select."""
        return frozenset(
            f"{type_name}.{name}"
            for type_name, found in fielded_types(self.schema).items()
            for name in found.fields
            if (roles := roles_of(self.schema, type_name, name, ACCESS)) is None or not caller.roles.isdisjoint(roles)
        )


def settings() -> Settings:
    """Both cities with their plugins, and no answer kept."""
    return settings_for({SURABAYA: ["batik_suroboyo"], MALANG: ["malang_quota"]}, cache=CacheSettings(memory_bytes=0))


@asynccontextmanager
async def twins(templates: Templates, engine: str, folder: Path) -> AsyncIterator[Twins]:
    """The small demo on an engine, with what it lacks added to it."""
    issuer = Issuer.create()
    async with templates.copied(engine, settings(), folder) as url:
        whole = settings().model_copy(update={"database_url": url, "auth": issuer.auth()})
        async with _opened(whole) as market:
            with market.database.bound():
                await fill(market, "small", NOON.date())
                callers = [caller async for caller in _callers(market, issuer)]
                await _enrich(market, application(market), {caller.name: caller for caller in callers})
                await market.database.execute("ANALYZE")
        # Two markets, as in two processes: what one remembers the other does not.
        plans, none = (whole.model_copy(update={"plans": each}) for each in (True, False))
        async with _opened(plans) as one, _opened(none) as other:
            watching, planned, executed = _Watching(), schema_of(one.hooks), schema_of(other.hooks)
            compiled = application(replace(one, metrics=watching), planned)
            ordinary = application(other, executed)
            assert planned.guard is not None
            assert executed.guard is not None
            # A document is read once for both; and what is executed first by one is in use for the other, so planned.
            planned.guard.documents = executed.guard.documents
            yield Twins(compiled, ordinary, planned._schema, callers, watching.told["peken_reads"])


class _Watching(Metrics):
    """Metrics that show where they have their counts from."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[str, Mapping[str, int]] = {}

    def counts(self, name: str, says: str, label: str, source: Mapping[str, int]) -> None:
        self.told[name] = source
        super().counts(name, says, label, source)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Market]:
    market = assemble(settings, Clock(NOON))
    async with market.database:
        with market.database.bound():
            await take_in(market)
        yield market


async def _callers(market: Market, issuer: Issuer) -> AsyncIterator[Caller]:
    """The public, the demo's personas, and others of both cities."""
    yield Caller("public", frozenset({Role.PUBLIC}), None, "id")
    for persona in (await personas(market)).values():
        roles = frozenset(Role(role) for role in persona.claims["peken"]["roles"])
        name = "resident" if persona.key == "public" else persona.key
        yield Caller(name, roles, issuer.issue(persona.claims), "en" if len(persona.key) % 2 else "id")
    shops = {
        "vendor-unverified": models.Vendor.filter(city_id=SURABAYA, verified_at=None),
        "vendor-umkm": models.Vendor.filter(city_id=MALANG, kind="umkm").exclude(verified_at=None),
        "vendor-claims": models.Vendor.filter(city_id=SURABAYA, kind="umkm").exclude(verified_at=None),
    }
    others: dict[str, Actor] = {
        "cityhall-malang": as_city_hall(MALANG),
        "auditor-malang": as_auditor(MALANG),
        "lurah-malang": as_lurah(MALANG, f"{MALANG}.01"),
        "signed-in": Actor("anybody", frozenset({Role.PUBLIC}), SURABAYA),
        "everything": Actor("everything", frozenset(Role), SURABAYA),
    }
    for name, rows in shops.items():
        others[name] = as_vendor(await rows.order_by("id").first())  # type: ignore[arg-type]
    for name, actor in others.items():
        yield Caller(name, actor.roles, issuer.issue(claims_of(actor)), "en" if len(name) % 2 else "id")


async def asked(app: ASGIApp, question: Question, caller: Caller, *, get: bool = False, media: str = "") -> Reply:
    """The reply of an application, asked in this process."""
    body: dict[str, Any] = {"query": question.text}
    if question.variables:
        body["variables"] = question.variables
    if question.operation:
        body["operationName"] = question.operation
    headers = [(b"accept", (media or "application/graphql-response+json").encode())]
    headers += [(b"accept-language", caller.language.encode()), (b"content-type", b"application/json")]
    if caller.token:
        headers.append((b"authorization", f"Bearer {caller.token}".encode()))
    query = urlencode({name: each if isinstance(each, str) else orjson.dumps(each) for name, each in body.items()})
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if get else "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": query.encode() if get else b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("market", 80),
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"" if get else orjson.dumps(body), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    told = dict(sent[0]["headers"])
    return Reply(sent[0]["status"], told[b"content-type"].decode(), b"".join(part["body"] for part in sent[1:]))


# What the demo lacks

_ODD: Final = (
    'Kopi "tubruk" \\ manis',
    "Kerupuk 100% <b>ikan</b> & 'udang'",
    "漢字 ñ é 🛒 \u2028 \t",
    "Beras 5 kg",
    "Beras 5 kg",
    "_%_",
)


async def _enrich(market: Market, app: ASGIApp, callers: Mapping[str, Caller]) -> None:
    """Odd names, ties, sold-out and archived goods, findings, reversals, exemptions, refusals, amounts set."""

    async def said(name: str, text: str, **variables: Any) -> Any:
        reply = await asked(app, Question(text, variables, None, frozenset()), callers[name])
        found = orjson.loads(reply.body)
        assert "errors" not in found, (text, found)
        return found["data"]

    for name in ("vendor", "vendor-umkm", "vendor-unverified"):
        for number, title in enumerate(_ODD):
            await _listed(said, name, title, number)
    for city in market.cities.values():
        await close_windows(market, city, NOON)
    for name in ("cityhall", "cityhall-malang"):
        await _governed(said, name)
    offices = await said("officer", "{ buyers(kind: DEPARTMENT, first: 1) { nodes { id } } }")
    office = offices["buyers"]["nodes"][0]["id"]
    variant = await models.Variant.filter(product__city_id=SURABAYA, stock__gt=0).order_by("id").first()
    for name, who in (("resident", None), ("asn-surabaya", None), ("officer", office)):
        basket = {"buyer": who, "items": [{"variant": global_id(variant), "quantity": 900_000}]}
        await said(name, _ORDER, basket=basket, key=f"refused-{name}")


_CREATE: Final = """mutation ($input: CreateProductInput!) { createProduct(input: $input) {
  __typename ... on Product { id variants { id } } ... on Refused { objections { code message } } } }"""
_UPDATE: Final = "mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { __typename } }"
_ORDER: Final = """mutation ($basket: BasketInput!, $key: String!) {
  placeOrder(basket: $basket, idempotencyKey: $key) { __typename } }"""


async def _listed(said: Any, name: str, title: str, number: int) -> None:
    variants = [{"price": 15_000, "name": "", "stock": number}, {"price": 4_800_000_000, "name": "Besar", "unit": "kg"}]
    wanted = {
        "name": title.strip(),
        "category": "staples.rice",
        "description": "" if number % 2 else f"{title}\nBaris kedua",
        "origin": SURABAYA if number == 3 else None,
        "ownProduction": number % 3 == 0,
        "variants": variants[: 1 + number % 2],
    }
    made = (await said(name, _CREATE, input=wanted))["createProduct"]
    assert made["__typename"] == "Product", made
    if number == 4:
        await said(name, _UPDATE, input={"id": made["id"], "status": "ARCHIVED"})


async def _governed(said: Any, name: str) -> None:
    """City hall decides on findings, grants an exemption, takes an order back and sets an amount."""
    findings = (await said(name, "{ findings(first: 8) { nodes { id rule } } }"))["findings"]["nodes"]
    for each in findings[:2]:
        await said(
            name,
            'mutation ($id: ID!) { decideFinding(id: $id, decision: "Dimaklumi") { __typename } }',
            id=each["id"],
        )
    buyers = (await said(name, "{ buyers(kind: EMPLOYEE, first: 3) { nodes { id } } }"))["buyers"]["nodes"]
    for number, buyer in enumerate(buyers):
        wanted = {"buyer": buyer["id"], "kind": "LEAVE", "reason": "Cuti besar", "validFrom": "2026-03-01"}
        wanted |= {"validTo": "2026-09-01"} if number else {}
        await said(
            name,
            "mutation ($input: GrantExemptionInput!) { grantExemption(input: $input) { __typename } }",
            input=wanted,
        )
    orders = (await said(name, "{ orders(status: DELIVERED, sort: OLDEST, first: 12) { nodes { id } } }"))["orders"]
    for order in orders["nodes"]:
        await said(
            name,
            'mutation ($id: ID!) { cancelOrder(id: $id, reason: "Barang rusak") { __typename } }',
            id=order["id"],
        )
    rules = (await said(name, "{ rules { code } }"))["rules"]
    dated = {"validFrom": "2026-04-01", "source": "SE 1", "mark": "A", "reason": "Anggaran baru"}
    for rule in rules[:2]:
        await said(
            name,
            "mutation ($input: SetRuleModeInput!) { setRuleMode(input: $input) { __typename } }",
            input={"rule": rule["code"], "mode": "SHADOW", "dated": dated},
        )


@contextmanager
def quiet() -> Iterator[None]:
    """No line of a log for each request, and no looking through all documents for what nobody holds."""
    before, often = structlog.get_config(), gc.get_threshold()
    gc.set_threshold(20_000, 50, 100)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)
        gc.set_threshold(*often)
