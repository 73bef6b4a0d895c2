"""Rate limits, shared by all API processes through Redis, kept in memory while Redis is away.

The rule is GCRA, a token bucket that stores one number: the instant at which the bucket is full again (the theoretical
arrival time, https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Redis and the fallback use the same formula.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.auth import Principal, Role
from api.problems import RateLimited

KEY_PREFIX = "switchboard:rate:"
LEASE_SECONDS = 0.5
MAX_LEASE_SHARE = 20
"""A lease is at most this part of the limit, so what an idle process holds unused stays small."""
BREAK_SECONDS = 1.0
"""After a failure Redis is left alone this long, or each request would wait for its timeout."""
BUCKETS_REMEMBERED = 10_000

SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, count, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval * wanted
local wait = full - interval * count - now
if wait > 0 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0
"""
"""Takes ``wanted`` permits, or none. Returns 0, or the microseconds until they are there."""


@dataclass(frozen=True)
class Limit:
    """``count`` requests in ``seconds``, all at once if they were saved up."""

    count: int
    seconds: float

    @property
    def interval(self) -> float:
        """Seconds in which one permit grows back."""
        return self.seconds / self.count


@dataclass
class Lease:
    """Permits taken in one round trip and used up here. ``size`` doubles while leases are used up in time.

    ``renewing`` is held by the one who takes the next: each taking its own, a burst would lease the whole limit at once
    and use a part of it.
    """

    size: int = 1
    left: int = 0
    expires_at: float = 0.0
    refused_until: float = 0.0
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def wait(self, now: float) -> float | None:
        """0 if this took one of the permits here, seconds if it is known that there are none; None if nobody knows."""
        if self.left > 0 and now < self.expires_at:
            self.left -= 1
            return 0.0
        return self.refused_until - now if now < self.refused_until else None


class Permits(Protocol):
    async def take(self, key: str, limit: Limit, wanted: int) -> float:
        """0 if ``wanted`` permits were taken, else the seconds until they can be."""
        ...


class RedisPermits:
    """Raises ``RedisError`` or ``OSError`` when Redis is away."""

    def __init__(self, redis: Redis) -> None:
        self._run = redis.register_script(SCRIPT)

    async def take(self, key: str, limit: Limit, wanted: int) -> float:
        wait = await self._run(keys=[KEY_PREFIX + key], args=[round(limit.interval * 1e6), limit.count, wanted])
        return int(wait) / 1e6


class LocalPermits:
    """The same rule within one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    async def take(self, key: str, limit: Limit, wanted: int) -> float:
        now = self._clock()
        full = max(self._full_at.get(key, 0.0), now) + limit.interval * wanted
        wait = full - limit.interval * limit.count - now
        if wait > 0:
            return wait
        self._full_at[key] = full
        self._full_at.move_to_end(key)
        while len(self._full_at) > BUCKETS_REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0


class RateLimiter:
    """Customers by the minute, everybody else by the second. A principal's tokens share one limit."""

    def __init__(
        self,
        shared: Permits,
        *,
        customer_per_minute: int,
        others_per_second: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._local = LocalPermits(clock)
        self._clock = clock
        self._customers = Limit(customer_per_minute, 60.0)
        self._others = Limit(others_per_second, 1.0)
        self._leases: dict[str, Lease] = {}
        self._broken_until = 0.0

    async def check(self, principal: Principal) -> None:
        """Take one permit. Raises ``RateLimited`` with the seconds to wait, rounded up."""
        if principal.role is Role.CUSTOMER:
            wait = await self._take(principal.key, self._customers, 1)
        else:
            wait = await self._take_from_lease(principal.key, self._others)
        if wait > 0:
            raise RateLimited(max(1, math.ceil(wait)))

    async def _take_from_lease(self, key: str, limit: Limit) -> float:
        """Busy callers take several permits at a time, so that the round trip is paid once for all of them."""
        lease = self._leases.setdefault(key, Lease())
        known = lease.wait(self._clock())
        if known is not None:
            return known
        async with lease.renewing:
            known = lease.wait(self._clock())
            return await self._renew(lease, key, limit) if known is None else known

    async def _renew(self, lease: Lease, key: str, limit: Limit) -> float:
        """Take the next lease and one permit of it."""
        now = self._clock()
        largest = max(1, limit.count // MAX_LEASE_SHARE)
        lease.size = min(lease.size * 2, largest) if now < lease.expires_at else 1
        wait = await self._take(key, limit, lease.size)
        if wait > 0 and lease.size > 1:
            lease.size = 1
            wait = await self._take(key, limit, 1)
        lease.left = lease.size - 1 if wait == 0 else 0
        lease.expires_at = now + LEASE_SECONDS
        lease.refused_until = now + wait
        return wait

    async def _take(self, key: str, limit: Limit, wanted: int) -> float:
        if self._clock() >= self._broken_until:
            try:
                return await self._shared.take(key, limit, wanted)
            except (RedisError, OSError):
                self._broken_until = self._clock() + BREAK_SECONDS
        return await self._local.take(key, limit, wanted)
