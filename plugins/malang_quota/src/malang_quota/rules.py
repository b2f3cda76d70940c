"""The regulation of Kota Malang: what its civil servants spend with its UMKM. Refuses to know any amount.

Source: the founding article of the city's shopping application (every ASN spends a minimum on goods of the
city's UMKM each month) and press reports of 2022 and 2023. The regulation in force was never found; amounts,
with the source of each, are in parameters.toml.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from peken.rules import MONTH, Amount, Buyer, Line, Moment, Obligation, Rule, Table, Vendor

CITY: Final = "35.73"


class Minimum(Amount, frozen=True, kw_only=True):
    """What a class of civil servants spends at least in a month, in Rupiah."""

    schemes: ClassVar[Mapping[str, tuple[str, ...]]] = {"tpp": ("1", "2", "3")}


def of_the_city(vendor: Vendor) -> bool:
    """Whether this is one of the city's UMKM, as far as the city has looked at it."""
    return vendor.kind == "umkm" and vendor.verified and f"{vendor.region}.".startswith(f"{CITY}.")


def spent_at_home(line: Line, vendor: Vendor) -> int:
    """All that is bought from one of the city's UMKM counts, whatever it is."""
    return line.amount if of_the_city(vendor) else 0


def minimum(buyer: Buyer, table: Table[Minimum]) -> Minimum | None:
    """The row of the first of the buyer's classes that has one; only an ASN owes."""
    return table.find(*buyer.classes) if buyer.asn else None


quota: Final = Obligation(
    code="malang.quota",
    cites="Kota Malang: monthly shopping of civil servants (ASN) with the city's UMKM",
    title="Monthly shopping with the UMKM of Malang",
    messages={
        "counts_towards": "{amount:rp} counts towards this month's minimum of {floor:rp} with the UMKM of Malang. "
        "Still to be spent: {remaining:rp}."
    },
    subject="buyer",
    window=MONTH,
    at=Moment.DELIVERED,
    counts=spent_at_home,
    floor=minimum,
    evidence=True,
    prorate=True,
)

RULES: Final[tuple[Rule, ...]] = (quota,)
