"""All that authors of regulations need, and the core asks. Knows no database, no schema and no clock."""

from .asking import OnFailure
from .binding import Chapter, Loader, Regulations
from .docket import case_from_json, case_to_json, facts_from_json, facts_to_json
from .facts import (
    CORE_FACTS,
    Buyer,
    Candidate,
    Case,
    Day,
    Department,
    Duty,
    Fact,
    Facts,
    Line,
    LineKeys,
    ListingKeys,
    Order,
    Product,
    Span,
    Vendor,
    fact_name,
)
from .faults import MissingFact, ParameterFaults, RuleFaults
from .kinds import Calendar, Cap, Check, Moment, Obligation, Ranking, Rule, Subject, Tally, Unit
from .loading import Added, Parameters, load_parameters
from .messages import message_of
from .moves import Move, TallyKey, Target
from .parameters import Amount, Row, RuleRow, Table, table_name
from .purity import impurities
from .rulebook import Rulebook
from .verdicts import Decision, Mode, Outcome, Place, Value, Verdict, notice, refuse, warn
from .weighing import weigh
from .windows import DAY, MONTH, ORDER, YEAR, Window, dates, occasion, season, weekday

__all__ = [
    "CORE_FACTS",
    "DAY",
    "MONTH",
    "ORDER",
    "YEAR",
    "Added",
    "Amount",
    "Buyer",
    "Calendar",
    "Candidate",
    "Cap",
    "Case",
    "Chapter",
    "Check",
    "Day",
    "Decision",
    "Department",
    "Duty",
    "Fact",
    "Facts",
    "Line",
    "LineKeys",
    "ListingKeys",
    "Loader",
    "MissingFact",
    "Mode",
    "Moment",
    "Move",
    "Obligation",
    "OnFailure",
    "Order",
    "Outcome",
    "ParameterFaults",
    "Parameters",
    "Place",
    "Product",
    "Ranking",
    "Regulations",
    "Row",
    "Rule",
    "RuleFaults",
    "RuleRow",
    "Rulebook",
    "Span",
    "Subject",
    "Table",
    "Tally",
    "TallyKey",
    "Target",
    "Unit",
    "Value",
    "Vendor",
    "Verdict",
    "Window",
    "case_from_json",
    "case_to_json",
    "dates",
    "fact_name",
    "facts_from_json",
    "facts_to_json",
    "impurities",
    "load_parameters",
    "message_of",
    "notice",
    "occasion",
    "refuse",
    "season",
    "table_name",
    "warn",
    "weekday",
    "weigh",
]
