"""Whose tokens are believed, and what of them is used."""

import base64
import json
import stat
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey
from structlog.testing import capture_logs

from peken.actors import PUBLIC, Actor, Role
from peken.errors import PekenError
from peken.settings import AuthSettings
from peken.tokens import LEEWAY, Issuer, Verifier, claims_of

BUYER = UUID("01932d4c-0000-7000-8000-000000000001")
ASN = Actor(subject="asn-1", roles=frozenset({Role.BUYER, Role.LURAH}), city="35.78", buyer=BUYER, area="35.78.08.1002")
ISSUER = Issuer.create()


class Clock:
    """The seconds that a verifier reads, set by the test."""

    def __init__(self, ahead: float = 0) -> None:
        self.ahead = ahead

    def __call__(self) -> float:
        return time.time() + self.ahead


def refusal(verifier: Verifier, token: str) -> PekenError:
    with pytest.raises(PekenError) as caught:
        verifier.verify(token)
    assert caught.value.status == 401
    assert token not in f"{caught.value} {caught.value.__cause__}"
    return caught.value


def test_the_log_names_the_claim_that_does_not_fit_and_nothing_of_what_it_holds() -> None:
    made = {"iss": "peken", "aud": "peken", "exp": time.time() + 60, "sub": "asn-1"}
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({**made, "peken": {"roles": ["cityhall"]}}, ["peken.roles"]),
        ({**made, "peken": {"buyer": "3578010101900001"}}, ["peken.buyer"]),
        ({**made, "iss": "elsewhere"}, ["iss"]),
        ({name: value for name, value in made.items() if name != "aud"}, ["aud"]),
    ]

    with capture_logs() as lines:
        for claims, _ in wrong:
            refusal(Verifier(ISSUER.auth()), signed(claims))

    assert [line["event"] for line in lines] == ["token_refused"] * len(wrong)
    assert [line["claims"] for line in lines] == [names for _, names in wrong]
    assert not any(held in str(lines) for held in ("cityhall", "3578010101900001", "elsewhere", "asn-1"))


def signed(claims: dict[str, Any]) -> str:
    """A token with just these claims, signed by the issuer's own key."""
    return jwt.encode({"alg": "Ed25519", "kid": ISSUER._key.kid}, claims, ISSUER._key, ["Ed25519"])


def plain(part: dict[str, Any]) -> str:
    """A header or payload as it stands in a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_a_token_speaks_for_the_actor_it_was_issued_for() -> None:
    token = ISSUER.issue(claims_of(ASN))

    actor = Verifier(ISSUER.auth()).verify(token)

    assert actor == ASN


def test_a_token_without_the_claim_of_peken_is_a_signed_in_public() -> None:
    token = ISSUER.issue({"sub": "somebody"})

    actor = Verifier(ISSUER.auth()).verify(token)

    assert actor == Actor(subject="somebody")


def test_who_sends_no_header_is_public_and_a_bearer_is_who_the_token_says() -> None:
    verifier = Verifier(ISSUER.auth())

    header = f"Bearer {ISSUER.issue(claims_of(ASN))}"

    assert verifier.authenticate(None) is PUBLIC
    assert verifier.authenticate(header) == ASN
    assert verifier.authenticate(header.replace("Bearer", "bearer")) == ASN


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a.b", "Bearer a.b.c d", "a.b.c"])
def test_a_malformed_header_is_a_bad_token(header: str) -> None:
    verifier = Verifier(ISSUER.auth())

    with pytest.raises(PekenError) as caught:
        verifier.authenticate(header)

    assert caught.value.code == "bad_token"
    assert caught.value.status == 401


@pytest.mark.parametrize("cache_size", [0, 10])
def test_a_token_expires_also_when_it_is_remembered(cache_size: int) -> None:
    clock = Clock()
    verifier = Verifier(ISSUER.auth().model_copy(update={"cache_size": cache_size}), now=clock)
    token = ISSUER.issue(claims_of(ASN), timedelta(minutes=5))

    before = verifier.verify(token)
    clock.ahead = 300 + LEEWAY + 2

    assert before == ASN
    assert refusal(verifier, token).code == "token_expired"


def test_clocks_may_differ_a_little() -> None:
    verifier = Verifier(ISSUER.auth(), now=Clock(ahead=60 + LEEWAY / 2))

    actor = verifier.verify(ISSUER.issue(claims_of(ASN), timedelta(minutes=1)))

    assert actor == ASN


def test_only_so_many_tokens_are_remembered() -> None:
    verifier = Verifier(ISSUER.auth().model_copy(update={"cache_size": 3}))

    actors = [verifier.verify(ISSUER.issue({"sub": f"person-{n}"})) for n in range(10)]

    assert [actor.subject for actor in actors] == [f"person-{n}" for n in range(10)]
    assert verifier._known is not None
    assert len(verifier._known) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "another"},
        {"aud": "another"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": float("inf")},
        {"nbf": 9_999_999_999},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 81},
        {"sub": "line\nbreak"},
        {"peken": "city_hall"},
        {"peken": {"roles": ["mayor"]}},
        {"peken": {"roles": "city_hall"}},
        {"peken": {"buyer": "not-a-uuid"}},
        {"peken": {"city": "Surabaya"}},
        {"peken": {"area": "35.78.8"}},
        {"peken": {"city": "٣٥.٧٨"}},
        {"peken": {"buyr": str(BUYER)}},
    ],
)
def test_claims_that_are_missing_or_malformed_are_refused(change: dict[str, Any]) -> None:
    good = {"iss": "peken", "aud": "peken", "exp": 9_999_999_998, "sub": "asn-1", "peken": {"roles": ["buyer"]}}
    verifier = Verifier(ISSUER.auth())

    claims = {name: value for name, value in {**good, **change}.items() if value is not None}

    assert verifier.verify(signed(good)).roles == {Role.BUYER}
    assert refusal(verifier, signed(claims)).code == "bad_token"


def test_a_token_of_another_key_is_refused_whatever_key_it_names() -> None:
    stranger = Issuer.create()
    kid = ISSUER.public_jwks()["keys"][0]["kid"]

    forged = jwt.encode({"alg": "Ed25519", "kid": kid}, {"sub": "x"}, stranger._key, ["Ed25519"])

    assert refusal(Verifier(ISSUER.auth()), stranger.issue(claims_of(ASN))).code == "bad_token"
    assert refusal(Verifier(ISSUER.auth()), forged).code == "bad_token"


def test_an_unsigned_token_and_one_signed_with_the_public_key_are_refused() -> None:
    public = json.dumps(ISSUER.public_jwks()["keys"][0])
    claims = {"iss": "peken", "aud": "peken", "exp": 9_999_999_999, "sub": "x"}

    unsigned = f"{plain({'alg': 'none'})}.{plain(claims)}.AAAA"
    confused = jwt.encode({"alg": "HS256"}, dict(claims), OctKey.import_key(public), ["HS256"])

    assert refusal(Verifier(ISSUER.auth()), unsigned).code == "bad_token"
    assert refusal(Verifier(ISSUER.auth()), confused).code == "bad_token"


def test_a_changed_payload_is_refused() -> None:
    head, _, tail = ISSUER.issue(claims_of(ASN)).split(".")
    other = ISSUER.issue({**claims_of(ASN), "peken": {"roles": ["city_hall"], "city": "35.78"}}).split(".")[1]

    found = refusal(Verifier(ISSUER.auth()), f"{head}.{other}.{tail}")

    assert found.code == "bad_token"


@given(st.text(max_size=200) | st.from_regex(r"[\w-]{0,60}\.[\w-]{0,60}\.[\w-]{0,60}"))
def test_whatever_is_sent_as_a_token_is_refused_cleanly(text: str) -> None:
    verifier = Verifier(ISSUER.auth())

    with pytest.raises(PekenError) as caught:
        verifier.verify(text)

    assert caught.value.code == "bad_token"


def test_an_endless_token_is_refused_before_it_is_read() -> None:
    found = refusal(Verifier(ISSUER.auth()), "a" * 100_000)

    assert found.code == "bad_token"


def test_keys_of_a_city_are_read_from_a_file_and_told_apart_by_their_id(tmp_path: Path) -> None:
    first, second = Issuer.create(prefix="city-"), ECKey.generate_key("P-256", {"kid": "second"})
    keys = [*first.public_jwks()["keys"], second.as_dict(private=False), {"kty": "AKP", "kid": "unknown"}]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": keys}))
    claims = {"iss": "peken", "aud": "peken", "exp": 9_999_999_999, "sub": "x"}

    verifier = Verifier(AuthSettings(jwks_file=tmp_path / "jwks.json"))

    assert verifier.verify(first.issue(claims_of(ASN))) == ASN
    assert verifier.verify(jwt.encode({"alg": "ES256", "kid": "second"}, claims, second, ["ES256"])).subject == "x"
    assert not verifier.has_demo_keys


def test_an_algorithm_that_settings_leave_out_is_refused() -> None:
    auth = ISSUER.auth().model_copy(update={"algorithms": ("ES256",)})

    found = refusal(Verifier(auth), ISSUER.issue(claims_of(ASN)))

    assert found.code == "bad_token"


def test_the_older_name_of_the_algorithm_is_believed_without_a_warning() -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "old"})
    auth = AuthSettings.model_validate({"jwks": json.dumps({"keys": [key.as_dict(private=False)]})})
    head, body = (
        plain({"alg": "EdDSA", "kid": "old"}),
        plain({"iss": "peken", "aud": "peken", "exp": 9_999_999_999, "sub": "x"}),
    )
    assert isinstance(key.private_key, Ed25519PrivateKey)
    signature = key.private_key.sign(f"{head}.{body}".encode())

    actor = Verifier(auth).verify(f"{head}.{body}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}")

    assert actor.subject == "x"


@pytest.mark.parametrize("name", ["none", "HS256", "HS512", "ROT13"])
def test_settings_cannot_allow_what_anybody_could_sign(name: str) -> None:
    auth = AuthSettings(algorithms=(name,))

    with pytest.raises(PekenError) as caught:
        Verifier(auth)

    assert caught.value.code == "bad_settings"


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"keys": 7}',
        '{"keys": [{"kty": "OKP"}]}',
        json.dumps({"keys": [OctKey.generate_key().as_dict(private=True)]}),
        json.dumps({"keys": [ISSUER._key.as_dict(private=True)]}),
    ],
    ids=["no JSON", "a list", "no keys", "keys that are none", "half a key", "a shared secret", "a private key"],
)
def test_a_key_set_that_is_broken_or_holds_a_secret_is_refused_without_quoting_it(text: str) -> None:
    auth = AuthSettings.model_validate({"jwks": text})

    with pytest.raises(PekenError) as caught:
        Verifier(auth)

    assert caught.value.code == "bad_settings"
    assert text not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    auth = AuthSettings(jwks_file=tmp_path / "nowhere.json")

    with pytest.raises(PekenError, match=r"nowhere\.json"):
        Verifier(auth)


def test_without_keys_no_token_is_believed() -> None:
    verifier = Verifier(AuthSettings())

    found = refusal(verifier, ISSUER.issue(claims_of(ASN)))

    assert found.code == "bad_token"
    assert not verifier.has_demo_keys


def test_an_issuers_key_is_kept_for_its_owner_alone_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "issuer.json"
    made = Issuer.load_or_create(path)

    found = Issuer.load_or_create(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert found.public_jwks() == made.public_jwks()
    assert "d" not in made.public_jwks()["keys"][0]
    assert Verifier(made.auth()).verify(found.issue(claims_of(ASN))) == ASN
    assert Verifier(made.auth()).has_demo_keys


def test_a_spoilt_key_file_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "issuer.json"
    path.write_text("{}")

    with pytest.raises(PekenError, match=r"issuer\.json"):
        Issuer.load_or_create(path)

    assert path.read_text() == "{}"
