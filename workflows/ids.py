"""Workflow ids, built and read in one place."""

CONVERSATION = "conversation-"


def conversation_workflow_id(conversation_id: str) -> str:
    """
    >>> conversation_workflow_id("c-7")
    'conversation-c-7'
    """
    return f"{CONVERSATION}{conversation_id}"


def conversation_id_of(workflow_id: str) -> str:
    """The inverse of ``conversation_workflow_id``. Raises ValueError for any other workflow's id."""
    if not workflow_id.startswith(CONVERSATION):
        raise ValueError(f"{workflow_id!r} is not the id of a conversation workflow")
    return workflow_id.removeprefix(CONVERSATION)


def handoff_id(conversation_id: str, number: int) -> str:
    return f"handoff-{conversation_id}-{number}"


def conversation_of_handoff(handoff: str) -> str:
    """The inverse of ``handoff_id``. Raises ValueError for anything else."""
    head, _, number = handoff.rpartition("-")
    if not head.startswith("handoff-") or not number.isdigit():
        raise ValueError(f"{handoff!r} is not a handoff id")
    return head.removeprefix("handoff-")


def sla_workflow_id(ticket_id: str, number: int) -> str:
    return f"sla-{ticket_id}-{number}"


def survey_workflow_id(conversation_id: str, number: int) -> str:
    return f"survey-{conversation_id}-{number}"
