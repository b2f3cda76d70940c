"""What a city's IT team decides: read from the environment (PEKEN_...) and from one TOML file."""

import os
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class CitySettings(BaseModel):
    """One city that the market serves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(pattern=r"^\d\d\.\d\d$", description="Kemendagri code of the city's region.")]
    name: Annotated[str, Field(min_length=1, description="Name shown to people.")]
    timezone: Annotated[str, Field(description="IANA zone in which the city's days and months run.")] = "Asia/Jakarta"
    plugins: Annotated[
        tuple[str, ...],
        Field(description="Rule plugins that bind in this city, in the order they are called."),
    ] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"unknown time zone {value!r}") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)


class AuthSettings(BaseModel):
    """Whose bearer tokens are believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, Field(description="Required `iss` of a token.")] = "peken"
    audience: Annotated[str, Field(description="Required `aud` of a token.")] = "peken"
    jwks_file: Annotated[
        Path | None, Field(description="JSON Web Key Set with the public keys; beside the TOML file.")
    ] = None
    jwks: Annotated[SecretStr | None, Field(description="The key set itself, as JSON text.")] = None
    algorithms: Annotated[tuple[str, ...], Field(description="Signature algorithms accepted.")] = (
        "Ed25519",
        "EdDSA",
        "ES256",
        "RS256",
    )
    cache_size: Annotated[int, Field(ge=0, description="Verified tokens remembered until they expire.")] = 10_000


class LimitSettings(BaseModel):
    """Bounds of one request; a request beyond a bound is refused with a stable code."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: Annotated[int, Field(ge=1_024, description="Size of a request's body.")] = 1_048_576
    seconds: Annotated[float, Field(gt=0, description="Time of one request, its body included.")] = 30.0
    stream_seconds: Annotated[float, Field(gt=0, description="Time of one subscription.")] = 600.0
    depth: Annotated[int, Field(ge=1, description="Nesting of a document.")] = 15
    aliases: Annotated[int, Field(ge=0, description="Aliases in a document.")] = 50
    root_fields: Annotated[int, Field(ge=1, description="Fields at the root of an operation.")] = 20
    tokens: Annotated[int, Field(ge=100, description="Lexical tokens of a document.")] = 3_000
    cost: Annotated[int, Field(ge=1, description="Sum of field costs, pages multiplied in.")] = 50_000
    page: Annotated[int, Field(ge=1, description="Items on one page of a connection.")] = 100
    lines: Annotated[int, Field(ge=1, description="Lines of one purchase.")] = 100


class CacheSettings(BaseModel):
    """Answers that are alike for everybody, kept for a moment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory_bytes: Annotated[
        int, Field(ge=0, description="Memory for answers in one process; 0 computes every answer.")
    ] = 33_554_432
    seconds: Annotated[
        float,
        Field(
            gt=0,
            le=60,
            description="How long an answer is good at most. So long may be shown what another process has changed; "
            "what the same process has changed is shown at once.",
        ),
    ] = 1.0
    redis_timeout: Annotated[float, Field(gt=0, le=5, description="Seconds to wait for a word of Redis.")] = 0.1
    redis_pause: Annotated[
        float, Field(gt=0, le=600, description="Seconds to do without Redis after it gave none.")
    ] = 2.0


class _SettingsFile(TomlConfigSettingsSource):
    """The TOML file; a file that it names is looked for beside it, wherever the market is started."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        auth = found.get("auth")
        if not isinstance(auth, dict) or not isinstance(auth.get("jwks_file"), str):
            return found
        beside = Path(os.environ["PEKEN_SETTINGS"]).absolute().parent
        return {**found, "auth": {**auth, "jwks_file": str(beside / auth["jwks_file"])}}


class Settings(BaseSettings):
    """The whole of a market's settings. `PEKEN_SETTINGS` names the TOML file; the environment wins over it."""

    model_config = SettingsConfigDict(env_prefix="PEKEN_", env_nested_delimiter="__", extra="forbid", frozen=True)

    database_url: Annotated[
        str,
        Field(
            description="postgres://..., sqlite://:memory:, or sqlite:// and a path: sqlite:///var/lib/peken.sqlite3."
        ),
    ]
    pool_size: Annotated[int, Field(ge=1, description="PostgreSQL connections of one process.")] = 16
    pool_wait: Annotated[float, Field(gt=0, description="Seconds to wait for a connection.")] = 5.0
    lock_wait: Annotated[float, Field(gt=0, description="Seconds to wait for a row that another request holds.")] = 2.0
    statement_seconds: Annotated[float, Field(gt=0, description="Time of one statement on PostgreSQL.")] = 8.0
    redis_url: Annotated[
        SecretStr | None,
        Field(description="redis://..., where the processes of a market share answers; it may be gone at any time."),
    ] = None
    cities: Annotated[tuple[CitySettings, ...], Field(min_length=1, description="The cities served.")]
    plugins: Annotated[dict[str, dict[str, Any]], Field(description="Settings of each plugin, under its name.")] = {}
    auth: Annotated[AuthSettings, Field(description="Whose tokens are believed.")] = AuthSettings()
    limits: Annotated[LimitSettings, Field(description="Bounds of one request.")] = LimitSettings()
    cache: Annotated[CacheSettings, Field(description="Answers that are kept for a moment.")] = CacheSettings()
    plans: Annotated[
        bool, Field(description="Answer queries by plans where that gives what executing them would; a guard, if not.")
    ] = True
    cors_origins: Annotated[
        tuple[str, ...], Field(description="Origins of web pages that may call the market from a browser.")
    ] = ()
    language: Annotated[str, Field(pattern="^(id|en)$", description="Language where a client names none.")] = "id"
    graphiql: Annotated[bool, Field(description="Serve the GraphiQL page to browsers.")] = False
    introspection: Annotated[bool, Field(description="Let anyone read the schema.")] = True
    metrics_token: Annotated[
        SecretStr | None,
        Field(min_length=16, description="Bearer token for which /metrics is told; without one there is no /metrics."),
    ] = None
    log_json: Annotated[bool, Field(description="Log lines as JSON; otherwise for a terminal.")] = True

    @model_validator(mode="after")
    def _cities_once(self) -> Self:
        codes = [city.code for city in self.cities]
        if len(set(codes)) < len(codes):
            raise ValueError("a city is named twice")
        return self

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of the environment and of the file it names. Raises pydantic's ValidationError."""
        nothing: dict[str, Any] = {}
        return cls(**nothing)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get("PEKEN_SETTINGS")
        own = (_SettingsFile(settings_cls, Path(file)),) if file else ()
        return (init_settings, env_settings, *own)
