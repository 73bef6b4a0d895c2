"""Reports of other systems on their way to the conversation: they arrive as signals, and once."""

from typing import Protocol

from temporalio.client import Client

from api.conversations import RPC_TIMEOUT, UnknownWorkflow, engine_errors
from api.ports import Log
from api.problems import ConversationIsClosed
from domain.errors import UnknownConversation
from domain.ids import integration_event_id
from domain.integrations import IntegrationReport
from workflows.conversation import ConversationWorkflow
from workflows.ids import conversation_workflow_id


class Integrations(Protocol):
    async def conversation_of(self, report: IntegrationReport) -> str:
        """Which conversation a report without a conversation's id is about: the one that the same system has reported
        about under the same external id. Raises ``UnknownConversation``, ``LogUnavailable``."""
        ...

    async def report(self, conversation_id: str, report: IntegrationReport) -> None:
        """Tell the conversation; a repeat changes nothing. Raises ``UnknownConversation``, ``ConversationIsClosed``
        unless the log has it already, ``EngineUnavailable``, and ``LogUnavailable`` if nobody knows."""
        ...


class TemporalIntegrations:
    def __init__(self, client: Client, log: Log) -> None:
        self._client = client
        self._log = log

    async def conversation_of(self, report: IntegrationReport) -> str:
        found = await self._log.conversation_about(report.system, report.external_id)
        if found is None:
            raise UnknownConversation(f"about {report.external_id}")
        return found

    async def report(self, conversation_id: str, report: IntegrationReport) -> None:
        handle = self._client.get_workflow_handle_for(
            ConversationWorkflow.run, conversation_workflow_id(conversation_id)
        )
        try:
            with engine_errors():
                await handle.signal(ConversationWorkflow.integration_event, report, rpc_timeout=RPC_TIMEOUT)
        except UnknownWorkflow:
            await self._was_told_before(conversation_id, report)

    async def _was_told_before(self, conversation_id: str, report: IntegrationReport) -> None:
        if await self._log.registry(conversation_id) is None:
            raise UnknownConversation(conversation_id)
        logged = integration_event_id(report.system, report.event_id)
        if await self._log.seq_of(conversation_id, logged) is None:
            raise ConversationIsClosed("The conversation is closed; nothing was noted.")
