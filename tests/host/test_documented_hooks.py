"""The manual of hooks: complete, in order, and its example runs."""

import logging
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from uuid import UUID

import pytest
from tests.host.conftest import DISTS
from tests.host.shop import Query
from tests.host.test_hookspecs import HOOKS
from tests.host.values import DRAFT, KEY, NOON, ORDER
from tortoise.context import TortoiseContext

from peken import hookspecs
from peken.hooks import Hooks
from peken.hookspecs import Demo
from peken.plugins.loading import load
from peken.schema.extending import ROLES, ExtensibleSchema

CITY = "35.78"
PAGE = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text()
DEMO = Demo(city=CITY, today=NOON.date(), seed=1, vendors=(), products=(KEY, UUID(int=8)), buyers=())


@pytest.fixture
def hooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooks]:
    """A market of which one city lists the plugin of the manual, its only stall closed."""
    installed = shutil.copytree(DISTS / "pasar_ikan", tmp_path / "pasar_ikan")
    example = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
    (installed / "pasar_ikan" / "plugin.py").write_text(example)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(installed))
        yield load({CITY: ["pasar_ikan"]}, {"pasar_ikan": {"closed": [str(KEY)]}})


@pytest.fixture
async def rows(hooks: Hooks) -> AsyncIterator[None]:
    """The plugin's table, filled by its own demo data."""
    modules = [module for _, given in hooks.give(hookspecs.tables) for module in given.models]
    async with TortoiseContext() as context:
        await context.init(db_url="sqlite://:memory:", modules={"pasar_ikan": modules})
        await context.generate_schemas()
        await hooks.for_city(CITY).tell(hookspecs.demo_data, demo=DEMO)
        yield


def test_the_manual_has_a_part_for_each_hook_in_the_same_order() -> None:
    headings = re.findall(r"^## `(\w+)`$", PAGE, flags=re.MULTILINE)

    assert headings == HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_each_part_has_an_example_of_its_hook(name: str) -> None:
    part = PAGE.split(f"\n## `{name}`\n")[1].split("\n## ")[0]

    assert re.search(rf"^@hookimpl\n(async )?def {name}\(", part, flags=re.MULTILINE)


@pytest.mark.anyio
async def test_what_the_example_adds_to_the_graph_is_answered(hooks: Hooks, rows: None) -> None:
    schema = ExtensibleSchema(hooks=hooks, query=Query)

    result = await schema.execute('{ landings { kilograms } product(search: {text: ""}) { smellsOfSea } }')

    assert result.errors is None
    assert result.data == {
        "landings": [{"kilograms": 20}, {"kilograms": 21}],
        "product": {"smellsOfSea": True},
    }
    landings = schema.get_field_for_type("landings", "Query")
    assert landings is not None
    assert landings.metadata[ROLES] == {"vendor", "city_hall"}
    assert "type Boat" in str(schema)


@pytest.mark.anyio
async def test_what_the_example_gives_and_objects_to_is_as_written(hooks: Hooks) -> None:
    city = hooks.for_city(CITY)

    ((_, objection),) = await city.judge(hookspecs.judge_order, draft=DRAFT)
    ((_, regulations),) = city.give(hookspecs.regulations)

    assert (objection.code, objection.lines) == ("stall_closed", (0,))
    assert objection.inputs == {"closed": [str(KEY)]}
    assert [rule.code for rule in regulations.rules] == ["pasar-ikan.retail-only"]


@pytest.mark.anyio
async def test_the_clauses_of_the_example_filter_rows(hooks: Hooks, rows: None) -> None:
    models = import_module("pasar_ikan.models")
    Landing, Ware = models.Landing, models.Ware
    await Ware.bulk_create(Ware(id=product) for product in DEMO.products)
    await Landing.filter(product=KEY).update(landed=DEMO.today - timedelta(days=3))

    ((_, clauses),) = hooks.for_city(CITY).give(hookspecs.visible, city=CITY, day=DEMO.today)
    shown = {one.noun: await Ware.filter(one.clause).values_list("id", flat=True) for one in clauses}

    assert shown == {"vendor": [UUID(int=8)], "product": [UUID(int=8)]}


@pytest.mark.anyio
async def test_the_example_is_told_of_an_orders_whole_life(
    hooks: Hooks, rows: None, caplog: pytest.LogCaptureFixture
) -> None:
    Landing = import_module("pasar_ikan.models").Landing
    city = hooks.for_city(CITY)
    caplog.set_level(logging.INFO, "pasar_ikan.plugin")

    await city.tell(hookspecs.order_placed, order=ORDER)
    asked_for = await Landing.filter(asked_for=True).count()
    await city.tell(hookspecs.order_delivered, order=ORDER, at=NOON)
    await city.tell(hookspecs.order_cancelled, order=ORDER, at=NOON)

    assert asked_for == 1
    assert await Landing.filter(asked_for=True).count() == 0
    assert caplog.messages == ["delivered after 0:00:00"]
