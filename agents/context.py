"""What an agent is told about the conversation besides its words: compact, typed, the same for every model.

It travels as JSON inside the system message, so that a model of any kind can read it, and nothing in it can be mistaken
for an instruction of ours: angle brackets are escaped, so no text of a customer closes the frame around it.
"""

import json
from datetime import date
from typing import Any

from pydantic import Field, JsonValue

from domain.agents import AgentSpec
from domain.classification import Affirmation, Classification, Urgency
from domain.intents import MENTIONABLE
from domain.messages import ThinkInput
from domain.model import Record
from domain.state import AgentState, AgentType, Channel, CustomerTier, Offer, ResolutionAttempt, Sentiment

OPENING, CLOSING = "<context>", "</context>"
"""The last one: a prompt may speak of the tag, and the data itself cannot hold it (``frame`` escapes it)."""

EARLIER_SHOWN = 4
CONTACTS_SHOWN = 3


class CustomerFacts(Record):
    """Who it is. What else is known of them a tool tells."""

    customer_id: str
    name: str
    tier: CustomerTier
    account_status: str
    latest_contacts: list[str] = Field(default_factory=list, description="Category and how it ended, newest last.")


class OfferFacts(Record):
    tool: str
    arguments: dict[str, JsonValue]
    summary: str


class AgentContext(Record):
    """``offer`` waits for the customer's answer; ``consent`` was answered with yes in this turn: carry it out.

    ``resolution``: "offered" when the customer was asked whether it helped, "unresolved" when they just said no.
    """

    agent: AgentType
    today: date
    channel: Channel = Channel.WEB
    customer: CustomerFacts | None = None
    ticket_id: str = ""
    intent: str = ""
    confidence: float = 0.0
    alternatives: list[str] = Field(default_factory=list)
    urgency: Urgency = Urgency.MEDIUM
    sentiment: Sentiment = Sentiment.NEUTRAL
    language: str = "en"
    affirmation: Affirmation = "unclear"
    summary: str = Field(default="", description="Of what was said before the messages below.")
    offer: OfferFacts | None = None
    consent: OfferFacts | None = None
    resolution: str = ""
    failed_attempts: int = 0
    own_failures: int = Field(default=0, description="Those of them that this agent made.")
    clarifications: int = Field(default=0, description="How often in a row the customer was asked what they mean.")
    earlier: list[str] = Field(default_factory=list, description="What was tried before, newest last.")
    articles_shown: list[str] = Field(default_factory=list)
    knowledge: list[str] = Field(default_factory=list, description="Article categories of this agent; empty for all.")
    steps_left: int = 8


def context_of(thought: ThinkInput, spec: AgentSpec) -> AgentContext:
    state = thought.state
    reading = thought.classification or _stored_reading(state)
    return AgentContext(
        agent=thought.agent,
        today=thought.now.date(),
        channel=state.channel,
        customer=_customer(state),
        ticket_id=state.ticket.ticket_id if state.ticket else "",
        intent=reading.intent,
        confidence=reading.confidence,
        alternatives=[other.intent for other in reading.alternatives if other.confidence >= MENTIONABLE],
        urgency=reading.urgency,
        sentiment=reading.sentiment,
        language=reading.language,
        affirmation=reading.affirmation,
        summary=state.summary,
        offer=_offer(state.offer),
        consent=_offer(_consented(thought)),
        resolution=_resolution(state, reading),
        failed_attempts=state.failures_at(state.current_intent),
        own_failures=_own_failures(thought),
        clarifications=state.clarifications_in_a_row,
        earlier=[_attempt(attempt) for attempt in state.resolution_attempts[-EARLIER_SHOWN:]],
        articles_shown=list(state.knowledge_articles_referenced),
        knowledge=list(spec.knowledge),
        steps_left=thought.steps_left,
    )


def frame(context: Record) -> str:
    """The context as it stands in the system message."""
    data = context.model_dump(mode="json", exclude_defaults=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{OPENING}{text.replace('<', chr(92) + 'u003c')}{CLOSING}"


def unframe(system_message: str) -> AgentContext:
    """The inverse of ``frame``, from the whole system message, where the context comes last. Raises ValueError."""
    return AgentContext.model_validate_json(framed(system_message))


def framed(system_message: str) -> str:
    """The JSON of the frame in a system message. Raises ValueError if there is none."""
    _, opened, rest = system_message.rpartition(OPENING)
    text, closed, _ = rest.partition(CLOSING)
    if not opened or not closed:
        raise ValueError("the system message carries no context")
    return text


def _consented(thought: ThinkInput) -> Offer | None:
    """Only a yes of this turn: an old one was for something that is done."""
    consent = thought.state.consent
    if consent is None or consent.message_id not in {message.message_id for message in thought.messages}:
        return None
    return consent.offer


def _resolution(state: AgentState, reading: Classification) -> str:
    """A rejected solution stays in the state until a new one is proposed; it matters to an agent when just rejected."""
    stale = state.resolution_status == "unresolved" and reading.affirmation != "no"
    return "" if stale else state.resolution_status


def _offer(offer: Offer | None) -> OfferFacts | None:
    if offer is None:
        return None
    arguments: dict[str, Any] = json.loads(offer.arguments_json)
    return OfferFacts(tool=offer.tool, arguments=arguments, summary=offer.summary)


def _customer(state: AgentState) -> CustomerFacts | None:
    customer = state.customer
    if customer is None:
        return None
    contacts = customer.previous_interactions[-CONTACTS_SHOWN:]
    return CustomerFacts(
        customer_id=customer.customer_id,
        name=customer.name,
        tier=customer.tier,
        account_status=customer.account_status,
        latest_contacts=[f"{c.category}, {'resolved' if c.resolved else 'not resolved'}" for c in contacts],
    )


def _own_failures(thought: ThinkInput) -> int:
    state = thought.state
    own = [attempt for attempt in state.resolution_attempts if attempt.agent_type == thought.agent]
    return sum(not attempt.success and attempt.topic == state.current_intent for attempt in own)


def _attempt(attempt: ResolutionAttempt) -> str:
    tools = f" with {', '.join(attempt.tools_used[-EARLIER_SHOWN:])}" if attempt.tools_used else ""
    return f"{attempt.agent_type} worked on {attempt.topic or 'this'}{tools}: {attempt.outcome}"


def _stored_reading(state: AgentState) -> Classification:
    return Classification(
        intent=state.current_intent,
        confidence=state.intent_confidence,
        sentiment=state.sentiment,
        sentiment_score=state.sentiment_score,
        language=state.language,
    )
