import asyncio

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from adapters.redis.client import open_redis
from api.auth import Principal, Role
from api.problems import RateLimited
from api.ratelimit import BREAK_SECONDS, Limit, LocalPermits, RateLimiter, RedisPermits

CUSTOMER = Principal("u", Role.CUSTOMER, 0.0, "CUST_001")
SERVICE = Principal("s", Role.SERVICE, 0.0)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Counting:
    """Permits that count the round trips and can fail."""

    def __init__(self, permits) -> None:
        self.permits = permits
        self.trips = 0
        self.away = False

    async def take(self, key, limit, wanted):
        self.trips += 1
        if self.away:
            raise RedisConnectionError
        return await self.permits.take(key, limit, wanted)


class Slow:
    """Permits that are a round trip away."""

    def __init__(self, permits) -> None:
        self.permits = permits

    async def take(self, key, limit, wanted):
        await asyncio.sleep(0)
        return await self.permits.take(key, limit, wanted)


@pytest.fixture
def clock():
    return Clock()


def limiter(shared, clock, customer=60, others=200):
    return RateLimiter(shared, customer_per_minute=customer, others_per_second=others, clock=clock)


async def allowed(limiter: RateLimiter, principal: Principal, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            await limiter.check(principal)
            count += 1
        except RateLimited:
            pass
    return count


@pytest.mark.unit
class TestTheRule:
    async def test_sixty_at_once_then_one_a_second(self, clock):
        subject = limiter(LocalPermits(clock), clock)
        assert await allowed(subject, CUSTOMER, 70) == 60
        clock.now += 3.0
        assert await allowed(subject, CUSTOMER, 10) == 3
        clock.now += 3600
        assert await allowed(subject, CUSTOMER, 70) == 60

    async def test_the_refusal_says_how_long_to_wait_and_that_is_true(self, clock):
        subject = limiter(LocalPermits(clock), clock, customer=2)
        await allowed(subject, CUSTOMER, 2)
        with pytest.raises(RateLimited) as refused:
            await subject.check(CUSTOMER)
        assert refused.value.headers == {"Retry-After": "30"}
        clock.now += 30
        await subject.check(CUSTOMER)

    async def test_one_callers_limit_is_not_anothers(self, clock):
        subject = limiter(LocalPermits(clock), clock, customer=1)
        other = Principal("v", Role.CUSTOMER, 0.0, "CUST_002")
        assert await allowed(subject, CUSTOMER, 3) == 1
        assert await allowed(subject, other, 3) == 1

    async def test_buckets_are_bounded(self, clock, monkeypatch):
        monkeypatch.setattr("api.ratelimit.BUCKETS_REMEMBERED", 5)
        permits = LocalPermits(clock)
        for number in range(20):
            await permits.take(str(number), Limit(1, 60.0), 1)
        assert len(permits._full_at) == 5


@pytest.mark.unit
class TestLeases:
    async def test_a_busy_service_pays_one_trip_for_many_requests(self, clock):
        shared = Counting(LocalPermits(clock))
        subject = limiter(shared, clock)
        assert await allowed(subject, SERVICE, 190) == 190
        assert shared.trips < 30

    async def test_leases_do_not_raise_the_limit(self, clock):
        permits = LocalPermits(clock)
        processes = [limiter(permits, clock) for _ in range(4)]
        counts = [await allowed(process, SERVICE, 150) for process in processes]
        assert 180 <= sum(counts) <= 200

    async def test_a_burst_uses_what_it_leases(self, clock):
        """All at once while the first round trip is under way: nobody is refused below the limit."""
        shared = Counting(Slow(LocalPermits(clock)))
        subject = limiter(shared, clock)
        await asyncio.gather(*(subject.check(SERVICE) for _ in range(190)))
        assert shared.trips < 30

    async def test_a_burst_over_the_limit_does_not_ask_again_and_again(self, clock):
        shared = Counting(Slow(LocalPermits(clock)))
        subject = limiter(shared, clock)
        granted = await asyncio.gather(*(allowed(subject, SERVICE, 1) for _ in range(500)))
        assert 190 <= sum(granted) <= 200
        assert shared.trips < 50

    async def test_unused_permits_expire(self, clock):
        shared = Counting(LocalPermits(clock))
        subject = limiter(shared, clock)
        await allowed(subject, SERVICE, 10)
        before = shared.trips
        clock.now += 10
        await subject.check(SERVICE)
        assert shared.trips == before + 1


@pytest.mark.unit
class TestWithoutRedis:
    async def test_the_process_limits_by_itself(self, clock):
        shared = Counting(LocalPermits(clock))
        shared.away = True
        assert await allowed(limiter(shared, clock), CUSTOMER, 100) == 60

    async def test_redis_is_not_asked_for_each_request(self, clock):
        shared = Counting(LocalPermits(clock))
        shared.away = True
        subject = limiter(shared, clock)
        await allowed(subject, CUSTOMER, 50)
        assert shared.trips == 1
        clock.now += BREAK_SECONDS + 0.1
        await subject.check(CUSTOMER)
        assert shared.trips == 2


@pytest.mark.integration
class TestInRedis:
    @pytest.fixture
    async def redis(self, redis_url):
        client = open_redis(redis_url)
        await client.flushdb()
        yield client
        await client.aclose()

    async def test_the_limit_is_shared_by_all_processes(self, redis, clock):
        processes = [limiter(RedisPermits(redis), clock) for _ in range(3)]
        counts = await asyncio.gather(*(allowed(process, CUSTOMER, 40) for process in processes))
        assert 60 <= sum(counts) <= 61, "one may grow back meanwhile"

    async def test_permits_grow_back(self, redis):
        permits, limit = RedisPermits(redis), Limit(5, 0.5)
        assert await permits.take("k", limit, 5) == 0
        wait = await permits.take("k", limit, 1)
        assert 0 < wait <= 0.1
        await asyncio.sleep(wait + 0.01)
        assert await permits.take("k", limit, 1) == 0

    async def test_keys_expire(self, redis):
        await RedisPermits(redis).take("k", Limit(60, 60.0), 1)
        assert 0 < await redis.pttl("switchboard:rate:k") <= 1_000

    async def test_more_than_the_limit_at_once_is_never_granted(self, redis):
        assert await RedisPermits(redis).take("k", Limit(5, 1.0), 6) > 0
