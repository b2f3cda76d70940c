"""`peken token`: a token again."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from peken.actors import Role
from peken.cli.folder import DemoFolder
from peken.tokens import Verifier

Run = Callable[..., Result]


def test_a_token_is_printed_again_and_speaks_for_the_person(demo_folder: Path, peken: Run) -> None:
    verifier = Verifier(DemoFolder(demo_folder).issuer().auth())

    result = peken("token", "--as", "cityhall", "--folder", str(demo_folder))

    assert result.exit_code == 0
    assert Role.CITY_HALL in verifier.verify(result.stdout.strip()).roles


def test_an_unknown_name_lists_those_there_are(demo_folder: Path, peken: Run) -> None:
    result = peken("token", "--as", "nobody", "--folder", str(demo_folder))

    assert result.exit_code == 1
    assert result.stderr.startswith("unknown_person: ")
    assert "asn-surabaya" in result.stderr


def test_without_a_demo_there_is_no_token(peken: Run) -> None:
    result = peken("token", "--as", "cityhall")

    assert result.exit_code == 1
    assert result.stderr.startswith("no_demo: ")


def test_a_spoilt_list_of_people_is_told(demo_folder: Path, peken: Run) -> None:
    (demo_folder / "personas.json").write_text("[]")

    result = peken("token", "--as", "cityhall", "--folder", str(demo_folder))

    assert result.exit_code == 1
    assert result.stderr.startswith("no_demo: ")
