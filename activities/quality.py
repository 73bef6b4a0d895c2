"""The check of a conversation before it closes: reads the log and the books, and asks the agent for quality."""

from collections import deque

from temporalio import activity

from activities.errors import as_application_error
from activities.ports import Agents, ConversationLog
from activities.support_ports import Compliance
from domain.events import LoggedEvent
from domain.evidence import gather
from domain.model import Record
from domain.quality import QualityReport

PAGE = 500
EVENTS_LIMIT = 5_000
"""The newest of a conversation: nobody reads more, and what is older is noted as missing."""


class CheckInput(Record):
    """``since_seq``: what stands up to there was judged by an earlier check."""

    conversation_id: str
    since_seq: int = 0


class QualityActivities:
    def __init__(self, log: ConversationLog, compliance: Compliance, agents: Agents) -> None:
        self._log = log
        self._compliance = compliance
        self._agents = agents

    @activity.defn
    async def check(self, request: CheckInput) -> QualityReport:
        """Judge what was said and done. Fails for good with ``model-failed`` if no mind can; outages are retried."""
        with as_application_error():
            evidence = gather(
                request.conversation_id,
                await self._read(request.conversation_id),
                await self._compliance.effects(request.conversation_id),
                since_seq=request.since_seq,
            )
            return await self._agents.review(evidence)

    async def _read(self, conversation_id: str) -> list[LoggedEvent]:
        """The newest ``EVENTS_LIMIT`` events, in order."""
        events: deque[LoggedEvent] = deque(maxlen=EVENTS_LIMIT)
        after = 0
        while page := await self._log.read(conversation_id, after=after, limit=PAGE):
            events += page
            after = page[-1].seq
        return list(events)
