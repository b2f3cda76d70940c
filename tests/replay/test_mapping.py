"""A mapping says what the columns of a file are; a slip in it is told with its key."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from tests.replay.files import refusal, written

from peken.errors import PekenError
from peken.replay import Account, FileMapping, mapping_of, read_purchases

TILL = """
currency = "EUR"
rupiah_per_unit = 17_250.75
one_shop = "Toko Kopi"
time_format = "%d.%m.%Y %H:%M"
delimiter = ";"
decimal = ","
encoding = "cp1252"

[columns]
buyer = "Kunde"
basket = "Bon"
product = "Artikel"
quantity = "Menge"
price = "Preis"
time = "Zeit"
"""
USUAL = {"Kunde": "Jürgen", "Bon": "1", "Artikel": "Kaffee", "Menge": "3", "Preis": "1,25", "Zeit": "29.10.2025 08:05"}


def mapping(folder: Path, text: str) -> FileMapping:
    file = folder / "till.toml"
    file.write_text(text)
    return mapping_of(str(file))


def till(folder: Path, *lines: Mapping[str, str]) -> Path:
    rows = [{**USUAL, **line} for line in lines]
    return written(folder / "till-lines.csv", rows, USUAL, encoding="cp1252", delimiter=";")


def marked(condition: str, reason: str = "marked") -> str:
    return f'{TILL}\n[[reject]]\nreason = "{reason}"\n{condition}\n'


def test_columns_numbers_times_and_letters_are_read_as_the_mapping_has_them(tmp_path: Path) -> None:
    file = till(tmp_path, {})

    found = read_purchases(file, mapping(tmp_path, TILL))

    [line] = found.lines
    assert (line.buyer, line.shop, line.product, line.quantity) == ("Jürgen", "Toko Kopi", "Kaffee", 3)
    assert (line.own, line.amount) == (Decimal("3.75"), 64_690)
    assert line.at.isoformat() == "2025-10-29T08:05:00"
    assert (found.account.currency, found.account.rate) == ("EUR", Decimal("17250.75"))


def test_a_rate_that_is_given_comes_before_that_of_the_mapping(tmp_path: Path) -> None:
    found = read_purchases(till(tmp_path, {}), mapping(tmp_path, TILL), rate=Decimal("0.5"))

    assert found.account.kept == Account(1, Decimal("3.75"), 2)


def test_a_column_may_tell_the_shop_and_the_amount_of_the_line(tmp_path: Path) -> None:
    text = TILL.replace('one_shop = "Toko Kopi"', "").replace("price =", "amount =") + 'shop = "Artikel"'

    [line] = read_purchases(till(tmp_path, {}), mapping(tmp_path, text)).lines

    assert (line.shop, line.own) == ("Kaffee", Decimal("1.25"))


@pytest.mark.parametrize(
    ("condition", "others"),
    [
        ('column = "Bon"\nstarts_with = "S"', {"Bon": "S1"}),
        ('column = "Kunde"\nequals = ""', {"Kunde": " "}),
        ('column = "Kunde"\nequals = "intern"', {"Kunde": "intern"}),
        ('column = "Preis"\nbelow = 0', {"Preis": "-0,01"}),
        ('column = "Preis"\nat_most = 0.05', {"Preis": "0,05"}),
        ('column = "Menge"\nbelow = 3', {"Menge": "2"}),
    ],
)
def test_marked_lines_are_rejected_with_the_reason_of_the_mapping(
    tmp_path: Path, condition: str, others: Mapping[str, str]
) -> None:
    file = till(tmp_path, {}, {"Bon": "2", **others})

    found = read_purchases(file, mapping(tmp_path, marked(condition)))

    assert [line.reason for line in found.lines] == [None, "marked"]
    assert found.account.balanced


def test_of_several_marks_the_first_is_the_reason_and_all_come_before_what_is_no_purchase_anyhow(
    tmp_path: Path,
) -> None:
    text = (
        marked('column = "Bon"\nstarts_with = "S"', "void")
        + marked('column = "Menge"\nbelow = 0', "returned")[len(TILL) :]
    )
    file = till(tmp_path, {"Bon": "S1", "Menge": "-1"}, {"Menge": "-1"}, {"Menge": "0"}, {"Preis": "-1"})

    found = read_purchases(file, mapping(tmp_path, text))

    assert [line.reason for line in found.lines] == ["void", "returned", "nothing_bought", "given_back"]


@pytest.mark.parametrize(("repeats", "reasons"), [("keep", [None, None, None]), ("reject", [None, "repeated", None])])
def test_a_line_that_repeats_another_is_kept_or_rejected_as_the_mapping_has_it(
    tmp_path: Path, repeats: str, reasons: list[str | None]
) -> None:
    file = till(tmp_path, {}, {"Preis": "1,250"}, {"Menge": "4"})

    found = read_purchases(file, mapping(tmp_path, f'repeats = "{repeats}"\n{TILL}'))

    assert [line.reason for line in found.lines] == reasons
    assert found.account.repeats == 1


PRODUCTS = """
[products]
beside = "articles"
product = "id"
name = "name"
category = "group"

[categories]
hot = "grocery.coffee_tea"
"""


def articles(folder: Path) -> Path:
    rows = [("Kaffee", "DON'T SLEEP  coffee ", "hot"), ("Kaffee", "check", "hot"), ("Tee", "", "cold")]
    columns = ("id", "name", "group")
    lines = [dict(zip(columns, row, strict=True)) for row in rows]
    return written(folder / "till-articles.csv", lines, columns, delimiter=";")


def test_products_are_named_by_the_file_beside_the_lines_its_first_row_counts(tmp_path: Path) -> None:
    articles(tmp_path)
    file = till(tmp_path, {}, {"Artikel": "Tee"}, {"Artikel": "Brot"})

    found = read_purchases(file, mapping(tmp_path, TILL + PRODUCTS))

    assert {key: (each.name, each.category) for key, each in found.products.items()} == {
        "Kaffee": ("Don't Sleep Coffee", "grocery.coffee_tea"),
        "Tee": ("", "grocery.snacks"),
    }
    assert found.account.undescribed == 1


def test_a_product_that_nobody_knows_is_a_fault_where_the_mapping_says_so(tmp_path: Path) -> None:
    articles(tmp_path)
    file = till(tmp_path, {}, {"Artikel": "Brot"})
    complete = mapping(tmp_path, TILL + PRODUCTS.replace('name = "name"', 'name = "name"\ncomplete = true'))

    known = refusal(file, complete)
    (tmp_path / "till-articles.csv").unlink()
    nowhere = refusal(file, complete)

    assert known == "till-lines.csv, line 3: product Brot is not in till-articles.csv"
    assert nowhere == "till-lines.csv, line 2: product Kaffee is not in any file of products"


def test_a_file_of_products_that_the_mapping_cannot_read_is_refused(tmp_path: Path) -> None:
    file = till(tmp_path, {})

    with pytest.raises(PekenError) as failure:
        read_purchases(file, mapping(tmp_path, TILL), products=articles(tmp_path))

    assert failure.value.code == "bad_mapping"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (TILL.replace("buyer", "customer"), ["columns.buyer: Field required", "columns.customer: Extra inputs"]),
        (TILL.replace("price =", "# "), ["columns: either amount (of the line) or price (of one piece) is needed"]),
        (TILL + 'amount = "Preis"', ["columns: either amount (of the line) or price"]),
        (TILL + 'shop = "Bon"', ["either columns.shop or one_shop is needed"]),
        (TILL.replace('"Kunde"', "7"), ["columns.buyer: Input should be a valid string"]),
        (TILL.replace("17_250.75", "0"), ["rupiah_per_unit: Input should be greater than 0"]),
        (TILL.replace("17_250.75", "true"), ["rupiah_per_unit: Input should be an instance of Decimal"]),
        (TILL.replace("17_250.75", '"many"'), ["rupiah_per_unit: Input should be an instance of Decimal"]),
        (TILL.replace("17_250.75", "nan"), ["rupiah_per_unit: Input should be a finite number"]),
        (TILL.replace("%d.%m.%Y %H:%M", "%H:%M"), ["time_format: this does not tell year, month and day"]),
        (TILL.replace("cp1252", "utf-16"), ["encoding: this is no encoding that holds ASCII"]),
        (TILL.replace("cp1252", "rot13"), ["encoding: this is no encoding that holds ASCII"]),
        (TILL.replace('";"', '";;"'), ["delimiter: Input should be"]),
        (f'category = "nowhere"\n{TILL}', ["category: there is no category 'nowhere'"]),
        (f'{TILL}\n[categories]\nhot = "nowhere"', ["categories.hot: there is no category 'nowhere'"]),
        (f"{TILL}\n[classes]\ngolongan = []", ["classes.golongan: Tuple should have at least 1 item"]),
        (marked('column = "Bon"'), ["reject #1: one of starts_with, equals, below and at_most is needed"]),
        (marked('column = "Bon"\nbelow = "0"'), ["reject #1.below: Input should be an instance of Decimal"]),
        (marked('column = "Bon"\nbelow = 0', "Not a word"), ["reject #1.reason: String should match pattern"]),
        ("columns = 3", ["columns: Input should be"]),
        ("[columns", ["it is not TOML"]),
        ("a = " + "[" * 100_000, ["it is not TOML"]),
    ],
)
def test_every_slip_is_told_with_file_and_key(tmp_path: Path, wrong: str, told: list[str]) -> None:
    with pytest.raises(PekenError) as failure:
        mapping(tmp_path, wrong)

    message = failure.value.message.format(**failure.value.values)
    assert failure.value.code == "bad_mapping"
    assert message.startswith("till.toml does not hold:\n")
    assert [each for each in told if each not in message] == []


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_mapping_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(PekenError) as failure:
        mapping_of(str(file))

    assert failure.value.code == "bad_mapping"
    assert str(failure.value).startswith("bad_mapping: mine.toml does not hold:")


def test_a_column_that_only_a_mark_speaks_of_has_to_be_there(tmp_path: Path) -> None:
    message = refusal(till(tmp_path, {}), mapping(tmp_path, marked('column = "Storno"\nequals = "x"')))

    assert message == "till-lines.csv, line 1: has no column Storno"


def test_another_reading_of_the_same_file_is_another_history(tmp_path: Path) -> None:
    file = till(tmp_path, {})
    texts = (TILL, TILL, f'repeats = "reject"\n{TILL}', TILL.replace("17_250.75", "1"))

    digests = [read_purchases(file, mapping(tmp_path, text)).digest for text in texts]

    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_the_mapping_in_the_manual_holds(tmp_path: Path) -> None:
    manual = Path(__file__).parents[2] / "docs" / "replay.md"
    example = manual.read_text().partition("```toml\n")[2].partition("```")[0]

    found = mapping(tmp_path, example)

    assert [key for key in FileMapping.model_fields if key not in found.model_fields_set] == []
