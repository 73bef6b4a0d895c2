"""What was charged twice is given back after a yes: as a credit on the account, or paid out to where it came from."""

import re
from collections.abc import Mapping
from typing import Any

from agents.playbook.bills import bills_of, known_bills, open_duplicates, standing
from agents.playbook.consent import (
    above_approval,
    agreed_otherwise,
    agreed_to,
    carry_out,
    offered,
    put_again,
    tell_approval_pending,
    turned_down,
    waits_for_approval,
)
from agents.playbook.moves import Move, Proposal, Rule, Say
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, day, listed, money, month, named, started
from agents.playbook.situation import Situation
from domain.billing import DuplicateCharge
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT, CreditApplied
from domain.toolbox.payments import REFUND_MANAGER, RefundMade
from domain.triggers import Trigger

REASON_LIMIT = 200
NOTHING_BOOKED = "I won't book anything"
ABOUT_PAYOUT = re.compile(
    r"\b(?:cards?|mastercard|visa|amex|bank|cash|paypal|transfer|pay(?:ed)? out|payout|account number)\b", re.IGNORECASE
)
_PAID_OUT_PLEASE = re.compile(
    r"\b(?:back|refund\w*|instead) (?:\w+ ){0,4}(?:card|bank)\b|\b(?:card|bank(?: account)?) instead\b|"
    r"\bpa(?:y|id) (?:\w+ ){0,2}out\b|\bpayout\b",
    re.IGNORECASE,
)
_ABOUT_TIME = re.compile(r"\b(?:how long|when|how soon|how fast)\b", re.IGNORECASE)
_SHARED = ("customer_id", "amount", "reason", "invoice_id")
"""What a credit and a payout of the same charge are asked for with."""


# ---------------------------------------------------------------------- offering


def offer_credit(situation: Situation) -> Move:
    found = known_bills(situation)
    duplicate = open_duplicates(found)[0]
    amount = money(duplicate.amount, found.currency)
    more = len(open_duplicates(found)) - 1
    others = f" I also see {more} more like it; let's begin with this one." if more else ""
    lead = "I've looked into it once more," if situation.context.offer else started(situation, "I checked your bills")
    told = f"{lead} and there is a duplicate charge: {described(duplicate, amount)} I'm sorry about that.{others} "
    if not situation.can(APPLY_CREDIT_ADJUSTMENT):
        return _pass_on(told)
    question = f"I can credit {amount} to your account right away. Shall I do that?"
    if above_approval(APPLY_CREDIT_ADJUSTMENT, duplicate.amount):
        question = f"A credit of {amount} has to be approved by a colleague. Shall I ask for it?"
    arguments = _arguments(situation, duplicate)
    return Say(
        f"{told}{question}",
        offer=Proposal(APPLY_CREDIT_ADJUSTMENT, arguments, f"Credit of {amount} for {duplicate.service}"),
        confidence=0.98,
    )


def offer_payout(situation: Situation) -> Move:
    """The customer would rather have the duplicate charge back where it was paid from."""
    found = known_bills(situation)
    duplicate = open_duplicates(found)[0]
    amount = money(duplicate.amount, found.currency)
    told = started(situation, f"I checked your bills: {described(duplicate, amount)} I'm sorry about that.")
    return _payout(f"{told} I can pay {amount} back", _arguments(situation, duplicate), f"Payout of {amount}")


def offer_payout_instead(situation: Situation) -> Move:
    offer = situation.context.offer
    assert offer is not None, "the rule has looked"
    return _payout("I can pay the same amount back instead,", offer.arguments, f"Payout instead of: {offer.summary}")


def offer_credit_instead(situation: Situation) -> Move:
    """Nothing is paid out of an invoice that is still open; a credit lowers it."""
    consent = situation.context.consent
    assert consent is not None, "only what was agreed to is run"
    return Say(
        f"I'm sorry{named(situation)}, that invoice is still open, so nothing can be paid out of it. I can credit the "
        "same amount to your account instead, which lowers what you have to pay. Shall I do that?",
        offer=Proposal(APPLY_CREDIT_ADJUSTMENT, _shared(consent.arguments), consent.summary),
    )


def _payout(lead: str, arguments: Mapping[str, Any], summary: str) -> Move:
    approval = " Because of the amount a colleague has to approve it." if _large(arguments) else ""
    return Say(
        f"{lead} to the card or bank account the invoice was paid from.{approval} That takes some working days, while "
        "a credit on your account is there at once. Shall I pay it back?",
        offer=Proposal(REFUND_MANAGER, _shared(arguments), summary),
    )


def _large(arguments: Mapping[str, Any]) -> bool:
    checked = REFUND_MANAGER.arguments.model_validate(_shared(arguments))
    return above_approval(REFUND_MANAGER, checked.amount)


def _shared(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: arguments[name] for name in _SHARED}


def _arguments(situation: Situation, duplicate: DuplicateCharge) -> dict[str, Any]:
    return {
        "customer_id": situation.customer_id,
        "amount": str(duplicate.amount),
        "reason": f"Duplicate charge: {duplicate.service}, {month(duplicate.period)}"[:REASON_LIMIT],
        "invoice_id": duplicate.invoice_ids[-1],
    }


def _pass_on(told: str) -> Move:
    return Say(
        f"{told}I'm bringing in somebody who may give it back.",
        outcome="cannot_help",
        because=Trigger.HIGH_VALUE_ADJUSTMENT,
        reason="A duplicate charge is to be given back, and this agent may not.",
    )


def described(duplicate: DuplicateCharge, amount: str) -> str:
    first, second = duplicate.charged_on[0], duplicate.charged_on[-1]
    dates = f"twice on {day(first)}" if first == second else f"on {day(first)} and again on {day(second)}"
    invoices = list(dict.fromkeys(duplicate.invoice_ids))
    where = f"invoice {invoices[0]}" if len(invoices) == 1 else f"invoices {listed(invoices)}"
    return f"{duplicate.service} for {month(duplicate.period)}, {amount} {dates} ({where})."


def tell_already_credited(situation: Situation) -> Move:
    found = known_bills(situation)
    settled = [duplicate for duplicate in found.duplicate_charges if duplicate.credited]
    amount = money(settled[0].amount, found.currency)
    return Say(
        f"{started(situation, 'I checked your bills')}: there was a duplicate charge of {amount} for "
        f"{settled[0].service} in {month(settled[0].period)}, and it has been credited to your account already. I "
        f"see no other. {standing(found.balance, found.currency)} {DID_IT_HELP}",
        outcome="resolution_offered",
    )


# ---------------------------------------------------------------------- the answer, and what came of it


def report_credit(situation: Situation) -> Move:
    credit: CreditApplied = situation.result(APPLY_CREDIT_ADJUSTMENT)
    return Say(
        f"Done{named(situation)}: I've credited {money(credit.amount, credit.currency)} to your account. "
        f"Your reference is {credit.transaction_id}. {standing(credit.new_balance, credit.currency)} Did that solve "
        "it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def report_payout(situation: Situation) -> Move:
    refund: RefundMade = situation.result(REFUND_MANAGER)
    return Say(
        f"Done{named(situation)}: I've paid {money(refund.amount, refund.currency)} back to {refund.paid_to}. Your "
        f"reference is {refund.transaction_id}, and a confirmation is on its way to you by e-mail. Did that solve it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def offer_alternatives(situation: Situation) -> Move:
    return Say(
        f"No problem{named(situation)}, {NOTHING_BOOKED}. If you'd rather have the money paid out to your card or bank "
        "account, just say so; if you want somebody to look at the charge again, a colleague can do that. "
        f"{OFFER_PERSON}"
    )


def leave_as_it_is(situation: Situation) -> Move:
    return Say(
        f"No problem{named(situation)}, nothing is paid back now, and you can come back to it. If you'd rather have a "
        f"credit on your account, just say so. Is there anything else {ANYTHING_ELSE}"
    )


def answer_about_time(situation: Situation) -> Move:
    """A question back about the offer: answer it, and put the same offer again."""
    offer = situation.context.offer
    assert offer is not None, "the rule has looked"
    proposal = Proposal(APPLY_CREDIT_ADJUSTMENT, offer.arguments, offer.summary)
    return Say(
        "The credit is on your account within minutes and is set off against your next invoice. Shall I book the "
        "credit?",
        offer=proposal,
    )


def explain_refusal(situation: Situation) -> Move:
    refusal = situation.refusal(REFUND_MANAGER) or situation.refusal(APPLY_CREDIT_ADJUSTMENT)
    assert refusal is not None, "the rule has looked"
    words = _REFUSALS.get(
        refusal.error_type, "I couldn't book the credit just now; nothing was changed on your account."
    )
    return Say(
        f"I'm sorry{named(situation)}. {words} I've asked a colleague to take this over; they will see everything "
        "we've written and what I found.",
        outcome="cannot_help",
        because=Trigger.HIGH_VALUE_ADJUSTMENT if refusal.error_type == "approval-required" else None,
        confidence=0.5,
        reason=f"The credit was refused: {refusal.error_type}.",
    )


_GIVEN_BACK = (
    "The system refused it because it is more than what is left of that invoice: part of it may have been given back "
    "already."
)
_AWAY = "I can't reach our billing system at the moment, so nothing has been booked yet."
_REFUSALS = {
    "approval-required": "A credit of this amount has to be approved by a colleague, so I can't book it myself.",
    "credit-too-large": _GIVEN_BACK,
    "refund-too-large": _GIVEN_BACK,
    "dispute-refused": "The dispute about this charge has been decided meanwhile, so I booked nothing.",
    "not-found": "The invoice this belongs to, or an account to pay it to, can't be found any more.",
    "not-authorized": "I'm not allowed to book this credit.",
    "consent-required": "I couldn't match your agreement with this credit, so I booked nothing.",
    "back-office-unavailable": _AWAY,
    "unavailable": _AWAY,
}


# ---------------------------------------------------------------------- when


def has_duplicate(situation: Situation) -> bool:
    found = bills_of(situation)
    return found is not None and bool(open_duplicates(found))


def had_duplicate(situation: Situation) -> bool:
    found = bills_of(situation)
    return found is not None and bool(found.duplicate_charges)


def wants_payout(situation: Situation) -> bool:
    """Said outright, or after a credit was turned down."""
    after_no = NOTHING_BOOKED in situation.replied and bool(ABOUT_PAYOUT.search(situation.said))
    return after_no or bool(_PAID_OUT_PLEASE.search(situation.said))


def _payout_refused_as_open(situation: Situation) -> bool:
    refusal = situation.refusal(REFUND_MANAGER)
    return refusal is not None and refusal.error_type == "payment-refused"


def _offered(situation: Situation) -> bool:
    return offered(situation, APPLY_CREDIT_ADJUSTMENT)


ANSWERS = (
    Rule("credit booked", lambda s: s.result(APPLY_CREDIT_ADJUSTMENT) is not None, report_credit),
    Rule("payout made", lambda s: s.result(REFUND_MANAGER) is not None, report_payout),
    Rule("credit to approve", lambda s: waits_for_approval(s, APPLY_CREDIT_ADJUSTMENT)
         or waits_for_approval(s, REFUND_MANAGER), tell_approval_pending),
    Rule("invoice still open", _payout_refused_as_open, offer_credit_instead),
    Rule("credit refused", lambda s: s.refusal(APPLY_CREDIT_ADJUSTMENT) is not None
         or s.refusal(REFUND_MANAGER) is not None, explain_refusal),
    Rule("agreed to the credit", lambda s: agreed_to(s, APPLY_CREDIT_ADJUSTMENT), carry_out),
    Rule("agreed to the payout", lambda s: agreed_to(s, REFUND_MANAGER), carry_out),
    Rule("declined the credit", lambda s: turned_down(s, APPLY_CREDIT_ADJUSTMENT), offer_alternatives),
    Rule("declined the payout", lambda s: turned_down(s, REFUND_MANAGER), leave_as_it_is),
    Rule("wants the credit paid out", lambda s: _offered(s) and bool(ABOUT_PAYOUT.search(s.said)),
         offer_payout_instead),
    Rule("asks about the credit", lambda s: _offered(s) and bool(_ABOUT_TIME.search(s.said)), answer_about_time),
    Rule("agreed to the credit on other terms", lambda s: agreed_otherwise(s, APPLY_CREDIT_ADJUSTMENT)
         or agreed_otherwise(s, REFUND_MANAGER), put_again),
)  # fmt: skip
"""The customer answers an offer of money, or it has been run."""
