"""The rule on motifs and the registry as plain functions and data; knows no database."""

from datetime import date
from pathlib import Path

import pytest

import batik_suroboyo.motifs
from batik_suroboyo.motifs import Claim, Motif, claimed, motif_licence
from peken.rules import Outcome, Product, Table, impurities, load_parameters
from peken.search import terms_of

FILE = Path(batik_suroboyo.motifs.__file__).with_name("motifs.toml")
ROWS = load_parameters(FILE, [Motif]).rows(Motif)
MOTIFS = Table(ROWS)
BATIK = Product(category="batik.cloth", categories=frozenset({"batik", "batik.cloth"}))


def batik(*words: str) -> Product:
    """Batik that is described by these words."""
    return Product(category=BATIK.category, categories=BATIK.categories, words=frozenset(words))


def names(right: str) -> set[str]:
    """The motifs of a right."""
    return {row.name for row in ROWS if row.right == right}


def test_the_registry_holds_what_the_sources_name_and_no_more() -> None:
    assert names("registered") == {
        "Sparkling",
        "Kintir-kintiran",
        "Abhi Boyo",
        "Gembili Wonokromo",
        "Kembang Bungur",
        "Remo Surabayan",
    }
    assert names("unknown") == {
        "Skena Surabaya",
        "Pesona Mangrove Wonorejo",
        "Banyu Semarak",
        "Tjap Toendjoengan",
        "Greget Rel Pasar Turi",
        "Suroboyoan",
    }
    assert names("free") == {"Semanggi", "Sawunggaling", "Cheng Ho", "Ujung Galuh", "Mangrove"}


def test_no_holder_number_or_day_of_a_registration_is_invented() -> None:
    designers = {row.name: row.creator for row in ROWS if row.creator}

    assert designers == {"Sparkling": "Arina Halimatul Anjani", "Kintir-kintiran": "Nuraini Farida"}
    assert {(row.holder, row.number, row.registered_on) for row in ROWS} == {("", "", None)}
    assert {(row.right, row.mark) for row in ROWS} == {("registered", "A"), ("unknown", "B"), ("free", "O")}


@pytest.mark.parametrize("motif", sorted(row.code for row in ROWS if row.right == "registered"))
def test_a_registered_motif_is_for_licensed_makers(motif: str) -> None:
    without = claimed(BATIK, Claim(motif, licensed=False), MOTIFS)
    licensed = claimed(BATIK, Claim(motif, licensed=True), MOTIFS)

    assert without is not None
    assert (without.outcome, without.code) == (Outcome.REFUSE, "maker_not_licensed")
    assert licensed is None


@pytest.mark.parametrize("motif", sorted(row.code for row in ROWS if row.right == "unknown"))
def test_a_motif_of_unknown_right_is_warned_of(motif: str) -> None:
    verdict = claimed(BATIK, Claim(motif, licensed=False), MOTIFS)

    assert verdict is not None
    assert (verdict.outcome, verdict.code) == (Outcome.WARN, "right_unknown")
    assert claimed(BATIK, Claim(motif, licensed=True), MOTIFS) is None


@pytest.mark.parametrize("motif", sorted(row.code for row in ROWS if row.right == "free"))
def test_a_free_motif_is_never_spoken_of(motif: str) -> None:
    assert claimed(BATIK, Claim(motif, licensed=False), MOTIFS) is None
    assert claimed(batik("kain", "batik", *motif.split("-")), None, MOTIFS) is None


def test_a_motif_that_left_the_registry_is_warned_of() -> None:
    verdict = claimed(BATIK, Claim("gone", licensed=False), MOTIFS)

    assert verdict is not None
    assert (verdict.outcome, verdict.code) == (Outcome.WARN, "motif_left_registry")


def test_words_bring_a_notice_where_all_of_a_name_stand_on_batik_that_claims_nothing() -> None:
    both = claimed(batik("sparkling", "remo", "surabayan"), None, MOTIFS)
    said = claimed(Product(category="bags", words=frozenset({"tas", "batik", "abhi", "boyo"})), None, MOTIFS)

    assert both is not None
    assert (both.outcome, both.values) == (Outcome.NOTICE, {"motif": "Remo Surabayan, Sparkling"})
    assert said is not None
    assert claimed(batik("remo"), None, MOTIFS) is None
    assert claimed(batik("skena", "surabaya"), None, MOTIFS) is None
    assert claimed(batik("sparkling"), Claim("semanggi", licensed=False), MOTIFS) is None
    assert claimed(Product(category="drinks", words=frozenset({"sparkling", "water"})), None, MOTIFS) is None


def test_names_are_found_in_texts_as_the_search_reads_them() -> None:
    unfound = [row.name for row in ROWS if not row.words <= set(terms_of(f"Kain {row.name} biru").split())]

    assert unfound == []


def test_each_verdict_has_its_sentence() -> None:
    codes = {"maker_not_licensed", "right_unknown", "motif_left_registry", "motif_named"}

    assert set(motif_licence.messages) == codes


def test_the_registry_is_empty_before_its_first_day() -> None:
    assert not any(row.in_force(date(2021, 6, 30)) for row in ROWS)


def test_the_rule_is_pure() -> None:
    assert impurities(Path(batik_suroboyo.motifs.__file__)) == []
