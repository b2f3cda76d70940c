"""Rankings: who comes first, and why."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from peken.rules import Buyer, Candidate, Chapter, Day, Place, Product, Ranking, Rulebook, Vendor

ChapterOf = Callable[..., Chapter]


def near(vendor: Vendor, buyer: Buyer | None) -> Place:
    if buyer is None:
        return Place(9, because="no_address")
    if vendor.region == buyer.region:
        return Place(0, because="same_kelurahan")
    return Place(1 if vendor.region[:8] == buyer.region[:8] else 2, because="farther")


def cheap(product: Product, vendor: Vendor) -> Place:
    return Place(0, len(product.category))


def odd(vendor: Vendor) -> Place:
    if vendor.kind == "umkm":
        raise ZeroDivisionError
    return "first"  # type: ignore[return-value]


NEAR = Ranking(code="a.near", cites="law", place=near, only_best_tier=True)
VENDORS = {
    "far": Vendor("kelontong", region="35.78.02.1001"),
    "near": Vendor("kelontong", region="35.78.01.1002"),
    "same": Vendor("umkm", region="35.78.01.1001"),
}
BUYER = {"b": Buyer("employee", region="35.78.01.1001")}


def of(*vendors: str) -> list[Candidate]:
    return [Candidate(vendor, buyer="b") for vendor in vendors]


def test_the_unsold_come_first_and_it_is_said_why(surabaya: Rulebook, sample: Any, today: Day) -> None:
    sales = {"busy": sample.sales(1), "never": sample.sales(None), "idle": sample.sales(90)}
    candidates = [Candidate(vendor) for vendor in sales]

    ranked = surabaya.rank("surabaya.unsold", candidates, {sample.sales: sales}, today, strict=True)

    assert [(each.vendor, place.because) for each, place in ranked] == [
        ("never", "never_sold"),
        ("idle", "days_since_last_order"),
        ("busy", "days_since_last_order"),
    ]


@pytest.mark.parametrize(
    ("there", "assigned"),
    [(("far", "near", "same"), ["same"]), (("far", "near"), ["near"]), (("far",), ["far"]), ((), [])],
)
def test_an_assignment_falls_back_when_nobody_is_nearer(
    chapter_of: ChapterOf, today: Day, there: tuple[str, ...], assigned: list[str]
) -> None:
    rulebook = Rulebook([chapter_of(NEAR)])

    ranked = rulebook.rank("a.near", of(*there), {Vendor: VENDORS, Buyer: BUYER}, today, strict=True)

    assert [each.vendor for each, _ in ranked] == assigned


def test_a_buyer_may_be_unknown(chapter_of: ChapterOf, today: Day) -> None:
    rulebook = Rulebook([chapter_of(NEAR)])

    ranked = rulebook.rank("a.near", [Candidate("far")], {Vendor: VENDORS}, today, strict=True)

    assert [place.because for _, place in ranked] == ["no_address"]


def test_products_are_ranked_with_their_vendors_and_equals_stay_as_they_came(chapter_of: ChapterOf, today: Day) -> None:
    rulebook = Rulebook([chapter_of(Ranking(code="a.cheap", cites="law", ranks="product", place=cheap))])
    products = {"p1": Product("bb"), "p2": Product("a"), "p3": Product("cc")}
    candidates = [Candidate("same", product) for product in products]

    ranked = rulebook.rank("a.cheap", candidates, {Product: products, Vendor: VENDORS}, today, strict=True)

    assert [each.product for each, _ in ranked] == ["p2", "p1", "p3"]


@pytest.mark.parametrize("mode", ["off", "shadow"])
def test_a_ranking_that_is_not_on_leaves_all_as_they_came(chapter_of: ChapterOf, today: Day, mode: str) -> None:
    text = f'[[rule]]\ncode = "a.near"\nmode = "{mode}"\nvalid_from = 2026-01-01\nsource = "s"\nmark = "O"'
    rulebook = Rulebook([chapter_of(NEAR, text=text)])

    ranked = rulebook.rank("a.near", of("far", "same"), {}, today, strict=True)

    assert [each.vendor for each, _ in ranked] == ["far", "same"]


def test_one_whose_rule_raises_comes_last_and_is_named(chapter_of: ChapterOf, today: Day) -> None:
    rulebook = Rulebook([chapter_of(replace(NEAR, only_best_tier=False))])
    heard: list[str] = []
    candidates = of("gone", "far", "same")

    ranked = rulebook.rank(
        "a.near",
        candidates,
        {Vendor: VENDORS, Buyer: BUYER},
        today,
        on_failure=lambda rule, error: heard.append(str(error)),
    )

    assert [(each.vendor, place.because) for each, place in ranked][-1] == ("gone", "rule_failed")
    assert heard == ["core:Vendor/gone was not given"]


def test_a_place_that_is_none_is_a_failure(chapter_of: ChapterOf, today: Day) -> None:
    rulebook = Rulebook([chapter_of(replace(NEAR, place=odd))])

    ranked = rulebook.rank("a.near", of("far", "same"), {Vendor: VENDORS}, today)

    assert {place.because for _, place in ranked} == {"rule_failed"}
    with pytest.raises(TypeError, match="which is no place"):
        rulebook.rank("a.near", of("far"), {Vendor: VENDORS}, today, strict=True)


def test_what_is_no_ranking_cannot_rank(surabaya: Rulebook, today: Day) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        surabaya.rank("surabaya.vendor-cap", [], {}, today)


@pytest.mark.parametrize("score", [0, -(2**47), 2**47 - 1, 10**14])
def test_a_place_as_a_number_keeps_tier_before_score(score: int) -> None:
    below, above = Place(3, score - 1).key, Place(3, score + 1).key

    assert below <= Place(3, score).key <= above
    assert Place(2, 2**60).key < below
    assert above < Place(4, -(2**60)).key


def test_the_place_of_a_rule_that_raised_fits_into_the_column_and_is_last() -> None:
    assert Place(16_382, 2**60).key < Place(2**31).key < 2**63
