"""The foreign city of these tests."""

import pytest
from tests.monitor.office import DISTS, Office, office

from peken.testing.world import World


@pytest.fixture(autouse=True)
def _lumbung_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DISTS))


@pytest.fixture
async def here(_lumbung_is_installed: None, market: World) -> Office:
    """An office in the middle of a month: Budi has done all, Ani and Dewi something."""
    found = await office(market)
    for name, kilograms in (("Budi", 5), ("Ani", 2), ("Dewi", 1)):
        await found.buys(name, kilograms)
    return found
