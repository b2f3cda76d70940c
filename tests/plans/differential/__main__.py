"""Compares compiled reads with ordinary execution over many documents.

    python -m tests.plans.differential --documents 50000 --seed 7 --engine sqlite

Ends with 1 and shows the smallest document found, its variables, its caller and both answers where they differ.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.plans.differential.agreeing import OFTEN
from tests.plans.differential.comparing import Difference, Trial
from tests.plans.differential.market import asked, quiet, twins
from tests.plans.differential.minimising import minimised
from tests.plans.differential.writing import Question

from peken.testing.templates import Templates

SHOWN = 10
"""After so many differences it ends."""


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.plans.differential", description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=50_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="which")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite", help="on which database")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, Templates.in_folder(Path(name)) as templates, quiet():
        return asyncio.run(compare(templates, Path(name), wanted.engine, wanted.documents, wanted.seed))


async def compare(templates: Templates, folder: Path, engine: str, documents: int, seed: int) -> int:
    """0 if all answers were the same."""
    copy = folder / "copy"
    copy.mkdir()
    async with twins(templates, engine, copy) as found:
        say("The market is filled.")
        trial = Trial(found, seed)
        await trial.prepare()
        say("Every caller knows what it may ask for.")
        await trial.run(documents, progress(trial, documents), most=SHOWN)
        for difference in trial.differences:
            say(str(await smallest(trial, difference)))
        for fault in trial.faults[:SHOWN]:
            say(f"a plan failed, or an internal error: {await smallest(trial, fault)}")
        rarely = ", ".join(trial.missed(OFTEN))
        say(f"{trial.summary}\nselected less than {OFTEN} times: {rarely or 'none'}")
        return 1 if trial.differences or trial.faults else 0


async def smallest(trial: Trial, difference: Difference) -> Difference:
    """The same difference, or fault, in a smaller document."""
    found = difference

    async def differs(question: Question) -> bool:
        nonlocal found
        before = trial.twins.ways.get("failed", 0)
        ordinary = await asked(trial.twins.ordinary, question, difference.caller)
        compiled = await asked(trial.twins.compiled, question, difference.caller)
        failed = trial.twins.ways.get("failed", 0) > before or "internal_error" in ordinary.codes
        if not ordinary.codes.isdisjoint({"bad_document", "bad_variables"}) or (ordinary == compiled and not failed):
            return False
        found = Difference(question, difference.caller, ordinary, compiled)
        return True

    await minimised(difference.question, differs)
    return found


def progress(trial: Trial, documents: int) -> Callable[[int], None]:
    """Tells now and then how far it is."""
    began = last = time.monotonic()

    def tell(done: int) -> None:
        nonlocal last
        if time.monotonic() - last > 10:
            last = time.monotonic()
            say(f"{done} of {documents} documents in {last - began:.0f} s: {trial.summary}")

    return tell


def say(text: str) -> None:
    """A line of the command's answer."""
    print(text, flush=True)  # noqa: T201 - a command's answer


if __name__ == "__main__":
    sys.exit(main())
