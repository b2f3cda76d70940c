"""Turns what the drivers raise into codes a caller can act on; everything it does not know passes unchanged."""

import sqlite3

import asyncpg  # type: ignore[import-untyped]
from tortoise.exceptions import OperationalError

from peken.errors import PekenError

TRY_AGAIN = "try_again"

_LOST_A_RACE = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
_CONNECTION_LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
_NOT_TAKING_ANY = (
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
)
_NOT_LET_IN = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


def busy() -> PekenError:
    return PekenError("database_busy", "All database connections are in use. Try again shortly.", status=503)


def unavailable() -> PekenError:
    return PekenError("database_unavailable", "The database cannot be reached.", status=503)


def too_slow() -> PekenError:
    return PekenError("database_timeout", "The database took too long to answer.", status=503)


def try_again() -> PekenError:
    return PekenError(TRY_AGAIN, "Somebody else changed the same rows. Try again.", status=503)


def outcome_unknown() -> PekenError:
    return PekenError(
        "outcome_unknown",
        "The connection was lost while the change was being written. Repeat it with the same key.",
        status=503,
    )


def opening(error: BaseException) -> PekenError | None:
    """The failure of reaching the database at the start, for whoever starts: with the words of the driver."""
    known = (*_CONNECTION_LOST, *_NOT_TAKING_ANY, *_NOT_LET_IN, sqlite3.OperationalError)
    if not isinstance(error, known):
        return None
    why = str(error) or type(error).__name__
    return PekenError("database_unavailable", "The database cannot be opened: {why}", status=503, why=why)


def connecting(error: BaseException) -> PekenError | None:
    """The failure of reaching the server at all."""
    return unavailable() if isinstance(error, (*_CONNECTION_LOST, *_NOT_TAKING_ANY)) else None


def running(error: BaseException) -> PekenError | None:
    """The failure of a statement, of BEGIN, or of a COMMIT that certainly did not happen."""
    if isinstance(error, _LOST_A_RACE) or connection_lost(error) or _locked(error):
        return try_again()
    # Only a statement's own limit comes as this; whoever limits the whole request cancels instead.
    return too_slow() if isinstance(error, asyncpg.QueryCanceledError) else None


def connection_lost(error: BaseException | None) -> bool:
    return isinstance(error, _CONNECTION_LOST) or _found_dead(error)


def nothing_done(error: BaseException | None) -> bool:
    """Whether the connection was gone before the statement could have an effect: another one may run it."""
    return isinstance(error, asyncpg.AdminShutdownError) or _found_dead(error)


def _found_dead(error: BaseException | None) -> bool:
    # asyncpg has no class for a connection that the server left while it was idle or lent.
    gone = ("is closed", "was closed", "released back to the pool", "cannot switch to state")
    kinds = (asyncpg.InterfaceError, asyncpg.InternalClientError)
    return isinstance(error, kinds) and any(words in str(error) for words in gone)


def _locked(error: BaseException) -> bool:
    if isinstance(error, OperationalError) and error.args and isinstance(error.args[0], sqlite3.Error):
        error = error.args[0]
    code = getattr(error, "sqlite_errorcode", None)
    # The low byte is the kind; the rest says which flavour of busy or locked it was.
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
