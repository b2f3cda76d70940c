"""Motifs of Batik Suroboyo in a whole market over HTTP: the registry, licences, claims and what is said of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from batik_suroboyo.models import MotifClaim, MotifLicence
from peken import models
from peken.actors import PUBLIC, Actor
from peken.ids import new_id
from peken.testing.world import World, as_auditor, as_buyer, as_city_hall, as_vendor, global_id

SURABAYA = "35.78"
TODAY = date(2026, 3, 16)
HALL = as_city_hall(SURABAYA)
OBJECTIONS = "... on Refused { objections { code rule plugin citation path message } }"
CLAIM = f"""mutation ($product: ID!, $motif: String!) {{ answer: claimMotif(product: $product, motif: $motif) {{
  __typename ... on Product {{ motif {{ code licence {{ validFrom validTo }} motif {{ name right }} }}
    motifAdvice {{ outcome code rule message }} }} {OBJECTIONS} }} }}"""
WITHDRAW = f"""mutation ($product: ID!) {{ answer: withdrawMotif(product: $product) {{
  __typename ... on Product {{ motif {{ code }} }} {OBJECTIONS} }} }}"""
BY_HALL = WITHDRAW.replace("($product: ID!)", "($product: ID!, $reason: String!)").replace(
    "(product: $product)", "(product: $product, reason: $reason)"
)
GRANT = f"""mutation ($input: GrantMotifLicenceInput!) {{ answer: grantMotifLicence(input: $input) {{ __typename
  ... on MotifLicence {{ id code validFrom validTo grantedBy source vendor {{ name }} }} {OBJECTIONS} }} }}"""
END = f"""mutation ($id: ID!, $on: Date!, $reason: String!) {{
  answer: endMotifLicence(id: $id, on: $on, reason: $reason) {{
    __typename ... on MotifLicence {{ validTo }} {OBJECTIONS} }} }}"""
ADVICE = "query ($id: ID!) { product(id: $id) { motif { code } motifAdvice { outcome code message } } }"
FLAGGED = "{ motifClaims(unlicensed: true) { totalCount nodes { code product { name } licence { id } } } }"
UPDATE = f"""mutation ($id: ID!, $name: String!) {{ answer: updateProduct(input: {{id: $id, name: $name}}) {{
  __typename {OBJECTIONS} }} }}"""

pytestmark = pytest.mark.market({SURABAYA: ["batik_suroboyo"]})


async def maker(market: World, name: str = "Batik Kenanga") -> models.Vendor:
    """An UMKM that makes batik."""
    return await market.vendor(name=name, kind="umkm", sector="fashion")


async def cloth(market: World, vendor: models.Vendor, name: str = "Kain Batik", **columns: Any) -> models.Product:
    """A product of one's own making."""
    columns = {"category": "batik.cloth", "own_production": True, **columns}
    variant = await market.product(vendor, name=name, **columns)
    return await models.Product.get(id=variant.product_id)


async def licence(market: World, vendor: models.Vendor, motif: str = "sparkling", **columns: Any) -> MotifLicence:
    """A licence that holds, unless told otherwise."""
    made: dict[str, Any] = {"valid_from": date(2026, 1, 1), "valid_to": None, "granted_by": "X", "source": "Letter 1"}
    return await MotifLicence.create(
        id=new_id(), city_id=SURABAYA, motif=motif, vendor_id=vendor.id, created_at=market.clock.at, **(made | columns)
    )


async def done(market: World, document: str, actor: Actor, **variables: Any) -> Any:
    """The answer to a mutation."""
    return (await market.ask(document, variables, actor=actor)).data["answer"]


async def claim(market: World, product: models.Product, motif: str, actor: Actor | None = None) -> Any:
    """The answer to a claim, by the product's own shop unless told."""
    vendor = await models.Vendor.get(id=product.vendor_id)
    return await done(market, CLAIM, actor or as_vendor(vendor), product=global_id(product), motif=motif)


def codes(answer: Any) -> list[str]:
    """The codes of the objections."""
    return [each["code"] for each in answer["objections"]]


def written(vendor: models.Vendor, **others: Any) -> dict[str, Any]:
    """A licence as city hall writes it."""
    given = {"motif": "sparkling", "validFrom": "2026-03-16", "grantedBy": "The holder", "source": "Letter 12/2026"}
    return given | {"vendor": global_id(vendor)} | others


async def test_everybody_reads_the_registry_and_what_nobody_said_is_null(market: World) -> None:
    answer = await market.ask(
        "{ motifs { code name right creator holder registrationNumber registeredOn source mark } }"
    )

    rows = {row["code"]: row for row in answer.data["motifs"]}
    rights = [row["right"] for row in rows.values()]
    assert [rights.count(right) for right in ("REGISTERED", "UNKNOWN", "FREE")] == [6, 6, 5]
    assert rows["sparkling"]["creator"] == "Arina Halimatul Anjani"
    assert {row["creator"] for row in rows.values()} == {"Arina Halimatul Anjani", "Nuraini Farida", None}
    assert all(row[column] is None for row in rows.values() for column in ("holder", "registrationNumber"))
    assert all(row["registeredOn"] is None and row["source"] and row["mark"] for row in rows.values())
    assert answer.data["motifs"] == sorted(answer.data["motifs"], key=lambda row: row["name"])


async def test_a_licensed_maker_claims_a_registered_motif_and_everybody_sees_it(market: World) -> None:
    vendor = await maker(market)
    product = await cloth(market, vendor)
    granted = await done(market, GRANT, HALL, input=written(vendor))

    answer = await claim(market, product, "sparkling")

    assert granted["__typename"] == "MotifLicence"
    assert (granted["vendor"]["name"], granted["validTo"]) == (vendor.name, None)
    assert answer["motif"]["motif"] == {"name": "Sparkling", "right": "REGISTERED"}
    assert answer["motif"]["licence"] == {"validFrom": "2026-03-16", "validTo": None}
    assert answer["motifAdvice"] is None
    seen = await market.ask("query ($id: ID!) { product(id: $id) { motif { code } } }", {"id": global_id(product)})
    assert seen.data["product"]["motif"] == {"code": "sparkling"}
    audited = [row.action for row in await models.Audit.all().order_by("id")]
    assert audited == ["motif.licensed", "motif.licensed", "motif.claimed"]


async def test_an_unlicensed_maker_is_refused_with_the_rule_and_nothing_is_kept(market: World) -> None:
    vendor, other = await maker(market), await maker(market, "Batik Melati")
    product = await cloth(market, vendor)
    await licence(market, other)
    await licence(market, vendor, "abhi-boyo")
    await licence(market, vendor, valid_to=TODAY)

    answer = await claim(market, product, "sparkling")

    [objection] = answer["objections"]
    assert (objection["code"], objection["rule"]) == ("maker_not_licensed", "surabaya.motif-licence")
    assert (objection["plugin"], "Sparkling" in objection["message"]) == ("batik_suroboyo", True)
    assert await MotifClaim.all().count() == 0
    assert await models.Audit.all().count() == 0


async def test_a_motif_of_unknown_right_is_warned_of_and_a_free_one_is_not(market: World) -> None:
    product = await cloth(market, await maker(market))

    unknown = await claim(market, product, "skena-surabaya")
    free = await claim(market, product, "semanggi")

    assert (unknown["motifAdvice"]["outcome"], unknown["motifAdvice"]["code"]) == ("WARN", "right_unknown")
    assert (free["motif"]["code"], free["motifAdvice"]) == ("semanggi", None)
    assert await MotifClaim.all().count() == 1


async def test_a_motif_that_is_not_in_the_registry_cannot_be_claimed(market: World) -> None:
    product = await cloth(market, await maker(market))

    answer = await claim(market, product, "*")

    assert codes(answer) == ["unknown_motif"]


async def test_words_alone_bring_a_notice_on_batik_and_block_nothing(market: World) -> None:
    vendor = await maker(market)
    batik = await cloth(market, vendor, "Kain Sparkling")
    water = await cloth(market, vendor, "Sparkling Water", category="drinks.water")
    shirt = await cloth(market, vendor, "Kemeja batik Semanggi Mangrove", category="fashion.shirts")

    answers = [
        (await market.ask(ADVICE, {"id": global_id(each)}, actor=as_vendor(vendor))).data["product"]["motifAdvice"]
        for each in (batik, water, shirt)
    ]

    assert (answers[0]["outcome"], answers[0]["code"]) == ("NOTICE", "motif_named")
    assert answers[1:] == [None, None]
    changed = await done(market, UPDATE, as_vendor(vendor), id=global_id(batik), name="Kain Sparkling Biru")
    assert changed["__typename"] == "Product"


async def test_when_a_licence_ends_the_product_stays_and_city_hall_sees_it(market: World) -> None:
    vendor = await maker(market)
    product, other = await cloth(market, vendor), await cloth(market, vendor, "Kain Lain")
    held = await licence(market, vendor)
    for each, motif in ((product, "sparkling"), (other, "semanggi")):
        await claim(market, each, motif)
    before = (await market.ask(FLAGGED, actor=HALL)).data["motifClaims"]

    ended = await done(market, END, HALL, id=global_id(held), on="2026-04-01", reason="Not renewed")
    market.clock.at += timedelta(days=16)
    after = (await market.ask(FLAGGED, actor=HALL)).data["motifClaims"]

    assert before["totalCount"] == 0
    assert ended["validTo"] == "2026-04-01"
    assert after == {
        "totalCount": 1,
        "nodes": [{"code": "sparkling", "product": {"name": product.name}, "licence": None}],
    }
    listed = (await market.ask("{ products { nodes { name } } }")).data["products"]["nodes"]
    assert {"name": product.name} in listed
    advice = (await market.ask(ADVICE, {"id": global_id(product)}, actor=as_vendor(vendor))).data["product"]
    assert (advice["motif"]["code"], advice["motifAdvice"]["code"]) == ("sparkling", "maker_not_licensed")
    changed = await done(market, UPDATE, as_vendor(vendor), id=global_id(product), name="Kain Baru")
    assert codes(changed) == ["maker_not_licensed"]


async def test_a_claim_is_withdrawn_once(market: World) -> None:
    vendor = await maker(market)
    product = await cloth(market, vendor)
    await claim(market, product, "semanggi")

    first, second = [await done(market, WITHDRAW, as_vendor(vendor), product=global_id(product)) for _ in range(2)]

    assert first == {"__typename": "Product", "motif": None}
    assert codes(second) == ["no_claim"]


async def test_city_hall_withdraws_a_claim_of_any_shop_with_a_reason_that_is_kept(market: World) -> None:
    vendor = await maker(market)
    product, named = await cloth(market, vendor), "Belongs to another maker"
    await claim(market, product, "semanggi")
    wanted = {"product": global_id(product)}

    silent = [await done(market, BY_HALL, HALL, reason=reason, **wanted) for reason in (" ", "x" * 301)]
    first, second = [await done(market, BY_HALL, HALL, reason=f" {named} ", **wanted) for _ in range(2)]

    assert [codes(answer) for answer in (*silent, second)] == [["bad_reason"], ["bad_reason"], ["no_claim"]]
    assert first == {"__typename": "Product", "motif": None}
    audit = await models.Audit.get(action="motif.withdrawn")
    assert (audit.actor, audit.reason, audit.changes) == (HALL.subject, named, {"motif": "semanggi"})
    assert (await models.Product.get(id=product.id)).status == "active"


@pytest.mark.market({SURABAYA: ["batik_suroboyo"], "35.73": []})
async def test_city_hall_withdraws_nothing_of_another_city_and_an_auditor_nothing_at_all(market: World) -> None:
    product = await cloth(market, await maker(market))
    await claim(market, product, "semanggi")
    wanted = {"product": global_id(product), "reason": "Not ours"}

    other = await market.ask(BY_HALL, wanted, actor=as_city_hall("35.73"))
    auditor = await market.ask(BY_HALL, wanted, actor=as_auditor(SURABAYA))

    assert (other.codes, auditor.codes) == (["unknown_product"], ["forbidden"])
    assert await MotifClaim.all().count() == 1


async def test_a_product_off_sale_claims_what_it_will_be_judged_by_when_it_comes_back(market: World) -> None:
    vendor = await maker(market)
    product = await cloth(market, vendor, status="archived")
    back = f"""mutation ($id: ID!) {{ answer: updateProduct(input: {{id: $id, status: ACTIVE}}) {{
      __typename {OBJECTIONS} }} }}"""

    claimed = await claim(market, product, "sparkling")
    answer = await done(market, back, as_vendor(vendor), id=global_id(product))

    assert claimed["__typename"] == "Product"
    assert codes(answer) == ["maker_not_licensed"]


async def test_everything_wrong_with_a_licence_is_said_at_once(market: World) -> None:
    vendor = await maker(market)
    await licence(market, vendor)
    wrong = written(vendor, motif="batik", validTo="2026-03-16", grantedBy=" ", source="x" * 301)

    nothing_right = await done(market, GRANT, HALL, input=wrong)
    free = await done(market, GRANT, HALL, input=written(vendor, motif="mangrove"))
    twice = await done(market, GRANT, HALL, input=written(vendor))

    assert codes(nothing_right) == ["unknown_motif", "bad_dates", "bad_grantor", "bad_source"]
    assert codes(free) == ["motif_is_free"]
    assert codes(twice) == ["licence_overlaps"]
    assert await MotifLicence.all().count() == 1


async def test_a_licence_follows_another_and_one_that_was_annulled_is_in_nobodys_way(market: World) -> None:
    vendor = await maker(market)
    await licence(market, vendor, valid_to=TODAY)
    await licence(market, vendor, valid_from=TODAY, valid_to=TODAY)

    answer = await done(market, GRANT, HALL, input=written(vendor))

    assert answer["__typename"] == "MotifLicence"


async def test_a_licence_is_ended_sooner_never_later_and_with_a_reason(market: World) -> None:
    vendor = await maker(market)
    held = global_id(await licence(market, vendor, valid_to=date(2026, 6, 1)))

    late = await done(market, END, HALL, id=held, on="2026-06-01", reason="")
    early = await done(market, END, HALL, id=held, on="2025-12-31", reason="x")
    annulled = await done(market, END, HALL, id=held, on="2026-01-01", reason="Entered by mistake")

    assert (codes(late), codes(early)) == (["bad_reason", "bad_end"], ["bad_end"])
    assert annulled["validTo"] == "2026-01-01"


async def test_only_the_own_shop_claims_and_only_the_own_city_hall_licenses(market: World) -> None:
    vendor, other = await maker(market), await maker(market, "Batik Melati")
    product = await cloth(market, vendor)
    held = global_id(await licence(market, vendor))
    grant, end = {"input": written(vendor)}, {"id": held, "on": "2026-05-01", "reason": "x"}
    claimed = {"product": global_id(product), "motif": "sparkling"}
    elsewhere = as_city_hall("35.73")

    for actor in (PUBLIC, as_buyer(await market.buyer()), as_auditor(SURABAYA), HALL):
        answer = await market.ask(CLAIM, claimed, actor=actor)
        assert answer.codes == ["unauthenticated" if actor is PUBLIC else "forbidden"]
    for actor in (as_auditor(SURABAYA), as_vendor(vendor)):
        answers = [await market.ask(GRANT, grant, actor=actor), await market.ask(END, end, actor=actor)]
        assert [answer.codes for answer in answers] == [["forbidden"]] * 2
    foreign = await market.ask(CLAIM, claimed, actor=as_vendor(other))
    away = [await market.ask(GRANT, grant, actor=elsewhere), await market.ask(END, end, actor=elsewhere)]

    assert foreign.codes == ["unknown_product"]
    assert [answer.codes for answer in away] == [["unknown_vendor"], ["unknown_licence"]]


async def test_a_shop_reads_its_own_claims_licences_and_advice_city_hall_all(market: World) -> None:
    shops = [await maker(market, name) for name in ("Satu", "Dua")]
    products = [await cloth(market, shop, f"Kain Sparkling {shop.name}") for shop in shops]
    for shop, product in zip(shops, products, strict=True):
        await licence(market, shop)
        await claim(market, product, "semanggi")
    document = "{ motifClaims { totalCount } motifLicences { totalCount nodes { vendor { name } source } } }"

    mine = (await market.ask(document, actor=as_vendor(shops[0]))).data
    everything = (await market.ask(document, actor=as_auditor(SURABAYA))).data
    nobodys = await market.ask(document)
    foreign = await market.ask(ADVICE, {"id": global_id(products[1])}, actor=as_vendor(shops[0]))

    assert (mine["motifClaims"]["totalCount"], everything["motifClaims"]["totalCount"]) == (1, 2)
    assert [node["vendor"]["name"] for node in mine["motifLicences"]["nodes"]] == ["Satu"]
    assert everything["motifLicences"]["totalCount"] == 2
    assert nobodys.codes == ["unauthenticated"]
    assert foreign.data["product"] == {"motif": {"code": "semanggi"}, "motifAdvice": None}


async def test_a_shop_is_not_advised_on_the_products_of_another(market: World) -> None:
    vendor, other = await maker(market), await maker(market, "Batik Melati")
    product = global_id(await cloth(market, vendor, "Kain Sparkling"))

    said = [
        (await market.ask(ADVICE, {"id": product}, actor=actor)).data["product"]["motifAdvice"]
        for actor in (as_vendor(vendor), HALL, as_vendor(other))
    ]

    assert [advice and advice["code"] for advice in said] == ["motif_named", "motif_named", None]


async def test_city_hall_adds_a_motif_to_the_registry_and_its_right_binds_from_its_day(market: World) -> None:
    vendor = await maker(market)
    product = await cloth(market, vendor)
    columns = {"code": "skena-surabaya", "name": "Skena Surabaya", "right": "registered", "number": "EC-1"}
    dated = {"validFrom": "2026-04-01", "source": "Letter 3/2026", "mark": "A", "reason": "Registered"}
    named = [{"name": name, "value": value} for name, value in columns.items()]
    row = {"plugin": "batik_suroboyo", "table": "motif", "columns": named, "dated": dated}
    change = """mutation ($input: SetParameterInput!) { setParameter(input: $input) { __typename
      ... on Refused { objections { code message } } } }"""

    answer = await market.ask(change, {"input": row}, actor=HALL)
    before = await claim(market, product, "skena-surabaya")
    market.clock.at += timedelta(days=16)
    after = await claim(market, product, "skena-surabaya")

    assert answer.data["setParameter"]["__typename"] != "Refused", answer.data
    assert before["__typename"] == "Product"
    assert codes(after) == ["maker_not_licensed"]


async def test_motifs_of_many_products_take_as_many_statements_as_those_of_one(market: World) -> None:
    for number in range(4):
        vendor = await maker(market, f"Toko {number}")
        await licence(market, vendor)
        await claim(market, await cloth(market, vendor, f"Kain {number}"), "sparkling")
    page = """query ($first: Int) { products(first: $first) { nodes {
      motif { code motif { name } licence { vendor { name } source } } motifAdvice { code } } } }"""
    claims = "query ($first: Int) { motifClaims(first: $first) { nodes { licence { id } product { name } } } }"

    counts = []
    for document in (page, claims):
        for first in (1, 4):
            with market.market.database.counting() as statements:
                answer = await market.ask(document, {"first": first}, actor=HALL)
            assert "errors" not in answer.body
            counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[2] == counts[3]


async def test_the_database_itself_keeps_one_claim_to_a_product_and_dates_in_order(market: World) -> None:
    vendor = await maker(market)
    product = await cloth(market, vendor)
    await claim(market, product, "semanggi")

    with pytest.raises(IntegrityError):
        await MotifClaim.create(
            id=new_id(), city_id=SURABAYA, product_id=product.id, motif="mangrove", at=market.clock.at
        )
    with pytest.raises(IntegrityError):
        await licence(market, vendor, valid_to=date(2025, 12, 31))
