"""Settings: read from the environment and from a file, each documented, faults told by name."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from peken.cli.settings import reference
from peken.settings import Settings

TOML = """
database_url = "sqlite://:memory:"
language = "en"
[[cities]]
code = "35.73"
name = "Malang"
plugins = ["malang_quota"]
[plugins.malang_quota]
minimum = "golongan"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "peken.toml"
    path.write_text(TOML)
    monkeypatch.setenv("PEKEN_SETTINGS", str(path))
    return path


def test_the_page_of_settings_is_that_of_the_code() -> None:
    page = Path(__file__).parent.parent / "docs" / "settings.md"

    assert page.read_text() == reference(Settings), "refresh it: peken settings > docs/settings.md"


def test_every_setting_says_what_it_is_for() -> None:
    rows = [line for line in reference(Settings).splitlines() if line.startswith("| `")]

    assert [row for row in rows if row.rstrip(" |").endswith(("required", "none", "see below", "`"))] == []


def test_a_file_is_read_and_the_environment_wins(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEKEN_LANGUAGE", "id")
    monkeypatch.setenv("PEKEN_LIMITS__DEPTH", "7")

    settings = Settings.from_environment()

    assert settings.cities[0].plugins == ("malang_quota",)
    assert settings.plugins == {"malang_quota": {"minimum": "golongan"}}
    assert (settings.language, settings.limits.depth) == ("id", 7)


@pytest.mark.parametrize(
    ("variable", "value", "where"),
    [
        ("PEKEN_LANGUAGE", "jv", "language"),
        ("PEKEN_LIMITS__DEPTH", "0", "limits.depth"),
        ("PEKEN_CITIES", '[{"code": "Malang", "name": "Malang"}]', "cities.0.code"),
        ("PEKEN_CITIES", '[{"code": "35.73", "name": "M", "timezone": "Asia/Malang"}]', "cities.0.timezone"),
    ],
)
def test_a_bad_setting_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, where: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ValidationError) as told:
        Settings.from_environment()

    assert where in [".".join(map(str, error["loc"])) for error in told.value.errors()]


def test_a_city_is_named_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = '{"code": "35.73", "name": "Malang"}'
    monkeypatch.setenv("PEKEN_CITIES", f"[{city}, {city}]")

    with pytest.raises(ValidationError, match="named twice"):
        Settings.from_environment()
