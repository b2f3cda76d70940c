"""The demo: a market of invented people in real places, to look at and to try out."""

from peken.demo.filling import SEED, Progress, Scale, fill
from peken.demo.personas import Persona, personas

__all__ = ["SEED", "Persona", "Progress", "Scale", "fill", "personas"]
