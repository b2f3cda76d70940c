"""The folder of a demo: its database, its key and its people; knows no row."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from peken.errors import PekenError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no such locks
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from peken.settings import Settings
    from peken.tokens import Issuer

_CITIES: Final = Path(__file__).parent / "data" / "demo.toml"


@dataclass(frozen=True, slots=True)
class Person:
    """One whom a token of the demo speaks for: who it is, and the token's claims."""

    name: str
    description: str
    claims: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """What the commands beside the demo must know of it: where its rows are, who is in it, and plugins asked for."""

    database: str
    people: dict[str, Person]
    plugins: Mapping[str, Sequence[str]] = field(default_factory=dict)


class DemoFolder:
    """Everything that a demo leaves behind lies in here, and deleting the folder deletes the demo."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._people = path / "personas.json"
        self._market = path / "market.sqlite3"

    def exists(self) -> bool:
        """Whether a demo was made here."""
        return self._people.is_file()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Makes the folder, unless it is there, and keeps other demos out of it meanwhile.

        Raises PekenError `bad_folder`, or `folder_in_use` while another demo runs from it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # A key lies in here: no commit of a whole folder shall take it along.
            (self.path / ".gitignore").write_text("*\n")
            lock = (self.path / ".lock").open("w")
        except OSError as error:
            raise PekenError("bad_folder", "{folder}: {fault}.", folder=self.path, fault=error.strerror) from None
        with lock:
            if fcntl is not None:
                self._lock(lock)
            yield

    def _lock(self, file: TextIO) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PekenError(
                "folder_in_use", "Another demo runs from {folder}: choose another with --folder.", folder=self.path
            ) from None

    @property
    def own_database(self) -> str:
        """The address of the embedded database."""
        return f"sqlite:///{self._market.resolve()}"

    def forget_market(self) -> None:
        """Deletes the embedded database, and nothing else."""
        for ending in ("", "-wal", "-shm", "-journal"):
            self._market.with_name(self._market.name + ending).unlink(missing_ok=True)

    def issuer(self) -> "Issuer":
        """Who signs the demo's tokens; made at the first call."""
        from peken.tokens import Issuer

        return Issuer.load_or_create(self.path / "issuer.json")

    def keep(self, kept: Kept) -> None:
        """Writes down what the demo is. For the owner's eyes: an address may hold a password."""
        fresh = self._people.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(kept), file, indent=2)
        fresh.replace(self._people)

    def kept(self) -> Kept:
        """What the demo is. Raises PekenError `no_demo`."""
        try:
            plain = json.loads(self._people.read_text("utf-8"))
            people = {key: Person(**person) for key, person in plain["people"].items()}
            return Kept(plain["database"], people, plain.get("plugins", {}))
        except FileNotFoundError:
            raise PekenError(
                "no_demo", "There is no demo in {folder}: start `peken demo` first.", folder=self.path
            ) from None
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise PekenError("no_demo", "{file} cannot be read: start `peken demo` again.", file=self._people) from None

    def settings(self, database: str, plugins: Mapping[str, Sequence[str]] | None = None) -> "Settings":
        """The settings of the demo: they read no environment, so the demo is the same everywhere."""
        return demo_settings(database, plugins, auth=self.issuer().auth())


def demo_settings(database: str, plugins: Mapping[str, Sequence[str]] | None = None, **more: Any) -> "Settings":
    """The demo's cities, with those of their plugins that are installed, and more `plugins` by city.

    Raises PekenError `unknown_city` for plugins of a city that the demo does not have.
    """
    import tomllib

    from pydantic_settings import PydanticBaseSettingsSource

    from peken.settings import Settings

    class DemoSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: Any, init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (init_settings,)

    absent = missing_plugins()
    cities = tomllib.loads(_CITIES.read_text("utf-8"))["cities"]
    asked = dict(plugins or {})
    for city in cities:
        own = [name for name in city["plugins"] if name not in absent]
        city["plugins"] = list(dict.fromkeys((*own, *asked.pop(city["code"], ()))))
    if asked:
        known = ", ".join(city["code"] for city in cities)
        raise PekenError("unknown_city", "The demo has the cities {known}.", known=known)
    # Any web page may call it: it holds nobody's data, and it is for those who are writing one.
    ways: dict[str, Any] = {"graphiql": True, "log_json": False, "cors_origins": ("*",)}
    return DemoSettings(database_url=database, cities=cities, **ways, **more)


def missing_plugins() -> list[str]:
    """The plugins that the demo's cities want and that are not installed."""
    import tomllib

    from peken.plugins.loading import GROUP

    installed = {point.name for point in entry_points(group=GROUP)}
    cities = tomllib.loads(_CITIES.read_text("utf-8"))["cities"]
    return [name for city in cities for name in city["plugins"] if name not in installed]
