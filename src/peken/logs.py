"""What is written to the log, and what never is; knows no request and no row.

Everything goes through one chain: the market's own lines, uvicorn's, and those of libraries. It drops keys that hold
what belongs to a person or opens a door, and masks what looks like a NIK, a NIP or a token in whatever is left.
"""

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

PRIVATE: Final = frozenset(
    {
        "address",
        "authorization",
        "bearer",
        "cookie",
        "email",
        "nik",
        "nip",
        "npwp",
        "password",
        "phone",
        "query",
        "secret",
        "set-cookie",
        "token",
        "variables",
    }
)
"""Names of values that are dropped wherever they stand, also as the end of a name: `recipient_address`."""

# A NIK or NPWP has 16 digits; a NIP 18, also written 8 6 1 3. Their neighbours may be letters, never digits.
_NUMBER: Final = re.compile(r"(?<!\d)(?:\d{18}|\d{16}|\d{8} \d{6} \d \d{3})(?!\d)")
_TOKEN: Final = re.compile(r"\beyJ[\w-]*\.[\w-]+\.[\w-]*|(?i:\bbearer) +\S+")
_SHORT: Final = 200
_OURS: Final = frozenset({"timestamp", "level", "logger", "request_id"})
_QUIET: Final = ("tortoise", "tortoise.db_client", "asyncio", "aiosqlite")

request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""The id of the request that is being answered: it stands on every line that is written meanwhile."""


def configure(*, json: bool = True, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sets up the log of this process: JSON lines, or lines for a terminal; to stderr unless told."""
    out = stream or sys.stderr
    colours = not json and out.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_the_request,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    # The market's own lines are written at once: the way through `logging` costs more than all else of a line.
    chain = [*shared, _renderer(json=json, colours=colours)]
    wrapper = structlog.make_filtering_bound_logger(level)
    shortened = json and logging.getLevelNamesMapping()[level] <= logging.INFO
    structlog.configure(
        processors=chain,
        wrapper_class=wrapper,
        logger_factory=_Log(out, ([*chain], wrapper) if shortened else None),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(json=json, colours=colours),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    _take_over_others()


def request(method: str, path: str, status: int | None, ms: float) -> None:
    """Writes that a request is done: what the chain would write, but past it, for there is a line for each."""
    config = structlog.get_config()
    log = config["logger_factory"]
    if not isinstance(log, _Log) or log.shortened != (config["processors"], config["wrapper_class"]):
        structlog.get_logger("peken.http").info("request", method=method, path=path, status=status, ms=ms)
        return
    line = {
        "method": _masked_word(method),
        "path": _masked_word(path),
        "status": status,
        "ms": ms,
        "event": "request",
        "request_id": request_id.get(),
        "level": "info",
        "logger": "peken.http",
        "timestamp": datetime.now(UTC),
    }
    log.lines.msg(orjson.dumps(line, option=orjson.OPT_UTC_Z).decode())


class _Log:
    """Makes the loggers of the market's own lines. `shortened` is the set-up in which a line may go past the chain."""

    def __init__(self, stream: TextIO, shortened: tuple[list[Processor], type] | None) -> None:
        self.lines = _Lines("peken", stream)
        self.shortened = shortened
        self._stream = stream

    def __call__(self, name: str = "peken") -> "_Lines":
        return _Lines(name, self._stream)


class _Lines:
    """Where the lines of one logger go."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        """Writes a line. That it cannot, on a full disk or to who has gone, is no reason to serve nobody."""
        # Not by `suppress`, which costs more than the line.
        try:
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = critical = exception = log = msg


def _name_the_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if identity := request_id.get():
        event.setdefault("request_id", identity)
    return event


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Drops private keys and masks private numbers, however deep they lie."""
    return {
        name: value if name in _OURS or name.startswith("_") else _masked(value)
        for name, value in event.items()
        if not _is_private(name)
    }


def places(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, and nothing that it says: its text may quote a person's data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


@lru_cache(maxsize=1_000)
def _is_private(name: str) -> bool:
    name = name.lower()
    return name in PRIVATE or name.rpartition("_")[2] in PRIVATE


def _masked(value: object) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if len(str(abs(value))) not in (16, 18) else "[number]"
    if isinstance(value, Mapping):
        return {str(name): _masked(inner) for name, inner in value.items() if not _is_private(str(name))}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner) for inner in value]
    return _TOKEN.sub("[token]", _NUMBER.sub("[number]", str(value)))


def _masked_word(word: str) -> Any:
    """The same of a word that comes again and again."""
    return _remembered(word) if len(word) < _SHORT else _masked(word)


_remembered: Final = lru_cache(maxsize=200)(_masked)


def _renderer(*, json: bool, colours: bool) -> Processor:
    return (
        structlog.processors.JSONRenderer(serializer=_as_json)
        if json
        # Plain: the pretty form prints local variables, and so whatever they hold.
        else structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)
    )


def _as_json(event: object, **_: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode(errors="replace")


def _take_over_others() -> None:
    for name in ("uvicorn", "uvicorn.error", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # Its lines hold query strings; the market writes a line of its own for each request.
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
