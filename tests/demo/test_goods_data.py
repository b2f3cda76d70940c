"""Holds the files of the demo to what the market expects of them; knows no database and no loading code."""

import csv
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

import pytest

DATA: Final = files("peken.demo") / "data"
UNITS: Final = frozenset(
    {"pcs", "pack", "bag", "bottle", "tray", "box", "kg", "litre", "pair", "sheet", "set", "jar", "can"}
    | {"bunch", "carton", "portion", "cylinder", "roll"}
)
SECTORS: Final = frozenset({"fashion", "kriya", "budaya", "makanan"})
NET_CONTENT: Final = re.compile(r"(?<![\w,])(\d+(?:,\d+)?) (kg|g|liter|ml)\b")
PIECES: Final = re.compile(r"\bisi (\d+)\b")
IN_BASE_UNIT: Final = {"kg": (1000, "g"), "g": (1, "g"), "liter": (1000, "ml"), "ml": (1, "ml")}

Row = dict[str, str]


def read_rows(name: str) -> list[Row]:
    return list(csv.DictReader((DATA / name).read_text(encoding="utf-8").splitlines()))


def content_by_name(name: str) -> tuple[str, str]:
    """What a name such as "Beras 2,5 kg" or "Air 220 ml isi 48" says of the content."""
    count = PIECES.search(name)
    pieces = int(count[1]) if count else 1
    found = NET_CONTENT.search(name)
    if found is None:
        return (str(pieces), "piece") if count else ("", "")
    factor, unit = IN_BASE_UNIT[found[2]]
    return str(int(Decimal(found[1].replace(",", ".")) * factor * pieces)), unit


def repeated(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]


@pytest.fixture(scope="module")
def goods() -> list[Row]:
    return read_rows("goods.csv")


@pytest.fixture(scope="module")
def categories() -> list[Row]:
    return read_rows("categories.csv")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    return tomllib.loads((DATA / "names.toml").read_text(encoding="utf-8"))


def leaves(categories: list[Row]) -> set[str]:
    return {row["code"] for row in categories} - {row["parent"] for row in categories}


def test_a_category_is_named_in_both_languages_and_stands_after_its_parent(
    categories: list[Row],
) -> None:
    codes = [row["code"] for row in categories]

    misplaced = [
        row["code"]
        for place, row in enumerate(categories)
        if row["parent"] != row["code"].rpartition(".")[0] or (row["parent"] and row["parent"] not in codes[:place])
    ]
    unnamed = [row["code"] for row in categories if not (row["name_id"].strip() and row["name_en"].strip())]

    assert (repeated(codes), misplaced, unnamed) == ([], [], [])


def test_there_are_at_least_three_hundred_goods_and_sixty_of_them_staples(goods: list[Row]) -> None:
    staples = [row for row in goods if row["category"].startswith("staples.")]

    assert len(goods) >= 300
    assert len(staples) >= 60


def test_no_two_goods_share_a_code_or_a_name(goods: list[Row]) -> None:
    codes = [row["code"] for row in goods]
    names = [row["name"].casefold() for row in goods]

    malformed = [code for code in codes if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)]

    assert (repeated(codes), repeated(names), malformed) == ([], [], [])


def test_every_leaf_category_has_goods_and_no_good_stands_elsewhere(goods: list[Row], categories: list[Row]) -> None:
    used = {row["category"] for row in goods}

    assert used == leaves(categories)


def test_a_price_is_a_plausible_number_of_whole_rupiah(goods: list[Row]) -> None:
    strange = [row["code"] for row in goods if not (row["price"].isdecimal() and 500 <= int(row["price"]) <= 5_000_000)]

    assert strange == []


def test_the_measure_agrees_with_the_content_that_the_name_tells(goods: list[Row]) -> None:
    wrong = [row["code"] for row in goods if (row["measure"], row["measure_unit"]) != content_by_name(row["name"])]

    assert wrong == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Beras Merah 5 kg", ("5000", "g")),
        ("Beras Merah 2,5 kg", ("2500", "g")),
        ("Gula 500 g", ("500", "g")),
        ("Minyak 1 liter", ("1000", "ml")),
        ("Air 600 ml", ("600", "ml")),
        ("Air Dus 220 ml isi 48", ("10560", "ml")),
        ("Telur isi 30", ("30", "piece")),
        ("Kertas A4 70 gsm", ("", "")),
        ("Tumpeng 10 Porsi", ("", "")),
    ],
)
def test_the_content_is_read_from_a_name(name: str, content: tuple[str, str]) -> None:
    assert content_by_name(name) == content


def test_goods_by_the_kilogram_and_litre_measure_exactly_that(goods: list[Row]) -> None:
    expected = {"kg": ("1000", "g"), "litre": ("1000", "ml")}

    wrong = [
        row["code"]
        for row in goods
        if row["unit"] in expected and (row["measure"], row["measure_unit"]) != expected[row["unit"]]
    ]

    assert wrong == []


def test_a_larger_pack_of_the_same_good_costs_more_but_not_more_per_unit(goods: list[Row]) -> None:
    packs: dict[str, list[tuple[int, int]]] = {}
    for row in goods:
        if row["measure"]:
            kind = PIECES.sub("", NET_CONTENT.sub("", row["name"])).strip() + "|" + row["measure_unit"]
            packs.setdefault(kind, []).append((int(row["measure"]), int(row["price"])))

    # A tenth of slack: retail prices are rounded to the next hundred or five hundred Rupiah.
    wrong = [
        kind
        for kind, sizes in packs.items()
        for (small, low), (large, high) in zip(sorted(sizes), sorted(sizes)[1:], strict=False)
        if not (low < high and high * small * 10 <= low * large * 11)
    ]

    assert wrong == []


def test_only_goods_that_a_small_business_makes_itself_have_a_sector(goods: list[Row]) -> None:
    inconsistent = [
        row["code"]
        for row in goods
        if row["seller"] not in {"kelontong", "umkm", "both"}
        or (row["sector"] != "" if row["seller"] == "kelontong" else row["sector"] not in SECTORS)
    ]
    sectors = {row["sector"] for row in goods} - {""}

    assert inconsistent == []
    assert sectors == SECTORS


def test_every_good_has_a_description_and_a_known_unit(goods: list[Row]) -> None:
    incomplete = [
        row["code"]
        for row in goods
        if row["unit"] not in UNITS or not re.fullmatch(r"[A-Z].{9,118}\.", row["description"])
    ]

    assert incomplete == []


@pytest.mark.parametrize(
    ("key", "least"),
    [
        ("given_names", 80),
        ("family_names", 60),
        ("kelontong_prefixes", 3),
        ("shop_words", 60),
        ("streets", 60),
    ],
)
def test_a_listedof_names_is_long_enough_and_repeats_nothing(names: dict[str, Any], key: str, least: int) -> None:
    words: list[str] = names[key]

    assert len(words) >= least
    assert repeated(words) == []
    assert [word for word in words if word != word.strip() or not word] == []


def test_each_sector_has_twenty_words_for_a_shop(names: dict[str, Any]) -> None:
    words: dict[str, list[str]] = names["umkm_words"]

    assert set(words) == SECTORS
    assert [sector for sector, listed in words.items() if repeated(listed)] == []
    assert min(len(listed) for listed in words.values()) >= 20


def test_both_cities_have_departments_with_codes_of_their_own(names: dict[str, Any]) -> None:
    departments: dict[str, list[dict[str, str]]] = names["departments"]

    codes = [entry["code"] for city in departments.values() for entry in city]

    assert set(departments) == {"surabaya", "malang"}
    assert min(len(city) for city in departments.values()) >= 20
    assert repeated(codes) == []
    assert all(entry["name"] for city in departments.values() for entry in city)
