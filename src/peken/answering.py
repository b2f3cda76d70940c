"""How a market keeps its answers: which are alike for everybody, for how long, and where; computes none."""

import secrets
import socket
from collections.abc import Callable, Hashable
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from strawberry import Schema

from peken import __version__, catalog
from peken.http.caching import Answers, Shared
from peken.market import Market
from peken.schema import Context
from peken.schema.sharing import is_alike
from peken.settings import Settings


def answers_of(market: Market, schema: Schema) -> Answers | None:
    """What keeps the answers of a market; None where its settings want none kept."""
    settings = market.settings

    def viewpoint(context: Context) -> Hashable:
        if not catalog.sees_as_all_do(context.actor):
            return None
        # What is shown, and what is said of today, may turn with the day of a city.
        return context.language, context.edition

    if not settings.cache.memory_bytes:
        return None
    return Answers(
        market.database.traffic,
        alike=lambda type_name, field_name: is_alike(schema._schema, type_name, field_name),
        viewpoint=viewpoint,
        seconds=settings.cache.seconds,
        size=settings.cache.memory_bytes,
        longest=settings.limits.seconds,
        shared=_shared(settings, schema),
    )


def remarks_of(answers: Answers | None) -> dict[str, Callable[[], str]]:
    """What is told of health beside the checks."""
    shared = answers.shared if answers else None
    return {"redis": lambda: shared.state} if shared else {}


def _shared(settings: Settings, schema: Schema) -> Shared | None:
    if settings.redis_url is None:
        return None
    # Of another version, or with other settings, answers may differ; a changed table concerns them all.
    edition = settings.model_dump_json(include={"cities", "plugins", "limits", "language"})
    return Shared(
        settings.redis_url.get_secret_value(),
        place=_digest(_place(settings.database_url)),
        edition=_digest(__version__, schema.as_str(), edition),
        seconds=settings.cache.seconds,
        timeout=settings.cache.redis_timeout,
        pause=settings.cache.redis_pause,
    )


def _place(url: str) -> str:
    """Which database this is, without who may open it; under two names of one, less is shared."""
    parts = urlsplit(url)
    if parts.scheme != "sqlite":
        return f"{parts.hostname}:{parts.port}{parts.path}"
    if parts.netloc == ":memory:":
        return secrets.token_hex()
    return f"{socket.gethostname()}:{Path(parts.netloc + parts.path).resolve()}"


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()[:16]
