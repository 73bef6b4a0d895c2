"""Telling about products: which one fits, what it costs this customer, what goes with it and why."""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from agents.playbook.baskets import (
    WHICH_KIND,
    ask_kind,
    basket_arguments,
    code,
    code_refused,
    currency,
    every,
    has,
    information,
    kinds,
    known_products,
    list_price,
    list_products,
    look_at_services,
    must_list,
    quote_question,
    services,
    services_wanted,
    spoken,
    stock_of,
    wishes,
)
from agents.playbook.manners import give_up
from agents.playbook.moves import Move, Rule, Say, Use, only_when
from agents.playbook.phrases import DID_IT_HELP, day, listed, money, named, started
from agents.playbook.quotes import discount_words, price_words
from agents.playbook.situation import Situation
from agents.playbook.wishes import Wish, asks_about_terms, wants_to_buy
from domain.pricing import Priced
from domain.toolbox.customer import AccountService
from domain.toolbox.sales import (
    CHECK_INVENTORY_AVAILABILITY,
    GET_PRODUCT_INFORMATION,
    PRICING_ENGINE,
    ProductInformation,
    ProductListed,
)

SELLING = frozenset({"pricing_inquiry", "product_inquiry", "plan_change"})
"""Intents that are about what we sell."""
COMPANIONS_LOOKED_AT = 2
FEATURES_SHOWN, COMPANION_FEATURES = 4, 2


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_ADVICE = _words(
    r"recommend\w*|suggest\w*|advise|advice|which (?:one|plan|phone|package)|best|right for|suits?|fits? (?:me|us)|"
    r"should i|need|better|for (?:streaming|gaming|work|home office|video|my family|the family)|anything|something"
)
_MORE = _words(
    r"family|faster|quicker|bigger|larger|more|gaming|games?|4k|stream\w*|home office|work(?:ing)? (?:from|at) home|"
    r"unlimited|upgrade|big|several|many|four|five|six|biggest|largest|fastest|top|best|up"
)
_LESS = _words(
    r"cheap\w*|small\w*|little|budget|least|less|low(?:er|est)?|downgrade|slower|single|alone|just me|student|down"
)
_LEAST, _MOST = _words(r"cheapest|smallest|lowest|least"), _words(r"biggest|largest|fastest|best|top|most")
_BUSINESS = _words(r"business|company|office|firm|employees|enterprise")
_SPECIAL = _words(
    r"roaming|abroad|students?|seniors?|disab\w+|refer\w*|keep my number|installation|technician|second sim|"
    r"social tariff|sports?|delivery (?:cost|fee)s?|price (?:increase|change|rise)s?|old price|more expensive|going up"
)
"""What the catalogue knows nothing of, and the articles do."""
_SORTS = (
    (_words(r"phones?|smartphones?|handsets?"), "phone"),
    (_words(r"every room|rooms?|bedroom|upstairs|reach\w*|coverage|mesh"), "mesh"),
    (_words(r"router"), "router"),
    (_words(r"box"), "box"),
)
"""By what customers say of devices, a word of their names."""


def about_products(situation: Situation) -> bool:
    said = spoken(situation)
    sells = situation.intent in SELLING or wants_to_buy(said)
    if not sells or asks_about_terms(said) or _SPECIAL.search(said):
        return False
    return bool(kinds(situation)) or wants_to_buy(said) or bool(_ADVICE.search(said))


# ---------------------------------------------------------------------- which one


def subject(situation: Situation) -> list[Wish]:
    """What is told about: what the customer names, else the one that is recommended; empty if neither is known."""
    found = wishes(situation)
    if found or not _wants_advice(situation):
        return found
    chosen = recommend(spoken(situation), known_products(situation), services(situation))
    return [Wish(chosen)] if chosen else []


def recommend(text: str, products: Sequence[ProductListed], had: Sequence[AccountService]) -> ProductListed | None:
    """The product that fits the need in the text; None if nothing else fits than what they have.

    Of devices the one of the sort they speak of. Of plans, who has one gets the next bigger, or smaller if they want
    less; who has none gets the biggest, the smallest or the one in the middle, by their need.
    """
    devices = [product for product in _of_sort(text, products) if product.in_stock]
    names = {service.product for service in had}
    if devices:
        return next((device for device in devices if device.name not in names), None)
    plans = _plans(text, products, names)
    present = max((p.monthly_price for p in plans if p.name in names), default=None)
    return _middle(text, plans) if present is None else _next(text, plans, present)


def _of_sort(text: str, products: Sequence[ProductListed]) -> list[ProductListed]:
    """Devices of the sort that the text speaks of; empty if it speaks of none."""
    sort = next((word for pattern, word in _SORTS if pattern.search(text)), None)
    return [product for product in products if sort and sort in product.name.lower().split()]


def _plans(text: str, products: Sequence[ProductListed], had: Collection[str]) -> list[ProductListed]:
    """What runs by the month, cheapest first; the plan for companies only for who has it or speaks of one."""
    monthly = [product for product in products if product.monthly_price]
    plans = [product for product in monthly if "plan" in product.name.lower()] or monthly
    company = bool(_BUSINESS.search(text))
    private = [plan for plan in plans if plan.name in had or bool(_BUSINESS.search(plan.name)) == company]
    return sorted(private or plans, key=lambda plan: plan.monthly_price)


def _middle(text: str, plans: Sequence[ProductListed]) -> ProductListed | None:
    if not plans:
        return None
    if _LESS.search(text):
        return plans[0]
    return plans[-1] if _MORE.search(text) else plans[len(plans) // 2]


def _next(text: str, plans: Sequence[ProductListed], present: Decimal) -> ProductListed | None:
    if _LESS.search(text):
        smaller = [plan for plan in reversed(plans) if plan.monthly_price < present]
        return next(iter(smaller[::-1] if _LEAST.search(text) else smaller), None)
    bigger = [plan for plan in plans if plan.monthly_price > present]
    return next(iter(bigger[::-1] if _MOST.search(text) else bigger), None)


def replaced_by(situation: Situation, product: ProductListed) -> AccountService | None:
    """The service that the product would take the place of: of the same kind, a plan for a plan."""
    names = {one.name: one for one in known_products(situation)}
    plan = "plan" in product.name.lower().split()
    same = [
        service
        for service in services(situation)
        if service.product_type == product.product_type
        and service.product in names
        and service.product != product.name
        and ("plan" in service.product.lower().split()) == plan
    ]
    return same[0] if same and product.monthly_price and product.product_type != "mobile" else None


def ask_which(situation: Situation) -> Move:
    """What there is, and which of it the customer means."""
    products, unit = known_products(situation), currency(situation)
    shown = [f"• {_line(one, unit)}" for one in _of_sort(spoken(situation), products) or products]
    lead = started(situation, "this is what we have:")
    return Say(f"{lead}\n\n" + "\n".join(shown) + f"\n\nWhich of these shall it be{named(situation)}?")


def _line(product: ProductListed, unit: str) -> str:
    return f"{product.name}, {list_price(product, unit)}{'' if product.in_stock else ' (out of stock at present)'}"


# ---------------------------------------------------------------------- looking up what is told


def look_at_product(situation: Situation) -> Move:
    return Use(GET_PRODUCT_INFORMATION, {"product_id": subject(situation)[0].product.product_id})


def look_at_companion(situation: Situation) -> Move:
    return Use(GET_PRODUCT_INFORMATION, {"product_id": _companion_wanted(situation)})


def calculate_price(situation: Situation) -> Move:
    return Use(PRICING_ENGINE, basket_arguments(situation, subject(situation)))


def check_stock(situation: Situation) -> Move:
    wish = subject(situation)[0]
    return Use(CHECK_INVENTORY_AVAILABILITY, {"product_id": wish.product.product_id, "quantity": wish.quantity})


# ---------------------------------------------------------------------- telling


def present(situation: Situation) -> Move:
    """One product, or what several cost together; ends with the question for a quote."""
    basket = subject(situation)
    first = basket[0].product
    if has(situation, first) and not first.once_price:
        return _tell_had(situation, first)
    stock = stock_of(situation, first.product_id)
    parts = [
        _lead(situation, basket),
        _difference(situation, first),
        _contents(situation, first),
        _stock_words(situation),
    ]
    if stock is not None and not stock.enough:
        parts += ["I can't reserve it before then.", DID_IT_HELP]
        return Say(_joined(parts), outcome="resolution_offered")
    promotion = None if code_refused(situation) else code(situation)
    parts += [_companion_words(situation), quote_question(basket, promotion)]
    return Say(_joined(parts))


def tell_nothing_better(situation: Situation) -> Move:
    had = listed([service.product for service in services(situation)])
    direction = "smaller" if _LESS.search(situation.said) else "bigger"
    return Say(
        f"{started(situation, 'I have looked at what you have')}: {had}. We have nothing {direction} of that kind, so "
        f"you'd gain nothing by a change. {DID_IT_HELP}",
        outcome="resolution_offered",
    )


def _tell_had(situation: Situation, product: ProductListed) -> Move:
    price = list_price(product, currency(situation))
    return Say(
        f"{started(situation, f'you have the {product.name} already')}; its list price is {price}, before discounts. "
        f"{_joined([_contents(situation, product), _companion_words(situation), DID_IT_HELP])}",
        outcome="resolution_offered",
    )


def _lead(situation: Situation, basket: Sequence[Wish]) -> str:
    """What it costs at list prices, and what it costs them."""
    product, unit = basket[0].product, currency(situation)
    priced: Priced | None = situation.result(PRICING_ENGINE)
    refused = "That code is no running offer for this. " if code_refused(situation) else ""
    advice = "" if wishes(situation) else f"for that I'd recommend the {product.name}. "
    name = "it" if advice else f"the {product.name}"
    if len(basket) > 1 or basket[0].quantity > 1:
        pieces = [f"{w.quantity} × {w.product.name} at {list_price(w.product, unit)}" for w in basket]
        total = f" Together that is {price_words(priced)}{discount_words(priced)}." if priced else ""
        return started(situation, f"{refused}{advice}{listed(pieces)}.{total}")
    plain = f"{name} costs {list_price(product, unit)}"
    own = ""
    if priced and (priced.monthly_total, priced.amount) != (product.monthly_price, product.once_price):
        own = f"; for you it is {price_words(priced)}{discount_words(priced)}"
    return started(situation, f"{refused}{advice}{plain[0].upper() + plain[1:] if refused or advice else plain}{own}.")


def _difference(situation: Situation, product: ProductListed) -> str:
    """What a change costs more or less than what they have, at list prices."""
    had = replaced_by(situation, product)
    if had is None:
        return ""
    gap = product.monthly_price - had.monthly_price
    word = "more" if gap > 0 else "less"
    return f"That is {money(abs(gap), currency(situation))} a month {word} than your {had.product}."


def _contents(situation: Situation, product: ProductListed) -> str:
    found = information(situation, product.product_id)
    if found is None:
        return ""
    words = f"It comes with {listed(found.features[:FEATURES_SHOWN])}." if found.features else found.description
    if not found.monthly_price:
        return words
    term = f"The minimum term is {found.term_months} months." if found.term_months else "It can end with any month."
    return f"{words} {term}"


def _stock_words(situation: Situation) -> str:
    stock = stock_of(situation, subject(situation)[0].product.product_id)
    if stock is None or stock.available is None:
        return ""
    if stock.enough and stock.delivery_on:
        return f"It is in stock and would arrive by {day(stock.delivery_on)}."
    back = f"; more comes on {day(stock.restock_on)}" if stock.restock_on else ""
    left = f"only {stock.available} left" if stock.available else "out of stock"
    return f"At the moment it is {left}{back}."


def _companion_words(situation: Situation) -> str:
    """One product that goes with it, and why."""
    product = subject(situation)[0].product
    main, other = information(situation, product.product_id), _companion(situation)
    if main is None or other is None:
        return ""
    offer = _shared_offer(main, other)
    new = [feature for feature in other.features if feature not in main.features][:COMPANION_FEATURES]
    why = f"with both you get “{offer}”" if offer else f"it has {listed(new)}" if new else "they belong together"
    price = list_price(_as_listed(other), other.currency)
    return f"The {other.name} ({price}) goes well with it: {why}."


def _shared_offer(main: ProductInformation, other: ProductInformation) -> str | None:
    """An offer that one of them gives beside the other, as it is told."""
    for one, beside in ((main, other), (other, main)):
        for offer in one.offers:
            if beside.product_id in offer.only_with:
                return f"{offer.name}, {offer.off} off the {one.name}"
    return None


def _as_listed(product: ProductInformation) -> ProductListed:
    return ProductListed(
        in_stock=product.available is None or product.available > 0,
        **product.model_dump(include=set(ProductListed.model_fields) - {"in_stock"}),
    )


def _joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in parts if part)


# ---------------------------------------------------------------------- what the rules look at


def _wants_advice(situation: Situation) -> bool:
    said = spoken(situation)
    return WHICH_KIND in situation.replied or any(words.search(said) for words in (_ADVICE, _MORE, _LESS))


def _companion_wanted(situation: Situation) -> str | None:
    """The next product to look at as a companion: one that fits and that they do not have."""
    main = information(situation, subject(situation)[0].product.product_id)
    if main is None or len(subject(situation)) > 1 or _companion(situation) is not None:
        return None
    looked = [one.product_id for one in every(situation, GET_PRODUCT_INFORMATION)]
    if len(looked) > COMPANIONS_LOOKED_AT:
        return None
    return next((name for name in main.goes_with if name not in looked), None)


def _companion(situation: Situation) -> ProductInformation | None:
    """What goes with it: a device, or a service of a kind that they have none of."""
    kinds_had = {service.product_type for service in services(situation)}
    wanted = {wish.product.product_id for wish in subject(situation)}
    looked: list[ProductInformation] = every(situation, GET_PRODUCT_INFORMATION)
    return next(
        (
            one
            for one in looked
            if one.product_id not in wanted and not (one.monthly_price and one.product_type in kinds_had)
        ),
        None,
    )


def _uninformed(situation: Situation) -> bool:
    product = subject(situation)[0].product
    return information(situation, product.product_id) is None and situation.refusal(GET_PRODUCT_INFORMATION) is None


def _unpriced(situation: Situation) -> bool:
    """No price yet, or only one that was refused for its code."""
    refusal = situation.refusal(PRICING_ENGINE)
    again = refusal is not None and "promotion_code" in refusal.arguments
    return situation.can(PRICING_ENGINE) and (not situation.ran(PRICING_ENGINE) or again)


def _unchecked(situation: Situation) -> bool:
    product = subject(situation)[0].product
    checked = stock_of(situation, product.product_id) or situation.refusal(CHECK_INVENTORY_AVAILABILITY)
    return bool(product.once_price) and checked is None


ADVISING = only_when(about_products, (
    Rule("kind of product unclear", lambda s: not kinds(s), ask_kind),
    Rule("what they have not seen", services_wanted, look_at_services),
    Rule("products to tell of not listed", must_list, list_products),
    Rule("catalogue away", lambda s: not known_products(s), give_up),
    Rule("nothing better", lambda s: not subject(s) and _wants_advice(s) and bool(services(s)), tell_nothing_better),
    Rule("product unclear", lambda s: not subject(s), ask_which),
    Rule("product not looked at", _uninformed, look_at_product),
    Rule("stock of a device not checked", _unchecked, check_stock),
    Rule("price not calculated", _unpriced, calculate_price),
    Rule("companion not looked at", lambda s: s.context.steps_left > 2 and _companion_wanted(s) is not None
         and not s.refusal(GET_PRODUCT_INFORMATION), look_at_companion),
    Rule("product to tell of", lambda _: True, present),
))  # fmt: skip
