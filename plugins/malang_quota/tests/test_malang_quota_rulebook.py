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
    Moment,
    Outcome,
    Rulebook,
    RuleFaults,
    Vendor,
    message_of,
    weigh,
)
from peken.texts import Texts

CITY = "35.73"
NOVEMBER = Day.on(date(2026, 11, 16))
ASN = Buyer(kind="employee", asn=True, classes=(("golongan", "III/c"),))
UMKM = Vendor(kind="umkm", region="35.73.02.1001", verified=True)
KEY = ("malang.quota", "sri", "2026-11")


def rulebook(**settings: object) -> Rulebook:
    hooks = load({CITY: ["malang_quota"]}, {"malang_quota": settings}).for_city(CITY)
    return Rulebook(
        Chapter(plugin.name, plugin.version, given, chosen=given.chosen)
        for plugin, given in hooks.give(hookspecs.regulations)
    )


def delivery(
    *amounts: int, buyer: Buyer = ASN, vendor: Vendor = UMKM, duty: Duty | None = None, channel: str = "app"
) -> Case:
    keys = [LineKeys(f"line-{n}", f"product-{n}", "shop", "sri", "order") for n in range(len(amounts))]
    facts: dict[type[Fact], dict[str, Fact]] = {
        Line: {key.line: Line(amount, channel=channel) for key, amount in zip(keys, amounts, strict=True)},
        Vendor: {"shop": vendor},
        Buyer: {"sri": buyer},
        Duty: {"sri": duty} if duty else {},
    }
    return Case(NOVEMBER, tuple(keys), facts)


def delivered(case: Case, before: int = 0) -> tuple[Decision, ...]:
    return weigh(rulebook().moves(case, Moment.DELIVERED, strict=True), {KEY: before})


def test_the_minimum_is_met_exactly_at_the_floor() -> None:
    case = delivery(150_000, 50_000)

    [decision] = delivered(case, before=300_000)

    assert decision.outcome is Outcome.ALLOW
    assert decision.values["after"] == decision.values["floor"] == 500_000
    assert decision.values["remaining"] == 0


def test_one_rupiah_short_is_not_met() -> None:
    case = delivery(199_999)

    [decision] = delivered(case, before=300_000)

    assert decision.values["remaining"] == 1


def test_it_counts_when_delivered_and_not_when_placed() -> None:
    case = delivery(200_000)

    moves = rulebook().moves(case, Moment.PLACED, strict=True)

    assert moves == ()


def test_a_verified_purchase_outside_of_the_app_counts() -> None:
    case = delivery(200_000, channel="evidence")

    [decision] = delivered(case)

    assert decision.values["amount"] == 200_000


@pytest.mark.parametrize(
    "vendor",
    [
        Vendor(kind="umkm", region="35.78.02.1001", verified=True),
        Vendor(kind="umkm", region="35.73.02.1001", verified=False),
        Vendor(kind="kelontong", region="35.73.02.1001", verified=True),
    ],
    ids=["other city", "unverified", "kelontong"],
)
def test_other_vendors_move_nothing(vendor: Vendor) -> None:
    assert delivered(delivery(200_000, vendor=vendor)) == ()


def test_who_is_no_asn_is_not_counted() -> None:
    assert delivered(delivery(200_000, buyer=Buyer(kind="public"))) == ()


def test_who_joined_within_the_month_owes_for_the_days_served_rounded_down() -> None:
    case = delivery(duty=Duty(served=((date(2026, 11, 20), None),)))

    target = rulebook().target("malang.quota", "sri", case.facts, NOVEMBER, strict=True)

    assert target is not None
    assert (target.floor, target.days_owed, target.days) == (183_333, 11, 30)
    assert (target.first, target.after) == (date(2026, 11, 1), date(2026, 12, 1))


def test_who_left_before_the_month_owes_nothing_in_it() -> None:
    case = delivery(duty=Duty(served=((date(2020, 1, 1), date(2026, 11, 1)),)))

    target = rulebook().target("malang.quota", "sri", case.facts, NOVEMBER, strict=True)

    assert target is not None
    assert target.floor == 0


def test_an_exempt_month_is_owed_in_no_part() -> None:
    exempt = (("malang.quota", date(2026, 11, 1), date(2026, 12, 1)),)
    case = delivery(duty=Duty(served=((date(2020, 1, 1), None),), exempt=exempt))

    target = rulebook().target("malang.quota", "sri", case.facts, NOVEMBER, strict=True)

    assert target is not None
    assert target.floor == 0


@pytest.mark.parametrize(("chosen", "floor"), [("flat", 500_000), ("golongan", 200_000), ("tpp", 2_000_000)])
def test_a_setting_chooses_the_table(chosen: str, floor: int) -> None:
    buyer = Buyer(kind="employee", asn=True, classes=(("golongan", "I/b"), ("tpp", "3")))

    target = rulebook(minimum=chosen).target("malang.quota", "sri", {Buyer: {"sri": buyer}}, NOVEMBER, strict=True)

    assert target is not None
    assert target.floor == floor


def test_a_table_that_is_not_there_refuses_the_start_and_names_those_that_are() -> None:
    with pytest.raises(RuleFaults, match="flat, golongan, tpp; chosen is guess"):
        rulebook(minimum="guess")


def test_a_setting_that_is_not_known_refuses_the_start() -> None:
    with pytest.raises(PluginFaults, match="malang_quota"):
        rulebook(maximum="flat")


def test_the_decision_carries_the_source_of_the_amount() -> None:
    [decision] = delivered(delivery(200_000))

    assert decision.mark == "S"
    assert "500,000" in decision.source


def test_the_buyer_is_told_what_remains_in_both_languages() -> None:
    book = rulebook()
    [decision] = weigh(book.moves(delivery(200_000), Moment.DELIVERED, strict=True), {})
    folder = Path(load({CITY: ["malang_quota"]}).plugins[0].directory)
    texts = Texts([folder / "locale"])

    said = {
        language: texts.say(message_of(book.rules["malang.quota"], decision), language, decision.values)
        for language in ("id", "en")
    }

    assert "Still to be spent: Rp300.000" in said["en"]
    assert "Sisa yang masih perlu dibelanjakan: Rp300.000" in said["id"]
