"""How the two made-up apps are opened."""

from collections.abc import Callable

from peken.database import Database

MODELS = {"corner": ["corner.models"], "kiosk": ["kiosk.models"]}
MIGRATIONS = {"corner": "corner.migrations", "kiosk": "kiosk.migrations"}

Opening = Callable[..., Database]
