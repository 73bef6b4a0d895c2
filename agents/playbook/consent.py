"""The customer's answer to an offer: what they said yes to runs exactly as offered, and may wait for a person."""

import re
from decimal import Decimal

from agents.playbook.moves import Move, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, named
from agents.playbook.situation import Situation
from domain.errors import ApprovalPending
from domain.toolbox import resolve
from domain.tools import AnyTool

APPROVAL_PENDING = ApprovalPending.type
_HOURS = re.compile(r"within \d+(?:\.\d+)? hours")


def agreed_to(situation: Situation, tool: AnyTool) -> bool:
    """The customer just said yes to a run of this tool, and it has not run yet."""
    consent = situation.context.consent
    return consent is not None and consent.tool == tool.name and not situation.ran(tool)


def carry_out(situation: Situation) -> Move:
    """Exactly what the customer said yes to."""
    consent = situation.context.consent
    tool = resolve(consent.tool) if consent else None
    assert consent is not None, "the rule has looked"
    assert tool is not None, "only what exists is offered"
    return Use(tool, consent.arguments)


def offered(situation: Situation, tool: AnyTool) -> bool:
    """An offer of this tool stands, and nothing was looked into since."""
    offer = situation.context.offer
    return offer is not None and offer.tool == tool.name and not situation.results


def turned_down(situation: Situation, tool: AnyTool) -> bool:
    return offered(situation, tool) and situation.declined


def waits_for_approval(situation: Situation, tool: AnyTool) -> bool:
    """The engine has asked a person to approve it, and runs it itself when they do."""
    refusal = situation.refusal(tool)
    return refusal is not None and refusal.error_type == APPROVAL_PENDING


def tell_approval_pending(situation: Situation) -> Move:
    """What happens meanwhile. A colleague is asked by the engine, not by these words."""
    return Say(
        f"Thank you{named(situation)}. A colleague has to approve this before it is booked; they have it in front of "
        f"them now, with everything I found, and decide {_by_when(situation)}. If they agree it is done at once and "
        "you hear of it here; if not, you hear that too. Nothing has been booked yet, and you don't "
        f"have to do anything. Is there anything else {ANYTHING_ELSE}",
        confidence=0.95,
    )


def _by_when(situation: Situation) -> str:
    """The time that the engine gives the person who decides."""
    found = (_HOURS.search(result.error) for result in situation.results if result.error_type == APPROVAL_PENDING)
    return next((match.group() for match in found if match), "as soon as they can")


def above_approval(tool: AnyTool, amount: Decimal) -> bool:
    """Whether a person has to approve a run with this amount."""
    limit = tool.policy.approval_above
    return limit is not None and amount > limit
