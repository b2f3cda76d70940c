"""One demo, made once by the real command, for all tests that look at one."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from peken.cli import app

BARE = {name: value for name, value in os.environ.items() if not name.startswith("PEKEN_") and name != "FORCE_COLOR"}


@dataclass
class Serving:
    """A command that serves, in a process of its own."""

    url: str
    said: str

    def ask(self, query: str, token: str = "") -> dict[str, Any]:
        """The body of the answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = httpx2.post(self.url, json={"query": query}, headers=headers, timeout=120)
        body: dict[str, Any] = answer.json()
        return body


@dataclass
class Ended(Serving):
    """How it ended."""

    code: int = 0
    errors: str = ""


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[Ended]:
    """`peken demo` on a free port; asked to end by SIGTERM when the block is over."""
    command = [sys.executable, "-m", "peken.cli", "demo", "--port", "0", "--folder", str(folder), *options]
    with (folder.parent / "errors").open("w+") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=BARE)
        assert process.stdout is not None
        try:
            said = ""
            for line in process.stdout:
                said += line
                if line.startswith("Peken serves "):
                    break
            found = re.search(r"^Peken serves (\S+)", said, re.MULTILINE)
            errors.seek(0)
            assert found, errors.read()
            serving = Ended(found[1], said)
            yield serving
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=120)
        errors.seek(0)
        serving.code, serving.errors = process.returncode, errors.read()


@dataclass
class FirstStart:
    """What the first start of a demo left behind, and what it answered."""

    folder: Path
    ended: Ended
    answers: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    """A demo that was made, asked every example it printed, and ended."""
    folder = tmp_path_factory.mktemp("cli") / "peken-demo"
    with demo(folder) as serving:
        example = re.compile(r"^# (\S+):.*\nTOKEN=(\S+)\ncurl .* -d '(.*)'$", re.MULTILINE)
        answers = {
            key: httpx2.post(
                serving.url,
                content=body,
                headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
                timeout=120,
            ).json()
            for key, token, body in example.findall(serving.said)
        }
    return FirstStart(folder, serving, answers)


@pytest.fixture
def demo_folder(first_start: FirstStart, tmp_path: Path) -> Path:
    """A demo of the test's own: its rows may be spoilt."""
    folder = shutil.copytree(first_start.folder, tmp_path / "peken-demo")
    kept = folder / "personas.json"
    kept.write_text(kept.read_text().replace(str(first_start.folder.resolve()), str(folder.resolve())))
    return folder


@pytest.fixture
def peken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Runs the command in this process, with no settings but those the test gives."""
    for name in set(os.environ) - set(BARE):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(words), env=environment, catch_exceptions=False)

    return run
