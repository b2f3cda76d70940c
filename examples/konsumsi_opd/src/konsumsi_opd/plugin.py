"""Every contact with the host; read it first."""

from pathlib import Path

from konsumsi_opd.models import load_budgets, load_groups
from konsumsi_opd.rules import RULES, Budget, Group
from peken.hookspecs import Tables, hookimpl
from peken.rules import Regulations


@hookimpl
def tables() -> Tables:
    return Tables(models=("konsumsi_opd.models",), migrations="konsumsi_opd.migrations")


@hookimpl
def regulations() -> Regulations:
    return Regulations(RULES, Path(__file__).with_name("parameters.toml"), {Budget: load_budgets, Group: load_groups})
