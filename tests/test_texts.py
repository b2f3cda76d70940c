"""Every sentence the core says is there in Indonesian, and sentences are filled as people write; knows no rule."""

import ast
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Final

import polib
import pytest

import peken
from peken.rules import messages
from peken.texts import LANGUAGES, Texts, negotiate

ROOT: Final = Path(peken.__file__).parent
CATALOGUE: Final = ROOT / "locale/id/LC_MESSAGES/peken.po"
SPEAKERS: Final = {"PekenError": 1, "Objection": 1}
"""What is called with a sentence, and where among its arguments the sentence stands."""


def spoken_in(path: Path) -> Iterator[tuple[str, int]]:
    """Sentences a module refuses with, and their lines: written in the call, named, or passed by a caller."""
    tree = ast.parse(path.read_text("utf-8"))
    speakers = SPEAKERS | dict(passing_on(tree))
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (index := speakers.get(called(call))) is not None:
            sentence = argument(call, index)
            for text in written(sentence, tree, path) if sentence else ():
                yield text, call.lineno


def passing_on(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Functions of a module that refuse with a sentence their caller gives as `message`."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [each.arg for each in function.args.args if each.arg not in ("self", "cls")]
            given = [argument(call, 1) for call in ast.walk(function) if called(call) in SPEAKERS]
            if "message" in names and any(isinstance(node, ast.Name) and node.id == "message" for node in given):
                yield function.name, names.index("message")


def called(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", ""))


def argument(call: ast.AST, index: int) -> ast.expr | None:
    assert isinstance(call, ast.Call)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "message"]
    return next(iter([*named, *call.args[index : index + 1]]), None)


def written(node: ast.expr, tree: ast.AST, path: Path) -> list[str]:
    """The texts an expression can be; none for what another function says, which is looked at there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return written(node.body, tree, path) + written(node.orelse, tree, path)
    if isinstance(node, ast.Dict):
        return [text for value in node.values for text in written(value, tree, path)]
    if isinstance(node, ast.JoinedStr):
        return [composed(node, path)]
    name = node.value if isinstance(node, ast.Subscript) else node
    found = assigned(name.id, tree) if isinstance(name, ast.Name) else []
    return [text for value in found for text in written(value, tree, path)]


def composed(node: ast.JoinedStr, path: Path) -> str:
    """A sentence put together from constants of its module."""
    module = import_module(".".join((peken.__name__, *path.relative_to(ROOT).with_suffix("").parts)))
    parts = (part.value for part in node.values if isinstance(part, ast.Constant | ast.FormattedValue))
    return "".join(str(getattr(module, part.id)) if isinstance(part, ast.Name) else str(part) for part in parts)


def assigned(name: str, tree: ast.AST) -> list[ast.expr]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                found.append(node.value)
    return found


def all_spoken() -> dict[str, str]:
    """Every sentence of the core, and the first place that says it."""
    spoken = {
        text: "rules/messages.py"
        for said in (messages.COMMON, messages.RUPIAH, messages.UNITS)
        for text in said.values()
    }
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            for text, line in spoken_in(path):
                spoken.setdefault(text, f"{path.relative_to(ROOT)}:{line}")
    return spoken


def placeholders(sentence: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(sentence) if name is not None}


@pytest.fixture(scope="module")
def translations() -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE)).translated_entries()}


def test_every_sentence_of_the_core_is_translated(translations: dict[str, str]) -> None:
    missing = {text: place for text, place in all_spoken().items() if text not in translations}

    wanted = "\n".join(f'#: {place}\nmsgid "{text}"\nmsgstr ""\n' for text, place in missing.items())
    assert not missing, f"translate in {CATALOGUE.relative_to(ROOT)}:\n\n{wanted}"


def test_translations_have_the_placeholders_of_their_sentence(translations: dict[str, str]) -> None:
    wrong = {text: said for text, said in translations.items() if placeholders(text) != placeholders(said)}

    assert not wrong


def test_the_search_finds_sentences_in_each_form_they_are_written_in(tmp_path: Path) -> None:
    module = tmp_path / "shop.py"
    module.write_text(
        'TEXTS = {"a": "In a table."}\n'
        "def refuse(code, message): raise PekenError(code, message)\n"
        "def shut(why):\n"
        '    late = "Named before."\n'
        '    refuse("b", "Given to another.")\n'
        '    raise PekenError("c", "In the call, {n} times.", n=1)\n'
        '    raise PekenError("d", late if why else "In one case.")\n'
        "    raise PekenError(why, TEXTS[why])\n"
        '    Objection(code="e", message="By keyword.")\n'
        "    Objection(why.code, why.message)\n"
    )

    found = {text for text, _ in spoken_in(module)}

    assert found == {
        "In a table.",
        "Named before.",
        "Given to another.",
        "In the call, {n} times.",
        "In one case.",
        "By keyword.",
    }


def test_the_core_speaks_indonesian_and_english() -> None:
    texts = Texts()

    said = [texts.say("There is no such order.", language) for language in LANGUAGES]

    assert said == ["Pesanan tersebut tidak ada.", "There is no such order."]


def test_amounts_are_written_as_rupiah() -> None:
    assert Texts().say("{left:rp} of {all:rp}", "en", {"left": 0, "all": 1_500_000}) == "Rp0 of Rp1.500.000"


def test_grams_are_told_in_kilograms_with_the_comma_of_the_language() -> None:
    values = {"whole": 10_000, "short": 9_500, "all": 1_250_000}

    told = [Texts().say("{whole:kg}, {short:kg}, {all:kg}", language, values) for language in ("en", "id")]

    assert told == ["10 kg, 9.5 kg, 1250 kg", "10 kg, 9,5 kg, 1250 kg"]


@pytest.mark.parametrize("day", [date(2026, 8, 17), "2026-08-17"])
def test_days_are_written_in_the_language_of_the_sentence(day: object) -> None:
    texts = Texts()

    said = [texts.say("{day:date}", language, {"day": day}) for language in LANGUAGES]

    assert said == ["17 Agustus 2026", "17 August 2026"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_has_a_name_of_its_own(language: str) -> None:
    texts = Texts()

    said = {texts.say("{day:date}", language, {"day": date(2026, month, 1)}) for month in range(1, 13)}

    assert len(said) == 12


def test_a_value_that_is_missing_shows_as_a_question_mark() -> None:
    assert Texts().say("{amount:rp}, {day:date}, {name}", "en", {"name": None}) == "?, ?, ?"


def test_numbers_and_words_are_written_plainly() -> None:
    assert Texts().say("{count} {unit}", "id", {"count": 12, "unit": "kg"}) == "12 kg"


def test_a_sentence_that_no_catalogue_knows_stays_english() -> None:
    assert Texts().say("Nobody translated {what}.", "id", {"what": "this"}) == "Nobody translated this."


def test_the_catalogue_of_a_plugin_is_asked_too(tmp_path: Path) -> None:
    folder = tmp_path / "id/LC_MESSAGES"
    folder.mkdir(parents=True)
    entry = polib.POEntry(msgid="Wear batik on {day:date}.", msgstr="Kenakan batik pada {day:date}.")
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8"}
    catalogue.append(entry)
    catalogue.save(str(folder / "city.po"))

    said = Texts([tmp_path]).say("Wear batik on {day:date}.", "id", {"day": "2026-11-19"})

    assert said == "Kenakan batik pada 19 November 2026."


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "id"),
        ("en", "en"),
        ("id-ID,id;q=0.9,en;q=0.8", "id"),
        ("en-GB,en;q=0.9,id;q=0.8", "en"),
        ("id;q=0.4, en;q=0.6", "en"),
        ("de-DE,de;q=0.9,en;q=0.3", "en"),
        ("de-DE,ja", "id"),
        ("en;q=0", "id"),
        ("en;q=much", "id"),
        ("en;q=nan", "id"),
        ("en; q=0.9", "en"),
        ("id ; q=0.4 , EN ;q = 0.6", "en"),
        ("en;level=1;q=0.2, id;q=0.9", "id"),
        ("*", "id"),
    ],
)
def test_the_language_is_the_one_the_client_likes_best(accept: str, language: str) -> None:
    assert negotiate(accept) == language


def test_where_a_client_names_none_of_ours_the_setting_decides() -> None:
    assert negotiate("de", default="en") == "en"
