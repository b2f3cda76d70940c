"""What the rules found: decisions with their inputs, refused attempts, and the tallies."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from peken.models.buyers import Buyer
from peken.models.regions import City


class Attempt(Model):
    """A purchase that was refused: kept, so that city hall can say why. Who asked is in the audit.

    `objections` hold what was shown, and beside it the inputs of those that no rule made.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    buyer: fields.ForeignKeyRelation[Buyer] = fields.ForeignKeyField(
        "peken.Buyer", related_name=False, on_delete=fields.RESTRICT
    )
    buyer_id: str
    amount = fields.BigIntField()
    objections: fields.JSONField[list[dict[str, object]]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "attempt"
        indexes = (
            Index(fields=("buyer_id", "at"), name="attempt_buyer"),
            Index(fields=("city_id", "at", "id"), name="attempt_city"),
        )


class Docket(Model):
    """The case as it was judged, with all facts, once for all its decisions.

    `case_id` is a purchase when placing, an attempt when refused, an order when delivered.
    """

    case_id = fields.UUIDField(primary_key=True)
    content: fields.JSONField[dict[str, object]] = fields.JSONField()

    class Meta:
        table = "docket"


class Decision(Model):
    """What one rule said of one case: see `Docket.case_id`.

    `message` is the English sentence of that day and the key of its translation; `figures` fill it. `lines` are
    keys of order lines, `items` their numbers in the basket; `subject_name` is what a shop or product was called.
    """

    id = fields.UUIDField(primary_key=True)
    city: fields.ForeignKeyRelation[City] = fields.ForeignKeyField(
        "peken.City", related_name=False, on_delete=fields.RESTRICT
    )
    city_id: str
    case_id = fields.UUIDField(db_index=True)
    rule = fields.CharField(max_length=80)
    plugin = fields.CharField(max_length=60)
    version = fields.CharField(max_length=120)
    parameters = fields.CharField(max_length=64)
    mode = fields.CharField(max_length=6)
    outcome = fields.CharField(max_length=6)
    code = fields.CharField(max_length=60)
    subject_kind = fields.CharField(max_length=12, null=True)
    subject = fields.CharField(max_length=60, null=True)
    win = fields.CharField(max_length=30, null=True)
    lines: fields.JSONField[list[str]] = fields.JSONField()
    items: fields.JSONField[list[int]] = fields.JSONField()
    subject_name = fields.CharField(max_length=250, default="")
    message = fields.TextField()
    figures: fields.JSONField[dict[str, object]] = fields.JSONField()
    instead = fields.CharField(max_length=120, null=True)
    citation = fields.TextField()
    source = fields.TextField()
    mark = fields.CharField(max_length=4)
    facts: fields.JSONField[list[str]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "decision"


class TallyBalance(Model):
    """The running sum of one rule for one subject in one window, with the limit known at the last move.

    Of a buyer's obligation `department_id` and `classes` (JSON text, pairs of scheme and code) are those of the day
    on which the balance was last opened. Lists by what is still to do go by indexes on `peken.monitor.watching.BEHIND`.
    """

    id = fields.UUIDField(primary_key=True)
    city_id = fields.CharField(max_length=13)
    rule = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=60)
    win = fields.CharField(max_length=30)
    value = fields.BigIntField()
    floor = fields.BigIntField(null=True)
    ceiling = fields.BigIntField(null=True)
    department_id = fields.UUIDField(null=True)
    classes = fields.TextField(null=True)

    class Meta:
        table = "tally_balance"
        unique_together = (("rule", "subject", "win"),)


class TallyEntry(Model):
    """Append-only: what one order line added to a balance, and the opposite when it was taken back."""

    id = fields.UUIDField(primary_key=True)
    rule = fields.CharField(max_length=80)
    subject = fields.CharField(max_length=60)
    win = fields.CharField(max_length=30)
    line_id = fields.UUIDField()
    amount = fields.BigIntField()
    cause = fields.CharField(max_length=20)
    at = fields.DatetimeField()

    class Meta:
        table = "tally_entry"
        unique_together = (("rule", "line_id", "cause"),)
        indexes = (Index(fields=("line_id",), name="tally_entry_line"),)
