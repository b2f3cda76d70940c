"""The rules of a city with their dated parameters, and what city hall sets for days to come. Shapes only."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import strawberry

from peken import models, parameters
from peken.actors import Role
from peken.errors import Refused as RefusedError
from peken.ids import key_of
from peken.parameters import Done, NewVersion, Standing
from peken.plans import performed
from peken.rules import Mode, Row, Rulebook, RuleRow, table_name
from peken.rules import Rule as PlainRule
from peken.schema.buying import Refused, refusal_of
from peken.schema.context import Context, Info
from peken.schema.enums import described
from peken.schema.nodes import Id, Node
from peken.schema.rulings import Figure, Lang, say

NOT_COLUMNS = {"valid_from", "valid_to", "source", "mark", "after_gap"}


@described(
    OFF="It is not asked.",
    SHADOW="It judges, and what it says is recorded, but it binds nobody.",
    ON="It binds.",
)
class RuleMode(Enum):
    """How a rule binds on a day."""

    OFF = "off"
    SHADOW = "shadow"
    ON = "on"


@described(PAST="It is over.", IN_FORCE="It is in force that day.", COMING="It begins after that day.")
class RowTime(Enum):
    """Where a row's days lie, seen from a day."""

    PAST = "past"
    IN_FORCE = "in_force"
    COMING = "coming"


@strawberry.type
class ParameterVersion(Node):
    """A row that city hall set beside those of a plugin's file."""

    number: int = strawberry.field(description="The versions of a city are counted from 1.")
    plugin: str = strawberry.field(description="The plugin whose table it belongs to.")
    table: str = strawberry.field(description="The table.")
    columns: list[Figure] = strawberry.field(description="Its own columns, by name.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day on which it is no longer valid, as it was set.")
    source: str = strawberry.field(description="The regulation or letter that says so.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    replaces: bool = strawberry.field(description="Whether it takes the place of whatever is there for its days.")
    set_by: str = strawberry.field(description="Opaque subject of the one who set it.")
    set_at: datetime = strawberry.field(description="When it was set.")
    reason: str = strawberry.field(description="Why it was set.")
    withdrawn_by: str | None = strawberry.field(description="Opaque subject of the one who withdrew it.")
    withdrawn_at: datetime | None = strawberry.field(description="When it was withdrawn; null while it stands.")
    withdrawn_reason: str | None = strawberry.field(description="Why it was withdrawn.")


@strawberry.type
class ParameterRow:
    """A row of a table as it stands, with what came after it."""

    columns: list[Figure] = strawberry.field(description="Its own columns, by name; `scheme` and `code` name a class.")
    valid_from: date = strawberry.field(description="First day.")
    valid_to: date | None = strawberry.field(description="First day on which it is no longer in force.")
    source: str = strawberry.field(description="Where it is taken from.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    time: RowTime = strawberry.field(description="Whether it is in force on the day asked for.")
    version: ParameterVersion | None = strawberry.field(description="What set it; null for a row of the plugin's file.")


@strawberry.type
class ParameterTable:
    """The rows of a table that a rule reads."""

    name: str = strawberry.field(description="Name of the table.")
    set: str | None = strawberry.field(description="Of rival sets of rows, the one that the settings choose.")
    rows: list[ParameterRow] = strawberry.field(description="All its rows, past and coming ones too, by class and day.")


@strawberry.type
class Rule:
    """A rule of a city, as it stands on a day."""

    code: str = strawberry.field(description="Code of the rule.")
    kind: str = strawberry.field(description="`obligation`, `cap`, `check`, `ranking` or `calendar`.")
    plugin: str = strawberry.field(description="The plugin it belongs to.")
    citation: str = strawberry.field(description="The regulation behind it.")
    version: str = strawberry.field(description="Version of the plugin, and hash of the rule's source.")
    parameters: str = strawberry.field(description="Hash of the rows in force that day, as decisions carry it.")
    mode: RuleMode = strawberry.field(description="How it binds that day.")
    modes: list[ParameterRow] = strawberry.field(description="On which days it binds how; none: it is on.")
    tables: list[ParameterTable] = strawberry.field(description="The tables that it reads.")
    title_text: strawberry.Private[str]

    @strawberry.field
    def title(self, info: Info, lang: Lang = None) -> str:
        """Name of the rule for people."""
        return say(info, lang, self.title_text, {})


@strawberry.type
class ParameterSet:
    """What became of a new version, or would become of it."""

    version: ParameterVersion = strawberry.field(description="The version.")
    written: bool = strawberry.field(description="False for a dry run, which writes nothing.")
    ended: list[ParameterRow] = strawberry.field(description="Rows that end sooner by it, as they were before.")
    silent_from: date | None = strawberry.field(
        description="The day from which no row of its class is in force and the rule is silent, if there is one."
    )


@strawberry.input
class ColumnInput:
    """One column of a new row."""

    name: str = strawberry.field(description="Name of the column, such as `amount`, `scheme` or `code`.")
    value: str = strawberry.field(description='What it holds, as text: "600000", "III/c".')


@strawberry.input
class VersionInput:
    """When something new is in force, and what says so."""

    valid_from: date = strawberry.field(description="First day, in the city; tomorrow at the earliest.")
    valid_to: date | None = strawberry.field(default=None, description="First day on which it is no longer valid.")
    source: str = strawberry.field(description="The regulation or letter that says so, from 1 to 300 characters.")
    mark: str = strawberry.field(description="How certain that source is, as in `Decision.mark`.")
    reason: str = strawberry.field(description="Why it is set, from 1 to 300 characters; kept in the audit.")


@strawberry.input
class SetParameterInput:
    """A row to add to a table of a plugin."""

    plugin: str = strawberry.field(description="The plugin, as `Rule.plugin` names it.")
    table: str = strawberry.field(description="The table, as `ParameterTable.name` names it.")
    columns: list[ColumnInput] = strawberry.field(description="The columns, without those in `dated`.")
    dated: VersionInput = strawberry.field(description="When it is in force, and what says so.")
    replaces: bool = strawberry.field(
        default=False,
        description="Take the place of whatever is there for its days. Else it ends the open row before it.",
    )


@strawberry.input
class SetRuleModeInput:
    """How a rule is to bind."""

    rule: str = strawberry.field(description="Code of the rule.")
    mode: RuleMode = strawberry.field(description="How it binds in these days, whatever was said of them before.")
    dated: VersionInput = strawberry.field(description="When it is in force, and what says so.")


SetParameterResult = Annotated[
    ParameterSet | Refused, strawberry.union("SetParameterResult", description="The version, or why there is none.")
]
SetRuleModeResult = Annotated[
    ParameterSet | Refused, strawberry.union("SetRuleModeResult", description="The version, or why there is none.")
]
WithdrawParameterResult = Annotated[
    ParameterVersion | Refused,
    strawberry.union("WithdrawParameterResult", description="The withdrawn version, or why it stands."),
]
NEW = strawberry.argument(description="What is to be in force.")
DryRun = Annotated[bool, strawberry.argument(description="Say what would become of it, and write nothing.")]
On = Annotated[date | None, strawberry.argument(description="The day asked for; today in the city unless told.")]


@strawberry.type
class ParameterQuery:
    """What the rules are."""

    @strawberry.field
    async def rules(self, info: Info, on: On = None) -> list[Rule]:
        """The rules of one's city, with all that is in force, was, and will be."""
        context = info.context
        await parameters.take_in(context.market)
        city = context.market.city(context.actor.city)
        day = on or city.today(context.now)
        rows = parameters.standing_of(city.rulebook, await parameters.versions_of(city.code))
        return [_rule(city.rulebook, rule, day, rows) for rule in city.rulebook.rules.values()]

    @strawberry.field
    async def parameter_versions(self, info: Info) -> list[ParameterVersion]:
        """All that was set in one's city, in the order in which it was; the withdrawn ones too."""
        return [version_of(row) for row in await parameters.versions_of(info.context.actor.city)]


@strawberry.type
class ParameterMutation:
    """What city hall does with rules."""

    @performed
    async def set_parameter(
        self, info: Info, input: Annotated[SetParameterInput, NEW], dry_run: DryRun = False
    ) -> SetParameterResult:
        """Adds a row to a table of a plugin, for days to come."""
        columns = parameters.columns_once((column.name, column.value) for column in input.columns)
        wanted = NewVersion(
            plugin=input.plugin, table=input.table, columns=columns, replaces=input.replaces, **_dated(input.dated)
        )
        context = info.context
        try:
            done = await parameters.set_version(context.market, context.actor, wanted, dry_run=dry_run)
        except RefusedError as refused:
            return refusal_of(refused)
        return _set(done, dry_run)

    @performed
    async def set_rule_mode(
        self, info: Info, input: Annotated[SetRuleModeInput, NEW], dry_run: DryRun = False
    ) -> SetRuleModeResult:
        """Switches a rule off, into the shadow or on, for days to come."""
        context = info.context
        try:
            mode = Mode(input.mode.value)
            wanted = parameters.mode_version(context.market, context.actor, input.rule, mode, **_dated(input.dated))
            done = await parameters.set_version(context.market, context.actor, wanted, dry_run=dry_run)
        except RefusedError as refused:
            return refusal_of(refused)
        return _set(done, dry_run)

    @performed
    async def withdraw_parameter(
        self,
        info: Info,
        id: Id,
        reason: Annotated[str, strawberry.argument(description="Why, from 1 to 300 characters; kept in the audit.")],
    ) -> WithdrawParameterResult:
        """Takes back a version whose first day is still to come."""
        key = key_of(id, "ParameterVersion")
        try:
            done = await parameters.withdraw(info.context.market, info.context.actor, key, reason)
        except RefusedError as refused:
            return refusal_of(refused)
        return version_of(done.version)


async def find_version(context: Context, key: UUID) -> ParameterVersion | None:
    """A version of one's city, for those who watch over it."""
    if not context.actor.has(Role.CITY_HALL, Role.AUDITOR):
        return None
    row = await models.ParameterVersion.filter(id=key, city_id=context.actor.city).first()
    return version_of(row) if row else None


def version_of(row: models.ParameterVersion) -> ParameterVersion:
    """A version as the graph shows it."""
    return ParameterVersion(
        key=UUID(str(row.id)),
        number=row.number,
        plugin=row.plugin,
        table=row.table_name,
        columns=_figures(row.columns),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        mark=row.mark,
        replaces=row.replaces,
        set_by=row.actor,
        set_at=row.at,
        reason=row.reason,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
    )


def _rule(
    rulebook: Rulebook, rule: PlainRule, day: date, rows: Mapping[tuple[str, type[Row]], Sequence[Standing]]
) -> Rule:
    plugin = rulebook.plugin_of(rule.code)
    modes = rows.get((plugin, RuleRow), ())
    return Rule(
        code=rule.code,
        kind=type(rule).__name__.lower(),
        plugin=plugin,
        citation=rule.cites,
        version=rulebook.version_of(rule.code),
        parameters=rulebook.parameters_of(rule.code, day),
        mode=RuleMode(rulebook.mode(rule.code, day).value),
        modes=[_row(each, day) for each in modes if each.row.code == rule.code],
        tables=[
            ParameterTable(
                name=table_name(table),
                set=rows[plugin, table][0].row.set or None,
                rows=[_row(each, day) for each in rows[plugin, table]],
            )
            for table in sorted(rulebook.tables_of(rule.code), key=table_name)
        ],
        title_text=rule.title or rule.code,
    )


def _row(standing: Standing, day: date) -> ParameterRow:
    row = standing.row
    time = RowTime.IN_FORCE if row.in_force(day) else RowTime.COMING if day < row.valid_from else RowTime.PAST
    columns = {name: value for name, value in msgspec.to_builtins(row).items() if name not in NOT_COLUMNS}
    return ParameterRow(
        columns=_figures(columns),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        source=row.source,
        mark=row.mark,
        time=time,
        version=version_of(standing.version) if standing.version else None,
    )


def _set(done: Done, dry_run: bool) -> ParameterSet:
    day = done.version.valid_from
    return ParameterSet(
        version=version_of(done.version),
        written=not dry_run,
        ended=[_row(Standing(row, None), day) for row in done.ended],
        silent_from=done.silent_from,
    )


def _figures(columns: Mapping[str, Any]) -> list[Figure]:
    return [Figure(name=name, value=json.dumps(value)) for name, value in sorted(columns.items())]


def _dated(given: VersionInput) -> dict[str, Any]:
    return {
        "valid_from": given.valid_from,
        "valid_to": given.valid_to,
        "source": given.source,
        "mark": given.mark,
        "reason": given.reason,
    }
