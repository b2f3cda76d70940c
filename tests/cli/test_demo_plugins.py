"""`peken demo --plugin`: an author's plugin in one of the demo's cities, also for the commands beside the demo."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.cli.conftest import demo
from typer.testing import Result

from peken.cli.folder import demo_settings
from peken.errors import PekenError

Run = Callable[..., Result]


def test_a_plugin_stands_beside_those_of_its_city(peken: Run, tmp_path: Path) -> None:
    folder = tmp_path / "demo"

    with demo(folder, "--plugin", "35.73=beras_tanggal_kembar") as serving:
        answer = serving.ask("{ cities { code } }")
        listed = peken("rules", "list", "--city", "35.73", "--folder", str(folder))

    assert len(answer["data"]["cities"]) == 2
    assert "malang.quota" in listed.stdout
    assert "tirta-kencana.rice" in listed.stdout


def test_a_plugin_is_named_once_however_often_it_is_asked_for() -> None:
    settings = demo_settings("sqlite://:memory:", {"35.73": ["malang_quota", "konsumsi_opd", "konsumsi_opd"]})

    plugins = {city.code: city.plugins for city in settings.cities}

    assert plugins == {"35.78": ("batik_suroboyo",), "35.73": ("malang_quota", "konsumsi_opd")}


def test_a_city_that_the_demo_does_not_have_is_refused() -> None:
    with pytest.raises(PekenError) as refused:
        demo_settings("sqlite://:memory:", {"99.71": ["konsumsi_opd"]})

    assert refused.value.code == "unknown_city"
    assert refused.value.values == {"known": "35.78, 35.73"}


@pytest.mark.parametrize("words", ["beras", "=beras", "35.73="])
def test_a_plugin_without_a_city_is_refused_before_anything_is_made(peken: Run, tmp_path: Path, words: str) -> None:
    result = peken("demo", "--port", "0", "--folder", str(tmp_path / "demo"), "--plugin", words)

    assert result.exit_code == 2
    assert "CITY=NAME" in result.stderr
    assert not (tmp_path / "demo" / "market.sqlite3").exists()
