"""The customer system on our own tables."""

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import BaseModel

from activities.ports import CustomerAccount, Effect, IdentityStanding
from adapters.postgres.database import Connection, Database, fetch_row
from domain.errors import NotFound, TooManyAttempts, UnknownCustomer
from domain.identity import FAILED_CHECKS_MINUTES, MAX_FAILED_CHECKS, IdentityFactor, comparable
from domain.money import DEFAULT_CURRENCY
from domain.state import CustomerProfile
from domain.toolbox.customer import AccountService, AccountServices, InteractionHistory

SCRYPT_COST = 2**10
"""About 4 ms a digest. No bearable cost keeps four digits from a thief of the table; a lock-out guards the door."""

_ACCOUNT = """
select customer_id, name, email, phone, tier, account_status, registered_at as registration_date, lifetime_value,
       preferences, billing_account_id,
       array(select score::float8 from
             (select score, at from satisfaction_scores s
              where s.customer_id = c.customer_id order by at desc limit 5) l
             order by at) as satisfaction_scores,
       coalesce((select jsonb_agg(to_jsonb(l) order by at) from
             (select at, channel, category, summary, resolved from customer_interactions i
              where i.customer_id = c.customer_id order by at desc limit 5) l), '[]') as previous_interactions
from customers c where customer_id = %(customer_id)s
"""
_INTERACTIONS = """
select at, channel, category, summary, resolved, count(*) over () as total
from customer_interactions
where customer_id = %(customer_id)s and at >= %(since)s
  and (%(types)s::text[] is null or category = any(%(types)s) or channel = any(%(types)s))
order by at desc limit %(limit)s
"""
_SERVICES = """
select service_id, p.name as product, product_type, status, s.monthly_price, started_on, ended_on, currency,
       coalesce(sum(s.monthly_price) filter (where status = 'active') over (), 0) as monthly_total
from services s join products p using (product_id)
where customer_id = %(customer_id)s
order by array_position(array['active', 'suspended', 'cancelled'], status), started_on desc, service_id
limit %(limit)s
"""
_IDENTITY = """
select exists (select from identity_checks k where k.customer_id = c.customer_id
                  and k.conversation_id = %(conversation_id)s and passed) as verified,
       array(select factor from identity_factors f where f.customer_id = c.customer_id order by factor)
           as factors_on_file,
       (select count(*) from identity_checks k where k.customer_id = c.customer_id and not passed
           and at > %(failures_since)s) as failed_checks
from customers c where customer_id = %(customer_id)s
"""
_FACTOR = """
select salt, digest,
       (select count(*) from identity_checks k where k.customer_id = f.customer_id and not passed and at > %(since)s)
           as failed_checks
from identity_factors f where customer_id = %(customer_id)s and factor = %(factor)s
"""


class Passed(BaseModel):
    """What is remembered of an identity check."""

    passed: bool


class PostgresCustomers:
    """Implements ``activities.ports.Customers``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account(self, customer_id: str) -> CustomerAccount:
        row = await self._database.row(_ACCOUNT, {"customer_id": customer_id})
        if row is None:
            raise UnknownCustomer(customer_id)
        account_id = row.pop("billing_account_id")
        return CustomerAccount(profile=CustomerProfile.model_validate(row), billing_account_id=account_id)

    async def interactions(
        self, customer_id: str, *, since: datetime, types: Sequence[str] | None, limit: int
    ) -> InteractionHistory:
        chosen = None if types is None else list(types)
        rows = await self._database.rows(
            _INTERACTIONS, {"customer_id": customer_id, "since": since, "types": chosen, "limit": limit}
        )
        total = rows[0]["total"] if rows else 0
        return InteractionHistory.model_validate({"interactions": rows[::-1], "total": total})

    async def services(self, customer_id: str, *, limit: int) -> AccountServices:
        rows = await self._database.rows(_SERVICES, {"customer_id": customer_id, "limit": limit})
        return AccountServices(
            currency=rows[0]["currency"] if rows else DEFAULT_CURRENCY,
            monthly_total=rows[0]["monthly_total"] if rows else 0,
            services=[AccountService.model_validate(row) for row in rows],
        )

    async def identity(self, customer_id: str, conversation_id: str, *, failures_since: datetime) -> IdentityStanding:
        row = await self._database.row(
            _IDENTITY,
            {"customer_id": customer_id, "conversation_id": conversation_id, "failures_since": failures_since},
        )
        if row is None:
            raise UnknownCustomer(customer_id)
        return IdentityStanding.model_validate(row)

    async def check_identity(self, effect: Effect, factor: IdentityFactor, answer: str) -> bool:
        async def check(connection: Connection) -> Passed:
            passed = await _knows(connection, effect, factor, answer)
            await connection.execute(
                "insert into identity_checks (customer_id, conversation_id, factor, passed, at)"
                " values (%s, %s, %s, %s, %s)",
                (effect.customer_id, effect.conversation_id, factor, passed, effect.at),
            )
            return Passed(passed=passed)

        return (await self._database.once(effect, Passed, check)).passed


def digest(answer: str, salt: bytes) -> bytes:
    """What is stored of a secret: scrypt over its comparable form."""
    return hashlib.scrypt(comparable(answer).encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=32)


async def _knows(connection: Connection, effect: Effect, factor: IdentityFactor, answer: str) -> bool:
    # One check at a time per customer, else a burst of guesses would all be counted after the fact.
    await connection.execute("select from customers where customer_id = %s for no key update", (effect.customer_id,))
    since = effect.at - timedelta(minutes=FAILED_CHECKS_MINUTES)
    row = await fetch_row(connection, _FACTOR, {"customer_id": effect.customer_id, "factor": factor, "since": since})
    if row is None:
        raise NotFound(f"There is no {factor} on file. Ask for another factor.")
    if row["failed_checks"] >= MAX_FAILED_CHECKS:
        raise TooManyAttempts("Too many wrong answers. Identity cannot be checked for now; offer a person.")
    return hmac.compare_digest(await asyncio.to_thread(digest, answer, row["salt"]), row["digest"])
