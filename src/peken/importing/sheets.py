"""Reads a file of rows, CSV or XLSX, as text; refuses to know what the rows mean."""

import csv
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from peken.errors import Objection, PekenError
from peken.importing.lines import Line
from peken.importing.nouns import Columns

MOST_BYTES: Final = 64 * 2**20
MOST_UNPACKED: Final = 512 * 2**20
MOST_ROWS: Final = 200_000
_PERSONAL: Final = frozenset({"nik", "nip", "ktp", "kk", "noktp", "nonik", "nonip", "nokk"})
Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file below its header; blank ones are left out."""

    columns: frozenset[str]
    lines: tuple[Line, ...]

    @property
    def wrongs(self) -> list[Objection]:
        """All that was found wrong so far, by row."""
        return [wrong for line in self.lines for wrong in line.wrongs]


def read_sheet(file: Path, columns: Columns) -> Sheet:
    """Reads the whole file. Raises PekenError `bad_file`, `bad_columns` or `personal_numbers`."""
    rows = _rows(file)
    number, first = next(rows, (0, ()))
    if not number:
        raise bad_file(file, "there are no rows in it")
    header = [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in first]
    while header and not header[-1]:
        header.pop()
    _check(file, header, columns)
    lines: list[Line] = []
    for number, cells in rows:
        if len(lines) == MOST_ROWS:
            raise bad_file(file, f"there are more than {MOST_ROWS} rows in it")
        lines.append(_line(number, header, cells))
    return Sheet(frozenset(header), tuple(lines))


def bad_file(file: Path, what: str) -> PekenError:
    """The failure of a file that cannot be read at all."""
    return PekenError("bad_file", "{file}: {what}", file=file.name, what=what)


def _check(file: Path, header: Sequence[str], columns: Columns) -> None:
    if personal := [name for name in header if not _PERSONAL.isdisjoint(re.split(r"[^a-z]+", name))]:
        message = "{file}: personal numbers are not imported: take the column {columns} out of the file."
        raise PekenError("personal_numbers", message, file=file.name, columns=", ".join(personal))
    if missing := [name for name in columns.needed if name not in header]:
        message = "{file}: there is no column {columns}."
        raise PekenError("bad_columns", message, file=file.name, columns=", ".join(missing))
    if unknown := [name or "?" for name in header if name not in columns.all]:
        message = "{file}: the column {columns} is not known here; these are: {known}."
        known = ", ".join(columns.all)
        raise PekenError("bad_columns", message, file=file.name, columns=", ".join(unknown), known=known)
    if twice := {name for name in header if header.count(name) > 1}:
        message = "{file}: the column {columns} is there twice."
        raise PekenError("bad_columns", message, file=file.name, columns=", ".join(sorted(twice)))


def _line(number: int, header: Sequence[str], cells: Cells) -> Line:
    padded = [*cells, *[""] * (len(header) - len(cells))]
    line = Line(number, dict(zip(header, padded, strict=False)))
    if any(cells[len(header) :]):
        line.object("", Objection("bad_row", "This row has more cells than the header."))
    line.look_for_slips()
    return line


def _rows(file: Path) -> Iterator[tuple[int, Cells]]:
    """The rows that are not blank, with their numbers as a spreadsheet shows them."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise bad_file(file, f"it is larger than {MOST_BYTES // 2**20} MiB")
        with file.open("rb") as stream:
            packed = stream.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise bad_file(file, f"cannot be read: {error.strerror}") from None
    rows = _of_workbook(file) if packed or file.suffix.casefold() == ".xlsx" else _of_text(file)
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if any(cells):
            yield number, cells


def _of_text(file: Path) -> Iterator[Cells]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            delimiter = ";" if first.count(";") > first.count(",") else ","
            yield from csv.reader(stream, delimiter=delimiter, strict=True)
    except UnicodeDecodeError:
        raise bad_file(file, "it is neither XLSX nor CSV in UTF-8") from None
    except (OSError, csv.Error) as error:
        raise bad_file(file, f"cannot be read: {error}") from None


def _of_workbook(file: Path) -> Iterable[Cells]:
    # Imported late: only a spreadsheet needs it.
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise bad_file(file, f"unpacked it is larger than {MOST_UNPACKED // 2**20} MiB")
        # As a stream: of a path it would mind the ending.
        with file.open("rb") as stream, warnings.catch_warnings():
            # Of what a spreadsheet holds beside its cells, and we do not want.
            warnings.simplefilter("ignore")
            return _of_sheet(file, load_workbook(stream, read_only=True, data_only=True).worksheets[0])
    except PekenError:
        raise
    except Exception as error:
        # What a parser meets in a spoilt file it tells by every kind of exception there is.
        raise bad_file(file, "it is not a whole XLSX file") from error


def _of_sheet(file: Path, sheet: Any) -> list[Cells]:
    # What a file says of its own size may be wrong.
    sheet.reset_dimensions()
    rows: list[Cells] = []
    for row in sheet.iter_rows(values_only=True):
        if len(rows) > MOST_ROWS:
            raise bad_file(file, f"there are more than {MOST_ROWS} rows in it")
        rows.append([_text(value) for value in row])
    return rows


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat()
    return str(value)
