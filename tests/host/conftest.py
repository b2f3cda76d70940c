"""Distributions for these tests: folders with hand-written metadata, found as installed ones are."""

from collections.abc import Callable
from pathlib import Path

import pytest

DISTS = Path(__file__).parent / "dists"

Install = Callable[..., None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Make fixture distributions findable for the length of a test, as if pip had installed them."""

    def installed(*names: str) -> None:
        for name in names:
            monkeypatch.syspath_prepend(str(DISTS / name))

    return installed
