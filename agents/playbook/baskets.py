"""From words to a basket: the products a customer means, looked up in the catalogue, and what they have already."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from agents.playbook import identity
from agents.playbook.moves import Move, Say, Use
from agents.playbook.phrases import listed, money, started
from agents.playbook.situation import Situation
from agents.playbook.wishes import Wish, kinds_in, read_code, read_quantity, read_wishes, takes_up, wants_to_buy
from domain.pricing import YEAR
from domain.toolbox.customer import GET_ACCOUNT_SERVICES, AccountService
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GENERATE_QUOTE,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    PROCESS_ORDER,
    PRODUCT_CATALOG,
    CatalogPage,
    InventoryAvailability,
    ProductInformation,
    ProductListed,
)
from domain.tools import AnyTool

QUOTE_QUESTION = "Shall I draw up a quote for"
"""Ends a reply; the basket follows, so that a plain yes can be understood in the next turn."""
BEFORE_ORDERING = "before I can order"
"""Stands in a question for a proof of identity; the basket follows."""
WHICH_KIND = "What are you looking for: internet, mobile, TV, e-mail, backup or security?"
_BRIEF = 8
"""Words. A short answer is about what was said before."""


def spoken(situation: Situation) -> str:
    """The customer's words; a yes to "is this about our plans?" stands for what they said before."""
    clarified = situation.agreed and not proposed(situation) and len(situation.told) > 1
    return f"{situation.told[-2]}\n{situation.said}" if clarified else situation.said


def kinds(situation: Situation) -> list[str]:
    """Product types that this is about: by the customer's words, else by what was said before."""
    said = kinds_in(spoken(situation))
    if said:
        return said
    before = kinds_in(proposed(situation))
    brief = len(situation.said.split()) <= _BRIEF and not situation.declined
    return before or (kinds_in(situation.replied)[:1] if brief else [])


def proposed(situation: Situation) -> str:
    """The words of the basket that waits for the customer's answer, or that they just agreed to; empty if none does."""
    standing = situation.context.consent or situation.context.offer
    if standing is not None and standing.tool == PROCESS_ORDER.name:
        return standing.summary
    for marker in (QUOTE_QUESTION, BEFORE_ORDERING):
        _, found, basket = situation.replied.rpartition(marker)
        if found:
            return basket
    return ""


def takes_proposal(situation: Situation) -> bool:
    """The customer goes on with the basket that was proposed, perhaps in another number."""
    if not proposed(situation):
        return False
    said = situation.said
    brief = len(said.split()) <= _BRIEF
    answers = situation.agreed or takes_up(said) or wants_to_buy(said) or (brief and read_quantity(said) is not None)
    return answers or identity.answered(situation) or situation.context.consent is not None


def wishes(situation: Situation) -> list[Wish]:
    """What the customer wants, of the products listed so far. Empty while that is unclear."""
    products = known_products(situation)
    named_now = [] if _carries_out(situation) else read_wishes(spoken(situation), products)
    if named_now or not takes_proposal(situation):
        return named_now
    before = read_wishes(proposed(situation), products)
    number = None if _carries_out(situation) else read_quantity(situation.said)
    return [Wish(before[0].product, number)] if number and len(before) == 1 else before


def code(situation: Situation) -> str | None:
    """The code of an offer: the customer's, or the one in the basket they take."""
    return read_code(spoken(situation)) or (read_code(proposed(situation)) if takes_proposal(situation) else None)


def next_kind(situation: Situation) -> str | None:
    """A kind of products that is to be listed yet."""
    seen = {result.arguments.get("product_type") for result in situation.results if result.tool == PRODUCT_CATALOG.name}
    return next((kind for kind in kinds(situation) if kind not in seen), None)


def must_list(situation: Situation) -> bool:
    return next_kind(situation) is not None and situation.can(PRODUCT_CATALOG)


def list_products(situation: Situation) -> Move:
    return Use(PRODUCT_CATALOG, {"product_type": next_kind(situation)})


def look_at_services(situation: Situation) -> Move:
    return Use(GET_ACCOUNT_SERVICES, {"customer_id": situation.customer_id})


def known_products(situation: Situation) -> list[ProductListed]:
    pages: list[CatalogPage] = every(situation, PRODUCT_CATALOG)
    return [product for page in pages for product in page.products]


def currency(situation: Situation) -> str:
    page: CatalogPage | None = situation.result(PRODUCT_CATALOG)
    assert page is not None, "prices are told of listed products"
    return page.currency


def services(situation: Situation) -> list[AccountService]:
    """The customer's running services; empty while they have not been looked at."""
    found = situation.result(GET_ACCOUNT_SERVICES)
    return [service for service in found.services if service.status == "active"] if found else []


def services_wanted(situation: Situation) -> bool:
    return situation.can(GET_ACCOUNT_SERVICES) and not situation.ran(GET_ACCOUNT_SERVICES)


def has(situation: Situation, product: ProductListed) -> bool:
    return any(service.product == product.name for service in services(situation))


def information(situation: Situation, product_id: str) -> ProductInformation | None:
    found: list[ProductInformation] = every(situation, GET_PRODUCT_INFORMATION)
    return next((one for one in found if one.product_id == product_id), None)


def stock_of(situation: Situation, product_id: str) -> InventoryAvailability | None:
    """As last checked in this turn."""
    found: list[InventoryAvailability] = every(situation, CHECK_INVENTORY_AVAILABILITY)
    return next((one for one in reversed(found) if one.product_id == product_id), None)


def every(situation: Situation, tool: AnyTool) -> list[Any]:
    """All results of the tool in this turn, as its own result model, oldest first."""
    return [tool.result.model_validate(one.result) for one in situation.results if one.tool == tool.name and one.ok]


def first_year(basket: Sequence[Wish]) -> Decimal:
    """What the basket comes to in a year at list prices."""
    return sum((w.quantity * (w.product.once_price + w.product.monthly_price * YEAR) for w in basket), Decimal(0))


def due_now(basket: Sequence[Wish]) -> Decimal:
    """What is charged with the order; offers take nothing off it."""
    return sum((wish.quantity * wish.product.once_price for wish in basket), Decimal(0))


def basket_words(basket: Sequence[Wish]) -> str:
    """As ``read_wishes`` reads it again: ``2 × Wi-Fi mesh point and the TV box 4K``."""
    return listed([f"{w.quantity} × {w.product.name}" if w.quantity > 1 else f"the {w.product.name}" for w in basket])


def quote_question(basket: Sequence[Wish], promotion: str | None = None) -> str:
    return f"{QUOTE_QUESTION} {basket_words(basket)}{f' with the code {promotion}' if promotion else ''}?"


def basket_arguments(situation: Situation, basket: Sequence[Wish]) -> dict[str, Any]:
    """Arguments of a price or a quote. A code that was refused in this turn is left out."""
    arguments: dict[str, Any] = {
        "customer_id": situation.customer_id,
        "items": [{"product_id": wish.product.product_id, "quantity": wish.quantity} for wish in basket],
    }
    promotion = code(situation)
    if promotion and not code_refused(situation):
        arguments["promotion_code"] = promotion
    return arguments


def code_refused(situation: Situation) -> bool:
    """The customer's code is no running offer for these products."""
    priced = (PRICING_ENGINE.name, GENERATE_QUOTE.name)
    return any(not r.ok and r.tool in priced and r.arguments.get("promotion_code") for r in situation.results)


def ask_kind(situation: Situation) -> Move:
    return Say(started(situation, f"I'd be glad to help you choose. {WHICH_KIND}"))


def list_price(product: ProductListed, unit: str) -> str:
    """``$49.99 a month``, ``$79.00 once`` or both."""
    once = [f"{money(product.once_price, unit)} once"] if product.once_price else []
    monthly = [f"{money(product.monthly_price, unit)} a month"] if product.monthly_price or not once else []
    return listed([*once, *monthly])


def _carries_out(situation: Situation) -> bool:
    """This turn is about an agreed basket: whatever else the words hold (a PIN, a yes), they change nothing in it."""
    return situation.context.consent is not None or identity.answered(situation)
