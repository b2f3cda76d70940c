"""The market as an application: pages of other origins, and addresses that are none."""

from pathlib import Path

import httpx2
import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from peken import migrating
from peken.app import application, assemble, opened
from peken.database import Database
from peken.errors import PekenError
from peken.regions import serve_cities
from peken.testing.world import settings_for


@pytest.mark.parametrize(
    "url",
    ["hello", "mysql://a@b/c", "postgres://127.0.0.1:notaport/x", "postgres://127.0.0.1", "sqlite:", ""],
)
def test_an_address_that_is_no_database_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(PekenError) as told:
        Database(url, {})

    assert told.value.code == "bad_database_url"
    assert not told.value.values


async def test_a_page_of_a_known_origin_may_ask() -> None:
    market = assemble(settings_for({"35.73": []}, cors_origins=("http://localhost:5173",)))
    transport = httpx2.ASGITransport(app=application(market))

    async with market.database, httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        known = await client.options("/graphql", headers={"origin": "http://localhost:5173", **asked})
        other = await client.options("/graphql", headers={"origin": "http://elsewhere", **asked})

    assert known.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in other.headers


async def test_the_root_leads_to_the_graph() -> None:
    market = assemble(settings_for({"35.73": []}))
    transport = httpx2.ASGITransport(app=application(market))

    async with market.database, httpx2.AsyncClient(transport=transport, base_url="http://market") as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


async def test_a_web_socket_finds_nobody() -> None:
    market = assemble(settings_for({"35.73": []}))
    sent = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/graphql", "raw_path": b"/graphql", "root_path": "", "headers": []}
    async with market.database:
        await application(market)(scope, receive, send)

    assert [message["type"] for message in sent] == ["websocket.close"]


async def test_a_city_whose_region_nobody_knows_is_warned_of(tmp_path: Path) -> None:
    settings = settings_for({"35.99": [], "35.73": []})
    settings = settings.model_copy(update={"database_url": f"sqlite://{tmp_path}/market.sqlite3"})
    async with opened(settings) as market:
        await migrating.migrate(market.database)
        with capture_logs() as lines:
            await serve_cities(market)

    assert [(line["event"], line["city"]) for line in lines] == [("unknown_region", "35.99")]
