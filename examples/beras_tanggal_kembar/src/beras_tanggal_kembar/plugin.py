"""Every contact with the host; read it first."""

from pathlib import Path

from beras_tanggal_kembar.models import load_families
from beras_tanggal_kembar.rules import RULES, Family
from peken.hookspecs import Tables, hookimpl
from peken.rules import Regulations


@hookimpl
def tables() -> Tables:
    return Tables(models=("beras_tanggal_kembar.models",), migrations="beras_tanggal_kembar.migrations")


@hookimpl
def regulations() -> Regulations:
    return Regulations(RULES, parameters=Path(__file__).with_name("parameters.toml"), loads={Family: load_families})
