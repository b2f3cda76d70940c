"""Every hook of Peken in the order an order meets them, and the values they speak of; knows no caller.

A plugin is a module, named by an entry point in the group `peken.plugins`, with functions marked `@hookimpl`
that bear a hook's name and take, of its arguments, those they need. There are three families:

- **give**: plain `def`, returns data; the core asks at start (`visible` also when a city's day turns).
- **judge**: `async def`, returns objections; every plugin of the city is asked before anything is written.
- **told**: `async def`, inside the transaction: raising undoes what was told.

`settings`, wherever it stands, is the plugin's own, validated by its `settings_model` (None without one).
Plugins are called one after another in the order in which the settings list them.
"""

# A specification has a docstring for a body and is never run.
# mypy: disable-error-code="empty-body"

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import pluggy
from pydantic import BaseModel
from tortoise.expressions import Q

from peken.money import Rupiah
from peken.rules import Regulations

__all__ = [
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
    "demo_data",
    "hookimpl",
    "judge_order",
    "order_cancelled",
    "order_delivered",
    "order_placed",
    "permissions",
    "regulations",
    "settings_model",
    "tables",
    "type_extensions",
    "types",
    "visible",
]

hookimpl = pluggy.HookimplMarker("peken")
_hookspec = pluggy.HookspecMarker("peken")

Noun = Literal["vendor", "product"]
"""The rows that anonymous lists show."""


class Tables(msgspec.Struct, frozen=True):
    """A plugin's own tables: modules of Tortoise models, and the one package that holds their migrations."""

    models: tuple[str, ...]
    migrations: str


class TypeExtension(msgspec.Struct, frozen=True):
    """Fields for a type of the graph: those of `fields_from`, a class under `@strawberry.type`.

    Each field is a resolver that takes its parent in an argument annotated `strawberry.Parent[...]` which is
    not called `self`. `type_name` is the name in the graph of an object type, an interface, `Query` or
    `Mutation`; inputs, enums and unions cannot be extended.
    """

    type_name: str
    fields_from: type


class Visible(msgspec.Struct, frozen=True):
    """What rows of `noun` the public lists may show: those that `clause` lets through."""

    noun: Noun
    clause: Q


class Demo(msgspec.Struct, frozen=True, kw_only=True):
    """The demo market as it was filled so far, for one city. The same seed gives the same data."""

    city: str
    today: date
    seed: int
    vendors: tuple[UUID, ...]
    products: tuple[UUID, ...]
    buyers: tuple[UUID, ...]


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that a buyer asks for. `amount` is the truth; it need not be price times quantity."""

    variant: UUID
    product: UUID
    vendor: UUID
    category: str
    quantity: int
    amount: Rupiah


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A purchase before it is placed, with the lines of all its vendors. `at` is UTC."""

    city: str
    buyer: UUID
    at: datetime
    lines: tuple[DraftLine, ...]


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a purchase may not be placed, in a form that can be stored, shown and disputed.

    `code` is stable and for programs; `message` is the English sentence and the key of its translation, with
    `{placeholders}` filled from `values`. `inputs` names everything that was looked at, so that the refusal
    can be understood later: free code cannot be replayed, and without inputs it is refused. They are kept with
    the refusal and not shown. `lines` are indexes into the draft's lines; none means the whole draft.
    """

    code: str
    message: str
    cites: str
    inputs: Mapping[str, object]
    values: Mapping[str, object] = {}
    lines: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.inputs:
            raise ValueError(f"objection {self.code} names no inputs")


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order as it was stored."""

    id: UUID
    variant: UUID
    product: UUID
    category: str
    quantity: int
    amount: Rupiah


class PlacedOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it was stored: one vendor's part of a purchase. `at` is when it was placed, in UTC."""

    id: UUID
    purchase: UUID
    city: str
    vendor: UUID
    buyer: UUID
    amount: Rupiah
    at: datetime
    lines: tuple[PlacedLine, ...]


# give ------------------------------------------------------------------------------------------------------


@_hookspec
def settings_model() -> type[BaseModel]:
    """The shape of the plugin's table in the settings.

    Read once at start. A missing, unknown or unfit key refuses the start, naming the plugin and the key.
    A plugin without this hook takes no settings.
    """


@_hookspec
def tables() -> Tables:
    """The plugin's own tables and their migrations.

    Read at start and by `peken db`; never depends on settings. A key to a core table says
    `related_name=False`, so that the core's rows do not change with what is installed.
    """


@_hookspec
def regulations(settings: Any) -> Regulations:
    """The plugin's rules, their dated parameters, and how the facts that they declare are loaded.

    Read once at start. The rules bind only in the cities that list the plugin.
    """


@_hookspec
def type_extensions(settings: Any) -> Sequence[TypeExtension]:
    """Fields for types of the core, of another plugin, and for `Query` and `Mutation`.

    Read once for each schema. Two owners of one field, or a type that is not there, refuse the start.
    """


@_hookspec
def types(settings: Any) -> Sequence[type]:
    """Types for the graph that no field leads to, such as implementations of an interface.

    Read once for each schema. Types that a field returns need not be named.
    """


@_hookspec
def permissions(settings: Any) -> Mapping[str, frozenset[str]]:
    """Who may read or call the plugin's own fields: `"Type.field"`, as the graph writes it, to role names.

    Read once for each schema. Naming a field that is not the plugin's own refuses the start.
    """


@_hookspec
def visible(settings: Any, city: str, day: date) -> Sequence[Visible]:
    """What the public lists of this city may show on this day: all clauses of all plugins must hold.

    `city` is a region code, `day` the city's own date. The core may keep the answer for that day, so whatever
    changes within it belongs into a subquery of the clause. What a cap closes, its `hide_at` hides.
    """


# judge -----------------------------------------------------------------------------------------------------


@_hookspec
async def judge_order(settings: Any, draft: Draft) -> Sequence[Objection]:
    """Why this draft may not be placed; nothing if it may. For what is not a rule over facts.

    Asked beside the rules, before anything is written, and by `explainOrder`; every plugin of the city is
    asked and all objections are shown together. Nothing read here is locked: a limit over a sum is a `Cap`.
    Asked again when what the draft was made of has changed before it could be written.
    """


# told ------------------------------------------------------------------------------------------------------


@_hookspec
async def order_placed(settings: Any, order: PlacedOrder) -> None:
    """An order was stored, its stock taken and its tallies moved. Raising undoes the whole purchase."""


@_hookspec
async def order_delivered(settings: Any, order: PlacedOrder, at: datetime) -> None:
    """An order reached its buyer at the instant `at` (UTC). Raising leaves it as it was."""


@_hookspec
async def order_cancelled(settings: Any, order: PlacedOrder, at: datetime) -> None:
    """An order was cancelled at the instant `at` (UTC), stock and tallies given back. Raising undoes it."""


@_hookspec
async def demo_data(settings: Any, demo: Demo) -> None:
    """Fill the plugin's own tables for the demo market.

    Called once for each city that lists the plugin, in a transaction, after the core's rows are there.
    """
