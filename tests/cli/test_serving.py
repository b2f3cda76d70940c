"""`peken serve`, `db`, `schema` and `plugins`: the market of the environment's settings."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import BARE
from typer.testing import Result

from peken import migrating
from peken.tokens import Issuer

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A city of one's own, with its rules, in an empty database, and a key that is nobody's demo."""
    (tmp_path / "jwks.json").write_text(json.dumps(Issuer.create(prefix="city-").public_jwks()))
    (tmp_path / "peken.toml").write_text(
        f"""
        database_url = "sqlite:///{tmp_path}/own.sqlite3"
        auth.jwks_file = "{tmp_path}/jwks.json"
        [[cities]]
        code = "35.73"
        name = "Malang"
        plugins = ["malang_quota"]
        """
    )
    return {"PEKEN_SETTINGS": str(tmp_path / "peken.toml")}


def test_a_migrated_market_is_served_until_it_is_told_to_end(peken: Run, environment: dict[str, str]) -> None:
    migrated = peken("db", "migrate", **environment)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "peken.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=BARE | environment)
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if "Application startup complete" in line:
                break
        else:
            pytest.fail("".join(said))
        answer = httpx2.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ cities { name } }"}, timeout=120)
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=120)[1]

    assert migrated.exit_code == 0
    assert answer.json()["data"] == {"cities": [{"name": "Malang"}]}
    assert process.returncode in (0, -signal.SIGTERM)
    logged = [json.loads(line) for line in rest.splitlines()]
    assert "Application shutdown complete." in [line["event"] for line in logged]
    assert any(line["event"] == "request" and line["status"] == 200 for line in logged)


def test_a_database_without_migrations_is_not_served(peken: Run, environment: dict[str, str]) -> None:
    result = peken("serve", "--port", "0", **environment)

    assert result.exit_code == 1
    assert result.stderr.startswith("not_migrated: ")


def test_a_demos_key_is_not_served(peken: Run, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text(json.dumps(Issuer.create().public_jwks()))

    result = peken("serve", "--port", "0", **environment)

    assert result.exit_code == 1
    assert result.stderr.startswith("demo_keys: ")


def test_settings_that_do_not_hold_are_listed_without_their_values(peken: Run) -> None:
    result = peken("serve", PEKEN_DATABASE_URL="postgres://me:secret@db/x", PEKEN_POOL_SIZE="none")

    assert result.exit_code == 1
    assert result.stderr.startswith("bad_settings: ")
    assert "  cities: " in result.stderr
    assert "  pool_size: " in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(("name", "text"), [("gone.toml", None), ("broken.toml", "= nothing")])
def test_a_settings_file_that_is_missing_or_broken_is_told(
    peken: Run, tmp_path: Path, name: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)

    result = peken("serve", PEKEN_SETTINGS=str(tmp_path / name))

    assert result.exit_code == 1
    assert result.stderr.startswith("bad_settings: ")


def test_every_fault_of_a_plugin_is_listed(peken: Run, environment: dict[str, str]) -> None:
    cities = [{"code": "35.73", "name": "Malang", "plugins": ["one_that_is_not", "nor_this"]}]

    result = peken("rules", "list", **environment, PEKEN_CITIES=json.dumps(cities))

    assert result.exit_code == 1
    assert "one_that_is_not: is not installed" in result.stderr
    assert "nor_this: is not installed" in result.stderr


def test_a_database_in_a_folder_that_is_not_there_is_told(peken: Run, environment: dict[str, str]) -> None:
    result = peken("db", "plan", **environment, PEKEN_DATABASE_URL="sqlite:////nowhere/at/all.sqlite3")

    assert result.exit_code == 1
    assert result.stderr == "database_unavailable: The database cannot be opened: unable to open database file\n"


def test_what_is_planned_is_applied_once(peken: Run, environment: dict[str, str]) -> None:
    planned = peken("db", "plan", **environment).stdout.split()

    applied = peken("db", "migrate", **environment).stdout.splitlines()

    assert "peken.0001_initial" in planned
    assert [line.split()[1] for line in applied] == planned
    assert peken("db", "migrate", **environment).stdout == "Nothing to apply.\n"
    assert peken("db", "plan", **environment).stdout == "Nothing to apply.\n"


def test_models_and_migrations_agree_without_any_settings(peken: Run) -> None:
    checked = peken("db", "check")

    made = peken("db", "make")

    assert (checked.exit_code, checked.stdout) == (0, "Models and migrations agree.\n")
    assert made.stdout == "Models and migrations agree.\n"


def test_a_difference_between_models_and_migrations_fails_the_check(
    peken: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def differ(database: object) -> list[str]:
        return ["peken: AddField"]

    monkeypatch.setattr(migrating, "check", differ)

    result = peken("db", "check")

    assert (result.exit_code, result.stdout) == (1, "peken: AddField\n")


def test_migrations_of_an_unknown_app_are_not_made(peken: Run, environment: dict[str, str]) -> None:
    result = peken("db", "make", "somebody", **environment)

    assert result.exit_code == 1
    assert result.stderr.startswith("unknown_app: ")


def test_the_schema_is_printed_with_and_without_settings(peken: Run, environment: dict[str, str]) -> None:
    without = peken("schema")

    own, core = peken("schema", **environment), peken("schema", "--core", **environment)

    assert "type Query {" in without.stdout
    assert "sectorTag" in own.stdout
    assert core.stdout == without.stdout


def test_plugins_are_listed_with_their_hooks_where_they_are_loaded(peken: Run, environment: dict[str, str]) -> None:
    result = peken("plugins", **environment)

    assert re.search(r"^malang_quota \S+  loaded in 35.73$", result.stdout, re.MULTILINE)
    assert re.search(r"^batik_suroboyo \S+  installed, not loaded$", result.stdout, re.MULTILINE)
    assert "  hooks: settings_model, regulations" in result.stdout


def test_plugins_are_listed_without_any_market(peken: Run) -> None:
    result = peken("plugins")

    assert result.exit_code == 0
    assert "installed, not loaded" in result.stdout


def test_help_and_version_import_no_market() -> None:
    code = (
        "import sys; from peken.cli import app; app(['--version'], standalone_mode=False); "
        "sys.exit([name for name in ('tortoise', 'strawberry', 'uvicorn') if name in sys.modules] or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=BARE, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("peken ")
