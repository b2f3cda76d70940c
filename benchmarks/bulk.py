"""Rows of a market of any size, written straight into the tables of either engine; measures nothing.

The same size gives the same rows on both engines. Goods are the demo's, each under one of many brands: a brand is on
some thirty products whatever the size, a word of a good on a fixed share of all.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import asyncpg  # type: ignore[import-untyped]

from peken.demo.sources import Good, categories, goods
from peken.market import Market
from peken.regions import serve_cities
from peken.search import terms_of

CITY: Final = "35.73"
RULE: Final = "malang.quota"
LISTINGS: Final = 5
"""Products of one vendor."""
DEPARTMENTS: Final = 200
SCALE: Final = 30
"""Products of one brand."""
_BEGAN: Final = datetime(2026, 1, 5, 2, tzinfo=UTC)
_KINDS: Final = (
    *("department", "vendor", "product", "variant", "buyer", "purchase", "orders", "order_line", "tally_balance"),
)
_SYLLABLES: Final = [consonant + vowel for consonant in "bdfghjklmnprstwyz" for vowel in "aeiou"]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are. `people` are civil servants, who buy what is bought."""

    products: int
    orders: int = 0
    people: int = 100

    @property
    def vendors(self) -> int:
        """Each sells `LISTINGS` products."""
        return self.products // LISTINGS


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of one table."""

    table: str
    columns: str
    rows: Iterable[Row]


def key(kind: str, number: int) -> str:
    """The key of a row, numbered from 0."""
    return f"019b{_KINDS.index(kind):04x}-0000-7000-8000-{number:012x}"


def moment(number: int) -> datetime:
    """When the product or order of a number was made."""
    return _BEGAN + timedelta(seconds=number)


def brand(number: int) -> str:
    """A made-up word."""
    word = ""
    while number or len(word) < 6:
        number, syllable = divmod(number, len(_SYLLABLES))
        word += _SYLLABLES[syllable]
    return word


def sheets(size: Size, homes: list[str], window: str) -> Iterator[Sheet]:
    """All rows. `homes` are kelurahan, `window` the one in which the people owe something."""
    yield Sheet("category", "code parent_code name name_en", _categories())
    yield Sheet("vendor", _VENDOR, (_vendor(n, homes) for n in range(size.vendors)))
    yield Sheet("product", _PRODUCT, (_product(n, size) for n in range(size.products)))
    yield Sheet("variant", _VARIANT, (_variant(n, size) for n in range(size.products)))
    yield Sheet("department", "id city_id code name region", (_department(n, homes) for n in range(DEPARTMENTS)))
    yield Sheet("buyer", _BUYER, (_buyer(n, homes) for n in range(size.people)))
    yield Sheet("tally_balance", _BALANCE, (_balance(n, window) for n in range(size.people)))
    yield Sheet("purchase", _PURCHASE, (_purchase(n, size) for n in range(size.orders)))
    yield Sheet("orders", _ORDER, (_order(n, size) for n in range(size.orders)))
    yield Sheet("order_line", _LINE, (_line(n, size) for n in range(size.orders)))


def _categories() -> list[Row]:
    return [(row.code, row.parent or None, row.name_id, row.name_en) for row in categories()]


_VENDOR: Final = "id city_id kind scale name region address verified_at terms created_at"


def _vendor(number: int, homes: list[str]) -> Row:
    name, at = f"Toko {brand(number * 31 + 11)}", moment(number)
    kind = "kelontong" if number % 3 else "umkm"
    terms = name.casefold()
    return (
        *(key("vendor", number), CITY, kind, "micro", name, homes[number % len(homes)], f"Jalan Ijen {number}"),
        *(at, terms, at),
    )


_PRODUCT: Final = (
    "id city_id vendor_id category_id name description own_production status price in_stock terms created_at updated_at"
)


def _good(number: int) -> Good:
    # Neighbouring numbers have nothing in common, so that no word gathers in one part of the table.
    return goods()[number * 2_654_435_761 % 2**32 % len(goods())]


def _mark(number: int, size: Size) -> str:
    return brand(number * 40_503 % max(1, size.products // SCALE))


@cache
def _stemmed(word: str) -> str:
    return terms_of(word)


def _product(number: int, size: Size) -> Row:
    good, mark, at = _good(number), _mark(number, size), moment(number)
    return (
        *(key("product", number), CITY, key("vendor", number // LISTINGS), good.category),
        *(f"{good.name} {mark}", good.description, number % 3 == 0, "active", _price(number), True),
        *(f"{good.terms} {_stemmed(mark)}", at, at),
    )


def _price(number: int) -> int:
    return 5_000 + number * 7_919 % 400 * 500


_VARIANT: Final = "id product_id name unit measure measure_unit price stock position active"


def _variant(number: int, size: Size) -> Row:
    good = _good(number)
    ids = (key("variant", number), key("product", number))
    return (*ids, "", good.unit, good.measure, good.measure_unit, _price(number), 10**9, 0, True)


def _department(number: int, homes: list[str]) -> Row:
    return (key("department", number), CITY, f"opd-{number}", f"Dinas {number}", homes[number % len(homes)])


_BUYER: Final = "id city_id kind asn name region department_id created_at"


def _buyer(number: int, homes: list[str]) -> Row:
    name, home = f"Pegawai {brand(number)}", homes[number % len(homes)]
    return (
        *(key("buyer", number), CITY, "employee", True, name, home),
        *(key("department", number % DEPARTMENTS), _BEGAN),
    )


_BALANCE: Final = "id city_id rule subject win value floor department_id classes"
_LADDER: Final = [f"{rank}/{step}" for rank in ("I", "II", "III", "IV") for step in "abcd"]


def _balance(number: int, window: str) -> Row:
    classes = f'[["golongan","{_LADDER[number % len(_LADDER)]}"]]'
    return (
        *(key("tally_balance", number), CITY, RULE, key("buyer", number), window),
        *(number * 7_919 % 150 * 5_000, 500_000, key("department", number % DEPARTMENTS), classes),
    )


_PURCHASE: Final = (
    "id city_id buyer_id actor idempotency_key payload_hash amount recipient_name recipient_region recipient_address "
    "note placed_at"
)


def _bought(number: int, size: Size) -> tuple[int, int, datetime]:
    """Which product, by whom, when."""
    product = number * 40_503 % size.products
    return product, number * 7_919 % size.people, moment(number)


def _purchase(number: int, size: Size) -> Row:
    product, person, at = _bought(number, size)
    buyer = key("buyer", person)
    return (
        *(key("purchase", number), CITY, buyer, f"loaded-{buyer}", str(number), f"{number:064x}", _price(product)),
        *("", "", "", "", at),
    )


_ORDER: Final = "id city_id purchase_id vendor_id buyer_id status amount reason placed_at delivered_at"


def _order(number: int, size: Size) -> Row:
    product, person, at = _bought(number, size)
    return (
        *(key("orders", number), CITY, key("purchase", number), key("vendor", product // LISTINGS)),
        *(key("buyer", person), "delivered", _price(product), "", at, at),
    )


_LINE: Final = "id order_id product_id variant_id name unit quantity unit_price amount"


def _line(number: int, size: Size) -> Row:
    product, _, _ = _bought(number, size)
    price, good = _price(product), _good(product)
    return (
        *(key("order_line", number), key("orders", number), key("product", product), key("variant", product)),
        *(f"{good.name} {_mark(product, size)}", good.unit, 1, price, price),
    )


async def load(market: Market, size: Size, window: str = "2026-01") -> None:
    """Fills a migrated, empty market, and leaves the engine knowing what it holds."""
    await serve_cities(market)
    found = await market.database.fetch(
        "SELECT code FROM region WHERE code LIKE $1 AND level = 4 ORDER BY code", f"{CITY}.%"
    )
    filled = sheets(size, [row["code"] for row in found], window)
    if market.database.dialect == "postgres":
        await _copy(market.settings.database_url, filled)
    else:
        _write(market.settings.database_url.removeprefix("sqlite:///"), filled)


async def _copy(url: str, filled: Iterator[Sheet]) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        for setting in ("session_replication_role = replica", "synchronous_commit = off"):
            await connection.execute(f"SET {setting}")
        await connection.execute("SET maintenance_work_mem = '512MB'")
        for sheet in filled:
            # Indexes that hold nothing unique are made after the rows, which is quicker.
            indexes = await connection.fetch(
                """SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS text FROM pg_index i
                     JOIN pg_class c ON c.oid = i.indexrelid
                    WHERE NOT i.indisunique AND i.indrelid = $1::text::regclass""",
                sheet.table,
            )
            for index in indexes:
                await connection.execute(f'DROP INDEX "{index["name"]}"')
            await connection.copy_records_to_table(sheet.table, records=sheet.rows, columns=sheet.columns.split())
            for index in indexes:
                await connection.execute(index["text"])
        await connection.execute("VACUUM ANALYZE")
        # Else the first to touch a page after the load would pay for its being written.
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _write(path: str, filled: Iterator[Sheet]) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        for sheet in filled:
            columns = sheet.columns.split()
            marks = ", ".join("?" * len(columns))
            text = f"INSERT INTO {sheet.table} ({', '.join(columns)}) VALUES ({marks})"
            indexes = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND sql LIKE 'CREATE INDEX%'",
                (sheet.table,),
            ).fetchall()
            for name, _ in indexes:
                connection.execute(f'DROP INDEX "{name}"')
            connection.executemany(text, map(_plain, sheet.rows))
            for _, made in indexes:
                connection.execute(made)
            connection.commit()
        connection.execute("ANALYZE")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.commit()
    finally:
        connection.close()


def _plain(row: Row) -> Row:
    """As the market itself writes it on SQLite."""
    return tuple(value.isoformat(" ") if isinstance(value, datetime) else value for value in row)
