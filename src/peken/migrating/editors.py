"""Tortoise's schema editors, with SQLite's mended where it would lose indexes or fail; knows no migration."""

from typing import Any

from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, BaseSchemaEditor, SqliteSchemaEditor

from peken.database import Database


def editor_for(database: Database) -> BaseSchemaEditor:
    """The editor of the running unit of work."""
    if database.dialect == "postgres":
        return AsyncpgSchemaEditor(database.client, atomic=True)
    return MendedSqliteEditor(database.client, atomic=True)


class MendedSqliteEditor(SqliteSchemaEditor):
    """Changing a column on SQLite makes the table anew; here its indexes, triggers and unique sets survive that."""

    async def _remake_table(self, model: Any, *args: Any, **kwargs: Any) -> None:
        table: str = model._meta.db_table
        _, rows = await self.client.execute_query(
            "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type IN ('index', 'trigger') AND sql IS NOT NULL",
            [table],
        )
        texts = [row["sql"] for row in rows]
        await super()._remake_table(model, *args, **kwargs)
        for text in texts:
            await self._again(text)
        for names in model._meta.unique_together:
            columns = self._resolve_fields_to_columns(model, names)
            index = self._generate_index_name("uid", model, list(columns))
            quoted = ", ".join(self.quote(column) for column in columns)
            await self._again(f'CREATE UNIQUE INDEX IF NOT EXISTS "{index}" ON "{table}" ({quoted})')

    async def _again(self, text: str) -> None:
        try:
            await self.client.execute_query(text)
        except Exception as error:
            # What stood on a column that this very change takes away goes with it.
            if "no such column" not in str(error):
                raise

    async def _get_unique_constraint_names_from_db(
        self, table_name: str, column_names: list[str], schema: str | None = None
    ) -> list[str]:
        _, indexes = await self.client.execute_query(f'PRAGMA index_list("{table_name}")')
        found = []
        for index in indexes:
            _, columns = await self.client.execute_query(f'PRAGMA index_info("{index["name"]}")')
            if index["unique"] and [column["name"] for column in columns] == column_names:
                found.append(index["name"])
        return found
