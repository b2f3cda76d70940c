"""Rules and their parameters in the graph: city hall sets, auditors read, nobody else does either."""

from typing import Any

import pytest
from tests.parameters.versions import MALANG, RULE, SURABAYA, noon, version_id, wish

from peken import models, parameters
from peken.actors import Actor
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_lurah, as_vendor

pytestmark = pytest.mark.market({MALANG: ["malang_quota"], SURABAYA: ["batik_suroboyo"]})
HALL, AUDITOR = as_city_hall(MALANG), as_auditor(MALANG)
DATED = {"validFrom": "2026-04-01", "source": "SE 1", "mark": "A", "reason": "Anggaran baru"}
SET = """mutation ($input: SetParameterInput!, $dryRun: Boolean!) { setParameter(input: $input, dryRun: $dryRun) {
    ... on ParameterSet { written silentFrom version { id number setBy reason columns { name value } }
        ended { validFrom validTo columns { name value } } }
    ... on Refused { objections { code path message } } } }"""
MODE = """mutation ($input: SetRuleModeInput!) { setRuleMode(input: $input) {
    ... on ParameterSet { written version { number } } ... on Refused { objections { code path message } } } }"""
WITHDRAW = """mutation ($id: ID!) { withdrawParameter(id: $id, reason: "Salah ketik") {
    ... on ParameterVersion { number withdrawnBy withdrawnReason } ... on Refused { objections { code } } } }"""
RULES = """query ($on: Date) { rules(on: $on) { code kind plugin mode parameters title(lang: EN)
    modes { time columns { name value } }
    tables { name set rows { time validFrom validTo source mark columns { name value }
        version { number setBy reason } } } } }"""


def given(amount: str = "600000", **dated: Any) -> dict[str, Any]:
    columns = [{"name": "amount", "value": amount}]
    return {"plugin": "malang_quota", "table": "minimum", "columns": columns, "dated": DATED | dated}


async def set_row(market: World, wanted: dict[str, Any], actor: Actor = HALL, *, dry_run: bool = False) -> Any:
    answer = await market.ask(SET, {"input": wanted, "dryRun": dry_run}, actor=actor)
    return answer.data["setParameter"]


async def test_city_hall_sets_an_amount_and_is_told_what_it_ends(market: World) -> None:
    found = await set_row(market, given())

    assert found["written"] is True
    assert found["version"] | {"id": ""} == {
        "id": "",
        "number": 1,
        "setBy": HALL.subject,
        "reason": "Anggaran baru",
        "columns": [{"name": "amount", "value": "600000"}, {"name": "set", "value": '"flat"'}],
    }
    assert [(row["validFrom"], row["validTo"]) for row in found["ended"]] == [("2022-04-01", None)]


async def test_a_dry_run_is_told_the_same_and_writes_nothing(market: World) -> None:
    found = await set_row(market, given(validTo="2026-05-01"), dry_run=True)

    assert (found["written"], found["silentFrom"]) == (False, "2026-05-01")
    assert await models.ParameterVersion.all().count() == 0


async def test_a_row_that_does_not_fit_is_refused_with_code_path_and_sentence(market: World) -> None:
    found = await set_row(market, given("-1"))

    [objection] = found["objections"]
    assert (objection["code"], objection["path"]) == ("bad_value", ["columns", "amount"])
    assert "amount: Expected `int` >= 0" in objection["message"]


async def test_the_rules_show_what_is_in_force_what_comes_and_who_set_it(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish())

    [rule] = (await market.ask(RULES, {"on": "2026-04-02"}, actor=AUDITOR)).data["rules"]
    [earlier] = (await market.ask(RULES, actor=HALL)).data["rules"]

    assert (rule["code"], rule["kind"], rule["plugin"], rule["mode"]) == (RULE, "obligation", "malang_quota", "ON")
    [table] = rule["tables"]
    assert (table["name"], table["set"]) == ("minimum", "flat")
    past, now = table["rows"]
    assert (past["time"], past["validTo"], past["version"]) == ("PAST", "2026-04-01", None)
    assert (now["time"], now["source"], now["mark"]) == ("IN_FORCE", "Surat edaran 1/2026", "A")
    assert now["version"] == {"number": 1, "setBy": HALL.subject, "reason": "Anggaran baru"}
    assert [row["time"] for row in earlier["tables"][0]["rows"]] == ["IN_FORCE", "COMING"]
    assert rule["parameters"] != earlier["parameters"]


async def test_a_mode_is_set_shown_and_refused_for_a_rule_that_is_not_there(market: World) -> None:
    done = await market.ask(MODE, {"input": {"rule": RULE, "mode": "SHADOW", "dated": DATED}}, actor=HALL)
    gone = await market.ask(MODE, {"input": {"rule": "a.gone", "mode": "OFF", "dated": DATED}}, actor=HALL)
    [rule] = (await market.ask(RULES, {"on": "2026-04-01"}, actor=HALL)).data["rules"]

    assert done.data["setRuleMode"] == {"written": True, "version": {"number": 1}}
    assert [each["code"] for each in gone.data["setRuleMode"]["objections"]] == ["unknown_rule"]
    assert rule["mode"] == "SHADOW"
    assert [each["time"] for each in rule["modes"]] == ["IN_FORCE"]


async def test_a_version_is_withdrawn_and_stays_in_the_list(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())
    id = {"id": version_id(done.version.id)}

    first = (await market.ask(WITHDRAW, id, actor=HALL)).data["withdrawParameter"]
    again = (await market.ask(WITHDRAW, id, actor=HALL)).data["withdrawParameter"]
    listed = await market.ask("{ parameterVersions { number withdrawnAt } }", actor=AUDITOR)

    assert first == {"number": 1, "withdrawnBy": HALL.subject, "withdrawnReason": "Salah ketik"}
    assert [each["code"] for each in again["objections"]] == ["already_withdrawn"]
    assert [row["withdrawnAt"] is not None for row in listed.data["parameterVersions"]] == [True]


async def test_other_roles_and_other_cities_neither_set_nor_read(market: World) -> None:
    done = await parameters.set_version(market.market, HALL, wish())
    vendor, buyer = await market.vendor(), await market.buyer()
    others = [as_buyer(buyer), as_vendor(vendor), as_lurah(MALANG, vendor.region)]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    id = {"id": version_id(done.version.id)}

    setting = [await market.ask(SET, {"input": given(), "dryRun": False}, actor=actor) for actor in [*others, AUDITOR]]
    reading = [await market.ask(RULES, actor=actor) for actor in others]
    nodes = [(await market.ask(node, id, actor=actor)).data["node"] for actor in [*others, as_city_hall(SURABAYA)]]
    elsewhere = await market.ask(WITHDRAW, id, actor=as_city_hall(SURABAYA))
    listed = await market.ask("{ parameterVersions { number } }", actor=as_city_hall(SURABAYA))

    assert {(answer.status, *answer.codes) for answer in [*setting, *reading]} == {(403, "forbidden")}
    assert nodes == [None] * 4
    assert elsewhere.codes == ["unknown_version"]
    assert listed.data["parameterVersions"] == []
    assert (await market.ask(node, id, actor=HALL)).data["node"] == id


async def test_a_list_of_rules_takes_as_many_queries_with_many_versions_as_with_one(market: World) -> None:
    await parameters.set_version(market.market, HALL, wish())

    async def statements() -> int:
        with market.market.database.counting() as seen:
            await market.ask(RULES, actor=HALL)
        return len(seen)

    one = await statements()
    for number in range(5):
        await parameters.set_version(market.market, HALL, wish(str(number), f"05-{number + 1:02d}"))
    many = await statements()

    assert one == many == 2
    market.clock.at = noon("05-05")
    [rule] = (await market.ask(RULES, actor=HALL)).data["rules"]
    assert len(rule["tables"][0]["rows"]) == 7
