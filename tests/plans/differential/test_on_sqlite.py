"""Compiled reads on SQLite."""

from pathlib import Path

import pytest
from tests.plans.differential.agreeing import agree

from peken.testing.templates import Templates

# Where a field fails, graphql-core now and then leaves behind what it had begun beside it.
LEFT_BEHIND = "ignore:coroutine '(Executor|GraphQLCoreConverter).*never awaited:RuntimeWarning"


@pytest.mark.filterwarnings(LEFT_BEHIND)
@pytest.mark.engines("sqlite")
async def test_all_answers_are_the_same(market_templates: Templates, engine: str, tmp_path: Path) -> None:
    await agree(market_templates, engine, tmp_path)
