"""A foreign city: rice by weight, of which the lowest class is exempt; a fair, which has no dates and is not today."""

from peken.hookspecs import hookimpl
from peken.rules import MONTH, Buyer, Line, Obligation, Regulations, Window


def weight(line: Line) -> int:
    return line.measure


def rice(buyer: Buyer) -> int | None:
    if not buyer.asn or ("golongan", "I/a") in buyer.classes:
        return None
    if ("golongan", "I/b") in buyer.classes:
        raise ValueError("nobody said what I/b owes")
    return 10_000 if ("golongan", "IV/a") in buyer.classes else 5_000


@hookimpl
def regulations() -> Regulations:
    return Regulations(
        (
            Obligation(
                code="lumbung.rice",
                cites="Book of Rice",
                title="Rice of the month",
                subject="buyer",
                window=MONTH,
                counts=weight,
                floor=rice,
                unit="g",
                messages={"counts_towards": "Towards {floor}."},
            ),
            Obligation(
                code="lumbung.fair",
                cites="Book of Fairs",
                subject="buyer",
                window=Window("fair", key=lambda day: "fair" if day.date.month == 8 else None),
                counts=weight,
                floor=rice,
                unit="g",
                messages={"counts_towards": "Towards {floor}."},
            ),
        ),
    )
