"""The bell: rung after each append so that whoever waits for a conversation reads its log at once."""

from adapters.redis.channels import Ring
from adapters.redis.publisher import Publisher


class RedisBell:
    """Never raises and never waits. A lost ring costs a listener two seconds, no more."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def ring(self, conversation_id: str, seq: int, *, replied: bool = True) -> None:
        """``replied=False`` says that nothing appended answers a message: those who wait for a reply need not look."""
        self._publisher.ring(Ring(conversation_id=conversation_id, seq=seq, replied=replied))
