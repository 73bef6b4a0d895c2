"""Workflow ids, built and read in one place. Those of children are the ids of their subjects, from ``domain.ids``."""

from domain.ids import conversation_of_handoff, handoff_id, saga_workflow_id, sla_workflow_id, survey_workflow_id

__all__ = [
    "conversation_id_of",
    "conversation_of_handoff",
    "conversation_workflow_id",
    "handoff_id",
    "saga_workflow_id",
    "sla_workflow_id",
    "survey_workflow_id",
]

_CONVERSATION = "conversation-"


def conversation_workflow_id(conversation_id: str) -> str:
    """
    >>> conversation_workflow_id("c-7")
    'conversation-c-7'
    """
    return f"{_CONVERSATION}{conversation_id}"


def conversation_id_of(workflow_id: str) -> str:
    """The inverse of ``conversation_workflow_id``. Raises ValueError for any other workflow's id."""
    if not workflow_id.startswith(_CONVERSATION):
        raise ValueError(f"{workflow_id!r} is not the id of a conversation workflow")
    return workflow_id.removeprefix(_CONVERSATION)
