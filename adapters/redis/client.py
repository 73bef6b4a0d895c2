"""One way to reach Redis: short timeouts, and no retries of the client's own (Temporal retries, nobody else)."""

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

ANSWER_SECONDS = 0.25
"""Redis answers in well under a millisecond; whoever has waited this long is better off without it."""
CONNECT_SECONDS = 0.5
MAX_CONNECTIONS = 512


def open_redis(url: str) -> Redis:
    """A client that connects on first use, so that it can be made while Redis is away. Close it with ``aclose()``."""
    client: Redis = Redis.from_url(
        url,
        decode_responses=True,
        protocol=2,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        max_connections=MAX_CONNECTIONS,
    )
    return client
