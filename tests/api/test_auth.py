import http.server
import json
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from api import auth
from api.auth import INTERNAL, STAFF, Principal, Role, TokenRules, TokenVerifier, bearer_token, require
from api.problems import EngineUnavailable, Forbidden, Unauthenticated
from tests.servers import free_port

pytestmark = pytest.mark.unit

SECRET = "a-secret-of-the-tests-that-is-long-enough"


def claims(**changes):
    good = {"sub": "s-1", "role": "service", "iss": "switchboard", "aud": "switchboard", "exp": int(time.time()) + 600}
    return {key: value for key, value in {**good, **changes}.items() if value is not None}


def signed(key=SECRET, algorithm="HS256", headers=None, **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


@pytest.fixture
def verifier():
    return TokenVerifier(TokenRules(secret=SECRET))


async def test_a_good_token_names_its_principal(verifier):
    principal = await verifier.verify(signed(role="customer", sub="u-1", customer_id="CUST_001"))
    assert (principal.role, principal.subject, principal.customer_id) == (Role.CUSTOMER, "u-1", "CUST_001")
    assert principal.may_see("CUST_001")
    assert not principal.may_see("CUST_002")


@pytest.mark.parametrize(
    "bad",
    [
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "soon"},
        {"exp": float("inf")},
        {"iss": "somebody"},
        {"aud": "elsewhere"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"role": None},
        {"role": "root"},
        {"role": ["service"]},
        {"role": "customer"},
        {"role": "service", "customer_id": "CUST_001"},
        {"role": "customer", "customer_id": 5},
        {"nbf": int(time.time()) + 600},
        {"key": "another-secret-that-is-quite-long-too"},
    ],
)
async def test_a_wrong_token_is_refused(verifier, bad):
    with pytest.raises(Unauthenticated):
        await verifier.verify(signed(**bad))


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "....", "é.é.é", "eyJhbGciOiJIUzI1NiJ9..", "a" * 9_000, "\x00", "e30.e30.e30"]
)
async def test_what_is_no_token_is_refused(verifier, text):
    with pytest.raises(Unauthenticated):
        await verifier.verify(text)


async def test_an_unsigned_token_is_refused(verifier):
    with pytest.raises(Unauthenticated):
        await verifier.verify(jwt.encode(claims(), None, algorithm="none"))


async def test_without_a_secret_no_hs256_is_accepted():
    with pytest.raises(Unauthenticated):
        await TokenVerifier(TokenRules()).verify(signed())


async def test_a_known_token_is_not_verified_again_until_it_expires(monkeypatch):
    now = time.time()
    verifier = TokenVerifier(TokenRules(secret=SECRET), clock=lambda: now)
    decoded = []
    original = jwt.decode
    monkeypatch.setattr(auth.jwt, "decode", lambda *args, **kwargs: decoded.append(1) or original(*args, **kwargs))
    token = signed(exp=int(now) + 100)
    for _ in range(5):
        await verifier.verify(token)
    assert len(decoded) == 1
    now += auth.CACHE_SECONDS + 1
    await verifier.verify(token)
    assert len(decoded) == 2


async def test_the_cache_is_bounded(monkeypatch, verifier):
    monkeypatch.setattr(auth, "CACHE_SIZE", 3)
    for number in range(10):
        await verifier.verify(signed(sub=f"s-{number}"))
    assert len(verifier._known) == 3


class KeyServer:
    """Serves a JWKS document over HTTP; counts how often it was asked."""

    def __init__(self) -> None:
        self.keys: list[dict] = []
        self.asked = 0
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                served.asked += 1
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps({"keys": served.keys}).encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/keys"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()


@pytest.fixture
def key_server():
    server = KeyServer()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def rsa_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


async def test_tokens_of_an_identity_provider_are_checked_by_its_published_keys(key_server, rsa_key):
    elliptic = ec.generate_private_key(ec.SECP256R1())
    key_server.keys = [
        {**RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True), "kid": "r", "use": "sig"},
        {**ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True), "kid": "e", "use": "sig"},
    ]
    verifier = TokenVerifier(TokenRules(jwks_url=key_server.url))
    for algorithm, key, kid in (("RS256", rsa_key, "r"), ("ES256", elliptic, "e")):
        token = signed(key, algorithm, {"kid": kid}, sub=algorithm)
        assert (await verifier.verify(token)).subject == algorithm
    assert key_server.asked == 1, "the document is fetched once"


async def test_a_public_key_is_no_secret(key_server, rsa_key):
    """RS/HS confusion: the published key used as an HMAC secret."""
    jwk = {**RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True), "kid": "r", "use": "sig"}
    key_server.keys = [jwk]
    for rules in (TokenRules(jwks_url=key_server.url), TokenRules(jwks_url=key_server.url, secret=SECRET)):
        with pytest.raises(Unauthenticated):
            await TokenVerifier(rules).verify(signed(jwk["n"], "HS256", {"kid": "r"}))


async def test_a_key_of_somebody_else_is_refused(key_server, rsa_key):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key_server.keys = [{**RSAAlgorithm.to_jwk(rsa_key.public_key(), as_dict=True), "kid": "r", "use": "sig"}]
    verifier = TokenVerifier(TokenRules(jwks_url=key_server.url))
    for kid in ("r", "unknown"):
        with pytest.raises(Unauthenticated):
            await verifier.verify(signed(other, "RS256", {"kid": kid}))


async def test_without_the_key_server_nobody_is_told_that_their_token_is_bad(rsa_key):
    verifier = TokenVerifier(TokenRules(jwks_url=f"http://127.0.0.1:{free_port()}/keys"))
    with pytest.raises(EngineUnavailable):
        await verifier.verify(signed(rsa_key, "RS256", {"kid": "r"}))


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer  ", "token"])
def test_no_bearer_token_in_the_header(header):
    with pytest.raises(Unauthenticated):
        bearer_token(header)


def test_the_scheme_is_case_insensitive():
    assert bearer_token("bEARER a.b.c ") == "a.b.c"


@pytest.mark.parametrize(
    ("roles", "role", "allowed"),
    [
        (STAFF, Role.SUPERVISOR, True),
        (STAFF, Role.SERVICE, False),
        (INTERNAL, Role.SERVICE, True),
        (INTERNAL, Role.CUSTOMER, False),
    ],
)
def test_rights(roles, role, allowed):
    principal = Principal("p", role, 0.0)
    if allowed:
        require(principal, roles)
    else:
        with pytest.raises(Forbidden):
            require(principal, roles)


def test_tokens_of_one_customer_share_their_key():
    one, two = (Principal(subject, Role.CUSTOMER, 0.0, "CUST_001") for subject in ("a", "b"))
    assert one.key == two.key
