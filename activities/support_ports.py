"""What the tools of support need from the outside; ``activities/ports.py`` says what holds for all ports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from activities.effects import Effect
from domain.compliance import Facts, Rule, Topic
from domain.devices import Device, Outage
from domain.evidence import EffectBooked
from domain.performance import AgentFigures
from domain.satisfaction import SatisfactionFacts
from domain.sla import TicketDeadline
from domain.state import AgentType
from domain.toolbox.compliance import AuditEntry, AuditLogAction
from domain.toolbox.crm import (
    AccountUpdated,
    CreateTicket,
    CrmIntegration,
    CrmRecord,
    NoteAdded,
    Opportunity,
    PasswordResetSent,
    ResetPassword,
    SolvedCase,
    TicketCreated,
    UpdateAccount,
    UpdateCustomerNotes,
)
from domain.toolbox.field_service import (
    CallbackScheduled,
    FreeVisit,
    ScheduleCallback,
    ScheduleTechnicianVisit,
    TechnicianVisit,
)
from domain.toolbox.oversight import (
    EscalateTicket,
    Queue,
    QueueStatus,
    SystemMetrics,
    TicketEscalated,
    TransferRequested,
    TransferToHumanAgent,
)
from domain.toolbox.technical import ApplyConfigurationChange, ConfigurationChanged, LogAnalysis, LogType


class Devices(Protocol):
    """Customers' devices, their logs, and the networks behind them."""

    async def of_customer(
        self, customer_id: str, *, product_type: str | None = None, device_id: str | None = None
    ) -> list[Device]:
        """Devices of running and suspended services, disturbed ones first. Raises ``NotFound`` if this customer has no
        such device."""
        ...

    async def logs(self, customer_id: str, log_type: LogType, *, since: datetime, until: datetime) -> LogAnalysis:
        """What the devices reported in a time, errors first, then the newest."""
        ...

    async def change_setting(self, effect: Effect, change: ApplyConfigurationChange) -> ConfigurationChanged:
        """Change a setting and end the faults that its old value caused. Raises ``NotFound`` for an unknown device or
        setting, ``NotPossible`` for a value that is not allowed or is set already, and a device that is offline."""
        ...

    async def outages(self, customer_id: str, *, at: datetime) -> list[Outage]:
        """Open disturbances where the customer lives. Raises ``UnknownCustomer``."""
        ...


class Appointments(Protocol):
    """Technicians' calendars, and the list of those we call back."""

    async def free_visits(self, customer_id: str, product_type: str, *, first: date, last: date) -> list[FreeVisit]:
        """The earliest windows in which a technician for this product is free where the customer lives."""
        ...

    async def book_visit(self, effect: Effect, visit: ScheduleTechnicianVisit) -> TechnicianVisit:
        """Raises ``SlotTaken`` if nobody is free then, ``NotPossible`` without an active service or with a visit
        booked already, ``UnknownCustomer``."""
        ...

    async def book_callback(self, effect: Effect, callback: ScheduleCallback) -> CallbackScheduled:
        """Raises ``SlotTaken`` if the hour is full, ``NotPossible`` if a call is planned already,
        ``UnknownCustomer``."""
        ...


class CustomerRelations(Protocol):
    """Notes, opportunities, and what customers change of their account. Every method raises ``UnknownCustomer``."""

    async def add_note(self, effect: Effect, note: UpdateCustomerNotes) -> NoteAdded:
        """Keep it, masked."""
        ...

    async def record(self, customer_id: str) -> CrmRecord: ...

    async def change_opportunity(self, effect: Effect, change: CrmIntegration) -> Opportunity:
        """Open one, or move one on. Raises ``NotFound`` if this customer has no such opportunity, ``NotPossible`` for a
        stage that cannot follow and for a closed account."""
        ...

    async def update_account(self, effect: Effect, update: UpdateAccount) -> AccountUpdated:
        """Change what differs and tell the old address. Raises ``NotPossible`` if nothing differs or the account is
        closed."""
        ...

    async def reset_password(self, effect: Effect, reset: ResetPassword) -> PasswordResetSent:
        """Send a code to the address on file. Raises ``NotPossible`` for a closed account, ``TooManyAttempts``."""
        ...


class Cases(Protocol):
    """Closed cases as something to learn from, and new tickets."""

    async def similar(self, problem: str, *, product_type: str | None, limit: int) -> list[SolvedCase]:
        """Best first; empty if nothing matches."""
        ...

    async def create(self, effect: Effect, ticket: CreateTicket) -> TicketCreated:
        """Raises ``UnknownCustomer``, ``NotPossible`` if the customer has too many open ones."""
        ...


class Compliance(Protocol):
    """What law and house rules demand, and the audit trail."""

    async def rules(self, topic: Topic) -> list[Rule]:
        """Empty if nobody has written any."""
        ...

    async def facts(self, customer_id: str, conversation_id: str) -> Facts:
        """Raises ``UnknownCustomer``."""
        ...

    async def record(self, effect: Effect, entry: AuditLogAction) -> AuditEntry:
        """Append it, masked; nothing changes it afterwards."""
        ...

    async def effects(self, conversation_id: str) -> list[EffectBooked]:
        """All that this conversation changed and did not take back, oldest first."""
        ...


class Performance(Protocol):
    """How agents did."""

    async def figures(self, since: datetime, until: datetime, agent_type: AgentType | None) -> list[AgentFigures]:
        """Of those who replied in that time."""
        ...


class Oversight(Protocol):
    """What supervisors look at and ask for."""

    async def people_awaited(self, queue: str) -> int:
        """How many conversations wait for a person in this queue."""
        ...

    async def queues(self, names: Sequence[Queue], now: datetime, *, today: datetime) -> list[QueueStatus]:
        """One for each name, in this order, as they are at ``now``; ``today`` is when the day began."""
        ...

    async def ticket_deadline(self, customer_id: str, conversation_id: str, ticket_id: str | None) -> TicketDeadline:
        """Of this ticket, or of the conversation's. A conversation's ticket has the conversation's clock, which may
        have been paused or begun anew. Raises ``NotFound`` if this customer has no such ticket."""
        ...

    async def system_metrics(self, since: datetime, until: datetime) -> SystemMetrics:
        """What the log holds of this period, of all conversations together."""
        ...

    async def satisfaction_facts(self, customer_id: str, conversation_id: str, *, since: datetime) -> SatisfactionFacts:
        """Raises ``UnknownCustomer``."""
        ...

    async def escalate(self, effect: Effect, request: EscalateTicket) -> TicketEscalated:
        """Keep the request. Raises ``NotFound`` if this customer has no such ticket, ``StatusRefused`` if it is closed,
        ``NotPossible`` if the target has been asked already."""
        ...

    async def request_person(self, effect: Effect, request: TransferToHumanAgent) -> TransferRequested:
        """Keep the request. Raises ``NotPossible`` if a person was asked for already, ``UnknownCustomer``."""
        ...


@dataclass(frozen=True)
class SupportOffice:
    """The systems that support works on."""

    devices: Devices
    appointments: Appointments
    relations: CustomerRelations
    cases: Cases
    compliance: Compliance
    oversight: Oversight
    performance: Performance
