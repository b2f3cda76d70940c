"""What city hall does with parameters: sets a version for days to come, withdraws one before its first day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from peken.actors import Actor
from peken.errors import Objection, PekenError, Refused
from peken.ids import new_id
from peken.market import Market, ServedCity
from peken.models import ParameterVersion
from peken.parameters.following import LEAD, take_in
from peken.parameters.versions import OWN, place_of, raw_row, rulebook_of, set_of, standing, versions_of
from peken.records import record
from peken.rules import Mode, ParameterFaults, Parameters, Row, RuleFaults, RuleRow, load_parameters, table_name
from peken.rules.faults import ParameterFault
from peken.rules.loading import PLACE, columns_of
from peken.rules.standing import Placed

LONGEST: Final = 300


def columns_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Columns by name. Raises PekenError `bad_column` for one that is said twice."""
    columns: dict[str, str] = {}
    for name, value in pairs:
        if name in columns:
            raise PekenError("bad_column", "The column {column} is said twice.", column=name)
        columns[name] = value
    return columns


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """A row as a person writes it: `columns` as typed, without those that stand here by themselves."""

    plugin: str
    table: str
    columns: Mapping[str, str]
    valid_from: date
    valid_to: date | None = None
    source: str
    mark: str
    reason: str
    replaces: bool = False
    """Whether it takes the place of whatever is there for its days; else it ends the open row before it."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it: the version, the rows that end sooner by it, the day from which nothing is in force."""

    version: ParameterVersion
    ended: tuple[Row, ...] = ()
    silent_from: date | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a plugin in a city, with what was added to it so far."""

    city: ServedCity
    plugin: str
    type: type[Row]
    versions: Sequence[ParameterVersion] = field(default=())

    @property
    def before(self) -> Parameters:
        return self.city.rulebook.parameters[self.plugin]

    def read(self, *more: ParameterVersion) -> Parameters:
        """All rows with those of `more`. Raises ParameterFaults."""
        added: dict[str, list[Mapping[str, Any]]] = {}
        for version in (*standing(self.versions), *more):
            if version.plugin == self.plugin:
                added.setdefault(version.table_name, []).append(raw_row(version))
        [source] = (each.regulations.parameters for each in self.city.chapters if each.plugin == self.plugin)
        return load_parameters(source, {*self.before.standing, self.type} - {RuleRow}, added=added)


def earliest_day(city: ServedCity, now: datetime) -> date:
    """The first day that can still be set: of those before it, something may have been judged already."""
    return city.today(now + LEAD) + timedelta(days=1)


def mode_version(market: Market, actor: Actor, rule: str, mode: Mode, **dated: Any) -> NewVersion:
    """A version that says how a rule binds, in place of what was said. Raises Refused for no rule of the city."""
    rulebook = market.city(actor.city).rulebook
    if rule not in rulebook.rules:
        raise Refused([Objection("unknown_rule", "{rule} is no rule of this city.", {"rule": rule}, ("rule",))])
    columns = {"code": rule, "mode": mode.value}
    plugin = rulebook.plugin_of(rule)
    return NewVersion(plugin=plugin, table=table_name(RuleRow), columns=columns, replaces=True, **dated)


async def set_version(market: Market, actor: Actor, wanted: NewVersion, *, dry_run: bool = False) -> Done:
    """Adds a row from a coming day on, checked by what checks the files. Raises Refused with every reason."""
    now = market.now()
    city = market.city(actor.city)
    if objections := [*_unfit(city, wanted, now)]:
        raise Refused(objections)
    async with market.database.unit_of_work():
        table = await _locked(market, city, wanted)
        version = _version(table, actor, wanted, now)
        after = _fitting(table, version)
        new = _placed_new(table, after)
        await _held_by_somebody(market, table, new)
        if not dry_run:
            await version.save(force_create=True)
            changes = {"plugin": wanted.plugin, "table": wanted.table, **_plain(version)}
            what = ("parameter.set", [version.id], now)
            await record(market.database, actor, city.code, *what, reason=version.reason, changes=changes)
    if not dry_run:
        await take_in(market)
    return Done(version, _ended(table, after, new), _silent_from(table, after, new))


async def withdraw(market: Market, actor: Actor, key: UUID, reason: str) -> Done:
    """Takes back a version before its first day. Raises Refused, and PekenError `unknown_version`."""
    now = market.now()
    city = market.city(actor.city)
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST:
        raise Refused([_text_objection("reason")])
    async with market.database.unit_of_work():
        await _lock(market, city)
        versions = await versions_of(city.code)
        found = next((each for each in versions if each.id == key), None)
        if found is None:
            raise PekenError("unknown_version", "There is no such version in your city.", status=404)
        if found.withdrawn_at is not None:
            raise Refused([Objection("already_withdrawn", "This version was withdrawn already.")])
        if found.valid_from < earliest_day(city, now):
            message = "A version is withdrawn before the day on which it begins. Set another one."
            raise Refused([Objection("already_valid", message)])
        found.withdrawn_at, found.withdrawn_by, found.withdrawn_reason = now, actor.subject, reason
        # Of a plugin that the city no longer has, nothing is read.
        if found.plugin in city.rulebook.parameters:
            _fitting(_Table(city, found.plugin, _types(city, found.plugin)[found.table_name], versions))
        await found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
        await record(market.database, actor, city.code, "parameter.withdrawn", [key], now, reason=reason)
    await take_in(market)
    return Done(found)


def _unfit(city: ServedCity, wanted: NewVersion, now: datetime) -> Iterable[Objection]:
    """What is wrong with a wish before any table is read."""
    for name, text in (("source", wanted.source), ("reason", wanted.reason)):
        if not 1 <= len(text.strip()) <= LONGEST:
            yield _text_objection(name)
    for name in (*OWN, "replaces"):
        if name in wanted.columns:
            message = "{column} is not said among the columns."
            yield Objection("bad_column", message, {"column": name}, ("columns", name))
    first = earliest_day(city, now)
    if wanted.valid_from < first:
        message = "A version begins on a day to come, {first} at the earliest: what was judged stays judged."
        yield Objection("too_early", message, {"first": first.isoformat()}, ("validFrom",))
    if wanted.plugin not in city.rulebook.parameters:
        known = ", ".join(sorted(city.rulebook.parameters)) or "-"
        message = "No plugin {plugin} has rules in this city; these have: {known}."
        yield Objection("unknown_plugin", message, {"plugin": wanted.plugin, "known": known}, ("plugin",))
    elif wanted.table not in (tables := _types(city, wanted.plugin)):
        message = "{plugin} has no table {table}; it has: {known}."
        values = {"plugin": wanted.plugin, "table": wanted.table, "known": ", ".join(sorted(tables))}
        yield Objection("unknown_table", message, values, ("table",))


def _types(city: ServedCity, plugin: str) -> dict[str, type[Row]]:
    known: list[type[Row]] = [*city.rulebook.parameters[plugin].standing, RuleRow]
    return {table_name(each): each for each in known}


def _text_objection(name: str) -> Objection:
    message = "A text here has between 1 and {longest} characters."
    return Objection(f"bad_{name}", message, {"longest": LONGEST}, (name,))


async def _lock(market: Market, city: ServedCity) -> None:
    """Whoever sets something in this city waits for the one who does so now."""
    await market.database.fetch(f"SELECT code FROM city WHERE code = $1{market.database.for_update}", city.code)


async def _locked(market: Market, city: ServedCity, wanted: NewVersion) -> _Table:
    await _lock(market, city)
    versions = await versions_of(city.code)
    return _Table(city, wanted.plugin, _types(city, wanted.plugin)[wanted.table], versions)


def _version(table: _Table, actor: Actor, wanted: NewVersion, now: datetime) -> ParameterVersion:
    columns = columns_of(table.type, {name: text.strip() for name, text in wanted.columns.items()})
    own = set_of(table.city.rulebook, table.plugin, table.type)
    if "set" not in columns and own:
        columns["set"] = own
    return ParameterVersion(
        id=new_id(),
        city_id=table.city.code,
        number=max((each.number for each in table.versions), default=0) + 1,
        plugin=wanted.plugin,
        table_name=wanted.table,
        columns=columns,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        source=wanted.source.strip(),
        mark=wanted.mark.strip(),
        replaces=wanted.replaces,
        actor=actor.subject,
        role=actor.leading_role,
        reason=wanted.reason.strip(),
        at=now,
    )


def _fitting(table: _Table, *more: ParameterVersion) -> Parameters:
    """The tables of the plugin, with more rows. Raises Refused with every fault, naming file and row."""
    try:
        after = table.read(*more)
        rulebook_of(table.city, [*table.versions, *more])
    except ParameterFaults as wrong:
        raise Refused([_fault(each, more) for each in wrong.faults]) from wrong
    except RuleFaults as wrong:
        raise Refused([_fault(ParameterFault(each), more) for each in wrong.faults]) from wrong
    return after


def _fault(fault: ParameterFault, new: Iterable[ParameterVersion]) -> Objection:
    """A fault with its path; file and row are named unless it is what is being set."""
    said = fault.says if any(fault.place.endswith(place_of(each)) for each in new) else fault
    named = {"valid_from": "validFrom", "valid_to": "validTo", "source": "source", "mark": "mark"}
    path = (named[fault.column],) if fault.column in named else ("columns", fault.column)
    message = "This cannot be set: {fault}"
    return Objection(fault.code, message, {"fault": str(said)}, path if fault.column else ())


def _placed_new(table: _Table, after: Parameters) -> Placed:
    """The row of the version that was added last."""
    return max((each for each in after.standing[table.type] if each.added), key=lambda each: each.added or 0)


async def _held_by_somebody(market: Market, table: _Table, new: Placed) -> None:
    """Of a scheme whose codes nobody has listed, only a class that a buyer of the city holds, or held, is known."""
    scheme, code = new.row.scheme, new.row.code
    if code == "*" or (table.type.schemes or {}).get(scheme, "listed"):
        return
    held = await market.database.fetch(
        """SELECT 1 AS one FROM buyer_class c JOIN buyer b ON b.id = c.buyer_id
            WHERE b.city_id = $1 AND c.scheme = $2
              AND (c.code = $3 OR substr(c.code, 1, length($4::text)) = $4) LIMIT 1""",
        table.city.code,
        scheme,
        code,
        f"{code}/",
    )
    if not held:
        message = "No buyer of this city has the class {scheme} {code}."
        values = {"scheme": scheme, "code": code}
        raise Refused([Objection("unknown_class", message, values, ("columns", "code"))])


def _ended(table: _Table, after: Parameters, new: Placed) -> tuple[Row, ...]:
    """The rows of its key, as they were, that stand no longer as they did."""
    left = after.rows(table.type)
    return tuple(each for each in table.read().rows(table.type) if each.key == new.row.key and each not in left)


def _silent_from(table: _Table, after: Parameters, new: Placed) -> date | None:
    """The day after its last, where its table knows no gaps and nothing of its key follows."""
    ends = new.row.valid_to
    if ends is None or table.type.gaps or table.type is RuleRow:
        return None
    follows = any(each.key == new.row.key and each.in_force(ends) for each in after.rows(table.type))
    return None if follows else ends


def _plain(version: ParameterVersion) -> dict[str, Any]:
    """A version as the audit keeps it."""
    row = {**raw_row(version), PLACE: version.number}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
