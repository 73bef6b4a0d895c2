"""What activities need from the outside, as protocols. Adapters implement them; tests swap them.

Every method may raise a retryable ``Unavailable`` (its subclass names who is away) and the typed errors its docstring
names, and nothing else.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from domain.events import Event, LoggedEvent
from domain.messages import Decision, OpenInput, OpenResult, ThinkInput
from domain.model import Record
from domain.state import AgentState, AgentType
from domain.tools import AnyTool

OnDelta = Callable[[str], Awaitable[None]]
"""Called with each piece of text as the model produces it."""


class Appended(Record):
    """What the log holds after an append.

    ``answered``: those of the message ids asked about that have an answer; ``reply``: this turn's stored reply, if any.
    """

    fenced: bool = False
    last_seq: int = 0
    answered: list[str] = []
    reply: LoggedEvent | None = None


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
        turn_id: str = "",
    ) -> Appended:
        """Append what is not there yet and number it. ``fenced`` (and nothing written) if ``epoch`` is stale.

        ``state`` gives the status columns, and the stored snapshot if ``snapshot``. An event whose id exists is
        skipped. A reply's ``answers`` are reduced to messages that nobody has answered.
        """
        ...

    async def read(self, conversation_id: str, *, after: int = 0, limit: int = 200) -> list[LoggedEvent]:
        """Events with ``seq > after``, in order."""
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
