"""Markets whose answers are good for a minute, so that no slow machine decides on a test; and a Redis to do harm to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.redis_server import OwnRedis, RedisNotFoundError

from peken.servers import required


@pytest.fixture(autouse=True)
def good_for_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEKEN_CACHE__SECONDS", "60")
    monkeypatch.setenv("PEKEN_CACHE__REDIS_TIMEOUT", "0.5")


@pytest.fixture(autouse=True)
def pier(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin whose fields can be asked for, where a test names it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "schema" / "dists" / "dermaga"))


@pytest.fixture
async def redis() -> AsyncIterator[OwnRedis]:
    """A Redis of this test's own."""
    server = OwnRedis()
    try:
        await server.start()
    except RedisNotFoundError:
        if required("redis"):
            raise
        pytest.skip("there is no redis-server here")
    yield server
    server.stop()
