"""Compiled reads on PostgreSQL."""

from pathlib import Path

import pytest
from tests.plans.differential.agreeing import LEFT_BEHIND, agree

from peken.testing.templates import Templates


@pytest.mark.filterwarnings(*LEFT_BEHIND)
@pytest.mark.engines("postgres")
async def test_all_answers_are_the_same(market_templates: Templates, engine: str, tmp_path: Path) -> None:
    await agree(market_templates, engine, tmp_path)
