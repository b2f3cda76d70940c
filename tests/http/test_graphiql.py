"""The page: complete by itself, strict, and at work in a real browser."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from starlette.types import ASGIApp
from websockets.sync.client import ClientConnection, connect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REQUIRED = "chromium" in os.environ.get("PEKEN_REQUIRE", "").split(",")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
]
HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

# Waits in the page itself until an expression is true, so that no test has to guess how long.
WAIT = """new Promise((done) => {
  const look = () => { if (%s) done(true); else requestAnimationFrame(look); };
  look();
})"""
RESULT = "document.querySelector('.result-window .CodeMirror')?.CodeMirror"
# The variables have an editor in the same place, hidden.
HEADERS = "document.querySelector('[aria-label=Headers] .graphiql-editor:not(.hidden) .CodeMirror')?.CodeMirror"


class Tab:
    """One page of a browser, driven by its own protocol; keeps what it asked for and complained about."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line
        self.session: str | None = None
        self.count = 0
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        self.line.send(json.dumps({**message, "sessionId": self.session} if self.session else message))
        while True:
            answer: dict[str, Any] = json.loads(self.line.recv(timeout=240))
            if answer.get("id") == self.count:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def open(self, address: str) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=address)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(json.loads(self.line.recv(timeout=240)))

    def wait(self, expression: str) -> None:
        self.run(WAIT % expression)

    def run(self, expression: str) -> None:
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True)
        assert "exceptionDetails" not in done, done

    def told(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") == method]


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    command = [str(CHROMIUM), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            told = (re.search(r"DevTools listening on (ws://\S+)", line) for line in process.stderr)
            address = next(found[1] for found in told if found)
            with connect(address, max_size=None, proxy=None) as line:
                yield Tab(line)
        finally:
            process.terminate()


@pytest.fixture
def page(build: Callable[..., ASGIApp], serving: Callable[[ASGIApp], Any], tmp_path: Path) -> Iterator[Any]:
    if CHROMIUM is None:
        assert not REQUIRED, "PEKEN_REQUIRE asks for chromium and there is none"
        pytest.skip("no chromium on this machine")
    with serving(build()) as (host, port), browser(tmp_path) as tab:
        yield tab, f"http://{host}:{port}"


def test_the_page_runs_a_query_in_a_browser_without_any_other_address(page: tuple[Tab, str]) -> None:
    tab, origin = page
    tab.open(f"{origin}/graphql?query=" + quote('{ hello(name: "browser") }'))

    tab.wait("document.querySelector('button.graphiql-execute-button')")
    tab.run("document.querySelector('button.graphiql-execute-button').click()")
    tab.wait(f"{RESULT}?.getValue().includes('hello browser')")

    asked = [event["request"]["url"] for event in tab.told("Network.requestWillBeSent")]
    assert [url for url in asked if not url.startswith((f"{origin}/", "data:"))] == []
    assert tab.told("Runtime.exceptionThrown") == []
    assert [entry for entry in tab.told("Log.entryAdded") if entry["entry"]["level"] == "error"] == []


def test_a_token_typed_under_headers_is_sent(page: tuple[Tab, str]) -> None:
    tab, origin = page
    tab.open(f"{origin}/graphql?query=" + quote("{ me }"))

    tab.wait(HEADERS)
    tab.run(f'{HEADERS}.setValue(\'{{"Authorization": "Bearer reader"}}\')')
    tab.run("document.querySelector('button.graphiql-execute-button').click()")
    tab.wait(f"{RESULT}?.getValue().includes('Wati')")

    posted = [event["request"] for event in tab.told("Network.requestWillBeSent")]
    assert posted[-1]["headers"]["Authorization"] == "Bearer reader"


@pytest.mark.anyio
async def test_a_browser_gets_the_page_with_a_strict_policy(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/graphql?query={hello}", headers=HTML)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert re.findall(r"(?:https?:)?//[a-z]", answer.text) == []


@pytest.mark.anyio
async def test_every_file_the_page_names_is_there(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/graphql", headers=HTML)
    named = re.findall(r'(?:src|href)="(/[^"]+)"', answer.text)

    found = [(await client.get(path)).status_code for path in named]

    assert found == [200] * 6


@pytest.mark.anyio
async def test_without_the_page_browsers_are_answered_like_everybody(build: Callable[..., ASGIApp]) -> None:
    transport = httpx2.ASGITransport(build(graphiql=False))
    async with httpx2.AsyncClient(transport=transport, base_url="http://library") as client:
        answer = await client.get("/graphql?query={hello}", headers=HTML)

    assert answer.json()["data"] == {"hello": "hello world"}
