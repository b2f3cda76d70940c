"""How hooks are called."""

import gc
import logging
import warnings

import pytest
from tests.host.conftest import Install
from tests.host.values import DRAFT, NOON, ORDER

from peken import hookspecs
from peken.errors import PekenError
from peken.hooks import PluginFailed
from peken.plugins.loading import load

SURABAYA, MALANG = "35.78", "35.73"


@pytest.mark.parametrize("names", [["harbour", "lighthouse"], ["lighthouse", "harbour"]])
@pytest.mark.anyio
async def test_plugins_are_told_in_the_order_of_the_settings(
    install: Install, caplog: pytest.LogCaptureFixture, names: list[str]
) -> None:
    install("harbour", "lighthouse")
    caplog.set_level(logging.INFO, "journal")
    hooks = load({SURABAYA: names}).for_city(SURABAYA)

    await hooks.tell(hookspecs.order_placed, order=ORDER)

    assert [message.split()[0] for message in caplog.messages] == names


@pytest.mark.anyio
async def test_each_city_has_an_order_of_its_own(install: Install) -> None:
    install("harbour", "lighthouse")
    hooks = load({SURABAYA: ["harbour", "lighthouse"], MALANG: ["lighthouse", "harbour"]})

    objections = await hooks.for_city(MALANG).judge(hookspecs.judge_order, draft=DRAFT)

    assert [objection.code for _, objection in objections] == ["too_dark", "too_deep"]
    assert [plugin.name for plugin in hooks.plugins] == ["harbour", "lighthouse"]


@pytest.mark.anyio
async def test_a_plugin_is_called_only_for_the_cities_that_list_it(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("harbour", "lighthouse")
    caplog.set_level(logging.INFO, "journal")
    hooks = load({SURABAYA: ["harbour"], MALANG: ["lighthouse"]})

    await hooks.for_city(MALANG).tell(hookspecs.order_placed, order=ORDER)

    assert [plugin.name for plugin in hooks.for_city(MALANG).plugins] == ["lighthouse"]
    assert [message.split()[0] for message in caplog.messages] == ["lighthouse"]


@pytest.mark.anyio
async def test_all_objections_are_gathered_with_their_owners(install: Install) -> None:
    install("harbour", "lighthouse")
    hooks = load({SURABAYA: ["harbour", "lighthouse"]}).for_city(SURABAYA)

    objections = await hooks.judge(hookspecs.judge_order, draft=DRAFT)

    assert [(plugin.name, objection.code) for plugin, objection in objections] == [
        ("harbour", "too_deep"),
        ("lighthouse", "too_dark"),
    ]


@pytest.mark.anyio
async def test_settings_are_the_plugins_own_in_each_market(install: Install, caplog: pytest.LogCaptureFixture) -> None:
    install("harbour")
    caplog.set_level(logging.INFO, "journal")
    shallow = load({SURABAYA: ["harbour"]}, {"harbour": {"depth": 3}})
    deep = load({SURABAYA: ["harbour"]}, {"harbour": {"depth": 12}})

    for market in (shallow, deep, shallow):
        await market.for_city(SURABAYA).tell(hookspecs.order_placed, order=ORDER)

    assert caplog.messages == ["harbour 35.78 3", "harbour 35.78 12", "harbour 35.78 3"]


@pytest.mark.anyio
async def test_a_plugin_that_fails_is_named_and_no_call_is_left_open(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("harbour", "storm", "lighthouse")
    caplog.set_level(logging.INFO, "journal")
    hooks = load({SURABAYA: ["harbour", "storm", "lighthouse"]}).for_city(SURABAYA)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(PluginFailed, match="plugin storm failed in order_placed") as failure:
            await hooks.tell(hookspecs.order_placed, order=ORDER)
        gc.collect()

    assert (failure.value.plugin, failure.value.hook) == ("storm", "order_placed")
    assert isinstance(failure.value.__cause__, LookupError)
    assert caplog.messages == ["harbour 35.78 9"]
    assert [warning for warning in warned if warning.category is RuntimeWarning] == []


@pytest.mark.anyio
async def test_a_refusal_on_purpose_keeps_its_code_and_names_the_plugin(install: Install) -> None:
    install("storm")
    hooks = load({SURABAYA: ["storm"]}).for_city(SURABAYA)

    with pytest.raises(PekenError) as refusal:
        await hooks.tell(hookspecs.order_delivered, order=ORDER, at=NOON)

    assert refusal.value.code == "high_water"
    assert refusal.value.__notes__ == ["raised by plugin storm in order_delivered"]


@pytest.mark.anyio
async def test_the_time_of_each_plugin_is_counted_also_when_it_fails(install: Install) -> None:
    install("harbour", "storm")
    hooks = load({SURABAYA: ["harbour", "storm"]})

    with pytest.raises(PluginFailed):
        await hooks.for_city(SURABAYA).tell(hookspecs.order_placed, order=ORDER)

    assert set(hooks.seconds) == {("harbour", "order_placed"), ("storm", "order_placed")}
    assert all(seconds > 0 for seconds in hooks.seconds.values())


def test_what_was_given_names_its_owner(install: Install) -> None:
    install("harbour", "lighthouse")
    hooks = load({SURABAYA: ["harbour", "lighthouse"]})

    tables = hooks.give(hookspecs.tables)
    extensions = hooks.give(hookspecs.type_extensions)

    assert [(plugin.name, given.migrations) for plugin, given in tables] == [("harbour", "harbour.migrations")]
    assert [plugin.name for plugin, _ in extensions] == ["harbour", "lighthouse"]


def test_arguments_go_by_keyword_only(install: Install) -> None:
    install("harbour")
    hooks = load({SURABAYA: ["harbour"]})

    with pytest.raises(TypeError, match="visible takes its arguments by keyword"):
        hooks.give(hookspecs.visible, SURABAYA, NOON.date())
