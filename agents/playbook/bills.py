"""A customer's bills: looking them up, what is due of them, finding a line, and saying how they stand."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from agents.playbook.moves import Move, Say, Use
from agents.playbook.phrases import day, money, month
from agents.playbook.situation import Situation
from domain.billing import DuplicateCharge
from domain.toolbox.billing import GET_BILLING_INFORMATION, INVOICES_SHOWN, BillingInformation, InvoiceShown

LINES_SHOWN = 6
WHICH_LINE = "Which line looks wrong to you?"
_SHORT_WORD = 2
_COMMON = frozenset({"plan", "service", "the", "one", "and", "for", "day", "pass", "invoice", "charge", "line"})
"""Words that tell no line from another."""
_AMOUNT = re.compile(r"(?<![\d-])(\d{1,5})(?:[.,](\d{2}))?(?![\d-])")
_INVOICE = re.compile(r"\bINV-[\w-]+\b", re.IGNORECASE)
_WORD = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True)
class Line:
    """One charge of an invoice, as a customer may doubt it."""

    invoice: InvoiceShown
    description: str
    amount: Decimal


# ---------------------------------------------------------------------- looking


def look_up(situation: Situation) -> Move:
    return Use(GET_BILLING_INFORMATION, {"customer_id": situation.customer_id})


def look_up_open(situation: Situation) -> Move:
    """As far back as the tool shows: what is open may be old."""
    return Use(GET_BILLING_INFORMATION, {"customer_id": situation.customer_id, "max_invoices": INVOICES_SHOWN})


def bills_of(situation: Situation) -> BillingInformation | None:
    found: BillingInformation | None = situation.result(GET_BILLING_INFORMATION)
    return found


def known_bills(situation: Situation) -> BillingInformation:
    """For rules that have looked."""
    found = bills_of(situation)
    assert found is not None, "the rule has looked"
    return found


def open_duplicates(found: BillingInformation) -> list[DuplicateCharge]:
    return [duplicate for duplicate in found.duplicate_charges if not duplicate.credited]


def due_of(invoice: InvoiceShown, found: BillingInformation) -> Decimal:
    """What is still to pay of an invoice, after payments and the credits on it that the tool shows."""
    if invoice.status in {"paid", "void"}:
        return Decimal(0)
    paid = sum((one.amount for one in invoice.payments if one.status == "completed"), Decimal(0))
    credited = sum((one.amount for one in found.recent_credits if one.invoice_id == invoice.invoice_id), Decimal(0))
    return max(Decimal(0), invoice.total - paid - credited)


def open_invoices(found: BillingInformation) -> list[InvoiceShown]:
    """Those with something to pay, the oldest first: it hurts the customer most."""
    return [invoice for invoice in reversed(found.invoices) if due_of(invoice, found) > 0]


def invoice_named(invoices: Sequence[InvoiceShown], words: str) -> InvoiceShown | None:
    """The one whose number stands in the words, else the first; None if there is none."""
    numbers = {number.upper() for number in _INVOICE.findall(words)}
    return next((one for one in invoices if one.invoice_id.upper() in numbers), next(iter(invoices), None))


# ---------------------------------------------------------------------- which line


def line_named(found: BillingInformation, words: str) -> Line | None:
    """The charge that the words are about: by its amount, else by the most words of its description. The newest of
    equals; None if nothing fits. Discounts are nothing to doubt."""
    lines = [line for line in _lines(found) if line.amount > 0]
    amounts = set(_amounts(words))
    by_amount = next((line for line in lines if line.amount in amounts), None)
    if by_amount:
        return by_amount
    said = _telling(words)
    best = max(lines, key=lambda line: len(said & _telling(line.description)), default=None)
    return best if best and said & _telling(best.description) else None


def _lines(found: BillingInformation) -> Iterator[Line]:
    for invoice in found.invoices:
        for charge in invoice.charges:
            yield Line(invoice, charge.description, charge.amount)


def _amounts(words: str) -> Iterator[Decimal]:
    for whole, cents in _AMOUNT.findall(_INVOICE.sub("", words)):
        yield Decimal(f"{whole}.{cents or '00'}")


def _telling(words: str) -> set[str]:
    plain = words.lower().replace("e-mail", "email")
    return {word for word in _WORD.findall(plain) if len(word) > _SHORT_WORD and word not in _COMMON}


# ---------------------------------------------------------------------- saying


def invoice_words(found: BillingInformation) -> str:
    if not found.invoices:
        return f"There is no invoice on your account yet. {standing(found.balance, found.currency)}"
    invoice = found.invoices[0]
    lines = "\n".join(f"• {charge.description}: {money(charge.amount, found.currency)}"
                      for charge in invoice.charges[:LINES_SHOWN])  # fmt: skip
    total = money(invoice.total, found.currency)
    return (
        f"Your latest invoice is {invoice.invoice_id} of {day(invoice.issued_on)} over {total}{_due(invoice)}:\n\n"
        f"{lines}\n\n{standing(found.balance, found.currency)}"
    )


def _due(invoice: InvoiceShown) -> str:
    if invoice.status == "paid":
        return ", which is paid"
    return f", due on {day(invoice.due_on)}" + (" and overdue" if invoice.status == "overdue" else "")


def standing(balance: Decimal, currency: str) -> str:
    if balance > 0:
        return f"Your account stands at {money(balance, currency)} to pay."
    if balance < 0:
        return f"Your account has a credit of {money(-balance, currency)}."
    return "Nothing is open on your account."


def duplicate_hint(found: BillingInformation) -> str:
    duplicates = open_duplicates(found)
    if not duplicates:
        return ""
    amount = money(duplicates[0].amount, found.currency)
    return (
        f"I also noticed that {duplicates[0].service} for {month(duplicates[0].period)} ({amount}) stands there twice, "
        "which looks like a duplicate charge. Shall I investigate that?"
    )


def explain_system_away(situation: Situation) -> Move:
    refusal = situation.refusal(GET_BILLING_INFORMATION)
    return Say(
        "I'm sorry, I can't see your bills at the moment, and I don't want to say anything about your money without "
        "looking. I've asked a colleague to take it from here.",
        outcome="cannot_help",
        confidence=0.4,
        reason=f"The bills could not be read: {refusal.error_type if refusal else 'not at hand'}.",
    )
