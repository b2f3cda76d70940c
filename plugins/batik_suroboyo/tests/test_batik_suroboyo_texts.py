"""Every sentence of the plugin is there in Indonesian, with the same placeholders; knows no decision."""

from pathlib import Path
from string import Formatter

import polib
import pytest

import batik_suroboyo
from batik_suroboyo import claims, licences, registry
from batik_suroboyo.motifs import motif_licence
from batik_suroboyo.rules import regulation

CATALOGUE = Path(batik_suroboyo.__file__).parent / "locale/id/LC_MESSAGES/batik_suroboyo.po"
RULES = (*regulation("month"), *regulation("year"), motif_licence)
REFUSALS = {
    claims.NO_CLAIM.message,
    claims.NOT_OF_THE_CITY,
    registry.UNKNOWN.message,
    licences.NONE,
    *licences.SENTENCES.values(),
}
SENTENCES = sorted({sentence for rule in RULES for sentence in (rule.title, *rule.messages.values())} | REFUSALS)


def placeholders(sentence: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_each_sentence_is_translated_with_the_same_placeholders(sentence: str) -> None:
    entry = polib.pofile(str(CATALOGUE)).find(sentence)

    assert entry is not None, f"add to {CATALOGUE.name}: msgid {sentence!r}"
    assert entry.msgstr
    assert placeholders(entry.msgstr) == placeholders(sentence)


def test_the_catalogue_holds_nothing_that_nothing_says() -> None:
    translated = {entry.msgid for entry in polib.pofile(str(CATALOGUE))}

    assert translated == set(SENTENCES)
