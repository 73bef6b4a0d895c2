"""Starting conversations from inside the engine: the linked conversation of one that was closed too long ago."""

from temporalio.client import Client

from activities.registry import Continuation
from domain.carry import ENGINE, ConversationInput
from domain.messages import EnginePolicy
from workflows.conversation import ConversationWorkflow
from workflows.ids import conversation_workflow_id
from workflows.options import WORKFLOW_TASK_TIMEOUT
from workflows.search_attributes import at_start


class TemporalContinuations:
    """Implements ``activities.registry.Continuations`` by signal-with-start, which is safe to repeat."""

    def __init__(self, client: Client, task_queue: str, policy: EnginePolicy) -> None:
        self._client = client
        self._task_queue = task_queue
        self._policy = policy

    async def continue_in(self, conversation_id: str, continuation: Continuation) -> None:
        start = ConversationInput(
            engine=ENGINE,
            conversation_id=conversation_id,
            session_id=conversation_id,
            customer_id=continuation.customer_id,
            channel=continuation.channel,
            continued_from=continuation.conversation_id,
            policy=self._policy,
        )
        for message in continuation.messages:
            await self._client.start_workflow(
                ConversationWorkflow.run,
                start,
                id=conversation_workflow_id(conversation_id),
                task_queue=self._task_queue,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                memo={"customer_id": continuation.customer_id},
                search_attributes=at_start(continuation.channel, None),
                static_summary="Customer conversation",
                start_signal=ConversationWorkflow.customer_message.__name__,
                start_signal_args=[message],
            )
