"""What authors of plugins may rely on."""

from inspect import getdoc, iscoroutinefunction, isfunction, signature

import msgspec
import pytest

from peken import hookspecs
from peken.hookspecs import Objection

HOOKS = [name for name, value in vars(hookspecs).items() if hasattr(value, "peken_spec")]


def test_the_exported_names_are_these() -> None:
    exported = hookspecs.__all__

    assert exported == sorted(exported)
    assert set(HOOKS) < set(exported)
    assert set(exported) - set(HOOKS) == {
        "Demo",
        "Draft",
        "DraftLine",
        "Noun",
        "Objection",
        "PlacedLine",
        "PlacedOrder",
        "Tables",
        "TypeExtension",
        "Visible",
        "hookimpl",
    }


def test_the_hooks_are_declared_in_the_order_an_order_meets_them() -> None:
    assert HOOKS == [
        "settings_model",
        "tables",
        "regulations",
        "type_extensions",
        "types",
        "permissions",
        "visible",
        "judge_order",
        "order_placed",
        "order_delivered",
        "order_cancelled",
        "demo_data",
    ]


@pytest.mark.parametrize("name", HOOKS)
def test_every_hook_is_annotated_documented_and_of_one_family(name: str) -> None:
    hook = getattr(hookspecs, name)

    assert isfunction(hook)
    assert getdoc(hook)
    assert "return" in hook.__annotations__
    assert list(signature(hook).parameters)[:1] in ([], ["settings"])
    assert iscoroutinefunction(hook) == name.startswith(("order_", "judge_", "demo_"))


def test_values_cannot_be_changed_by_a_plugin() -> None:
    values = [value for value in vars(hookspecs).values() if isinstance(value, type)]
    structs = [value for value in values if issubclass(value, msgspec.Struct)]

    assert len(structs) == 9
    assert all(struct.__struct_config__.frozen for struct in structs)


def test_an_objection_that_names_no_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="objection closed names no inputs"):
        Objection(code="closed", message="Closed.", cites="harbour rule", inputs={})
