"""Signatures of other systems: HMAC-SHA256 over the time and the body, with a secret that only they and we know.

The scheme is the one that webhooks commonly use (https://www.standardwebhooks.com has the reasons): the time is signed
with the body, so that a copy is worth nothing minutes later.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from api.problems import BadSignature, SignatureTooOld, UnknownSystem

TIMESTAMP_HEADER = "X-Switchboard-Timestamp"
"""Seconds since 1970, as decimal digits."""
SIGNATURE_HEADER = "X-Switchboard-Signature"
"""``v1=`` and the signature in hex. Several, with commas between them, while a secret is being replaced."""
WINDOW_SECONDS = 300
_VERSION = "v1="
_SIGNATURES_LIMIT = 4


class Signatures:
    """Checks what other systems send. ``secrets`` is by system."""

    def __init__(self, secrets: Mapping[str, str], clock: Callable[[], float] = time.time) -> None:
        self._secrets = {system: secret.encode() for system, secret in secrets.items()}
        self._clock = clock

    def require_known(self, system: str) -> None:
        """Raises ``UnknownSystem``."""
        if system not in self._secrets:
            raise UnknownSystem("No system of this name may report to us.")

    def check(self, system: str, headers: Mapping[str, str], body: bytes) -> None:
        """Raises ``UnknownSystem``, ``BadSignature``, and ``SignatureTooOld`` for a good one of another time."""
        self.require_known(system)
        timestamp, given = headers.get(TIMESTAMP_HEADER, ""), headers.get(SIGNATURE_HEADER, "")
        if not (timestamp and given):
            raise BadSignature(f"Send {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}.")
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
            raise BadSignature(f"{TIMESTAMP_HEADER} is not a number of seconds.")
        expected = signature(self._secrets[system], timestamp, body).encode()
        offered = [part.strip().encode() for part in given.split(",")[:_SIGNATURES_LIMIT]]
        if not any(hmac.compare_digest(expected, one) for one in offered):
            raise BadSignature("The signature is not made with our secret over this time and this body.")
        if abs(self._clock() - int(timestamp)) > WINDOW_SECONDS:
            raise SignatureTooOld(f"Signed more than {WINDOW_SECONDS} seconds from now. Sign again, with the time now.")


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """
    >>> signature(b"secret", "1700000000", b"{}")[:11]
    'v1=b8569b78'
    """
    digest = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256)
    return _VERSION + digest.hexdigest()
