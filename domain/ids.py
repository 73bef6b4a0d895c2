"""Ids of what belongs to a conversation, built and read in one place. A child workflow's id is the id of its subject.

Numbers come from the epoch, which every claim and every reopening raises: so they never repeat, not even after a
reopened conversation has forgotten how many there were."""

import hashlib
import re


def handoff_id(conversation_id: str, number: int) -> str:
    """
    >>> handoff_id("c-7", 1)
    'handoff-c-7-1'
    """
    return f"handoff-{conversation_id}-{number}"


def conversation_of_handoff(handoff: str) -> str:
    """The inverse of ``handoff_id``. Raises ValueError for anything else."""
    head, _, number = handoff.rpartition("-")
    if not head.startswith("handoff-") or not number.isdigit():
        raise ValueError(f"{handoff!r} is not a handoff id")
    return head.removeprefix("handoff-")


def linked_id(conversation_id: str, message_id: str) -> str:
    """The conversation that goes on where this one, closed too long ago, cannot: the same for every attempt. The
    message's id is the client's own text and enters the id only as a digest."""
    return f"{conversation_id}-{hashlib.sha256(message_id.encode()).hexdigest()[:8]}"


def ticket_id(conversation_id: str) -> str:
    return f"T-{conversation_id}"


def sla_workflow_id(ticket: str, number: int) -> str:
    return f"sla-{ticket}-{number}"


def survey_workflow_id(conversation_id: str, number: int) -> str:
    return f"survey-{conversation_id}-{number}"


def escalation_workflow_id(conversation_id: str, number: str) -> str:
    return f"escalation-{conversation_id}-{number}"


def saga_workflow_id(conversation_id: str, effect_key: str) -> str:
    """The effect's key is in it: whoever is asked for the same effect again finds the same saga."""
    return f"saga-{conversation_id}-{effect_key}"


def survey_answer_event_id(survey_id: str) -> str:
    return f"answered-{survey_id}"


def approval_workflow_id(conversation_id: str, number: str) -> str:
    return f"approval-{conversation_id}-{number}"


def is_approval_id(text: str) -> bool:
    """Whether ``approval_workflow_id`` can have made it."""
    return bool(re.fullmatch(r"approval-[A-Za-z0-9_-]{1,256}-\d{1,9}-\d{1,9}", text))


def message_event_id(message_id: str) -> str:
    """The log's key for a customer's message: what makes a repeat a repeat, however late."""
    return f"msg-{message_id}"


def claim_event_id(handoff: str) -> str:
    return f"claimed-{handoff}"


def person_event_id(message_id: str) -> str:
    """The log's key for a person's message."""
    return f"human-{message_id}"


def completion_event_id(handoff: str) -> str:
    return f"completed-{handoff}"


def turn_id(number: int, epoch: int) -> str:
    """Unique for every thought that may speak: the epoch is raised whenever a turn is thought anew."""
    return f"{number}.{epoch}"


def integration_event_id(system: str, event_id: str) -> str:
    """The log's key for what another system reported. Its id is that system's own text and enters ours only as a
    digest."""
    return f"integration-{hashlib.sha256(f'{system} {event_id}'.encode()).hexdigest()[:32]}"


def reply_event_id(turn_id: str) -> str:
    return f"reply-{turn_id}"
