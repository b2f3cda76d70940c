"""The regulation as the city's rulebook weighs it, from the plugin's entry point on; knows no database."""

from datetime import date
from pathlib import Path

import pytest

from peken import hookspecs
from peken.hooks import PluginFaults
from peken.plugins.loading import load
from peken.rules import (
    Buyer,
    Case,
    Chapter,
    Day,
    Decision,
    Duty,
    Fact,
    Line,
    LineKeys,
    ListingKeys,
    Moment,
    Outcome,
    Product,
    Rulebook,
    RuleFaults,
    TallyKey,
    Vendor,
    message_of,
    weigh,
)
from peken.texts import Texts

CITY = "35.78"
NOVEMBER = Day.on(date(2026, 11, 16))
PUBLIC = Buyer(kind="public")
ASN = Buyer(kind="employee", asn=True, classes=(("golongan", "III/c"),))
CAMAT = Buyer(kind="employee", asn=True, classes=(("golongan", "III/d"), ("post", "camat")))
RICE = Product(category="staples.rice", categories=frozenset({"staples", "staples.rice"}))
SHOP = Vendor(kind="kelontong", region="35.78.08.1003", verified=True)
MANDATE: TallyKey = ("surabaya.mandate", "budi", "2026-11")
CAP: TallyKey = ("surabaya.vendor-cap", "shop", "2026-11")


def rulebook(**settings: object) -> Rulebook:
    hooks = load({CITY: ["batik_suroboyo"]}, {"batik_suroboyo": settings}).for_city(CITY)
    return Rulebook(
        Chapter(plugin.name, plugin.version, given, chosen=given.chosen)
        for plugin, given in hooks.give(hookspecs.regulations)
    )


def purchase(
    *amounts: int,
    buyer: Buyer = ASN,
    vendor: Vendor = SHOP,
    product: Product = RICE,
    duty: Duty | None = None,
) -> Case:
    keys = [LineKeys(f"line-{n}", "rice", "shop", "budi", "order") for n in range(len(amounts))]
    facts: dict[type[Fact], dict[str, Fact]] = {
        Line: {key.line: Line(amount) for key, amount in zip(keys, amounts, strict=True)},
        Product: {"rice": product},
        Vendor: {"shop": vendor},
        Buyer: {"budi": buyer},
        Duty: {"budi": duty} if duty else {},
    }
    return Case(NOVEMBER, tuple(keys), facts)


def delivered(case: Case, before: int = 0) -> tuple[Decision, ...]:
    return weigh(rulebook().moves(case, Moment.DELIVERED, strict=True), {MANDATE: before})


def placed(case: Case, before: int = 0, **settings: object) -> tuple[Decision, ...]:
    return weigh(rulebook(**settings).moves(case, Moment.PLACED, strict=True), {CAP: before})


def said(decision: Decision, language: str) -> str:
    [plugin] = load({CITY: ["batik_suroboyo"]}).plugins
    rule = rulebook().rules[decision.rule]
    return Texts([Path(plugin.directory) / "locale"]).say(message_of(rule, decision), language, decision.values)


def test_a_camat_has_done_the_duty_exactly_at_two_million() -> None:
    case = purchase(250_000, 250_000, buyer=CAMAT)

    [decision] = delivered(case, before=1_500_000)

    assert decision.values["after"] == decision.values["floor"] == 2_000_000
    assert decision.values["remaining"] == 0
    assert decision.mark == "B"


def test_a_camat_who_is_one_rupiah_short_has_not() -> None:
    [decision] = delivered(purchase(499_999, buyer=CAMAT), before=1_500_000)

    assert decision.values["remaining"] == 1


def test_what_other_asn_owe_is_marked_as_a_proposal() -> None:
    [decision] = delivered(purchase(100_000))

    assert decision.values["floor"] == 500_000
    assert decision.mark == "M"
    assert decision.source.startswith("Proposal")


def test_with_the_known_minimums_alone_only_the_camat_owes() -> None:
    book = rulebook(minimum="known")
    facts: dict[type[Fact], dict[str, Fact]] = {Buyer: {"budi": ASN, "camat": CAMAT}}

    targets = [book.target("surabaya.mandate", who, facts, NOVEMBER, strict=True) for who in ("budi", "camat")]

    assert targets[0] is None
    assert targets[1] is not None
    assert targets[1].floor == 2_000_000


def test_who_is_no_asn_owes_nothing() -> None:
    assert delivered(purchase(100_000, buyer=PUBLIC)) == ()


@pytest.mark.parametrize(
    "vendor",
    [
        Vendor(kind="kelontong", region="35.73.02.1001", verified=True),
        Vendor(kind="kelontong", region="35.78.08.1003", verified=False),
    ],
    ids=["other city", "unverified"],
)
def test_other_vendors_count_neither_towards_the_duty_nor_the_limit(vendor: Vendor) -> None:
    case = purchase(40_000_000, vendor=vendor)

    assert delivered(case) == ()
    assert placed(case) == ()


def test_goods_that_are_no_staples_do_not_count() -> None:
    batik = Product(category="batik.cloth", categories=frozenset({"batik", "batik.cloth"}))

    assert delivered(purchase(100_000, product=batik)) == ()


def test_who_joined_within_the_month_owes_for_the_days_served_rounded_down() -> None:
    case = purchase(buyer=CAMAT, duty=Duty(served=((date(2026, 11, 20), None),)))

    target = rulebook().target("surabaya.mandate", "budi", case.facts, NOVEMBER, strict=True)

    assert target is not None
    assert (target.floor, target.days_owed, target.days) == (733_333, 11, 30)
    assert (target.first, target.after) == (date(2026, 11, 1), date(2026, 12, 1))


def test_who_left_before_the_month_owes_nothing_in_it() -> None:
    case = purchase(duty=Duty(served=((date(2020, 1, 1), date(2026, 11, 1)),)))

    target = rulebook().target("surabaya.mandate", "budi", case.facts, NOVEMBER, strict=True)

    assert target is not None
    assert target.floor == 0


@pytest.mark.parametrize(
    "buyer",
    [PUBLIC, ASN, Buyer(kind="company"), Buyer(kind="department", department="dinkop")],
    ids=["public", "asn", "company", "department"],
)
def test_whoever_buys_it_is_the_shops_turnover(buyer: Buyer) -> None:
    [decision] = placed(purchase(400_000, 100_000, buyer=buyer))

    assert decision.outcome is Outcome.ALLOW
    assert decision.code == "within_cap"
    assert decision.values["remaining"] == 29_500_000


def test_the_limit_may_be_reached_to_the_rupiah() -> None:
    [decision] = placed(purchase(1_000_000), before=29_000_000)

    assert decision.outcome is Outcome.ALLOW
    assert decision.values["remaining"] == 0


def test_one_rupiah_over_the_limit_is_refused_with_what_is_left() -> None:
    [decision] = placed(purchase(1_000_001), before=29_000_000)

    assert decision.binding
    assert decision.code == "cap_reached"
    assert (decision.subject_kind, decision.subject, decision.window) == ("vendor", "shop", "2026-11")
    assert decision.values == {
        "amount": 1_000_001,
        "before": 29_000_000,
        "ceiling": 30_000_000,
        "remaining": 1_000_000,
        "over": 1,
        "unit": "rupiah",
    }


@pytest.mark.parametrize(
    ("before", "amount", "code"),
    [
        (23_000_000, 999_999, "within_cap"),
        (23_000_000, 1_000_000, "cap_near"),
        (24_000_000, 1_000_000, "within_cap"),
        (0, 30_000_000, "cap_near"),
    ],
    ids=["one Rupiah below 80 percent", "80 percent now", "80 percent before", "from nothing to the limit"],
)
def test_the_warning_at_80_percent_is_given_once(before: int, amount: int, code: str) -> None:
    [decision] = placed(purchase(amount), before=before)

    assert decision.code == code
    assert (decision.outcome is Outcome.WARN) == (code == "cap_near")


def test_the_refusal_says_what_how_much_and_until_when_in_both_languages() -> None:
    [decision] = placed(purchase(2_000_000), before=29_000_000)

    english, indonesian = said(decision, "en"), said(decision, "id")

    for amount in ("Rp30.000.000", "Rp29.000.000", "Rp1.000.000", "Rp2.000.000"):
        assert amount in english
        assert amount in indonesian
    assert "first day of next month" in english
    assert "tanggal 1 bulan depan" in indonesian


def test_the_window_of_the_limit_is_a_setting() -> None:
    [decision] = placed(purchase(31_000_000), vendor_cap_window="year")

    assert decision.window == "2026"
    assert "next year" in rulebook(vendor_cap_window="year").rules[decision.rule].messages["cap_reached"]


def test_a_listing_that_the_city_denies_is_refused() -> None:
    umkm = Vendor(kind="umkm", region="35.78.08.1003", verified=True)
    facts: dict[type[Fact], dict[str, Fact]] = {Product: {"rice": RICE}, Vendor: {"shop": umkm}}

    decision, motifs = rulebook().judge_listing(ListingKeys("rice", "shop"), facts, NOVEMBER, strict=True)

    assert decision.binding
    assert (motifs.rule, motifs.outcome) == ("surabaya.motif-licence", Outcome.ALLOW)
    assert (decision.rule, decision.code) == ("surabaya.listing", "not_own_production")


def test_on_thursday_the_market_says_what_to_wear() -> None:
    thursday = Day.on(date(2026, 11, 19))

    [decision] = rulebook().notices(thursday, strict=True)

    assert decision.outcome is Outcome.NOTICE
    assert said(decision, "id") == "Hari ini pegawai pemerintah kota mengenakan batik."


def test_minimums_that_are_not_there_refuse_the_start() -> None:
    with pytest.raises(RuleFaults, match="known, proposal; chosen is guess"):
        rulebook(minimum="guess")


def test_a_setting_that_does_not_fit_refuses_the_start() -> None:
    with pytest.raises(PluginFaults, match="vendor_cap_window"):
        rulebook(vendor_cap_window="week")
