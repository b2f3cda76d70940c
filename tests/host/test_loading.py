"""What a market refuses to start with."""

import logging
import sys

import pytest
from tests.host.conftest import DISTS, Install
from tests.host.values import ORDER

from peken import hookspecs
from peken.hooks import PluginFaults
from peken.plugins.loading import load

CITY = "35.78"

FAULTS = {
    "broken_import": ["cannot be imported: RuntimeError: no anchor"],
    "unknown_hook": ["there is no hook order_plaiced"],
    "sync_told": ["order_placed must be async def"],
    "async_give": ["types must be plain def"],
    "wrong_argument": ["order_placed has no argument basket"],
    "queue_jumper": ["order_placed: only a plain @hookimpl is called; the order is that of the settings"],
    "unfit_version": ["fits peken >=99, this is 0.1.0"],
    "no_version": ["does not say which versions of peken it fits"],
    "no_migration": [
        "tables names no_migration.lost, which cannot be imported: "
        "ModuleNotFoundError: No module named 'no_migration.lost'",
        "has tables, but there is no migration in no_migration.migrations",
    ],
    "failing_tables": ["tables failed: KeyError: 'slipway'"],
    "wrong_answers": ["settings_model must return a pydantic model", "tables must return Tables"],
    "strict_settings": ["setting pier: Field required"],
    "no_module": ["its entry point no_module.plugin:plugin is not a module of its own"],
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_kind_of_fault_is_named(install: Install, name: str) -> None:
    install(name)

    with pytest.raises(PluginFaults) as refused:
        load({CITY: [name]})

    assert [str(fault) for fault in refused.value.faults] == [f"{name}: {says}" for says in FAULTS[name]]


def test_all_faults_of_all_plugins_are_told_at_once(install: Install) -> None:
    install("harbour", *FAULTS)

    with pytest.raises(PluginFaults) as refused:
        load({CITY: ["harbour", *FAULTS, "atlantis"]}, {"harbour": {"depth": 0}})

    said = str(refused.value)
    assert [line for line in said.splitlines()[1:]] == [
        "  harbour: setting depth: Input should be greater than or equal to 1",
        *(f"  {name}: {says}" for name, faults in FAULTS.items() for says in faults),
        "  atlantis: is not installed",
    ]


def test_bad_settings_name_the_key_and_never_the_value(install: Install) -> None:
    install("strict_settings")
    settings = {"pier": "north", "boats": -4711, "colour": "secret-red"}

    with pytest.raises(PluginFaults) as refused:
        load({CITY: ["strict_settings"]}, {"strict_settings": settings})

    assert {fault.says for fault in refused.value.faults} == {
        "setting boats: Input should be greater than or equal to 1",
        "setting colour: Extra inputs are not permitted",
    }
    assert "4711" not in str(refused.value)
    assert "secret-red" not in str(refused.value)


def test_settings_nobody_reads_are_a_fault(install: Install) -> None:
    install("lighthouse")

    with pytest.raises(PluginFaults) as refused:
        load({CITY: ["lighthouse"]}, {"lighthouse": {"lamp": 1}, "harbour": {}})

    assert [str(fault) for fault in refused.value.faults] == [
        "harbour: has settings, but no city lists it",
        "lighthouse: takes no settings, but has lamp",
    ]


def test_a_plugin_listed_twice_by_one_city_is_a_fault(install: Install) -> None:
    install("lighthouse")

    with pytest.raises(PluginFaults, match=f"lighthouse: city {CITY} lists it more than once"):
        load({CITY: ["lighthouse", "lighthouse"]})


def test_two_distributions_of_one_name_are_a_fault(install: Install) -> None:
    install("harbour", "namesake")

    with pytest.raises(PluginFaults, match="is the name of more than one plugin: harbour and namesake"):
        load({CITY: ["harbour"]})


def test_only_plugins_that_settings_name_are_imported(install: Install) -> None:
    sys.modules.pop("broken_import.plugin", None)
    install("lighthouse", "broken_import", "storm")
    sys.modules.pop("storm.plugin", None)

    hooks = load({CITY: ["lighthouse"]})

    assert [plugin.name for plugin in hooks.plugins] == ["lighthouse"]
    assert "storm.plugin" not in sys.modules


def test_a_market_without_plugins_starts() -> None:
    hooks = load({CITY: []})

    assert hooks.plugins == ()
    assert hooks.for_city(CITY).give(hookspecs.types) == []


def test_a_loaded_plugin_tells_its_version_its_settings_and_its_folder(install: Install) -> None:
    install("harbour")

    (plugin,) = load({CITY: ["harbour"]}, {"harbour": {"depth": 4}}).plugins

    assert (plugin.name, plugin.version) == ("harbour", "1.2")
    assert plugin.settings is not None
    assert plugin.settings.model_dump() == {"depth": 4}
    assert plugin.directory == DISTS / "harbour" / "harbour"


def test_a_feature_of_the_core_fits_without_saying_so(install: Install) -> None:
    install("core_feature")

    hooks = load({CITY: ["core_feature"]})

    assert [plugin.name for plugin in hooks.plugins] == ["core_feature"]


@pytest.mark.anyio
async def test_the_first_listed_is_called_first_though_pluggy_calls_the_last(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    install("harbour", "lighthouse")
    caplog.set_level(logging.INFO, "journal")

    hooks = load({"35.73": ["lighthouse"], CITY: ["harbour", "lighthouse"]})
    await hooks.for_city(CITY).tell(hookspecs.order_placed, order=ORDER)

    assert [message.split()[0] for message in caplog.messages] == ["harbour", "lighthouse"]
