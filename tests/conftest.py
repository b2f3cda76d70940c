"""What all tests share."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def log_of_its_own() -> Iterator[None]:
    """A command that sets up the log of its process does so for that test alone: its stream is closed afterwards."""
    root = logging.getLogger()
    before, level, own = root.handlers[:], root.level, structlog.get_config()
    yield
    structlog.configure(**own)
    for handler in set(root.handlers) - set(before):
        if not type(handler).__module__.startswith("_pytest."):
            root.removeHandler(handler)
    root.setLevel(level)
