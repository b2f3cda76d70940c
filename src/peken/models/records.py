"""What is written beside every change: who did it, and what must leave the house."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Outbox(Model):
    """A message that must leave the house, written in the transaction of the change it tells of."""

    id = fields.UUIDField(primary_key=True)
    city_id = fields.CharField(max_length=13)
    topic = fields.CharField(max_length=40)
    key = fields.CharField(max_length=60)
    payload: fields.JSONField[dict[str, object]] = fields.JSONField()
    created_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)

    class Meta:
        table = "outbox"
        indexes = (Index(fields=("sent_at", "id"), name="outbox_unsent"),)


class Audit(Model):
    """Who changed what, and why. Append-only."""

    id = fields.UUIDField(primary_key=True)
    city_id = fields.CharField(max_length=13)
    actor = fields.CharField(max_length=80)
    role = fields.CharField(max_length=20)
    action = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=60)
    reason = fields.CharField(max_length=300, default="")
    changes: fields.JSONField[dict[str, object]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "audit"
        indexes = (
            Index(fields=("city_id", "at", "id"), name="audit_city"),
            Index(fields=("subject",), name="audit_subject"),
        )


class Note(Model):
    """A fact about this database itself (what demo it holds, how far a replay came)."""

    name = fields.CharField(max_length=60, primary_key=True)
    value: fields.JSONField[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "note"
