"""Paying an open invoice from the card or bank account on file, or in instalments, after the customer's yes."""

import re
from typing import Any

from agents.playbook import identity
from agents.playbook.bills import bills_of, due_of, invoice_named, known_bills, open_invoices, standing
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
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, day, listed, money, named, started
from agents.playbook.refunds import wants_payout
from agents.playbook.situation import Situation
from domain.toolbox.billing import InvoiceShown
from domain.toolbox.payments import (
    LEAST_INSTALMENTS,
    MOST_INSTALMENTS,
    PLAN_MINIMUM,
    PROCESS_PAYMENT,
    SETUP_PAYMENT_PLAN,
    PaymentPlanSet,
    PaymentTaken,
)
from domain.tools import AnyTool

USUAL_INSTALMENTS = 3
"""Offered to who names no number."""

_PAYS = re.compile(
    r"\b(?:pay|settle|clear|charge|debit)\b(?: \w+){0,4} (?:bills?|invoices?|balance|debts?|due|overdue|INV-[\w-]+|"
    r"what i owe|it|everything|now)\b|\b(?:was|got|is|been|were) (?:declined|rejected|refused)\b|\bpayment failed\b",
    re.IGNORECASE,
)
_ASKS_HOW = re.compile(r"^\W*(?:how|which|what|where|when|can i pay with|do you (?:take|accept))\b", re.IGNORECASE)
_OTHER_METHOD = re.compile(r"\b(?:other|another|different|new|second) (?:card|account|bank|one|method)\b|"
                           r"\b(?:card|account|bank|mastercard|visa) instead\b", re.IGNORECASE)  # fmt: skip
_METHOD = re.compile(r"([A-Z][^,:()]*?) \((PM-[\w-]+)\)")
_OTHERS = "Offer another method on file: "
"""What the payment system says to an agent whose customer has more methods than the one that failed."""
_NUMBERS = {word: number for number, word in enumerate(("two", "three", "four", "five", "six"), 2)}
_COUNT = re.compile(rf"(?<![$€£.])\b(\d{{1,2}}|{'|'.join(_NUMBERS)})\b(?! ?(?:[-/.]|euros?|dollars?))", re.IGNORECASE)


# ---------------------------------------------------------------------- a payment


def offer_payment(situation: Situation) -> Move:
    found, invoice = known_bills(situation), _chosen(situation)
    due = due_of(invoice, found)
    amount = money(due, found.currency)
    late = ", which is overdue" if invoice.status == "overdue" else f", due on {day(invoice.due_on)}"
    more = len(open_invoices(found)) - 1
    others = f" There {'is' if more == 1 else 'are'} {more} more open after that." if more else ""
    approval = " A colleague has to approve a payment of this size." if above_approval(PROCESS_PAYMENT, due) else ""
    return Say(
        f"{started(situation, 'I looked at your account')}: invoice {invoice.invoice_id}{late}, has {amount} to pay."
        f"{others}{approval} Shall I charge {amount} to the payment method on file?",
        offer=Proposal(PROCESS_PAYMENT, _payment(situation, invoice), f"Payment of {amount} for {invoice.invoice_id}"),
    )


def _payment(situation: Situation, invoice: InvoiceShown) -> dict[str, Any]:
    due = due_of(invoice, known_bills(situation))
    return {"customer_id": situation.customer_id, "invoice_id": invoice.invoice_id, "amount": str(due)}


def report_payment(situation: Situation) -> Move:
    paid: PaymentTaken = situation.result(PROCESS_PAYMENT)
    rest = f" {money(paid.still_due, paid.currency)} of it is still to pay." if paid.still_due else ""
    return Say(
        f"Done{named(situation)}: I've charged {money(paid.amount, paid.currency)} to {paid.charged_to} for invoice "
        f"{paid.invoice_id}.{rest} Your reference is {paid.transaction_id}. "
        f"{standing(paid.new_balance, paid.currency)} Did that solve it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def offer_other_method(situation: Situation) -> Move:
    """The bank said no, or the method is gone, and there is another on file."""
    consent = situation.context.consent
    assert consent is not None, "only what was agreed to is run"
    label, method_id = other_methods(situation)[0]
    return Say(
        f"I'm sorry{named(situation)}, {_why_not(situation)} Nothing was charged. You also have {label} on file. Shall "
        "I charge that instead?",
        offer=Proposal(
            PROCESS_PAYMENT, dict(consent.arguments) | {"payment_method_id": method_id}, f"{consent.summary}, {label}"
        ),
    )


def tell_other_ways(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, {_why_not(situation)} Nothing was charged. You can ask your bank about limit "
        "and balance, or add another card or bank account under Billing > Payment methods and tell me when it is "
        "there. If it is too much at once, we can also split an invoice into monthly instalments. What would you "
        "like to do?"
    )


_WHY_NOT = {
    "payment-declined": "the bank declined it and doesn't tell us why.",
    "not-found": "there is no payment method on file that I could charge.",
    "payment-refused": "that invoice can't be charged this way: the payment method has expired, or less is due by now.",
}


def _why_not(situation: Situation) -> str:
    refusal = situation.refusal(PROCESS_PAYMENT)
    return _WHY_NOT.get(refusal.error_type if refusal else "", "I couldn't take the payment just now.")


def other_methods(situation: Situation) -> list[tuple[str, str]]:
    """Label and id of the customer's other payment methods, as far as a refusal named them. None after one of them was
    tried: what a refusal names then is the one that failed first."""
    consent = situation.context.consent
    if consent is not None and consent.arguments.get("payment_method_id"):
        return []
    refusal = situation.refusal(PROCESS_PAYMENT)
    _, named_there, others = refusal.error.partition(_OTHERS) if refusal else ("", "", "")
    return _METHOD.findall(others) if named_there else []


def tell_methods(situation: Situation) -> Move:
    """Which methods there are only the payment system knows; it takes the default one."""
    offer = situation.context.offer
    assert offer is not None, "the rule has looked"
    return Say(
        "I charge the method that is set as default under Billing > Payment methods; you can set another one there and "
        "then say yes here. Shall I go ahead with the one that is set now?",
        offer=Proposal(PROCESS_PAYMENT, offer.arguments, offer.summary),
    )


def nothing_open(situation: Situation) -> Move:
    found = known_bills(situation)
    told = f"I looked at your account: there is no invoice to pay. {standing(found.balance, found.currency)}"
    return Say(f"{started(situation, told)} Is there anything else {ANYTHING_ELSE}")


# ---------------------------------------------------------------------- a plan


def offer_plan(situation: Situation) -> Move:
    found, invoice, number = known_bills(situation), _chosen(situation), _instalments(situation)
    due = due_of(invoice, found)
    amount = money(due, found.currency)
    wanted = f"{number} monthly instalments"
    if due < PLAN_MINIMUM:
        return _offer_payment_instead(situation, invoice, amount)
    bound = "" if number == _asked_number(situation) else f" Plans have from {LEAST_INSTALMENTS} to {MOST_INSTALMENTS}."
    arguments = _payment(situation, invoice) | {"instalments": number}
    return Say(
        f"{started(situation, 'I looked at your account')}: invoice {invoice.invoice_id} has {amount} to pay, and we "
        f"can split it without interest or fee.{bound} The first instalment is due within a week, from the payment "
        f"method on file. Shall I set up {wanted} for {amount}? You can also name another number.",
        offer=Proposal(SETUP_PAYMENT_PLAN, arguments, f"{amount} in {wanted}"),
    )


def _offer_payment_instead(situation: Situation, invoice: InvoiceShown, amount: str) -> Move:
    return Say(
        f"{started(situation, 'I looked at your account')}: invoice {invoice.invoice_id} has {amount} to pay, which is "
        f"less than a payment plan starts at. Shall I charge {amount} to the payment method on file instead?",
        offer=Proposal(PROCESS_PAYMENT, _payment(situation, invoice), f"Payment of {amount} for {invoice.invoice_id}"),
    )


def offer_another_number(situation: Situation) -> Move:
    """The same plan in another number of instalments."""
    offer = situation.context.offer
    asked = _count(situation.said)
    assert offer is not None, "the rule has looked"
    assert asked is not None, "the rule has looked"
    number = min(max(asked, LEAST_INSTALMENTS), MOST_INSTALMENTS)
    bound = "" if number == asked else f"Plans have from {LEAST_INSTALMENTS} to {MOST_INSTALMENTS} instalments. "
    return Say(
        f"{bound}Shall I set up {number} monthly instalments then?",
        offer=Proposal(
            SETUP_PAYMENT_PLAN, dict(offer.arguments) | {"instalments": number}, f"{number} monthly instalments"
        ),
    )


def report_plan(situation: Situation) -> Move:
    plan: PaymentPlanSet = situation.result(SETUP_PAYMENT_PLAN)
    parts = listed([f"{money(one.amount, plan.currency)} on {day(one.due_on)}" for one in plan.instalments])
    return Say(
        f"Done{named(situation)}: I've set up payment plan {plan.plan_id} for invoice {plan.invoice_id}: {parts}, from "
        f"{plan.charged_to}. While you keep to it there are no reminders. Did that solve it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def explain_plan_refusal(situation: Situation) -> Move:
    refusal = situation.refusal(SETUP_PAYMENT_PLAN)
    why = {
        "plan-refused": "there can be one plan at a time, and only for what is due and not in dispute",
        "not-found": "a plan needs a card or bank account on file; you can add one under Billing > Payment methods",
        "payment-refused": "the payment method on file has expired; set another one under Billing > Payment methods",
    }.get(refusal.error_type if refusal else "", "our billing system didn't take it just now")
    return Say(
        f"I'm sorry{named(situation)}, I couldn't set up that plan: {why}. Nothing was changed. {OFFER_PERSON}",
        confidence=0.8,
    )


def leave_unpaid(situation: Situation) -> Move:
    return Say(
        f"All right{named(situation)}, nothing is charged and nothing is set up. If you'd like to pay in another way, "
        f"in instalments for instance, just tell me. Is there anything else {ANYTHING_ELSE}"
    )


# ---------------------------------------------------------------------- when


def wants_plan(situation: Situation) -> bool:
    return situation.intent == "payment_plan"


def wants_to_pay(situation: Situation) -> bool:
    """To pay, or to know why a payment failed; who asks how one can pay gets an article."""
    words = identity.concern(situation)
    pays = bool(_PAYS.search(words)) and not _ASKS_HOW.search(words)
    return situation.intent == "payment_issue" and pays and not wants_payout(situation)


def concerns_payment(situation: Situation) -> bool:
    return wants_plan(situation) or wants_to_pay(situation)


def _chosen(situation: Situation) -> InvoiceShown:
    """The invoice that the customer named, else the oldest open one; for a plan one that is large enough, if any is."""
    found = known_bills(situation)
    invoices = open_invoices(found)
    large = [invoice for invoice in invoices if due_of(invoice, found) >= PLAN_MINIMUM]
    chosen = invoice_named(large if wants_plan(situation) and large else invoices, identity.concern(situation))
    assert chosen is not None, "the rule has looked"
    return chosen


def _open(situation: Situation) -> bool:
    found = bills_of(situation)
    return found is not None and bool(open_invoices(found))


def _count(words: str) -> int | None:
    """The number of instalments that the words name: one that is possible, if there are several numbers."""
    numbers = [_NUMBERS.get(word.lower()) or int(word) for word in _COUNT.findall(words)]
    possible = (number for number in numbers if LEAST_INSTALMENTS <= number <= MOST_INSTALMENTS)
    return next(possible, next(iter(numbers), None))


def _asked_number(situation: Situation) -> int:
    return _count(identity.concern(situation)) or USUAL_INSTALMENTS


def _instalments(situation: Situation) -> int:
    return min(max(_asked_number(situation), LEAST_INSTALMENTS), MOST_INSTALMENTS)


def _must_verify(situation: Situation) -> bool:
    tool = SETUP_PAYMENT_PLAN if wants_plan(situation) else PROCESS_PAYMENT
    due = due_of(_chosen(situation), known_bills(situation))
    return identity.must_verify(situation, tool, due)


def _refused(situation: Situation, tool: AnyTool) -> bool:
    return situation.refusal(tool) is not None


def _can_do(situation: Situation) -> bool:
    return situation.can(SETUP_PAYMENT_PLAN if wants_plan(situation) else PROCESS_PAYMENT)


def _wants_other_number(situation: Situation) -> bool:
    return offered(situation, SETUP_PAYMENT_PLAN) and _count(situation.said) is not None


def _agreed_otherwise(situation: Situation) -> bool:
    """Who would rather pay in parts is offered a plan."""
    splits = offered(situation, PROCESS_PAYMENT) and wants_plan(situation)
    return not splits and any(agreed_otherwise(situation, tool) for tool in (PROCESS_PAYMENT, SETUP_PAYMENT_PLAN))


ANSWERS = (
    Rule("payment taken", lambda s: s.result(PROCESS_PAYMENT) is not None, report_payment),
    Rule("plan set up", lambda s: s.result(SETUP_PAYMENT_PLAN) is not None, report_plan),
    Rule("payment to approve", lambda s: waits_for_approval(s, PROCESS_PAYMENT)
         or waits_for_approval(s, SETUP_PAYMENT_PLAN), tell_approval_pending),
    Rule("agreed to the payment", lambda s: agreed_to(s, PROCESS_PAYMENT), carry_out),
    Rule("agreed to the plan", lambda s: agreed_to(s, SETUP_PAYMENT_PLAN), carry_out),
    Rule("another number of instalments", _wants_other_number, offer_another_number),
    Rule("declined the payment", lambda s: turned_down(s, PROCESS_PAYMENT) or turned_down(s, SETUP_PAYMENT_PLAN),
         leave_unpaid),
    Rule("another payment method", lambda s: offered(s, PROCESS_PAYMENT) and bool(_OTHER_METHOD.search(s.said)),
         tell_methods),
    Rule("agreed to the payment on other terms", _agreed_otherwise, put_again),
)  # fmt: skip
"""The customer answers an offer, or it has been run."""

REFUSALS = (
    Rule("payment refused, another method", lambda s: bool(other_methods(s)), offer_other_method),
    Rule("payment refused", lambda s: _refused(s, PROCESS_PAYMENT), tell_other_ways),
    Rule("plan refused", lambda s: _refused(s, SETUP_PAYMENT_PLAN), explain_plan_refusal),
)
"""After ``identity.RULES``: a refusal for want of proof is theirs."""

TOPIC = (
    Rule("nothing to pay", lambda s: concerns_payment(s) and bills_of(s) is not None and not _open(s), nothing_open),
    Rule("prove who it is first", lambda s: concerns_payment(s) and _open(s) and _must_verify(s), identity.ask_factors),
    Rule("wants a plan", lambda s: wants_plan(s) and _open(s) and _can_do(s), offer_plan),
    Rule("wants to pay", lambda s: wants_to_pay(s) and _open(s) and _can_do(s), offer_payment),
)
"""With the bills at hand."""
