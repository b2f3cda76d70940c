"""Operations for migrations that the ORM does not have; they know their SQL and nothing of models.

`AddCheck` is a CHECK the database really holds. PostgreSQL gets `ALTER TABLE ... ADD CONSTRAINT`. SQLite cannot add a
CHECK to a table that exists, and rebuilding a table would lose its indexes, so there two triggers hold it: they run
after each INSERT and UPDATE, read the row as it now is and abort the statement when the condition is false. As with a
real CHECK, a condition that is NULL passes.
"""

from collections.abc import Sequence

from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class DialectSQL(TortoiseOperation):
    """Statements per engine, each run as it stands; without its reverse a migration cannot be taken back."""

    def __init__(
        self,
        *,
        postgres: Sequence[str] = (),
        sqlite: Sequence[str] = (),
        reverse_postgres: Sequence[str] | None = None,
        reverse_sqlite: Sequence[str] | None = None,
    ) -> None:
        self.forward = {"postgres": postgres, "sqlite": sqlite}
        self.backward = {"postgres": reverse_postgres or (), "sqlite": reverse_sqlite or ()}
        self.reversible = reverse_postgres is not None or reverse_sqlite is not None

    def describe(self) -> str:
        return "Run SQL of each engine"

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        await _run(state_editor, self.forward)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        await _run(state_editor, self.backward)


async def _run(editor: BaseSchemaEditor | None, statements: dict[str, Sequence[str]]) -> None:
    if editor is None:
        return
    for statement in statements[editor.client.capabilities.dialect]:
        if editor.collect_sql:
            editor.collected_sql.append(statement)
        else:
            await editor.client.execute_query(statement)


class AddCheck(DialectSQL):
    """A condition that every row of `table` keeps: `AddCheck("product", "product_stock", "stock >= 0")`."""

    def __init__(self, table: str, name: str, sql: str) -> None:
        self.table, self.name, self.sql = table, name, sql
        super().__init__(
            postgres=[f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" CHECK ({sql})'],
            sqlite=[_trigger(table, name, sql, event) for event in ("INSERT", "UPDATE")],
            reverse_postgres=[f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'],
            reverse_sqlite=[f'DROP TRIGGER "{name}_{event}"' for event in ("insert", "update")],
        )

    def describe(self) -> str:
        return f"Add check {self.name} to {self.table}"


def _trigger(table: str, name: str, sql: str, event: str) -> str:
    message = f"CHECK constraint failed: {name}"
    return (
        f'CREATE TRIGGER "{name}_{event.lower()}" AFTER {event} ON "{table}" BEGIN '
        f"SELECT RAISE(ABORT, '{message}') FROM \"{table}\" WHERE rowid = NEW.rowid AND NOT ({sql}); END"
    )


class RemoveCheck(DialectSQL):
    """Takes back what `AddCheck` with the same arguments did."""

    def __init__(self, table: str, name: str, sql: str) -> None:
        added = AddCheck(table, name, sql)
        super().__init__(
            postgres=added.backward["postgres"],
            sqlite=added.backward["sqlite"],
            reverse_postgres=added.forward["postgres"],
            reverse_sqlite=added.forward["sqlite"],
        )

    def describe(self) -> str:
        return "Remove check"


class AddIndexOn(DialectSQL):
    """An index of any shape both engines know, given by what stands after the table's name: `(a, b) WHERE c > 0`."""

    def __init__(self, table: str, name: str, on: str, *, unique: bool = False) -> None:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        create, drop = f'CREATE {kind} "{name}" ON "{table}" {on}', f'DROP INDEX "{name}"'
        super().__init__(postgres=[create], sqlite=[create], reverse_postgres=[drop], reverse_sqlite=[drop])
