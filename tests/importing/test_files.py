"""Files as they come: encodings, separators, spreadsheets, broken archives, columns that are not wanted."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from tests.importing.files import workbook, written

from peken.errors import PekenError
from peken.importing.nouns import Columns
from peken.importing.sheets import Sheet, read_sheet

COLUMNS = Columns(("key", "name"), ("price", "day", "flag"))


def cells(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    return [(line.number, dict(line.cells)) for line in sheet.lines]


def code_of(file: Path) -> str:
    with pytest.raises(PekenError) as caught:
        read_sheet(file, COLUMNS)
    assert file.name in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("comma", [",", ";"])
def test_csv_is_read_with_comma_or_semicolon_and_with_or_without_a_mark(tmp_path: Path, mark: str, comma: str) -> None:
    text = f'{mark}Key{comma} NAME \r\n1{comma}"Bu{comma}\nSari"\r\n\r\n2{comma} Toko é \r\n'

    sheet = read_sheet(written(tmp_path, text), COLUMNS)

    assert cells(sheet) == [(2, {"key": "1", "name": f"Bu{comma}\nSari"}), (4, {"key": "2", "name": "Toko é"})]
    assert sheet.wrongs == []


def test_a_spreadsheet_is_read_as_it_shows(tmp_path: Path) -> None:
    file = workbook(
        tmp_path,
        ("key", "name", "price", "day", "flag"),
        (1, "Beras", 75_000.0, datetime(2026, 3, 31), True),
        (),
        ("2", None, 1.5, date(2026, 4, 1), False),
    )

    sheet = read_sheet(file, COLUMNS)

    assert cells(sheet) == [
        (2, {"key": "1", "name": "Beras", "price": "75000", "day": "2026-03-31", "flag": "yes"}),
        (4, {"key": "2", "name": "", "price": "1.5", "day": "2026-04-01", "flag": "no"}),
    ]


def test_a_spreadsheet_is_known_by_its_content(tmp_path: Path) -> None:
    file = workbook(tmp_path, ("key", "name"), (1, "Beras")).rename(tmp_path / "rows.csv")

    assert len(read_sheet(file, COLUMNS).lines) == 1


def test_a_broken_archive_is_a_bad_file(tmp_path: Path) -> None:
    whole = workbook(tmp_path, ("key", "name"), (1, "Beras")).read_bytes()
    (tmp_path / "half.xlsx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.xlsx").write_text("key,name\n1,Beras\n")
    with zipfile.ZipFile(tmp_path / "other.xlsx", "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    with zipfile.ZipFile(tmp_path / "rows.xlsx") as good, zipfile.ZipFile(tmp_path / "xml.xlsx", "w") as spoilt:
        for name in good.namelist():
            content = good.read(name)
            spoilt.writestr(name, content[:-30] if "sheet1" in name else content)

    codes = [code_of(tmp_path / name) for name in ("half.xlsx", "text.xlsx", "other.xlsx", "xml.xlsx")]

    assert codes == ["bad_file"] * 4


def test_what_is_no_table_is_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes("key,name\n1,caf\xe9\n".encode("latin-1"))
    written(tmp_path, "\n \n", "empty.csv")
    written(tmp_path, 'key,name\n1,"open\n', "quote.csv")

    codes = [code_of(tmp_path / name) for name in ("latin.csv", "empty.csv", "quote.csv", "gone.csv")]

    assert codes == ["bad_file"] * 4


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("key", "bad_columns"),
        ("key,name,nmae", "bad_columns"),
        ("key,name,price,price", "bad_columns"),
        ("key,name,NIK", "personal_numbers"),
        ("key,name,No. KTP", "personal_numbers"),
        ("nip,name", "personal_numbers"),
    ],
)
def test_a_file_with_other_columns_is_refused(tmp_path: Path, header: str, code: str) -> None:
    assert code_of(written(tmp_path, f"{header}\n1,2,3,4\n")) == code


def test_cells_that_no_row_may_have_are_told_without_repeating_them(tmp_path: Path) -> None:
    digits = "9" * 16
    text = f"key,name\n{digits},Sari\n1,Sari 99999999 999999 9 999\n2,99999999 999999 9 999\n3,a\x00b\n4,#REF!\n5,a,b\n"

    wrongs = read_sheet(written(tmp_path, text), COLUMNS).wrongs

    assert [(wrong.code, wrong.path) for wrong in wrongs] == [
        ("personal_number", (2, "key")),
        ("personal_number", (4, "name")),
        ("bad_text", (5, "name")),
        ("bad_text", (6, "name")),
        ("bad_row", (7,)),
    ]
    assert not any(digits in repr(wrong) for wrong in wrongs)
