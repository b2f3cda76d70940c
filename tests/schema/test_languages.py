"""People are spoken to in Indonesian or English: by Accept-Language, or as a field is asked."""

import pytest
from tests.schema.small_world import TWO_CITIES

from peken import models
from peken.testing.world import World, as_vendor, global_id

pytestmark = [pytest.mark.market(TWO_CITIES), pytest.mark.engines("sqlite")]

SEARCH = '{ products(filter: {search: "?"}) { totalCount } }'
ORDERS = "{ orders { totalCount } }"


async def said(market: World, document: str, language: str) -> str:
    body = (await market.ask(document, language=language)).body
    return str(body["errors"][0]["message"])


async def test_an_error_speaks_the_language_of_the_request(market: World) -> None:
    english = "Search for between 1 and 8 words."

    assert await said(market, SEARCH, "en") == await said(market, SEARCH, "en-US,id;q=0.5") == english
    indonesian = await said(market, SEARCH, "id")
    assert indonesian == await said(market, SEARCH, "id-ID, en;q=0.8")
    assert "kata" in indonesian
    # Who names no language that is spoken here hears Indonesian.
    assert indonesian == await said(market, SEARCH, "") == await said(market, SEARCH, "fr")


async def test_a_denial_speaks_the_language_of_the_request(market: World) -> None:
    english, indonesian = await said(market, ORDERS, "en"), await said(market, ORDERS, "id")

    assert english == "Sign in to ask for Query.orders."
    assert "Query.orders" in indonesian
    assert not indonesian.startswith("Sign in")


async def test_an_objection_is_said_in_the_language_of_the_request_or_in_the_one_asked_for(market: World) -> None:
    vendor = await market.vendor()
    variant = await market.product(vendor)
    document = f"""mutation {{ restockVariant(id: "{global_id(variant)}", delta: -1000) {{
        ... on Refused {{ objections {{ own: message id: message(lang: ID) en: message(lang: EN) }} }} }} }}"""

    answers = {
        language: (await market.ask(document, actor=as_vendor(vendor), language=language)).data["restockVariant"]
        for language in ("id", "en")
    }

    said = {language: answer["objections"][0] for language, answer in answers.items()}
    assert said["id"]["own"] == said["id"]["id"] == said["en"]["id"]
    assert said["en"]["own"] == said["en"]["en"] == said["id"]["en"] == "There are fewer in stock than that."
    assert said["id"]["id"] != said["en"]["en"]


async def test_a_category_is_named_in_the_language_of_the_request(market: World) -> None:
    await models.Category.create(code="staples", name="Bahan pokok", name_en="Staples")
    ask = "{ categories { code parentCode name } }"

    named = {language: (await market.ask(ask, language=language)).data["categories"] for language in ("id", "en")}

    assert named["id"] == [{"code": "staples", "parentCode": None, "name": "Bahan pokok"}]
    assert named["en"] == [{"code": "staples", "parentCode": None, "name": "Staples"}]
