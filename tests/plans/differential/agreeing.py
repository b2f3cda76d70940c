"""Compiled reads answer what ordinary execution answers: thousands of documents, byte for byte, for everybody."""

import gc
from pathlib import Path

from tests.plans.differential.comparing import Trial
from tests.plans.differential.market import quiet, twins

from peken.actors import Role
from peken.testing.templates import Templates

DOCUMENTS = 1_500
"""On each engine; more of them by the command of this folder."""
COMPILED = 0.6
"""The part of them that is to be compiled, at least."""
OFTEN = 20
"""How often every readable field is to be selected on each engine, at least."""

_OF_EXECUTION = "(Executor|GraphQLCoreConverter)"
LEFT_BEHIND = (
    f"ignore:coroutine '{_OF_EXECUTION}.*never awaited:RuntimeWarning",
    f"ignore:Exception ignored in. <coroutine object {_OF_EXECUTION}:pytest.PytestUnraisableExceptionWarning",
)
"""Where a field fails, graphql-core now and then leaves behind what it had begun beside it."""


async def agree(market_templates: Templates, engine: str, tmp_path: Path) -> None:
    """Asks all documents in both ways on an engine. Each engine has a file, so that two workers share the work."""
    with quiet():
        async with twins(market_templates, engine, tmp_path) as found:
            trial = Trial(found, seed=20_261)
            await trial.prepare()

            await trial.run(DOCUMENTS)
    gc.collect()  # what was left behind is this test's, and not of whichever comes next

    assert not trial.differences, "\n".join(map(str, trial.differences))
    assert not trial.faults, "\n".join(map(str, trial.faults))
    assert trial.asked == DOCUMENTS, trial.summary
    assert trial.compiled >= COMPILED * DOCUMENTS, trial.summary
    assert not [*trial.missed(OFTEN)], ", ".join(trial.missed(OFTEN))
    assert {role for caller in trial.twins.callers for role in caller.roles} == set(Role)
