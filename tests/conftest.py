"""What all tests share."""

import logging
from collections.abc import Iterator

import pytest
import structlog

LONG = ("tests/plans/differential/", "tests/fire/", "tests/benchmarks/", "tests/cli/", "tests/replay/")
"""What takes longest, by folder: dealt out first, so that no worker is left alone with it in the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: next((rank for rank, each in enumerate(LONG) if each in item.nodeid), len(LONG)))


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
