"""What activities need from the outside, as protocols. Adapters implement them; tests swap them.

Every method may raise a retryable ``Unavailable`` (its subclass names who is away) and the typed errors its docstring
names, and nothing else.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from activities.effects import Effect as Effect  # noqa: PLC0414 exported: adapters look for all of it here
from activities.saga_ports import EffectBook as EffectBook  # noqa: PLC0414
from activities.saga_ports import Orders as Orders  # noqa: PLC0414
from activities.saga_ports import Refunds as Refunds  # noqa: PLC0414
from activities.support_ports import SupportOffice
from domain.billing import Credit, Invoice
from domain.classification import Classification
from domain.events import Event, LoggedEvent
from domain.identity import IdentityFactor
from domain.messages import ClassifyInput, Decision, OpenInput, OpenResult, ThinkInput
from domain.model import Record
from domain.money import Amount
from domain.pricing import Priced
from domain.quality import QualityEvidence, QualityReport
from domain.state import AgentState, AgentType, CustomerProfile, Priority, Ticket, TicketStatus
from domain.toolbox.billing import CreditApplied
from domain.toolbox.customer import AccountServices, InteractionHistory
from domain.toolbox.knowledge import Article, TroubleshootingGuide
from domain.toolbox.payments import (
    Disputes,
    DisputeTracker,
    PaymentPlanSet,
    PaymentTaken,
    ProcessPayment,
    SetupPaymentPlan,
)
from domain.toolbox.sales import (
    Basket,
    CatalogPage,
    GenerateQuote,
    InventoryAvailability,
    ProductCatalog,
    ProductInformation,
    Quote,
)
from domain.toolbox.tickets import Metric, MetricsLogged, NotificationQueued, SendCustomerNotification, TicketUpdated
from domain.tools import AnyTool

OnDelta = Callable[[str], Awaitable[None]]
"""Called with each piece of text as the model produces it."""


class Appended(Record):
    """What the log holds after an append.

    ``answered``: those of the message ids asked about that have an answer; ``replies``: the agents' replies that gave
    these answers, in order; ``epoch``: the log's epoch after the append, or the newer one that fenced it off.
    """

    fenced: bool = False
    epoch: int = 0
    last_seq: int = 0
    answered: list[str] = []
    replies: list[LoggedEvent] = []


class ConversationLog(Protocol):
    """The fenced, numbered, append-only log of each conversation, and the state snapshot beside it."""

    async def open(self, request: OpenInput) -> OpenResult:
        """Register a conversation, or return the snapshot of the one that exists, with its epoch raised by one."""
        ...

    async def append(
        self,
        conversation_id: str,
        epoch: int,
        events: Sequence[Event],
        *,
        state: AgentState,
        snapshot: bool,
        asked: Sequence[str] = (),
        unless: str = "",
    ) -> Appended:
        """Append what is not there yet and number it. ``fenced`` (and nothing written) if ``epoch`` is stale.

        ``state`` gives the status columns, and the stored snapshot if ``snapshot``. An event whose id exists is
        skipped. A reply's ``answers`` are reduced to messages that nobody has answered, and a reply with none left is
        not written. With ``unless`` nothing is written if an event of that id is in the log.
        """
        ...

    async def read(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> list[LoggedEvent]:
        """Events with ``seq > after``, in order."""
        ...


class Room(Protocol):
    """How many conversations may be open at once."""

    async def has_room(self, conversation_id: str) -> bool:
        """Whether this one, which is registered, may begin. Who came first goes first. Raises ``LogUnavailable``."""
        ...


class TokenStream(Protocol):
    """The way of text to a waiting client while it is being produced; losing it loses nothing."""

    async def delta(self, conversation_id: str, turn_id: str, epoch: int, text: str) -> None: ...

    async def latest_epoch(self, conversation_id: str) -> int:
        """The newest epoch that began to think, 0 if unknown; a thought under an older one may stop early."""
        ...

    async def began(self, conversation_id: str, epoch: int) -> None: ...


class Agents(Protocol):
    """The minds: prompts, models, the offline playbook. Only ``agents/`` knows langchain."""

    async def decide(self, thought: ThinkInput, tools: Sequence[AnyTool], on_delta: OnDelta) -> Decision:
        """One model call. Raises ``ModelUnavailable`` (retryable) or ``ModelFailed`` (final)."""
        ...

    def tools_of(self, agent: AgentType) -> Sequence[AnyTool]: ...

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        """The check of a conversation before it closes. Raises ``ModelUnavailable`` or ``ModelFailed``."""
        ...


class CustomerAccount(Record):
    """A customer and the account that is billed for them."""

    profile: CustomerProfile
    billing_account_id: str


class IdentityStanding(Record):
    """What is known of who speaks: whether the conversation's customer proved it, and what can still be asked."""

    verified: bool
    factors_on_file: list[IdentityFactor]
    failed_checks: int = 0


class Customers(Protocol):
    """The customer system. Every method raises ``UnknownCustomer`` if there is no such customer."""

    async def account(self, customer_id: str) -> CustomerAccount: ...

    async def interactions(
        self, customer_id: str, *, since: datetime, types: Sequence[str] | None, limit: int
    ) -> InteractionHistory:
        """The newest ``limit`` contacts since then; ``types`` are categories or channels, None for all."""
        ...

    async def services(self, customer_id: str, *, limit: int) -> AccountServices: ...

    async def identity(
        self, customer_id: str, conversation_id: str, *, failures_since: datetime
    ) -> IdentityStanding: ...

    async def check_identity(self, effect: Effect, factor: IdentityFactor, answer: str) -> bool:
        """Whether this is the right answer; a right one makes the conversation's customer verified. Raises ``NotFound``
        if the factor is not on file."""
        ...


class CreditOrder(Record):
    """Money to be given back."""

    customer_id: str
    amount: Amount
    reason: str
    invoice_id: str | None = None


class AccountBalance(Record):
    billing_account_id: str
    currency: str
    balance: Amount


class Billing(Protocol):
    """Invoices, payments and the ledger. Money moves only in ledger transactions that sum to zero."""

    async def balance(self, customer_id: str) -> AccountBalance:
        """What the customer owes; negative: what we owe them. Raises ``UnknownCustomer``."""
        ...

    async def invoices(self, customer_id: str, *, limit: int) -> list[Invoice]:
        """The latest invoices with charges and payments, newest first."""
        ...

    async def invoice(self, customer_id: str, invoice_id: str) -> Invoice:
        """Raises ``NotFound`` if this customer has no such invoice."""
        ...

    async def credits_given(self, customer_id: str, *, limit: int) -> list[Credit]:
        """The latest credits, newest first."""
        ...

    async def credit(self, effect: Effect, order: CreditOrder) -> CreditApplied:
        """Book a credit, once per effect. It cannot exceed what the invoice (or, without one, the latest year's
        invoices) charged and earlier credits left of it, nor all of a customer's credits what they were ever charged:
        ``CreditTooLarge``. ``NotFound`` for an unknown invoice."""
        ...


class Knowledge(Protocol):
    """Articles and troubleshooting guides."""

    async def search(self, query: str, *, categories: Sequence[str] | None, limit: int) -> list[Article]:
        """Best first, whole texts; empty if nothing matches."""
        ...

    async def guide(self, issue_category: str, product_type: str, severity: Priority) -> TroubleshootingGuide | None:
        """The guide that fits best, None if none does."""
        ...

    async def guide_topics(self) -> list[str]:
        """What there are guides for, as ``category/product``."""
        ...


class NewTicket(Record):
    ticket: Ticket
    conversation_id: str
    customer_id: str


class Tickets(Protocol):
    """The ticketing system."""

    async def open(self, new: NewTicket) -> Ticket:
        """Open a ticket, or return the one that has this id already."""
        ...

    async def change_status(self, effect: Effect, ticket_id: str, status: TicketStatus, note: str) -> TicketUpdated:
        """Raises ``NotFound`` if this customer has no such ticket, ``StatusRefused`` if the status cannot follow."""
        ...


class Notifier(Protocol):
    """The way to a customer outside the conversation."""

    async def send(self, effect: Effect, notification: SendCustomerNotification) -> NotificationQueued:
        """Queue it for the address on file. Raises ``UnknownCustomer``."""
        ...


class Metrics(Protocol):
    """Figures about conversations, for analysis."""

    async def record(self, effect: Effect, metrics: Sequence[Metric]) -> MetricsLogged: ...


class Sales(Protocol):
    """What is sold, at which price; quotes."""

    async def catalog(self, wanted: ProductCatalog) -> CatalogPage:
        """Raises ``NotFound`` if nothing is like that."""
        ...

    async def product(self, product_id: str, *, on: date) -> ProductInformation:
        """By id or name, with the offers of that day. Raises ``NotFound``."""
        ...

    async def availability(self, product_id: str, quantity: int, *, on: date) -> InventoryAvailability:
        """Raises ``NotFound``."""
        ...

    async def price(self, basket: Basket, *, on: date) -> Priced:
        """Raises ``UnknownCustomer``, ``NotFound`` for a product or a code, ``InvalidArguments`` for a product
        named twice."""
        ...

    async def quote(self, effect: Effect, wanted: GenerateQuote) -> Quote:
        """As ``price``, kept; ``QuoteRefused`` for two of what an account has one of."""
        ...


class Payments(Protocol):
    """Money that comes in, once an effect, with its ledger entries."""

    async def pay(self, effect: Effect, payment: ProcessPayment) -> PaymentTaken:
        """Raises ``NotFound``, ``PaymentRefused``, ``PaymentDeclined``."""
        ...

    async def plan(self, effect: Effect, plan: SetupPaymentPlan) -> PaymentPlanSet:
        """Raises ``NotFound``, ``PlanRefused``, ``PaymentRefused``."""
        ...


class DisputeBook(Protocol):
    """Customers' doubts about invoices."""

    async def of_customer(self, customer_id: str, *, dispute_id: str | None) -> Disputes:
        """The newest ones, or this one. Raises ``NotFound``."""
        ...

    async def open(self, effect: Effect, dispute: DisputeTracker) -> Disputes:
        """Raises ``NotFound`` for the invoice, ``DisputeRefused``."""
        ...

    async def withdraw(self, effect: Effect, dispute_id: str) -> Disputes:
        """Raises ``NotFound``, ``DisputeRefused`` unless it is open."""
        ...


@dataclass(frozen=True)
class BackOffice:
    """All the systems that tools work on."""

    customers: Customers
    billing: Billing
    knowledge: Knowledge
    tickets: Tickets
    notifier: Notifier
    metrics: Metrics
    sales: Sales
    payments: Payments
    disputes: DisputeBook
    orders: Orders
    refunds: Refunds
    effects: EffectBook
    support: SupportOffice


class Classifier(Protocol):
    """Reads what a customer wants. In process, a few milliseconds, no I/O."""

    def classify(self, request: ClassifyInput) -> Classification: ...
