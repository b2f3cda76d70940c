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


def test_a_key_set_is_looked_for_beside_the_file_that_names_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("PEKEN_SETTINGS", "../peken.toml")
    found = []
    for name in ("jwks.json", "keys/jwks.json", "/etc/peken/jwks.json"):
        file.write_text(f'auth.jwks_file = "{name}"\n{TOML}')
        found.append(Settings.from_environment().auth.jwks_file)
    monkeypatch.setenv("PEKEN_AUTH__JWKS_FILE", "jwks.json")
    told = Settings.from_environment().auth.jwks_file

    assert [path and path.resolve() for path in found] == [
        tmp_path / "jwks.json",
        tmp_path / "keys" / "jwks.json",
        Path("/etc/peken/jwks.json"),
    ]
    assert told == Path("jwks.json")


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
