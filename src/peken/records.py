"""The two rows beside every change: the audit (who, what, why) and the outbox (what leaves the house)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from peken.actors import Actor
from peken.database import Database, Insert
from peken.ids import new_id


async def record(
    database: Database,
    actor: Actor,
    city: str,
    action: str,
    subjects: Sequence[UUID | str],
    at: datetime,
    *,
    reason: str = "",
    changes: Mapping[str, object] | None = None,
) -> None:
    """Writes, within the caller's transaction, that `actor` did `action` to each of `subjects`.

    `action` is the noun and the past verb ("order.placed"), and the topic of the outbox row. Subjects are keys and
    the actor is the opaque subject of a token, so neither row names a person by itself. What people write does not
    keep to that: `reason` is free text, which stays in the audit and never leaves the house, and `changes` hold
    the new texts of whatever was changed, which do.
    """
    await database.insert_all(*records_of(actor, city, action, subjects, at, reason=reason, changes=changes))


def records_of(
    actor: Actor,
    city: str,
    action: str,
    subjects: Sequence[UUID | str],
    at: datetime,
    *,
    reason: str = "",
    changes: Mapping[str, object] | None = None,
) -> list[Insert]:
    """The rows that `record` writes, for who writes them together with others."""
    details = dict(changes or {})
    audits = [
        (new_id(), city, actor.subject, actor.leading_role, action, str(subject), reason, details, at)
        for subject in subjects
    ]
    leaving = [(new_id(), city, action, str(subject), details, at) for subject in subjects]
    return [Insert("audit", _AUDIT, audits), Insert("outbox", _OUTBOX, leaving)]


_AUDIT = ("id", "city_id", "actor", "role", "action", "subject", "reason", "changes", "at")
_OUTBOX = ("id", "city_id", "topic", "key", "payload", "created_at")
