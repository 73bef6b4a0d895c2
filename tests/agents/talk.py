"""A conversation without servers: the engine's own core, the real classifier and minds; only the log and the clock are
stand-ins, and tools run wherever the test says."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from agents import Minds
from domain import steps
from domain.agents import AGENTS
from domain.assessment import assess
from domain.carry import ENGINE, ConversationInput, StartEscalation
from domain.conversation import Conversation
from domain.events import AgentMessage
from domain.handover import hands_over
from domain.ids import reply_event_id, ticket_id
from domain.messages import (
    AppendResult,
    CustomerMessage,
    Decision,
    OpenResult,
    ThinkInput,
    ThinkResult,
    ToolOutcome,
    ToolRequest,
)
from domain.sla import sla_deadline
from domain.state import AgentState, CustomerProfile, CustomerTier, Priority, Ticket

START = datetime(2026, 11, 20, 15, tzinfo=UTC)
STEPS_LIMIT = 60

RunTool = Callable[[ToolRequest], Awaitable[ToolOutcome]]


def a_customer(name: str = "Alice Morgan", customer_id: str = "CUST_001") -> CustomerProfile:
    return CustomerProfile(
        customer_id=customer_id,
        name=name,
        email="alice.morgan@example.org",
        phone="+1-555-0101",
        tier=CustomerTier.PLATINUM,
        account_status="active",
        registration_date=datetime(2019, 3, 14, tzinfo=UTC),
        lifetime_value=18_450.0,
    )


async def no_tools(request: ToolRequest) -> ToolOutcome:
    raise AssertionError(f"nobody should have called {request.call.tool}")


@dataclass
class Talk:
    """One conversation. ``say`` returns the agents' reply; ``deltas`` is what was streamed of it."""

    minds: Minds
    run_tool: RunTool = no_tools
    customer: CustomerProfile | None = field(default_factory=a_customer)
    conversation_id: str = "c-talk"
    deltas: list[str] = field(default_factory=list)
    thoughts: list[ThinkInput] = field(default_factory=list)
    calls: list[ToolRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        customer_id = self.customer.customer_id if self.customer else "nobody"
        start = ConversationInput(
            engine=ENGINE, conversation_id=self.conversation_id, session_id="s-1", customer_id=customer_id
        )
        self.now = START
        self.core = Conversation(start, self.now)
        self._messages = 0

    @property
    def state(self) -> AgentState:
        return self.core.state

    async def say(self, text: str) -> AgentMessage:
        """The customer writes; the engine works until it rests."""
        self._messages += 1
        self.now += timedelta(seconds=20)
        self.deltas, self.calls = [], []
        self.core.accept(CustomerMessage(message_id=f"m-{self._messages}", message=text, sent_at=self.now))
        said: list[AgentMessage] = []
        for _ in range(STEPS_LIMIT):
            step = self.core.next_step(self.now)
            if isinstance(step, steps.Wait | steps.Finish):
                return said[-1]
            said += await self._take(step)
        raise AssertionError("the turn does not end")

    async def _take(self, step: steps.Step) -> list[AgentMessage]:
        match step:
            case steps.Open():
                self.core.on_opened(OpenResult(customer=self.customer, ticket=self._ticket()), self.now)
            case steps.Classify():
                self.core.on_classified(step, self.minds.classifier.classify(step.input), self.now)
            case steps.Think():
                return await self._think(step)
            case steps.RunTools():
                self.calls += step.requests
                self.core.on_tools(step, [await self.run_tool(request) for request in step.requests], self.now)
            case steps.Append():
                said = [event for event in step.input.pending if isinstance(event, AgentMessage)]
                answered = [message_id for reply in said for message_id in reply.answers]
                self.core.on_appended(step, AppendResult(said=said, answered=answered), self.now)
                return said
            case steps.RunErrand():
                self.core.on_errand_done()
                if isinstance(step.errand, StartEscalation):
                    self.core.assessed(assess(step.errand.case), self.now)
        return []

    async def _think(self, step: steps.Think) -> list[AgentMessage]:
        # As an activity sees it: through JSON.
        thought = ThinkInput.model_validate_json(step.input.model_dump_json())
        self.thoughts.append(thought)
        decision = await self.minds.agents.decide(thought, self.minds.agents.tools_of(thought.agent), self._hear)
        if decision.reply and hands_over(decision.reply, AGENTS[thought.agent].confidence_floor):
            self.core.on_thought(step, ThinkResult(handover=decision.reply), self.now)
            return []
        said = [_logged(thought, decision, self.now)] if decision.reply else []
        answered = [message_id for reply in said for message_id in reply.answers]
        result = ThinkResult(tool_calls=decision.tool_calls, said=said, answered=answered)
        self.core.on_thought(step, result, self.now)
        return said

    async def _hear(self, text: str) -> None:
        self.deltas.append(text)

    def _ticket(self) -> Ticket:
        return Ticket(
            ticket_id=ticket_id(self.conversation_id),
            priority=Priority.MEDIUM,
            category="conversation",
            created_at=START,
            updated_at=START,
            sla_deadline=sla_deadline(START, Priority.MEDIUM, CustomerTier.PLATINUM),
        )


def _logged(thought: ThinkInput, decision: Decision, now: datetime) -> AgentMessage:
    reply = decision.reply
    assert reply is not None, "the caller has looked"
    return AgentMessage(
        event_id=reply_event_id(thought.turn_id),
        at=now,
        turn_id=thought.turn_id,
        agent_type=thought.agent,
        message=reply.message,
        answers=[message.message_id for message in thought.messages],
        tools_executed=list(dict.fromkeys(result.tool for result in thought.tool_results)),
        resolution_offered=reply.outcome == "resolution_offered" or reply.offer is not None,
        outcome=reply.outcome,
        confidence=reply.confidence,
        offer=reply.offer,
        articles=reply.articles,
        reason=reply.reason,
        model=reply.model,
    )
