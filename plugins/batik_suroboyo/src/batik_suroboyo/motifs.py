"""The motifs of Batik Suroboyo and what may be said of a product that claims one; knows no motif by name.

Source: press reports on Batik Suroboyo. The motifs, with source and mark of each, are in motifs.toml.
"""

import datetime as dt
from typing import ClassVar, Final, Literal

from peken.rules import Check, Code, Fact, Product, Row, Table, Text, Verdict, notice, refuse, warn

BATIK: Final = "batik"
"""The category that batik stands in, and the word by which other goods say that they are batik."""

Right = Literal["registered", "unknown", "free"]


class Motif(Row, frozen=True, kw_only=True):
    """A motif in the registry. What is not known of it is left out: nothing stands for it."""

    code: Code
    name: Text
    right: Right
    """`registered`: a copyright is registered; `free`: anybody may use it; `unknown`: nobody has said."""
    creator: str = ""
    holder: str = ""
    """Who holds the right, where that is known; often not the creator."""
    number: str = ""
    """Number of the registration."""
    registered_on: dt.date | None = None

    @property
    def words(self) -> frozenset[str]:
        """The words of its name, as texts are searched by."""
        return frozenset("".join(c if c.isalnum() else " " for c in self.name.casefold()).split())


class Claim(Fact, frozen=True):
    """That a product is said to bear a motif."""

    of: ClassVar[str] = "product"
    motif: str
    licensed: bool
    """Whether its maker holds a licence for it that day."""


def motif_of(motifs: Table[Motif], code: str) -> Motif | None:
    """The motif of a code that is in the registry that day."""
    return next((motif for motif in motifs.rows if motif.code == code), None)


def claimed(product: Product, claim: Claim | None, motifs: Table[Motif]) -> Verdict | None:
    """A registered motif needs a licensed maker. Words alone prove nothing: `Sparkling` is a word like others."""
    if claim is None:
        return _named(product, motifs)
    motif = motif_of(motifs, claim.motif)
    if motif is None:
        return warn("motif_left_registry", motif=claim.motif)
    if claim.licensed or motif.right == "free":
        return None
    if motif.right == "unknown":
        return warn("right_unknown", motif=motif.name)
    return refuse("maker_not_licensed", motif=motif.name)


def _named(product: Product, motifs: Table[Motif]) -> Verdict | None:
    if BATIK not in product.words | product.categories:
        return None
    names = [motif.name for motif in motifs.rows if motif.right == "registered" and motif.words <= product.words]
    return notice("motif_named", motif=", ".join(sorted(names))) if names else None


motif_licence: Final = Check(
    code="surabaya.motif-licence",
    cites="Batik Suroboyo: motifs with a registered copyright are made under a licence of the holder",
    title="Motifs of Batik Suroboyo",
    messages={
        "maker_not_licensed": "The motif {motif} is protected, and no licence of this maker is on record that is valid "
        "today. City hall enters licences; until then no product of this maker can claim it.",
        "right_unknown": "Nobody has said yet whether the motif {motif} is protected. It may be claimed for now.",
        "motif_left_registry": "The motif {motif} is no longer in the registry.",
        "motif_named": "The text speaks of {motif}, and a motif of that name is protected. If this is that motif, "
        "claim it; if it is just a word, there is nothing to do.",
    },
    on="listing",
    judge=claimed,
)
