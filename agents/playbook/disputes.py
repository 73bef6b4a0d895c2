"""Disputes: a line that looks wrong is found in the bill, its dispute opened after a yes, and later told or settled."""

import re

from agents.playbook.bills import WHICH_LINE, Line, bills_of, known_bills, line_named, open_duplicates
from agents.playbook.consent import (
    agreed_otherwise,
    agreed_to,
    carry_out,
    put_again,
    turned_down,
    waits_for_approval,
)
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, day, money, named, started
from agents.playbook.refunds import described, had_duplicate
from agents.playbook.situation import Situation
from domain.billing import DuplicateCharge
from domain.toolbox.payments import DISPUTE_TRACKER, REFUND_MANAGER, Dispute, Disputes
from domain.triggers import Trigger

_ASKS_ABOUT = re.compile(
    r"\b(?:my|the|which|any|that|has|have) (?:\w+ ){0,2}disputes?\b|\bdisputes? (?:do|have|are|is|was|about)\b|"
    r"\bi (?:have )?disputed\b",
    re.IGNORECASE,
)
_WANTS_ONE = re.compile(r"\b(?:want|like|need|have|going|open|file|raise|start) (?:to |a )?(?:\w+ )?dispute\b(?!d)",
                        re.IGNORECASE)  # fmt: skip
_WITHDRAWS = re.compile(r"\b(?:withdraw|cancel|drop|close|take back)\b(?: \w+){0,3}", re.IGNORECASE)
_UNAGREED = re.compile(
    r"\b(?:(?:don'?t|do not|can'?t|cannot) (?:agree|accept)|not (?:acceptable|fair|good enough)|unacceptable|"
    r"unfair|i insist|disagree|good ?will|compensat\w+|as a gesture|make (?:an|me an) exception)\b",
    re.IGNORECASE,
)
_REASONS = {
    "duplicate_charge": "The customer says that this was charged twice.",
    "refund_request": "The customer wants this charge back.",
}
_REASON = "The customer does not recognise this charge or finds it wrong."

SHALL_I_OPEN = "Shall I open a dispute about it?"


# ---------------------------------------------------------------------- opening one


def list_disputes(situation: Situation) -> Move:
    return Use(DISPUTE_TRACKER, {"customer_id": situation.customer_id})


def offer_dispute(situation: Situation) -> Move:
    """About the line that the customer named; a dispute that runs already is told instead."""
    found, line = known_bills(situation), _line(situation)
    assert line is not None, "the rule has looked"
    running = _running_on(situation, line.invoice.invoice_id)
    if running:
        return Say(f"{_told(running, found.currency)} Is there anything else {ANYTHING_ELSE}")
    amount = money(line.amount, found.currency)
    arguments = {
        "customer_id": situation.customer_id,
        "action": "open",
        "invoice_id": line.invoice.invoice_id,
        "amount": str(line.amount),
        "reason": _REASONS.get(situation.intent, _REASON),
    }
    return Say(
        f"{started(situation, 'I found the line')}: {line.description}, {amount}, on invoice "
        f"{line.invoice.invoice_id}. I can't take a single line off by myself, but in a dispute a colleague checks it, "
        f"and until then it isn't collected. {SHALL_I_OPEN}",
        offer=Proposal(DISPUTE_TRACKER, arguments, f"Dispute about {line.description}, {amount}"),
    )


def report_dispute(situation: Situation) -> Move:
    [dispute] = _listed(situation)[:1]
    opened = dispute.status == "open"
    told = (
        f"I've opened dispute {dispute.dispute_id} about invoice {dispute.invoice_id}. You'll have an answer by "
        f"{day(dispute.answer_by)}, and until it is decided that amount isn't collected. Please pay the rest of the "
        "invoice as usual; if that is hard at the moment, ask me for a payment plan."
        if opened
        else f"I've withdrawn your dispute {dispute.dispute_id}; invoice {dispute.invoice_id} stands as it is."
    )
    return Say(f"Done{named(situation)}: {told} {DID_IT_HELP}", outcome="resolution_offered")


def leave_it(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}, I leave that as it is. Is there anything else {ANYTHING_ELSE}")


def cannot_open(situation: Situation) -> Move:
    refusal = situation.refusal(DISPUTE_TRACKER)
    return Say(
        f"I'm sorry{named(situation)}, our rules don't let me open or change this dispute, so I'm bringing in somebody "
        "who may decide about it.",
        outcome="cannot_help",
        because=Trigger.HIGH_VALUE_ADJUSTMENT,
        reason=f"A dispute was refused: {refusal.error_type if refusal else 'no such line'}.",
    )


def line_unknown(situation: Situation) -> Move:
    return Say(
        f"Thank you{named(situation)}. I can't find that line in your last invoices, so I'm bringing in somebody who "
        "can look further and decide about it.",
        outcome="cannot_help",
        because=Trigger.HIGH_VALUE_ADJUSTMENT,
        confidence=0.7,
        reason="The customer disputes a charge that is in none of the invoices shown.",
    )


def pass_on_decision(situation: Situation) -> Move:
    """What the rules allow is not enough for the customer: somebody else decides."""
    return Say(
        f"I understand{named(situation)}, and I can't decide more than our rules let me. I'm bringing in somebody who "
        "can.",
        outcome="cannot_help",
        because=Trigger.HIGH_VALUE_ADJUSTMENT,
        reason="The customer does not accept the decision, or asks for money beyond the rules.",
    )


# ---------------------------------------------------------------------- those there are


def tell_disputes(situation: Situation) -> Move:
    disputes, found = _listed(situation), bills_of(situation)
    currency = found.currency if found else ""
    if not disputes:
        return Say(
            f"{started(situation, 'There is no dispute on your account.')} If a line of an invoice looks wrong, tell "
            "me which one and I'll look at it."
        )
    told = " ".join(_told(dispute, currency) for dispute in disputes[:2])
    return Say(f"{started(situation, 'I looked it up.')} {told} Is there anything else {ANYTHING_ELSE}")


def offer_settlement(situation: Situation) -> Move:
    """The dispute is about a charge that was made twice: that needs nobody's decision."""
    found, (dispute, duplicate) = known_bills(situation), _settleable(situation)[0]
    amount = money(duplicate.amount, found.currency)
    arguments = {
        "customer_id": situation.customer_id,
        "invoice_id": dispute.invoice_id,
        "amount": str(dispute.amount),
        "reason": f"Duplicate charge: {duplicate.service}",
        "dispute_id": dispute.dispute_id,
    }
    return Say(
        f"{started(situation, 'I looked into your dispute')} {dispute.dispute_id}, and you are right: "
        f"{described(duplicate, amount)} I'm sorry about that. I can settle it now and pay {amount} back to the card "
        "or bank account the invoice was paid from. Shall I do that?",
        offer=Proposal(REFUND_MANAGER, arguments, f"Payout of {amount}, which settles dispute {dispute.dispute_id}"),
        confidence=0.95,
    )


def offer_withdrawal(situation: Situation) -> Move:
    dispute = next(one for one in _listed(situation) if one.status == "open")
    arguments = {"customer_id": situation.customer_id, "action": "withdraw", "dispute_id": dispute.dispute_id}
    return Say(
        f"Your dispute {dispute.dispute_id} is about invoice {dispute.invoice_id}. If you withdraw it, the invoice "
        "stands as it is. Shall I withdraw it?",
        offer=Proposal(DISPUTE_TRACKER, arguments, f"Withdraw dispute {dispute.dispute_id}"),
    )


def _told(dispute: Dispute, currency: str) -> str:
    amount = f", {money(dispute.amount, currency)}" if currency else ""
    about = f"Your dispute {dispute.dispute_id} about invoice {dispute.invoice_id}{amount}"
    if dispute.status == "open":
        return (
            f"{about}, is open; you'll have an answer by {day(dispute.answer_by)}, and until then it isn't collected."
        )
    decided = {"refunded": "was decided in your favour", "rejected": "was rejected", "withdrawn": "was withdrawn"}
    return f"{about}, {decided[dispute.status]}."


# ---------------------------------------------------------------------- when


def _listed(situation: Situation) -> list[Dispute]:
    result: Disputes | None = situation.result(DISPUTE_TRACKER)
    return result.disputes if result else []


def _running_on(situation: Situation, invoice_id: str) -> Dispute | None:
    return next((one for one in _listed(situation) if one.invoice_id == invoice_id and one.status == "open"), None)


def _settleable(situation: Situation) -> list[tuple[Dispute, DuplicateCharge]]:
    found = bills_of(situation)
    duplicates = open_duplicates(found) if found else []
    return [
        (dispute, duplicate)
        for dispute in _listed(situation)
        for duplicate in duplicates
        if dispute.status == "open"
        and dispute.amount == duplicate.amount
        and dispute.invoice_id == duplicate.invoice_ids[-1]
    ]


def _line(situation: Situation) -> Line | None:
    found = bills_of(situation)
    return line_named(found, situation.said) if found else None


def names_line(situation: Situation) -> bool:
    """The customer answers which line looks wrong."""
    return situation.replied.endswith(WHICH_LINE) and not situation.agreed


def doubts_line(situation: Situation) -> bool:
    """The customer doubts a line of the bill in so many words, and no duplicate charge explains it."""
    asked = situation.intent in {"billing_dispute", "refund_request"} and not had_duplicate(situation)
    return (asked or names_line(situation)) and _line(situation) is not None


def asks_about_disputes(situation: Situation) -> bool:
    asks = bool(_ASKS_ABOUT.search(situation.said)) and not _WANTS_ONE.search(situation.said)
    return asks and not situation.context.offer


def _withdraws(situation: Situation) -> bool:
    talks = "dispute" in f"{situation.said} {situation.replied}".lower()
    return talks and bool(_WITHDRAWS.search(situation.said)) and not situation.context.offer


def _may_track(situation: Situation) -> bool:
    return situation.can(DISPUTE_TRACKER) and not situation.ran(DISPUTE_TRACKER)


def _was_changed(situation: Situation) -> bool:
    """The latest run opened or withdrew one, rather than listing them."""
    runs = [result for result in situation.results if result.tool == DISPUTE_TRACKER.name]
    return bool(runs) and runs[-1].ok and runs[-1].arguments.get("action", "list") != "list"


def _was_refused(situation: Situation) -> bool:
    return situation.refusal(DISPUTE_TRACKER) is not None and not waits_for_approval(situation, DISPUTE_TRACKER)


def unagreed(situation: Situation) -> bool:
    return bool(situation.replied) and bool(_UNAGREED.search(situation.said)) and not situation.results


ANSWERS = (
    Rule("dispute opened or withdrawn", _was_changed, report_dispute),
    Rule("dispute refused", _was_refused, cannot_open),
    Rule("agreed to the dispute", lambda s: agreed_to(s, DISPUTE_TRACKER), carry_out),
    Rule("declined the dispute", lambda s: turned_down(s, DISPUTE_TRACKER), leave_it),
    Rule("agreed to the dispute on other terms", lambda s: agreed_otherwise(s, DISPUTE_TRACKER), put_again),
)

UNAGREED = Rule("does not accept the decision", unagreed, pass_on_decision)

TOPIC = (
    Rule("disputes not seen", lambda s: (asks_about_disputes(s) or _withdraws(s)) and _may_track(s), list_disputes),
    Rule("wants to withdraw a dispute", lambda s: _withdraws(s) and any(one.status == "open" for one in _listed(s)),
         offer_withdrawal),
    Rule("dispute about a duplicate", lambda s: asks_about_disputes(s) and bool(_settleable(s)), offer_settlement),
    Rule("asks about disputes", lambda s: asks_about_disputes(s) and s.ran(DISPUTE_TRACKER), tell_disputes),
    Rule("doubts a line", lambda s: doubts_line(s) and _may_track(s), list_disputes),
    Rule("line in doubt", lambda s: doubts_line(s) and s.ran(DISPUTE_TRACKER), offer_dispute),
    Rule("line unknown", lambda s: names_line(s) and s.intent != "billing_question" and bills_of(s) is not None,
         line_unknown),
)  # fmt: skip
"""With the bills at hand."""
