"""From a basket to an order: stock, proof of identity where the charge needs one, a quote, the customer's yes, the
order; and what to do where one of these fails."""

from collections.abc import Sequence
from decimal import Decimal

from agents.playbook import identity
from agents.playbook.baskets import (
    BEFORE_ORDERING,
    basket_arguments,
    basket_words,
    code_refused,
    currency,
    due_now,
    first_year,
    known_products,
    list_price,
    list_products,
    must_list,
    quote_question,
    services,
    spoken,
    stock_of,
    takes_proposal,
    wishes,
)
from agents.playbook.manners import give_up, who_is_it
from agents.playbook.moves import Move, Proposal, Rule, Say, Use, only_when
from agents.playbook.orders import refused_as, tell_account_stands
from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON, day, listed, money, named, started
from agents.playbook.situation import Situation
from agents.playbook.wishes import Wish, wants_other_terms, wants_to_buy
from domain.pricing import Priced
from domain.state import AgentType
from domain.toolbox.crm import CRM_INTEGRATION
from domain.toolbox.customer import VERIFY_CUSTOMER_IDENTITY, IdentityCheck
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GENERATE_QUOTE,
    PROCESS_ORDER,
    QUANTITY_LIMIT,
    SALES_LIMIT,
    InventoryAvailability,
    ProcessOrder,
    ProductListed,
    Quote,
)
from domain.triggers import DEFAULT_THRESHOLDS, Trigger

SHALL_I_ORDER = "Shall I order that for you?"
CRM_VALUE_LIMIT = Decimal(100_000)
"""The CRM takes no more a month."""
TITLE_LIMIT = 120


def orders(situation: Situation) -> bool:
    """The customer wants to order: says so, takes what was proposed, or adds something they do not have yet."""
    if wants_other_terms(situation.said):
        return False
    return wants_to_buy(spoken(situation)) or takes_proposal(situation) or _adds_to_account(situation)


# ---------------------------------------------------------------------- on the way to it


def note_opportunity(situation: Situation) -> Move:
    """So that whoever takes over finds it in the CRM. The title is the catalogue's words, not the customer's."""
    basket = wishes(situation)
    monthly = sum((w.quantity * w.product.monthly_price for w in basket), Decimal(0))
    return Use(
        CRM_INTEGRATION,
        {
            "customer_id": situation.customer_id,
            "action": "open_opportunity",
            "title": basket_words(basket)[:TITLE_LIMIT],
            "monthly_value": str(min(monthly, CRM_VALUE_LIMIT)),
        },
    )


def pass_on_large_deal(situation: Situation) -> Move:
    basket, unit = wishes(situation), currency(situation)
    return Say(
        f"Thank you{named(situation)}. {_capitalised(basket_words(basket))}: at list prices that is "
        f"{money(first_year(basket), unit)} in the first year. A deal of that size is made by our business team, so "
        "I've asked one of them to take over. They will see everything we've written.",
        outcome="cannot_help",
        because=Trigger.LARGE_DEAL,
        reason="The deal is above what this agent closes.",
    )


def pass_on_quantity(situation: Situation) -> Move:
    basket = wishes(situation)
    return Say(
        f"Thank you{named(situation)}. I can order up to {QUANTITY_LIMIT} of a kind at once, so I've asked a "
        f"colleague to take over with {basket_words(basket)}. They will see everything we've written.",
        outcome="cannot_help",
        because=Trigger.APPROVAL_NEEDED,
        reason="More pieces than one order takes.",
    )


def check_stock(situation: Situation) -> Move:
    wish = next(w for w in wishes(situation) if stock_of(situation, w.product.product_id) is None)
    return Use(CHECK_INVENTORY_AVAILABILITY, {"product_id": wish.product.product_id, "quantity": wish.quantity})


def offer_instead(situation: Situation) -> Move:
    """Fewer of it, something like it, or a later date."""
    wish, stock = _short(situation)[0]
    back = f" More comes on {day(stock.restock_on)}." if stock.restock_on else ""
    lead = started(situation, f"I've checked the stock: {_what_is_left(wish, stock)}.{back}")
    other = _alternative(situation, wish)
    there = f" The {other.name} is in stock, {list_price(other, currency(situation))}." if other else ""
    if stock.available:
        fewer = quote_question([Wish(wish.product, stock.available)])
        return Say(f"{lead}{there} {fewer}")
    if other:
        return Say(f"{lead}{there} {quote_question([Wish(other, wish.quantity)])}")
    return Say(
        f"{lead} I can't reserve it before then, so nothing is ordered; write to us from that day on, and it is "
        f"quickly done. {DID_IT_HELP}",
        outcome="resolution_offered",
    )


def ask_for_proof(situation: Situation) -> Move:
    """Names the basket, so that the answer is enough to go on with it."""
    check: IdentityCheck = situation.result(VERIFY_CUSTOMER_IDENTITY)
    lead = "I have to make sure that it's really you"
    again = f"That doesn't match what we have on file. {lead}" if identity.answered(situation) else ""
    wanted = listed([identity.ASKED_FOR[factor] for factor in check.factors_on_file], "or")
    amount = money(PROCESS_ORDER.policy.verified_above or Decimal(0), currency(situation))
    return Say(
        f"{again or started(situation, lead)} {BEFORE_ORDERING} {basket_words(wishes(situation))}, because more than "
        f"{amount} is charged: {identity.QUESTION} {wanted}?"
    )


def make_quote(situation: Situation) -> Move:
    return Use(GENERATE_QUOTE, basket_arguments(situation, wishes(situation)))


def ask_one_plan(situation: Situation) -> Move:
    return Say(
        f"An account has one plan of a kind at a time{named(situation)}, so I can't put "
        f"{basket_words(wishes(situation))} on it together. Which one shall it be? For plans at several addresses I "
        "can bring in a colleague."
    )


def tell_replacement(situation: Situation) -> Move:
    """A change of contract: prepared here, confirmed by a person."""
    quote: Quote = situation.result(GENERATE_QUOTE)
    return Say(
        f"{_quoted(situation, quote)} It would take the place of your {listed(quote.changes_contract)}. That is a "
        f"change of your contract, which a person confirms; the quote is ready for them. {OFFER_PERSON}"
    )


def pass_on_quote(situation: Situation) -> Move:
    quote: Quote = situation.result(GENERATE_QUOTE)
    return Say(
        f"{_quoted(situation, quote)} An order of this size is more than I may place by myself, so I've asked a "
        "colleague to take over with this quote. They will see everything we've written.",
        outcome="cannot_help",
        because=Trigger.APPROVAL_NEEDED,
        reason="The order is above the limit of this agent.",
    )


def offer_order(situation: Situation) -> Move:
    quote: Quote = situation.result(GENERATE_QUOTE)
    basket = wishes(situation)
    summary = f"Order of {basket_words(basket)}: {price_words(quote.price)}"
    return Say(
        f"{_quoted(situation, quote)}{_delivery(situation, basket)} {SHALL_I_ORDER}",
        offer=Proposal(PROCESS_ORDER, _order_arguments(situation, quote), summary),
        confidence=0.95,
    )


# ---------------------------------------------------------------------- words


def price_words(price: Priced) -> str:
    """``$79.00 once and $44.99 a month, $49.99 when the offers have ended``."""
    once = [f"{money(price.amount, price.currency)} once"] if price.amount else []
    monthly = [f"{money(price.monthly_total, price.currency)} a month"] if price.monthly_total or not once else []
    later = (
        f", {money(price.monthly_later, price.currency)} when the offers have ended"
        if price.monthly_later != price.monthly_total
        else ""
    )
    return listed([*once, *monthly]) + later


def discount_words(price: Priced) -> str:
    """Which offers are in the price, in brackets; empty if none is."""
    names = list(dict.fromkeys(line.promotion for line in price.lines if line.promotion))
    return f" (with “{listed(names)}”)" if names else ""


def _quoted(situation: Situation, quote: Quote) -> str:
    refused = "That code is no running offer for this, so the price is without it. " if code_refused(situation) else ""
    late = "Your earlier quote doesn't stand any more, so I've made a new one. "
    renewed = late if refused_as(situation, "quote-refused") else ""
    return started(
        situation,
        f"{renewed}{refused}Your quote {quote.quote_id} stands until {day(quote.valid_until.date())}: "
        f"{basket_words(wishes(situation))} for {price_words(quote.price)}{discount_words(quote.price)}.",
    )


def _delivery(situation: Situation, basket: Sequence[Wish]) -> str:
    stocks = [stock for wish in basket if (stock := stock_of(situation, wish.product.product_id))]
    days = [stock.delivery_on for stock in stocks if stock.available is not None and stock.delivery_on]
    return f" Ordered today, it should arrive by {day(max(days))}." if days else ""


def _what_is_left(wish: Wish, stock: InventoryAvailability) -> str:
    if not stock.available:
        return f"the {wish.product.name} is out of stock at the moment"
    return f"of the {wish.product.name} only {stock.available} {'is' if stock.available == 1 else 'are'} left"


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]


# ---------------------------------------------------------------------- what the rules look at


def _order_arguments(situation: Situation, quote: Quote) -> dict[str, str]:
    return {
        "customer_id": situation.customer_id,
        "quote_id": quote.quote_id,
        "amount": str(quote.price.amount),
        "monthly_total": str(quote.price.monthly_total),
    }


def _within_authority(situation: Situation) -> bool:
    """What the authorization matrix lets Sales order."""
    quote: Quote = situation.result(GENERATE_QUOTE)
    condition = PROCESS_ORDER.condition_for(AgentType.SALES)
    order = ProcessOrder.model_validate(_order_arguments(situation, quote))
    return condition is None or condition.holds(order)


def _adds_to_account(situation: Situation) -> bool:
    """A change that is none: they have nothing of that kind yet."""
    basket = wishes(situation) if situation.intent == "plan_change" else []
    kinds_had = {service.product_type for service in services(situation)}
    return bool(basket) and bool(services(situation)) and basket[0].product.product_type not in kinds_had


def _too_many(situation: Situation) -> bool:
    return any(wish.quantity > QUANTITY_LIMIT for wish in wishes(situation))


def large(situation: Situation) -> bool:
    return first_year(wishes(situation)) > DEFAULT_THRESHOLDS.deal


def _unchecked(situation: Situation) -> bool:
    return any(stock_of(situation, wish.product.product_id) is None for wish in wishes(situation))


def _short(situation: Situation) -> list[tuple[Wish, InventoryAvailability]]:
    checked = [(wish, stock_of(situation, wish.product.product_id)) for wish in wishes(situation)]
    return [(wish, stock) for wish, stock in checked if stock is not None and not stock.enough]


def _alternative(situation: Situation, wish: Wish) -> ProductListed | None:
    """Something in stock of the same sort (the last word of its name), nearest in price."""
    sort = wish.product.name.split()[-1]
    others = [
        product
        for product in known_products(situation)
        if product != wish.product and product.in_stock and product.name.split()[-1] == sort
    ]
    return min(others, key=lambda product: abs(product.once_price - wish.product.once_price), default=None)


def _must_prove(situation: Situation) -> bool:
    """Nobody is asked for a proof for what is not ordered here anyway."""
    due = due_now(wishes(situation))
    return due <= SALES_LIMIT and identity.must_verify(situation, PROCESS_ORDER, due)


def _unproved(situation: Situation) -> bool:
    """Who cannot prove it at all has gone to a person before (``identity.CHECKS``)."""
    check: IdentityCheck | None = situation.result(VERIFY_CUSTOMER_IDENTITY)
    return check is not None and not check.verified


def _quoted_nothing(situation: Situation) -> bool:
    """No quote yet, or only one that was refused for its code."""
    refusal = situation.refusal(GENERATE_QUOTE)
    again = refusal is not None and refusal.error_type == "not-found" and "promotion_code" in refusal.arguments
    return not situation.ran(GENERATE_QUOTE) or again


def _two_of_one_kind(situation: Situation) -> bool:
    refusal = situation.refusal(GENERATE_QUOTE)
    return refusal is not None and refusal.error_type == "quote-refused"


LARGE_DEALS = (
    Rule("large deal not noted", lambda s: large(s) and s.can(CRM_INTEGRATION) and not s.ran(CRM_INTEGRATION),
         note_opportunity),
    Rule("large deal", large, pass_on_large_deal),
    Rule("more than one order takes", _too_many, pass_on_quantity),
)  # fmt: skip
"""Whether they ask for the price or for the goods: as soon as the products are known, nobody here may promise it."""


def _knows_what(situation: Situation) -> bool:
    return orders(situation) and bool(wishes(situation))


FROM_BASKET_TO_OFFER = only_when(_knows_what, (
    Rule("stock not checked", lambda s: _unchecked(s) and not s.refusal(CHECK_INVENTORY_AVAILABILITY), check_stock),
    Rule("out of stock", lambda s: bool(_short(s)), offer_instead),
    Rule("identity unknown", _must_prove, identity.ask_factors),
    Rule("identity not proved", _unproved, ask_for_proof),
    Rule("quote not made", _quoted_nothing, make_quote),
    Rule("two of one kind", _two_of_one_kind, ask_one_plan),
    Rule("quote away", lambda s: s.result(GENERATE_QUOTE) is None, give_up),
    Rule("quote replaces a contract", lambda s: bool(s.result(GENERATE_QUOTE).changes_contract), tell_replacement),
    Rule("order beyond authority", lambda s: not _within_authority(s), pass_on_quote),
    Rule("order to offer", lambda _: True, offer_order),
))  # fmt: skip

ORDERING = (
    *only_when(orders, (
        Rule("customer unknown", lambda s: not s.customer_id, who_is_it),
        Rule("account stands still", lambda s: s.context.customer is not None
             and s.context.customer.account_status != "active", tell_account_stands),
        Rule("products to order not listed", must_list, list_products),
    )),
    *FROM_BASKET_TO_OFFER,
)  # fmt: skip
