"""Bearer tokens: who a signed token says is asking, and an issuer for demos; knows no request and no row.

A token's `sub` is opaque (no name, no NIP). What it may do stands under one claim, `peken`:
`{"roles": ["buyer"], "city": "35.78", "buyer": "0192...", "vendor": ..., "department": ..., "area": "35.78.08.1002"}`.
Nothing that a token holds is ever put into an error or a log, but for the names of claims that do not fit.
"""

import json
import os
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Self
from uuid import UUID

import structlog
from cachetools import LRUCache
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import KeySet, KeySetSerialization, OKPKey
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from peken.actors import PUBLIC, Actor, Role
from peken.errors import PekenError
from peken.ids import REGION_CODE
from peken.settings import AuthSettings

log = structlog.get_logger(__name__)

DEMO: Final = "demo-"
"""How the `kid` of a demo's key begins: no market in earnest believes one."""

LEEWAY: Final = 30
"""Seconds by which the clocks of issuer and market may differ."""

_LONGEST: Final = 8_192
_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+) *", re.IGNORECASE)
_REGION: Final = rf"^({REGION_CODE.pattern})?$"


class _Bound(BaseModel):
    """The claim `peken`; what it holds beyond these is refused, so that a slip of an issuer is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: frozenset[Role] = frozenset({Role.PUBLIC})
    city: Annotated[str, Field(pattern=_REGION)] = ""
    buyer: UUID | None = None
    vendor: UUID | None = None
    department: UUID | None = None
    area: Annotated[str, Field(pattern=_REGION)] = ""


class _Claims(BaseModel):
    """What of a verified token is used. `sub` is as long as the columns that keep it."""

    sub: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]
    exp: float
    peken: _Bound = _Bound()


class _Algorithms(JWSRegistry):
    """Only the named algorithms; an older name of a good one ("EdDSA") is no reason to warn at every request."""

    def get_alg(self, name: str) -> JWSAlgModel:
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class Verifier:
    """Believes the tokens of one issuer, and remembers them until they expire.

    Raises PekenError `bad_settings` if the keys cannot be used. Without keys no token is believed.
    """

    def __init__(self, auth: AuthSettings, now: Callable[[], float] = time.time) -> None:
        self._keys = _keys(auth)
        self._registry = _Algorithms(algorithms=list(_asymmetric(auth.algorithms)))
        self._rules = jwt.JWTClaimsRegistry(
            now=lambda: int(now()),
            leeway=LEEWAY,
            iss={"essential": True, "value": auth.issuer},
            aud={"essential": True, "value": auth.audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        self._now = now
        self._known: LRUCache[bytes, tuple[Actor, float]] | None = None
        if auth.cache_size:
            self._known = LRUCache(auth.cache_size)

    @property
    def has_demo_keys(self) -> bool:
        """Whether a key of a demo would be believed: its private half lies about in a folder."""
        return any((key.kid or "").startswith(DEMO) for key in self._keys)

    def verify(self, token: str) -> Actor:
        """Whom a token speaks for. Raises PekenError `bad_token` or `token_expired`, both 401."""
        return self.authenticate(f"Bearer {token}")

    def authenticate(self, header: str | None) -> Actor:
        """Who asks, by the Authorization header of the request; `PUBLIC` where there is none. Raises as `verify`."""
        if header is None:
            return PUBLIC
        if self._known is None:
            return self._read(header)[0]
        # By its digest: what is remembered here would otherwise open the door to who reads the memory.
        key = sha256(header.encode(errors="replace")).digest()
        known = self._known.get(key)
        if known is None or self._now() >= known[1]:
            known = self._known[key] = self._read(header)
        return known[0]

    def _read(self, header: str) -> tuple[Actor, float]:
        bearer = _BEARER.fullmatch(header)
        if bearer is None or len(bearer[1]) > _LONGEST:
            raise _bad_token()
        try:
            verified = jwt.decode(bearer[1], self._keys, registry=self._registry)
            self._rules.validate(verified.claims)
            claims = _Claims.model_validate(verified.claims)
        except ExpiredTokenError:
            raise PekenError("token_expired", "The bearer token has expired.", status=401) from None
        except (JoseError, ValidationError, ValueError, TypeError, KeyError) as error:
            # Where it went wrong, for who connects a sign-on; without the words, which quote the token.
            log.info("token_refused", error=type(error).__name__, claims=_places(error))
            raise _bad_token() from None
        return Actor(subject=claims.sub, **dict(claims.peken)), claims.exp


class Issuer:
    """Signs tokens with an Ed25519 key of its own: for demos and tests, where no city's sign-on is at hand."""

    def __init__(self, key: OKPKey, issuer: str = "peken", audience: str = "peken") -> None:
        self._key = key
        self._issuer = issuer
        self._audience = audience

    @classmethod
    def create(cls, prefix: str = DEMO) -> Self:
        """An issuer with a new key, whose `kid` begins with `prefix`."""
        key = OKPKey.generate_key("Ed25519", private=True)
        kid = prefix + key.thumbprint()
        return cls(OKPKey.import_key(key.as_dict(private=True, kid=kid, use="sig", alg="Ed25519")))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The issuer whose key is kept at `path`. Raises PekenError `bad_settings` if it cannot be read."""
        try:
            return cls(OKPKey.import_key(json.loads(path.read_text("utf-8"))))
        except (OSError, JoseError, ValueError, TypeError, KeyError):
            raise PekenError("bad_settings", "There is no usable key in {file}.", file=path) from None

    @classmethod
    def load_or_create(cls, path: Path, prefix: str = DEMO) -> Self:
        """The issuer whose key is kept at `path`, readable by its owner alone; a new one if there is none."""
        if path.exists():
            return cls.load(path)
        made = cls.create(prefix)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made._key.as_dict(private=True), file)
        return made

    def public_jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The key set by which others verify what this issuer signs."""
        return {"keys": [dict(self._key.as_dict(private=False))]}

    def auth(self) -> AuthSettings:
        """Settings that believe this issuer and nobody else."""
        return AuthSettings.model_validate(
            {"issuer": self._issuer, "audience": self._audience, "jwks": json.dumps(self.public_jwks())}
        )

    def issue(self, claims: Mapping[str, Any], lifetime: timedelta = timedelta(days=30)) -> str:
        """A signed token with these claims (`sub`, `peken`), valid from now on."""
        now = int(time.time())
        times = {"iat": now, "exp": now + int(lifetime.total_seconds())}
        own = {"iss": self._issuer, "aud": self._audience, **times}
        return jwt.encode({"alg": "Ed25519", "kid": self._key.kid}, {**own, **claims}, self._key, ["Ed25519"])


def claims_of(actor: Actor) -> dict[str, Any]:
    """The claims by which a token speaks for `actor`: what `Issuer.issue` takes."""
    bound = {
        "roles": sorted(actor.roles),
        "city": actor.city,
        "buyer": actor.buyer,
        "vendor": actor.vendor,
        "department": actor.department,
        "area": actor.area,
    }
    said = {name: str(value) if isinstance(value, UUID) else value for name, value in bound.items() if value}
    return {"sub": actor.subject, "peken": said}


def _keys(auth: AuthSettings) -> KeySet:
    text = _key_text(auth)
    if text is None:
        return KeySet([])
    try:
        given: KeySetSerialization = json.loads(text)
        keys = KeySet.import_key_set(given)
    except (JoseError, ValueError, TypeError, KeyError):
        message = "What {where} holds is no JSON Web Key Set: an object with a list of public `keys`."
        raise PekenError("bad_settings", message, status=500, where=auth.jwks_file or "auth.jwks") from None
    # A shared secret signs as well as it verifies, and a private key has no business here.
    if any(key.key_type == "oct" or key.is_private for key in keys):
        raise PekenError("bad_settings", "The JSON Web Key Set of auth may hold public keys only.", status=500)
    return keys


def _key_text(auth: AuthSettings) -> str | None:
    if auth.jwks is not None:
        return auth.jwks.get_secret_value()
    if auth.jwks_file is None:
        return None
    try:
        return auth.jwks_file.read_text("utf-8")
    except (OSError, ValueError):
        raise PekenError(
            "bad_settings", "The key set {file} cannot be read.", status=500, file=auth.jwks_file
        ) from None


def _asymmetric(names: tuple[str, ...]) -> tuple[str, ...]:
    """The algorithms of the settings. Raises PekenError for one that anybody, or anybody who verifies, can sign by."""
    for name in names:
        known = JWSRegistry.algorithms.get(name)
        if known is None or known.key_type == "oct" or name == "none":
            raise PekenError("bad_settings", "The signature algorithm {name} is not accepted.", status=500, name=name)
    return names


def _places(error: Exception) -> list[str]:
    """The claims that are not as they should be, by name."""
    if isinstance(error, ValidationError):
        return [".".join(str(part) for part in each["loc"] if isinstance(part, str)) for each in error.errors()]
    claim = getattr(error, "claim", None)
    return [claim] if isinstance(claim, str) else []


def _bad_token() -> PekenError:
    return PekenError("bad_token", "The bearer token is not valid.", status=401)
