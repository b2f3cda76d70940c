"""Reads a file of purchases made elsewhere, by its mapping, and accounts for each line; knows no table.

A file that cannot be read is refused as a whole. A line that is no purchase (nothing bought, money given back, what the
mapping marks) is kept apart with its reason: kept and rejected are all lines, and all of their money.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

from peken.errors import PekenError
from peken.replay.cells import Cells, Line
from peken.replay.mapping import FileMapping, rate_of, shipped
from peken.replay.products import Described, described_by
from peken.replay.report import EXACT, Account, Reading, Unplaced
from peken.replay.rows import bad_file, rows_of


@dataclass(frozen=True, slots=True)
class Purchases:
    """All lines of a file that are looked at, by time and then as they stood."""

    lines: tuple[Line, ...]
    products: Mapping[str, Described]
    mapping: FileMapping
    account: Reading
    digest: str
    """Of the file and of how it was read."""

    def baskets(self) -> dict[str, list[Line]]:
        """The lines that are purchases by basket, in the order of time."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.reason is None:
                found.setdefault(line.basket, []).append(line)
        return found

    def rejected(self) -> list[Unplaced]:
        """The lines that are no purchases."""
        return [
            Unplaced(line.number, line.basket, line.amount, "rejected", line.reason)
            for line in self.lines
            if line.reason is not None
        ]


def read_purchases(
    file: Path,
    mapping: FileMapping | None = None,
    *,
    rate: Decimal | int | None = None,
    limit: int | None = None,
    products: Path | None = None,
) -> Purchases:
    """Reads and checks the whole file; keeps the first `limit` lines by time.

    Without a mapping it has the shape of the panel. `rate` (Rupiah per unit) comes before that of the mapping.
    Raises PekenError `bad_file`, `bad_mapping`, `bad_rate`.
    """
    mapping = mapping or shipped("panel")
    if (given := mapping.rupiah_per_unit if rate is None else rate) is None:
        raise PekenError(
            "bad_rate", "What is a unit of the file worth? Give --rupiah-per-unit, or say it in the mapping."
        )
    rate = rate_of(given)
    with localcontext(prec=EXACT):
        cells = Cells(mapping, rate)
        lines = _lines(file, mapping, cells)
        lines.sort(key=attrgetter("at"))
        lines = lines[:limit]
        known, described = described_by(products, file, mapping)
        account = _account(lines, mapping, rate)
        account.repeats = cells.repeats
        account.undescribed = _undescribed(file, mapping, known, described, lines)
    # Another reading of the same file is another history: its rows must not meet in one city.
    read_as = "/".join((_digest(file), mapping.model_dump_json(), str(rate.normalize()), str(limit)))
    return Purchases(tuple(lines), described, mapping, account, sha256(read_as.encode()).hexdigest())


def _lines(file: Path, mapping: FileMapping, cells: Cells) -> list[Line]:
    lines = []
    for number, row in rows_of(file, cells.columns, *mapping.form):
        try:
            lines.append(cells.line(number, row))
        except ValueError as error:
            raise bad_file(file, str(error), number) from None
    if not lines:
        raise bad_file(file, "there are no lines in it")
    return lines


def _undescribed(
    file: Path, mapping: FileMapping, known: Path | None, described: Mapping[str, Described], lines: Sequence[Line]
) -> int:
    """How many products nobody describes, where somebody describes any."""
    complete = mapping.products is not None and mapping.products.complete
    if known is None and not complete:
        return 0
    missing: dict[str, int] = {}
    for line in lines:
        if line.reason is None and line.product not in described:
            missing.setdefault(line.product, line.number)
    if missing and complete:
        product, number = next(iter(missing.items()))
        where = known.name if known else "any file of products"
        raise bad_file(file, f"product {product} is not in {where}", number)
    return len(missing)


def _account(lines: Sequence[Line], mapping: FileMapping, rate: Decimal) -> Reading:
    """Counts each line among all, and by what becomes of it."""
    kinds: defaultdict[str | None, list[Line]] = defaultdict(list)
    for line in lines:
        kinds[line.reason].append(line)
    control, kept = _sum(lines), _sum(kinds.pop(None, []))
    rejected = {reason: _sum(found) for reason, found in kinds.items() if reason}
    rounding = control.amount - control.own * rate
    first, last = lines[0].at.date(), lines[-1].at.date()
    return Reading(mapping.currency, rate, first, last, control, kept, rejected, rounding)


def _sum(lines: Sequence[Line]) -> Account:
    own, amount = map(attrgetter("own"), lines), map(attrgetter("amount"), lines)
    return Account(len(lines), sum(own, Decimal(0)), sum(amount))


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        digest = sha256()
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
