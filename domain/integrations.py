"""What other systems report about a conversation: their tickets and cases move on, and the log shows it.

It comes from outside, signed, and tells the customer nothing by itself: the log keeps it for the staff, and the state
keeps which ticket and which case of theirs belong to this conversation.
"""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from domain.carry import REMEMBERED_REPORTS, Carry
from domain.events import IntegrationEvent
from domain.ids import integration_event_id
from domain.masking import mask_text
from domain.model import Record
from domain.scribe import Scribe

TICKET_UPDATED = "ticket_updated"
CASE_UPDATED = "case_updated"
"""The two kinds that name what of theirs belongs to the conversation; every other kind is only logged."""

FactName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,59}$")]
FactText = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
"""Without NUL, which Postgres does not store."""
FactInteger = Annotated[int, Field(ge=-(2**53), le=2**53)]
FactNumber = Annotated[float, Field(allow_inf_nan=False)]
Fact = bool | FactInteger | FactNumber | FactText | None
FACTS_LIMIT = 20
"""With the length of a text it keeps a report under 8 KB, the most that should ride in a history at once."""


class IntegrationReport(Record):
    """Signal ``integration_event``: something happened in another system. ``event_id`` is that system's own and unique
    there; ``external_id`` names its ticket, case, invoice …, empty if the report is about none."""

    event_id: str
    system: str
    kind: str
    external_id: str = ""
    at: datetime
    data: dict[FactName, Fact] = Field(default_factory=dict, max_length=FACTS_LIMIT)


class Integrations:
    def __init__(self, carry: Carry, scribe: Scribe) -> None:
        self._carry = carry
        self._scribe = scribe

    def reported(self, report: IntegrationReport, now: datetime) -> bool:
        """Log it and follow it; False if it is a repeat."""
        book, event_id = self._carry.integrations, integration_event_id(report.system, report.event_id)
        if event_id in book.recent_ids:
            return False
        book.recent_ids = [*book.recent_ids, event_id][-REMEMBERED_REPORTS:]
        self._scribe.log(
            IntegrationEvent(
                event_id=event_id,
                at=now,
                system=report.system,
                kind=report.kind,
                external_id=report.external_id,
                occurred_at=report.at,
                data={name: mask_text(fact) if isinstance(fact, str) else fact for name, fact in report.data.items()},
            )
        )
        self._follow(report)
        return True

    def _follow(self, report: IntegrationReport) -> None:
        """Reports overtake each other on their way: one that is older than what is known changes nothing."""
        book, state = self._carry.integrations, self._carry.state
        if not report.external_id:
            return
        if report.kind == TICKET_UPDATED and _is_news(report, book.ticket_as_of):
            state.external_ticket_id, book.ticket_as_of = report.external_id, report.at
        if report.kind == CASE_UPDATED and _is_news(report, book.case_as_of):
            state.crm_case_id, book.case_as_of = report.external_id, report.at


def _is_news(report: IntegrationReport, known_as_of: datetime | None) -> bool:
    return known_as_of is None or report.at >= known_as_of
