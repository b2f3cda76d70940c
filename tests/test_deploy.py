"""What deploy/ promises: a plain user, nothing written, nothing named that is not there. No engine runs in here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from peken.cli import app
from peken.cli.serve import grace
from peken.cli.settings import reference
from peken.settings import CitySettings, Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
ROOT = DEPLOY.parent
DEFAULT = Settings(database_url="sqlite://:memory:", cities=(CitySettings(code="35.73", name="Malang"),))


@pytest.fixture
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


@pytest.fixture
def dockerfile() -> list[list[str]]:
    """Its instructions, word by word."""
    joined = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.split() for line in joined.splitlines() if line and not line.startswith("#")]


def test_the_market_and_its_migration_may_do_nothing_but_serve(compose: dict[str, Any]) -> None:
    ours = [compose["services"][name] for name in ("peken", "migrate")]

    for service in ours:
        assert service["read_only"] is True
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert all(volume.endswith(":ro") for volume in service["volumes"])
        assert "privileged" not in service
        assert "user" not in service


def test_the_market_starts_when_all_it_stands_on_is_well(compose: dict[str, Any]) -> None:
    services = compose["services"]

    asked = {name: each["condition"] for name, each in services["peken"]["depends_on"].items()}

    well = "service_healthy"
    # Redis may be gone at any time, so nobody waits for it.
    redis = {"condition": "service_started", "required": False}
    assert asked == {"migrate": "service_completed_successfully", "postgres": well, "redis": redis["condition"]}
    assert services["peken"]["depends_on"]["redis"] == redis
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": well}}
    assert services["migrate"]["restart"] == "no"
    assert all("test" in services[name]["healthcheck"] for name in ("peken", "postgres", "redis"))


def test_only_the_proxy_of_the_same_machine_reaches_the_market_and_nobody_the_rows(compose: dict[str, Any]) -> None:
    services = compose["services"]

    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {"peken": ["127.0.0.1:8000:8000"]}
    assert compose["networks"]["data"] == {"internal": True}
    assert services["postgres"]["networks"] == services["redis"]["networks"] == ["data"]


def test_the_image_runs_as_a_plain_user_and_says_how_it_is(dockerfile: list[list[str]]) -> None:
    last = max(number for number, words in enumerate(dockerfile) if words[0] == "FROM")
    final = {words[0]: words[1:] for words in dockerfile[last:]}

    user = final["USER"][0].split(":")

    assert [int(part) > 0 for part in user] == [True, True]
    assert "HEALTHCHECK" in final
    assert "serve" in " ".join(final["CMD"])


def test_the_image_is_made_of_the_checkout_with_both_plugins(dockerfile: list[list[str]]) -> None:
    [install] = [" ".join(words) for words in dockerfile if "install" in words]
    copied = [
        word for words in dockerfile if words[0] == "COPY" and "--from=build" not in words for word in words[1:-1]
    ]

    asked = re.findall(r"(?<= )\./plugins/\w+|(?<= )\.(?= )", install)

    assert {str((ROOT / word).relative_to(ROOT)) for word in asked} == {".", *_plugins()}
    assert [word for word in copied if not (ROOT / word).exists()] == []
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    assert [word for word in copied if f"!{word}" not in kept] == []


def test_no_registry_is_named(compose: dict[str, Any], dockerfile: list[list[str]]) -> None:
    images = [service["image"] for service in compose["services"].values()]
    images += [words[1] for words in dockerfile if words[0] == "FROM"]

    assert [image for image in images if "/" in image] == []
    assert "index-url" not in (DEPLOY / "Dockerfile").read_text()


def test_requests_under_way_have_the_time_they_may_take(compose: dict[str, Any]) -> None:
    wanted = grace(DEFAULT)

    stop = compose["services"]["peken"]["stop_grace_period"]
    [unit] = re.findall(r"^TimeoutStopSec=(\d+)$", (DEPLOY / "peken.service").read_text(), re.MULTILINE)

    assert int(stop.removesuffix("s")) > wanted
    assert int(unit) > wanted


@pytest.mark.parametrize("file", sorted(path.name for path in DEPLOY.iterdir()))
def test_every_variable_is_a_setting(file: str) -> None:
    known = set(re.findall(r"`(PEKEN_\w+)`", reference(Settings)))

    named = set(re.findall(r"PEKEN_[A-Z_]+", (DEPLOY / file).read_text()))

    assert named - known == set()


def test_the_sample_settings_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEKEN_SETTINGS", str(DEPLOY / "peken.toml"))

    settings = Settings.from_environment()

    assert settings.cities[0].plugins == ("malang_quota",)
    assert settings.auth.jwks_file == Path("/etc/peken/jwks.json")


def test_every_option_of_the_units_is_one(dockerfile: list[list[str]]) -> None:
    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined]
    known = {option for parameter in serve.params for option in parameter.opts}
    unit = (DEPLOY / "peken.service").read_text()
    image = " ".join(next(words for words in dockerfile if words[0] == "CMD"))

    named = set(re.findall(r"--\w+", "".join(re.findall(r"^ExecStart=.*", unit, re.MULTILINE)) + image))

    assert "--fd" in named
    assert named - known == set()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    for name in ("peken.service", "peken.socket"):
        # It looks whether the programs are there, and on this machine the market is not installed.
        text = (DEPLOY / name).read_text().replace("/opt/peken/bin/peken", "/bin/true")
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def _plugins() -> set[str]:
    return {str(path.parent.relative_to(ROOT)) for path in ROOT.glob("plugins/*/pyproject.toml")}
