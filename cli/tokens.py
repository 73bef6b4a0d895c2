"""Bearer tokens for trying the product on this machine: one of each role, signed with the launcher's own key."""

from datetime import UTC, datetime, timedelta

import jwt

from adapters.settings import Settings

CUSTOMER = "CUST_001"
STAFF = ("agent_tier1", "agent_tier2", "agent_tier3", "supervisor", "admin")
_VALID = timedelta(days=365)


def dev_tokens(settings: Settings, now: datetime | None = None) -> dict[str, str]:
    """Role to token: ``service``, ``customer`` (CUST_001's), and each of the staff."""
    claims = {
        "service": {"sub": "demo-service"},
        "customer": {"sub": CUSTOMER, "customer_id": CUSTOMER},
        **{role: {"sub": f"demo-{role}"} for role in STAFF},
    }
    return {role: mint(settings, role, own, now) for role, own in claims.items()}


def mint(settings: Settings, role: str, claims: dict[str, str], now: datetime | None = None) -> str:
    """An HS256 token with these claims, our issuer and audience, valid for a year."""
    issued = now or datetime.now(UTC)
    standing = {"iss": settings.jwt_issuer, "aud": settings.jwt_audience, "iat": issued, "exp": issued + _VALID}
    return jwt.encode({**claims, "role": role, **standing}, settings.jwt_secret, algorithm="HS256")
