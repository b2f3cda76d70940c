"""A market for a test, with makers of its rows, a clock that the test sets, and real requests to it."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import httpx2
from starlette.types import ASGIApp

from peken import models
from peken.actors import PUBLIC, Actor, Role
from peken.app import application, assemble
from peken.ids import new_id, to_global
from peken.market import Market
from peken.models.catalog import MeasureUnit
from peken.parameters import take_in
from peken.search import terms_of
from peken.settings import CitySettings, LimitSettings, Settings
from peken.tokens import Issuer, claims_of

NOON = datetime(2026, 3, 16, 5, 0, tzinfo=UTC)
"""Where the clock of a test begins: noon in WIB on a Monday."""
PATIENT: Final = {"pool_wait": 120.0, "lock_wait": 60.0, "statement_seconds": 120.0}
"""What a test comes to says nothing of how fast its machine is: so long waits only what waits for ever."""


def settings_for(
    cities: Mapping[str, Sequence[str]], plugins: Mapping[str, Mapping[str, object]] | None = None, **others: Any
) -> Settings:
    """Settings of a market with these cities (by region code) and their plugins."""
    served = tuple(CitySettings(code=code, name=code, plugins=tuple(named)) for code, named in cities.items())
    own = {name: dict(table) for name, table in (plugins or {}).items()}
    told = {"limits": LimitSettings(seconds=300.0), **PATIENT, **others}
    return Settings(database_url="sqlite://:memory:", cities=served, plugins=own, **told)


@dataclass
class Clock:
    """The market's clock: it stands still until the test moves it."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: Mapping[str, Any]

    @property
    def data(self) -> Any:
        """The data; an assertion fails, with the errors, where there are some."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


@dataclass
class World:
    """A market, and everything a test needs to live in it."""

    market: Market
    app: ASGIApp
    issuer: Issuer
    clock: Clock
    _tokens: dict[Actor, str] = field(default_factory=dict)

    async def ask(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor = PUBLIC,
        language: str = "en",
    ) -> Answer:
        """Sends a request over HTTP as `actor`, and reads the answer."""
        response = await self._send("application/graphql-response+json", document, variables, actor, language)
        return Answer(response.status_code, response.json())

    async def follow(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        actor: Actor = PUBLIC,
        language: str = "en",
    ) -> list[Answer]:
        """Sends a subscription over HTTP as `actor`, and reads its answers to the last one."""
        response = await self._send("text/event-stream", document, variables, actor, language)
        if response.status_code != 200:
            return [Answer(response.status_code, response.json())]
        events = response.text.replace("\r\n", "\n").removesuffix("\n\n").split("\n\n")
        *told, end = [each for each in events if not each.startswith(":")]  # but for what keeps the connection
        assert end == "event: complete\ndata: ", end
        return [Answer(response.status_code, json.loads(each.removeprefix("event: next\ndata: "))) for each in told]

    async def _send(
        self, accept: str, document: str, variables: Mapping[str, Any] | None, actor: Actor, language: str
    ) -> httpx2.Response:
        headers = {"accept": accept, "accept-language": language}
        if actor is not PUBLIC:
            headers["authorization"] = f"Bearer {self.token(actor)}"
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
            body = {"query": document, "variables": dict(variables or {})}
            return await client.post("/graphql", json=body, headers=headers)

    def token(self, actor: Actor) -> str:
        """A bearer token that speaks for `actor`."""
        if actor not in self._tokens:
            self._tokens[actor] = self.issuer.issue(claims_of(actor))
        return self._tokens[actor]

    @property
    def city(self) -> str:
        """The first city of the market."""
        return next(iter(self.market.cities))

    async def region(self, city: str | None = None, number: int = 0) -> str:
        """A kelurahan of the city."""
        code = city or self.city
        rows = models.Region.filter(code__startswith=f"{code}.", level=4).order_by("code")
        return (await rows.offset(number).first().values("code"))["code"]  # type: ignore[no-any-return]

    async def vendor(self, city: str | None = None, *, verified: bool = True, **columns: Any) -> models.Vendor:
        """A verified kelontong of the city, unless told otherwise."""
        code = city or self.city
        made: dict[str, Any] = {
            "id": new_id(),
            "city_id": code,
            "kind": "kelontong",
            "name": "Toko Berkah",
            "region": columns.pop("region", None) or await self.region(code),
            "verified_at": self.clock.at if verified else None,
            "created_at": self.clock.at,
        }
        made |= columns
        return await models.Vendor.create(**made, terms=terms_of(str(made["name"])))

    async def category(self, code: str = "staples.rice") -> str:
        """A category, with those above it."""
        parent = code.rpartition(".")[0]
        if parent:
            await self.category(parent)
        await models.Category.get_or_create(
            code=code, defaults={"parent_code": parent or None, "name": code, "name_en": code}
        )
        return code

    async def product(
        self,
        vendor: models.Vendor,
        *,
        price: int = 75_000,
        stock: int = 100,
        category: str = "staples.rice",
        measure: int = 0,
        measure_unit: MeasureUnit | None = None,
        **columns: Any,
    ) -> models.Variant:
        """A product with one variant, which is returned."""
        name = columns.pop("name", "Beras 5 kg")
        product = await models.Product.create(
            id=new_id(),
            city_id=vendor.city_id,
            vendor_id=vendor.id,
            category_id=await self.category(category),
            name=name,
            price=price,
            in_stock=stock > 0,
            terms=terms_of(name),
            created_at=self.clock.at,
            updated_at=self.clock.at,
            **columns,
        )
        variant = await models.Variant.create(
            id=new_id(), product_id=product.id, price=price, stock=stock, measure=measure, measure_unit=measure_unit
        )
        if stock:
            await models.StockEntry.create(
                id=new_id(), variant_id=variant.id, delta=stock, cause="listed", at=self.clock.at
            )
        return variant

    async def department(self, city: str | None = None, code: str = "dinas") -> models.Department:
        """A department of the city."""
        where = city or self.city
        return await models.Department.create(
            id=new_id(), city_id=where, code=code, name=f"Dinas {code}", region=await self.region(where)
        )

    async def buyer(
        self, city: str | None = None, *, classes: Mapping[str, str] | None = None, **columns: Any
    ) -> models.Buyer:
        """A member of the public of the city, unless told otherwise; with classes an ASN."""
        made: dict[str, Any] = {
            "id": new_id(),
            "city_id": city or self.city,
            "kind": "employee" if classes is not None else "public",
            "asn": classes is not None,
            "name": "Budi Utomo",
            "created_at": self.clock.at,
        }
        buyer = await models.Buyer.create(**(made | columns))
        for scheme, code in (classes or {}).items():
            await models.BuyerClass.create(
                id=new_id(), buyer_id=buyer.id, scheme=scheme, code=code, valid_from=date(2015, 1, 1)
            )
        return buyer


def as_buyer(buyer: models.Buyer) -> Actor:
    """One who buys for oneself."""
    return Actor(f"buyer-{buyer.id}", frozenset({Role.BUYER}), buyer.city_id, buyer=UUID(str(buyer.id)))


def as_vendor(vendor: models.Vendor) -> Actor:
    """Staff of a shop."""
    return Actor(f"vendor-{vendor.id}", frozenset({Role.VENDOR}), vendor.city_id, vendor=UUID(str(vendor.id)))


def as_officer(department: models.Department) -> Actor:
    """One who buys for a department."""
    key = UUID(str(department.id))
    return Actor(f"officer-{key}", frozenset({Role.OFFICER}), department.city_id, department=key)


def as_lurah(city: str, area: str) -> Actor:
    """The lurah (or camat) of an area."""
    return Actor(f"lurah-{area}", frozenset({Role.LURAH}), city, area=area)


def as_city_hall(city: str) -> Actor:
    """City hall."""
    return Actor(f"hall-{city}", frozenset({Role.CITY_HALL}), city)


def as_auditor(city: str) -> Actor:
    """An auditor of a city, who only reads."""
    return Actor(f"auditor-{city}", frozenset({Role.AUDITOR}), city)


def global_id(row: Any) -> str:
    """The opaque id by which the graph knows a row."""
    return to_global(type(row).__name__, row.id)


@asynccontextmanager
async def opened_world(settings: Settings, url: str, *, strict: bool = True) -> AsyncIterator[World]:
    """A world on a migrated database, in which a rule that fails raises unless it is not `strict`."""
    issuer, clock = Issuer.create(), Clock()
    whole = settings.model_copy(update={"database_url": url, "auth": issuer.auth()})
    market = replace(assemble(whole, clock), strict=strict)
    async with market.database:
        with market.database.bound():
            await take_in(market)
            yield World(market, application(market), issuer, clock)
