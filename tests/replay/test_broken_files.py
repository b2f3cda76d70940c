"""A file that is broken is refused with its name and the line, and nothing of it is kept."""

import csv
import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.replay.files import COLUMNS, USUAL, panel, refusal, written, zipped

from peken.errors import PekenError
from peken.replay import read_purchases

MANY = [{"product_id": str(number)} for number in range(5_000)]


def test_an_archive_that_was_cut_off_is_refused_where_it_ends(tmp_path: Path) -> None:
    whole = zipped(panel(tmp_path, *MANY))
    whole.write_bytes(whole.read_bytes()[:-4_000])

    message = refusal(whole)

    place, _, said = message.partition(": ")
    line = int(place.removeprefix("panel-lines.csv.gz, line "))
    assert 1_000 < line < 5_000
    assert said == "cannot be read: Compressed file ended before the end-of-stream marker was reached"


def test_an_archive_with_a_wrong_byte_is_refused(tmp_path: Path) -> None:
    whole = zipped(panel(tmp_path, *MANY))
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 0xFF
    whole.write_bytes(content)

    message = refusal(whole)

    assert message.startswith("panel-lines.csv.gz, line ")


def test_an_archive_by_its_name_alone_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv.gz"
    file.write_text("household_id,store_id\n")

    message = refusal(file)

    assert message == "lines.csv.gz, line 1: cannot be read: Not a gzipped file (b'ho')"


def test_an_archive_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(zipped(panel(tmp_path, {})).read_bytes())

    found = read_purchases(file, rate=1)

    assert len(found.lines) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there are no lines in it"),
        (b"\n\n", "there are no lines in it"),
        (b"\xff\xfe\x00household", "line 1: is not text in utf-8, as the mapping has it"),
        (b"PK\x03\x04\x14\x00\xff", "line 1: is not text in utf-8, as the mapping has it"),
        (",".join(COLUMNS).encode(), "there are no lines in it"),
        (",".join(COLUMNS).encode() + b'\n"900', "line 2: cannot be read: unexpected end of data"),
        (",".join((*COLUMNS, "quantity")).encode() + b"\n", "line 1: has the column quantity twice"),
        (b"0" * (2 << 20), "line 1: there are more than 5000000 lines, or one longer than 1048576 bytes"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(content)

    message = refusal(file)

    assert said in message
    assert message.startswith("lines.csv")


def test_a_file_of_another_encoding_is_refused_at_the_line_where_it_shows(tmp_path: Path) -> None:
    file = panel(tmp_path, *MANY, {"product_id": "café"}, *MANY)
    file.write_bytes(file.read_text().encode("cp1252"))

    message = refusal(file)

    assert message == "panel-lines.csv, line 5002: is not text in utf-8, as the mapping has it"


def test_a_byte_order_mark_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    file = panel(tmp_path, {})
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\r\n", b"\r\n\r\n"))

    found = read_purchases(file, rate=1)

    assert [line.number for line in found.lines] == [3]


def test_a_field_longer_than_csv_allows_is_refused(tmp_path: Path) -> None:
    file = panel(tmp_path, {"coupon_disc": "0" * (csv.field_size_limit() + 1)})

    message = refusal(file)

    assert message.startswith("panel-lines.csv, line 2: cannot be read: field larger than field limit")


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    messages = [refusal(tmp_path / "none.csv"), refusal(tmp_path)]

    assert messages == [
        "none.csv: cannot be read: No such file or directory",
        f"{tmp_path.name}: cannot be read: Is a directory",
    ]


@pytest.mark.parametrize("content", [b"product_id,department\n1,FUEL\n", b"\x1f\x8b broken", b"\xff"])
def test_a_broken_file_of_products_is_refused_as_well(tmp_path: Path, content: bytes) -> None:
    lines = panel(tmp_path, {})
    (tmp_path / "panel-products.csv").write_bytes(content)

    message = refusal(lines)

    assert message.startswith("panel-products.csv, line 1: ")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.one_of(
                    st.text(max_size=6),
                    st.integers().map(str),
                    st.decimals().map(str),
                    st.datetimes().map(lambda at: at.isoformat()),
                )
                for name in COLUMNS
            },
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_stands_in_the_cells_the_file_adds_up_or_is_refused(
    tmp_path: Path, lines: list[dict[str, str]]
) -> None:
    file = tmp_path / "fuzzed.csv.gz"
    plain = written(tmp_path / "fuzzed.csv", [{**USUAL, **line} for line in lines], encoding="utf-8")
    file.write_bytes(gzip.compress(plain.read_bytes()))

    accounts = []
    with suppress(PekenError):
        accounts.append(read_purchases(file, rate=15_000).account)

    assert all(account.balanced and account.control.lines == len(lines) for account in accounts)
