"""Who is asking: bearer tokens (JWT) checked on every route.

HS256 with a shared key for development, RS256/ES256/EdDSA by JWKS for production; which keys are good for which
algorithms is fixed by configuration, never by the token's header.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request

from api.problems import EngineUnavailable, Forbidden, Unauthenticated
from domain.state import AgentType

ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
REQUIRED_CLAIMS = ["sub", "exp", "iss", "aud"]
TOKEN_LIMIT = 8_192
"""Characters; longer ones are not worth the hashing."""
CACHE_SIZE = 10_000
CACHE_SECONDS = 60.0
"""A token is verified again after this long, so a key that is taken away stops working within a minute."""
LEEWAY_SECONDS = 5
JWKS_SECONDS = 300


class Role(StrEnum):
    SERVICE = "service"
    CUSTOMER = "customer"
    AGENT_TIER1 = "agent_tier1"
    AGENT_TIER2 = "agent_tier2"
    AGENT_TIER3 = "agent_tier3"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


STAFF = frozenset({Role.AGENT_TIER1, Role.AGENT_TIER2, Role.AGENT_TIER3, Role.SUPERVISOR, Role.ADMIN})
INTERNAL = STAFF | {Role.SERVICE}
APPROVERS = frozenset({Role.SUPERVISOR, Role.ADMIN})
"""Who may approve what agents may not decide alone."""
EVERYBODY = frozenset(Role)

AGENT_OF_ROLE: dict[Role, AgentType] = {
    Role.AGENT_TIER1: AgentType.TIER1,
    Role.AGENT_TIER2: AgentType.TIER2,
    Role.AGENT_TIER3: AgentType.TIER3,
    Role.SUPERVISOR: AgentType.SUPERVISOR,
    Role.ADMIN: AgentType.SUPERVISOR,
}
"""Whose rights a person has when they run a tool."""


@dataclass(frozen=True)
class Principal:
    """Whoever holds the token. ``customer_id`` is set exactly for customers; ``expires_at`` is in epoch seconds."""

    subject: str
    role: Role
    expires_at: float
    customer_id: str = ""

    @property
    def is_customer(self) -> bool:
        return self.role is Role.CUSTOMER

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def key(self) -> str:
        """Names the principal in rate limits and idempotency keys, whichever of its tokens it uses."""
        return f"{self.role}:{self.customer_id or self.subject}"

    def may_see(self, customer_id: str) -> bool:
        return not self.is_customer or self.customer_id == customer_id


@dataclass(frozen=True)
class TokenRules:
    """What a good token looks like. Without a secret no HS256 is accepted, without a URL nothing else."""

    issuer: str = "switchboard"
    audience: str = "switchboard"
    secret: str = ""
    jwks_url: str = ""


class TokenVerifier:
    """Verifies tokens and remembers for a minute what it found, so that a conversation's messages pay once.

    Raises ``Unauthenticated`` for whatever is wrong with a token, ``EngineUnavailable`` if the keys cannot be fetched.
    """

    def __init__(self, rules: TokenRules, clock: Callable[[], float] = time.time) -> None:
        self._rules = rules
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()
        self._jwks = jwt.PyJWKClient(rules.jwks_url, lifespan=JWKS_SECONDS, timeout=5) if rules.jwks_url else None

    async def verify(self, token: str) -> Principal:
        if len(token) > TOKEN_LIMIT:
            raise Unauthenticated("The bearer token is too long.")
        digest = hashlib.blake2b(token.encode("utf-8", "surrogateescape"), digest_size=16).digest()
        remembered = self._known.get(digest)
        if remembered is not None and self._clock() < remembered[0]:
            return remembered[1]
        principal = principal_of(await self._claims(token))
        self._remember(digest, principal)
        return principal

    def _remember(self, digest: bytes, principal: Principal) -> None:
        self._known[digest] = (min(principal.expires_at, self._clock() + CACHE_SECONDS), principal)
        self._known.move_to_end(digest)
        while len(self._known) > CACHE_SIZE:
            self._known.popitem(last=False)

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            algorithm = str(jwt.get_unverified_header(token).get("alg", ""))
            if algorithm == "HS256" and self._rules.secret:
                return self._decode(token, self._rules.secret, ["HS256"])
            if algorithm in ASYMMETRIC and self._jwks is not None:
                return self._decode(token, await self._public_key(token), ASYMMETRIC)
        except jwt.ExpiredSignatureError:
            raise Unauthenticated("The bearer token has expired.") from None
        except (jwt.PyJWTError, ValueError, OverflowError):
            raise Unauthenticated("The bearer token is not valid.") from None
        raise Unauthenticated("The bearer token is signed in a way we do not accept.")

    def _decode(self, token: str, key: Any, algorithms: list[str]) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=algorithms,
            issuer=self._rules.issuer,
            audience=self._rules.audience,
            leeway=LEEWAY_SECONDS,
            options={"require": REQUIRED_CLAIMS},
        )

    async def _public_key(self, token: str) -> Any:
        """The fetch blocks, so it runs in a thread; PyJWT keeps the keys for ``JWKS_SECONDS``."""
        assert self._jwks is not None
        try:
            return await asyncio.to_thread(self._jwks.get_signing_key_from_jwt, token)
        except jwt.PyJWKClientConnectionError as away:
            raise EngineUnavailable("The keys that tokens are checked with cannot be fetched.") from away
        except jwt.PyJWKClientError:
            raise Unauthenticated("The bearer token is signed with a key we do not know.") from None


def principal_of(claims: dict[str, Any]) -> Principal:
    """Raises ``Unauthenticated`` for claims that make no sense."""
    subject, customer_id = claims.get("sub"), claims.get("customer_id", "")
    if not isinstance(subject, str) or not subject or not isinstance(customer_id, str):
        raise Unauthenticated("The bearer token's claims are not valid.")
    try:
        role = Role(claims.get("role", ""))
    except ValueError:
        raise Unauthenticated("The bearer token names no role that we know.") from None
    if (role is Role.CUSTOMER) != bool(customer_id):
        raise Unauthenticated("A customer's token, and only that, names its customer.")
    return Principal(subject=subject, role=role, expires_at=float(claims["exp"]), customer_id=customer_id)


def bearer_token(authorization: str | None) -> str:
    """The token of an ``Authorization`` header. Raises ``Unauthenticated``."""
    if not authorization:
        raise Unauthenticated("A bearer token is needed.", error="")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header carries no bearer token.", error="invalid_request")
    return token.strip()


async def authenticated(request: Request) -> Principal:
    verifier: TokenVerifier = request.app.state.services.verifier
    return await verifier.verify(bearer_token(request.headers.get("authorization")))


Caller = Annotated[Principal, Depends(authenticated)]


def require(principal: Principal, roles: frozenset[Role]) -> None:
    """Raises ``Forbidden`` unless the principal has one of the roles."""
    if principal.role not in roles:
        raise Forbidden(f"The role {principal.role} may not do this.")
