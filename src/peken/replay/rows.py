"""Reads a CSV file, gzipped or not, row by row, and names the line in which it breaks; knows no column's meaning."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import count
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from peken.errors import PekenError

MOST_LINES: Final = 5_000_000
LONGEST_LINE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
Row = tuple[str, ...]


def bad_file(file: Path, what: str, line: int | None = None) -> PekenError:
    """The failure of a file that cannot be replayed, with the place in it."""
    if line is None:
        return PekenError("bad_file", "{file}: {what}", file=file.name, what=what)
    return PekenError("bad_file", "{file}, line {line}: {what}", file=file.name, line=line, what=what)


def rows_of(
    file: Path, columns: Sequence[str], encoding: str = "utf-8", delimiter: str = ","
) -> Iterator[tuple[int, Row]]:
    """The cells of these columns, two or more, with the number of their line. Raises PekenError `bad_file`."""
    rows = _rows(file, encoding, delimiter)
    number, header = next(rows, (0, []))
    if not number:
        raise bad_file(file, "there are no lines in it")
    chosen = itemgetter(*_places(file, header, columns, number))
    width = len(header)
    for number, row in rows:
        if len(row) != width:
            raise bad_file(file, "has another number of values than there are columns", number)
        yield number, chosen(row)


def _places(file: Path, header: Sequence[str], columns: Sequence[str], number: int) -> list[int]:
    names = [name.strip() for name in header]
    if missing := [column for column in columns if column not in names]:
        raise bad_file(file, f"has no column {', '.join(missing)}", number)
    if twice := [column for column in columns if names.count(column) > 1]:
        raise bad_file(file, f"has the column {', '.join(twice)} twice", number)
    return [names.index(column) for column in columns]


def _rows(file: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Every row that is not blank; a file that breaks off tells where."""
    line = None
    try:
        with _opened(file) as stream:
            line = 1
            reader = csv.reader(_text(file, stream, encoding), delimiter=delimiter, strict=True)
            for row in reader:
                if row:
                    yield reader.line_num, row
                line = reader.line_num + 1
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise bad_file(file, f"cannot be read: {said}", line) from error


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    with file.open("rb") as stream:
        packed = stream.read(2) == _GZIP
    if packed or file.suffix == ".gz":
        # Lines are cut off in C then, which GzipFile does in Python.
        return io.BufferedReader(cast(Any, gzip.open(file, "rb")))
    return file.open("rb")


def _text(file: Path, stream: BinaryIO, encoding: str) -> Iterator[str]:
    for number in count(1):
        raw = stream.readline(LONGEST_LINE)
        if not raw:
            return
        if len(raw) == LONGEST_LINE or number > MOST_LINES:
            what = f"there are more than {MOST_LINES} lines, or one longer than {LONGEST_LINE} bytes"
            raise bad_file(file, what, number)
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            raise bad_file(file, f"is not text in {encoding}, as the mapping has it", number) from None
        yield text.removeprefix("\ufeff") if number == 1 else text
