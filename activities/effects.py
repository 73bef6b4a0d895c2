"""What identifies a business effect, for whoever has it."""

from datetime import datetime

from domain.idempotency import step_key
from domain.model import Record
from domain.state import AgentType


class Effect(Record):
    """One business effect, to be had once. ``key`` is made by ``domain.idempotency.effect_key``; an adapter stores it
    with the effect and the result in one transaction, and answers a repetition with that result."""

    key: str
    tool: str
    conversation_id: str
    customer_id: str
    agent: AgentType
    at: datetime

    def of_step(self, name: str) -> "Effect":
        """The part that one step of a saga has in it (``domain.sagas``), with a key of its own. The last step has none
        of its own: it is the effect."""
        return self.model_copy(update={"key": step_key(self.key, name)})
