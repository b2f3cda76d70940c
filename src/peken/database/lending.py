"""How busy a pool is; lends nothing itself."""

from peken.database.clients import Pool, SqlitePool


def in_use(pool: Pool) -> int:
    """How many connections are lent out at this moment."""
    if isinstance(pool, SqlitePool):
        return int(pool._lock.locked())
    idle = len(pool.spares)
    return pool._pool.get_size() - pool._pool.get_idle_size() - idle if pool._pool is not None else 0
