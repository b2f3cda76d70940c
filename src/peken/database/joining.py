"""What Tortoise is given, so that models and its own transactions join the units of work of one database."""

from typing import TYPE_CHECKING, Any

from tortoise.backends.base.client import TransactionContext
from tortoise.connection import ConnectionHandler

if TYPE_CHECKING:
    from peken.database import Database


class JoinedTransaction(TransactionContext):
    """Tortoise's transactions (get_or_create, in_transaction) are units of work too."""

    def __init__(self, database: "Database", *, savepoint: bool) -> None:
        self._database = database
        self._savepoint = savepoint

    async def __aenter__(self) -> Any:
        self._unit = self._database.unit_of_work(savepoint=self._savepoint)
        await self._unit.__aenter__()
        return self._database.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await self._unit.__aexit__(exc_type, exc_val, exc_tb)


class Connections(ConnectionHandler):
    """Gives every model this database's client, whatever database the model was opened with last."""

    def __init__(self, database: "Database") -> None:
        super().__init__()
        self.database = database

    def get(self, conn_alias: str) -> Any:
        return self.database.client
