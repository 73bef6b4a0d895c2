"""Rules, the facts they are about, and the audit trail, on our own tables."""

from activities.ports import Effect
from adapters.postgres.database import Connection, Database, fetch_row
from domain.compliance import Facts, Rule, Topic
from domain.errors import UnknownCustomer
from domain.evidence import EffectBooked
from domain.masking import mask_text
from domain.toolbox.compliance import AuditEntry, AuditLogAction

_RULES = """
select rule_id, source, requirement, fact, next_step from compliance_rules where topic = %(topic)s
order by rule_id limit 8
"""
_FACTS = """
select exists (select from identity_checks k where k.customer_id = c.customer_id
               and k.conversation_id = %(conversation_id)s and passed) as identity_verified,
       account_status = 'active' as account_active,
       not exists (select from invoices i where i.customer_id = c.customer_id and status in ('open', 'overdue'))
           as no_unpaid_invoices,
       -- the ticket of this very conversation is always open
       not exists (select from tickets t where t.customer_id = c.customer_id
                   and conversation_id <> %(conversation_id)s and status not in ('resolved', 'closed'))
           as no_open_tickets,
       not exists (select from services s where s.customer_id = c.customer_id and status <> 'cancelled')
           as no_active_services,
       coalesce(preferences->>'marketing', 'no') = 'yes' as marketing_allowed
from customers c where customer_id = %(customer_id)s
"""
_ENTRY = """
insert into audit_entries (conversation_id, customer_id, agent, action, details, effect_key, at)
values (%(conversation_id)s, %(customer_id)s, %(agent)s, %(action)s, %(details)s, %(key)s, %(at)s)
returning entry_id, action, at
"""

_EFFECTS = """
select key, tool, agent from effects
where conversation_id = %(conversation_id)s and undone_at is null
order by at, key
"""


class PostgresCompliance:
    """Implements ``activities.support_ports.Compliance``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, topic: Topic) -> list[Rule]:
        return [Rule.model_validate(row) for row in await self._database.rows(_RULES, {"topic": topic})]

    async def facts(self, customer_id: str, conversation_id: str) -> Facts:
        row = await self._database.row(_FACTS, {"customer_id": customer_id, "conversation_id": conversation_id})
        if row is None:
            raise UnknownCustomer(customer_id)
        return Facts.model_validate(row)

    async def effects(self, conversation_id: str) -> list[EffectBooked]:
        rows = await self._database.rows(_EFFECTS, {"conversation_id": conversation_id})
        return [EffectBooked.model_validate(row) for row in rows]

    async def record(self, effect: Effect, entry: AuditLogAction) -> AuditEntry:
        values = effect.model_dump() | entry.model_dump() | {"details": mask_text(entry.details)}

        async def write(connection: Connection) -> AuditEntry:
            return AuditEntry.model_validate(await fetch_row(connection, _ENTRY, values))

        return await self._database.once(effect, AuditEntry, write)
