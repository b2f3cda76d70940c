"""Two processes for all tests under fire: starting them takes longer than most plays."""

from collections.abc import AsyncIterator

import pytest

from tests.fire.processes import Pair, started


@pytest.fixture(scope="session")
async def pair(anyio_backend: str) -> AsyncIterator[Pair]:
    """Two processes that play the clients of a test."""
    async with started() as one, started() as other:
        yield Pair(one, other)
