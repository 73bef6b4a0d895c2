"""What comes after the customer's answer to an order that was offered: it is placed, or it is said why not and what
helps."""

import re
from calendar import month_name

from agents.playbook.baskets import proposed
from agents.playbook.consent import (
    agreed_otherwise,
    agreed_to,
    carry_out,
    put_again,
    tell_approval_pending,
    waits_for_approval,
)
from agents.playbook.moves import Move, Proposal, Rule, Say
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, day, money, named, started
from agents.playbook.situation import Situation, ToolResult
from agents.playbook.wishes import kinds_in, read_quantity
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY
from domain.toolbox.sales import PROCESS_ORDER, QUOTE_DAYS, OrderPlaced

NOTHING_ORDERED = "nothing has been ordered or charged"
_OTHER_METHOD = re.compile(r"Offer another method on file: (?P<label>[^(,]+) \((?P<method_id>[\w-]+)\)")
_NO_QUANTITY = re.compile(
    rf"[$€£%]|\b(?:dollars?|euros?|instal?lments?|{'|'.join(month_name[1:])})\b|\d(?:st|nd|rd|th)\b", re.IGNORECASE
)
"""A number beside it counts no pieces."""
_NOT_PAID = frozenset({"payment-declined", "payment-refused", "not-found"})
_MADE_ANEW = frozenset({"expired", "says"})
"""Words of a refused quote that another quote helps against."""


def report_order(situation: Situation) -> Move:
    placed: OrderPlaced = situation.result(PROCESS_ORDER)
    charged = (
        f"I've charged {money(placed.amount, placed.currency)} to {placed.charged_to}."
        if placed.charged_to
        else "Nothing is charged today."
    )
    monthly = (
        f" {money(placed.monthly_total, placed.currency)} a month comes with your next invoices."
        if placed.monthly_total
        else ""
    )
    starts = " It runs from today." if placed.new_services else ""
    delivery = f" It should arrive by {day(placed.delivery_on)}." if placed.delivery_on else ""
    return Say(
        f"Done{named(situation)}: your order is {placed.order_id}. {charged}{monthly}{starts}{delivery} You can "
        "withdraw within 14 days. Is everything as you wanted it?",
        outcome="resolution_offered",
        confidence=1.0,
    )


def offer_other_method(situation: Situation) -> Move:
    consent, other = situation.context.consent, _other_method(situation)
    assert consent is not None, "the rule has looked"
    assert other is not None, "the rule has looked"
    arguments = {**consent.arguments, "payment_method_id": other["method_id"]}
    return Say(
        f"I'm sorry{named(situation)}, {_why_not_paid(situation)}, so {NOTHING_ORDERED}. You also have "
        f"{other['label']} on file. Shall I try the same order with {other['label']}?",
        offer=Proposal(PROCESS_ORDER, arguments, consent.summary),
    )


def tell_no_method(situation: Situation) -> Move:
    return Say(
        f"I'm sorry{named(situation)}, {_why_not_paid(situation)}, so {NOTHING_ORDERED}, and I see no other way to "
        "pay on file. Please check the card's limit with your bank, or add another method under Billing > Payment "
        f"methods. Your quote {_agreed_quote(situation)} keeps its price for {QUOTE_DAYS} days; just write here when "
        f"it is settled. {OFFER_PERSON}",
        confidence=0.8,
    )


def tell_ordered_already(situation: Situation) -> Move:
    return Say(
        f"This quote has been ordered already{named(situation)}, so I've ordered nothing a second time. {DID_IT_HELP}",
        outcome="resolution_offered",
    )


def explain_failed_order(situation: Situation) -> Move:
    refusal = situation.refusal(PROCESS_ORDER)
    assert refusal is not None, "the rule has looked"
    return Say(
        f"I'm sorry{named(situation)}, I couldn't complete the order just now. I've asked a colleague to check it and "
        "to finish it with you; they will see the quote and everything we've written.",
        outcome="cannot_help",
        confidence=0.5,
        reason=f"The order was refused: {refusal.error_type}.",
    )


def tell_account_stands(situation: Situation) -> Move:
    return Say(
        started(situation, "I can't order anything on your account at the moment, because it is not active. ")
        + f"A colleague can settle with you what is open, and then the order is quickly made. {OFFER_PERSON}"
    )


def leave_offer(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}, {NOTHING_ORDERED}. Is there anything else {ANYTHING_ELSE}")


def _why_not_paid(situation: Situation) -> str:
    refusal = situation.refusal(PROCESS_ORDER)
    kind = refusal.error_type if refusal else ""
    return {
        "payment-declined": "the bank declined the payment (it doesn't tell us why)",
        "payment-refused": "the payment method on file has expired",
    }.get(kind, "there is no payment method on file that I could charge")


# ---------------------------------------------------------------------- what the rules look at


def _agreed_quote(situation: Situation) -> str:
    consent = situation.context.consent
    return str(consent.arguments["quote_id"]) if consent else ""


def _declines(situation: Situation) -> bool:
    """A no to all of it, not to the number or the product."""
    plain = situation.declined and read_quantity(situation.said) is None and not kinds_in(situation.said)
    return bool(proposed(situation)) and plain and not situation.results


def _agreed_otherwise(situation: Situation) -> bool:
    """To something else than another number or product, which make another offer."""
    pieces = read_quantity(situation.said) is not None and not _NO_QUANTITY.search(situation.said)
    return agreed_otherwise(situation, PROCESS_ORDER) and not pieces and not kinds_in(situation.said)


def refused_as(situation: Situation, *types: str) -> bool:
    refusal = situation.refusal(PROCESS_ORDER)
    return refusal is not None and refusal.error_type in types


def _refused_because(situation: Situation, words: str) -> bool:
    """A refused quote is told apart by its words only."""
    refusal = situation.refusal(PROCESS_ORDER)
    return refusal is not None and refusal.error_type == "quote-refused" and words in refusal.error


def _unpaid(situation: Situation) -> bool:
    refusal = situation.refusal(PROCESS_ORDER)
    return refusal is not None and refusal.error_type in _NOT_PAID and "method" in refusal.error


def _other_method(situation: Situation) -> re.Match[str] | None:
    """Another method on file, as the refusal names it; None where one was tried already."""
    consent = situation.context.consent
    if consent is not None and consent.arguments.get("payment_method_id"):
        return None
    refusal = situation.refusal(PROCESS_ORDER)
    return _OTHER_METHOD.search(refusal.error) if refusal else None


def _mendable(refusal: ToolResult) -> bool:
    """The chain goes on from the agreed basket: with a new quote, with what is in stock, with a proof of identity."""
    if refusal.error_type == "quote-refused":
        return any(f" {word} " in refusal.error for word in _MADE_ANEW)
    asks_who = refusal.error_type == "not-authorized" and VERIFY_CUSTOMER_IDENTITY.name in refusal.error
    return asks_who or refusal.error_type == "out-of-stock"


def _failed(situation: Situation) -> bool:
    refusal = situation.refusal(PROCESS_ORDER)
    return refusal is not None and not _mendable(refusal)


AFTER_THE_YES = (
    Rule("order placed", lambda s: s.result(PROCESS_ORDER) is not None, report_order),
    Rule("order waits for approval", lambda s: waits_for_approval(s, PROCESS_ORDER), tell_approval_pending),
    Rule("not paid, another method is on file", lambda s: _unpaid(s) and _other_method(s) is not None,
         offer_other_method),
    Rule("not paid", _unpaid, tell_no_method),
    Rule("quote ordered already", lambda s: _refused_because(s, "ordered already"), tell_ordered_already),
    Rule("account not active", lambda s: _refused_because(s, "account is"), tell_account_stands),
    Rule("order failed", _failed, explain_failed_order),
    Rule("agreed to the order", lambda s: agreed_to(s, PROCESS_ORDER), carry_out),
    Rule("declined the order", _declines, leave_offer),
    Rule("agreed to the order on other terms", _agreed_otherwise, put_again),
)  # fmt: skip
