"""The customer's answer to an offer: what they said yes to runs exactly as offered, and may wait for a person."""

import re
from decimal import Decimal

from agents.classifier.affirmation import changes_terms, tells_outcome
from agents.playbook.moves import Move, Proposal, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, named
from agents.playbook.situation import Situation
from domain.errors import ApprovalPending
from domain.toolbox import resolve
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT
from domain.toolbox.crm import RESET_PASSWORD, UPDATE_ACCOUNT
from domain.toolbox.field_service import SCHEDULE_CALLBACK, SCHEDULE_TECHNICIAN_VISIT
from domain.toolbox.payments import DISPUTE_TRACKER, PROCESS_PAYMENT, REFUND_MANAGER, SETUP_PAYMENT_PLAN
from domain.toolbox.sales import PROCESS_ORDER
from domain.toolbox.technical import APPLY_CONFIGURATION_CHANGE
from domain.tools import AnyTool

APPROVAL_PENDING = ApprovalPending.type
_HOURS = re.compile(r"within \d+(?:\.\d+)? hours")
_DEEDS: tuple[tuple[re.Pattern[str], tuple[AnyTool, ...]], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b", re.IGNORECASE), tools)
    for words, tools in (
        (r"credit\w*", (APPLY_CREDIT_ADJUSTMENT,)),
        (r"refund\w*|(?:pay|give|send) (?:\w+ )?(?:back|out)", (REFUND_MANAGER,)),
        (r"(?:pay|payment)(?! (?:(?:it|that|me) )?(?:back|out|plan))", (PROCESS_PAYMENT,)),
        (r"(?<!the )(?<!that )(?<!duplicate )charge", (PROCESS_PAYMENT, PROCESS_ORDER)),
        (r"plan", (SETUP_PAYMENT_PLAN, PROCESS_ORDER)),
        (r"dispute|withdraw", (DISPUTE_TRACKER,)),
        (r"order|quote", (PROCESS_ORDER,)),
        (r"visit|technician", (SCHEDULE_TECHNICIAN_VISIT,)),
        (r"appointment", (SCHEDULE_TECHNICIAN_VISIT, SCHEDULE_CALLBACK)),
        (r"change", (APPLY_CONFIGURATION_CHANGE, RESET_PASSWORD, UPDATE_ACCOUNT)),
        (r"call|callback", (SCHEDULE_CALLBACK,)),
        (r"reset|password|code", (RESET_PASSWORD,)),
    )
)
"""What a customer calls the things that are done after a yes."""
_WHERE = {
    APPLY_CREDIT_ADJUSTMENT.name: " It goes to your account with us.",
    REFUND_MANAGER.name: " It goes back to the card or bank account the invoice was paid from.",
} | dict.fromkeys(
    (PROCESS_PAYMENT.name, SETUP_PAYMENT_PLAN.name, PROCESS_ORDER.name),
    " It is charged to the payment method on file.",
)
"""Where the money goes or comes from: who names a card or a day should hear it before they say yes."""


def agreed_to(situation: Situation, tool: AnyTool) -> bool:
    """The customer just said yes to a run of this tool, and it has not run yet.

    The engine knows that they said yes; what they said it to, they may say too ("Yes, refund it" agrees to no credit).
    """
    consent = situation.context.consent
    stands = consent is not None and consent.tool == tool.name and not situation.ran(tool)
    return stands and not _means_else(situation, tool) and not tells_outcome(situation.said)


def _means_else(situation: Situation, tool: AnyTool) -> bool:
    return any(words.search(situation.said) and tool not in tools for words, tools in _DEEDS)


def agreed_otherwise(situation: Situation, tool: AnyTool) -> bool:
    """A yes with terms that were not offered, or to something that was not: nothing is to run, and it is asked back."""
    other = changes_terms(situation.said) or (situation.agreed and _means_else(situation, tool))
    return offered(situation, tool) and other


def put_again(situation: Situation) -> Move:
    """The same offer in its own words, where the answer could have meant another; and where the money goes."""
    offer = situation.context.offer
    tool = resolve(offer.tool) if offer else None
    assert offer is not None, "the rule has looked"
    assert tool is not None, "only what exists is offered"
    where = "" if "payment_method_id" in offer.arguments else _WHERE.get(offer.tool, "")
    return Say(
        f"I haven't done anything yet{named(situation)}, because I want to get it right. What I can do for you here is "
        f"exactly this: {offer.summary}.{where} Shall I do that?",
        offer=Proposal(tool, offer.arguments, offer.summary),
        confidence=0.95,
    )


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
        f"them now, with everything I found, and decide {by_when(situation)}. If they agree it is done at once and "
        "you hear of it here; if not, you hear that too. Nothing has been booked yet, and you don't "
        f"have to do anything. Is there anything else {ANYTHING_ELSE}",
        confidence=0.95,
    )


def by_when(situation: Situation) -> str:
    """The time that the engine gives the person who decides."""
    found = (_HOURS.search(result.error) for result in situation.results if result.error_type == APPROVAL_PENDING)
    return next((match.group() for match in found if match), "as soon as they can")


def above_approval(tool: AnyTool, amount: Decimal) -> bool:
    """Whether a person has to approve a run with this amount."""
    limit = tool.policy.approval_above
    return limit is not None and amount > limit
