"""What a customer wants to buy, read out of their words: kinds of products, products by name, how many, and whether
they want to buy at all. Pure; the names are the catalogue's."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.toolbox.sales import ProductListed

KINDS_LIMIT = 2
"""So many kinds are looked up for one answer."""
WISHES_LIMIT = 3
"""So many products of one text are taken up."""


@dataclass(frozen=True)
class Wish:
    product: ProductListed
    quantity: int = 1


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("mobile", _words(r"mobiles?|(?:smart|cell)?phones?|handsets?|sims?|esims?|nova")),
    ("tv", _words(r"tvs?|television|channels?")),
    ("email_service", _words(r"e-?mails? (?:service|plan|package|address)s?|mailbox(?:es)?")),
    ("cloud_backup", _words(r"back-?ups?|cloud")),
    ("security", _words(r"security|anti-?virus|virus|phishing")),
    ("internet", _words(r"internet|wi-?fi|wlan|routers?|mesh|receivers?|broadband|fib(?:re|er)|basic|standard|"
                        r"premium|business")),
)  # fmt: skip
_PLAN = _words(r"plans?|tariffs?|speed|faster|slower")
"""Said of no other kind, this is about the internet."""

_BUYS = _words(
    r"buy|purchase|(?:want|like|love|wish|going|need|can i|may i|please) (?:to )?(?:re-?)?order|^order|please order|"
    r"order (?:it|that|this|them|one|two|the)|sign (?:me )?up|subscribe|get me|i(?:'ll| will) (?:take|have)|"
    r"(?:i'd like|i want|i need|can i (?:get|have)) (?:to (?:get|have|add) )?"
    r"(?:an?|the|my|one|two|three|four|five|\d{1,3}|mobile|tv|security|cloud)|add (?:a|an|the|one|two|\w+ \w+ to)|"
    r"i(?:'d| would) like (?:one|two|three|four|five|\d{1,3})"
)
_EXISTING_ORDER = _words(
    r"where|when|status|track\w*|arriv\w*|deliver\w*|shipped|(?:my|the|an|your) (?:last |recent )?order|ordered|parcel|"
    r"package"
)
_TAKES_UP = _words(
    r"(?:i'll|i will|i'd like to|let me|i want to) (?:take|have|get|order|buy) (?:it|that|this|them|one|the \w+ one)|"
    r"order (?:it|that|this|them)|go for (?:it|that)|that one|this one|both|quote|sounds good|just (?:one|two|three)"
)
_OTHER_TERMS = _words(
    r"negotiat\w*|renegotiat\w*|haggle|"
    r"(?:better|lower|special|different|other|individual|custom\w*|cheaper) "
    r"(?:prices?|deals?|(?:contract )?(?:terms|conditions)|rates?|contracts?)|"
    r"(?:lower|reduce|cut|drop) (?:the|my|our|your) (?:prices?|rates?|fees?)|competitors?|match (?:a|an|the|their|that|"
    r"his)|"
    r"(?:if|when) (?:i|we) sign|sign (?:a|for) (?:\w+ )?(?:\w+ )?years?|waive|"
    r"discount on (?:my|our|the) contract"
)
_TERMS = _words(
    r"(?:minimum|contract) (?:terms?|period|length|duration)|terms (?:and|&) conditions|notice(?: period)?|"
    r"withdraw\w*|cooling.off|commitment|tied|how long .* contract|contract run"
)
_CODE = re.compile(r"\bcode[: ]+([A-Za-z0-9]{3,20})\b|\b([A-Z]{3,12}\d{1,3})\b")

_NUMBERS = dict(
    zip(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        range(1, 13),
        strict=True,
    )
) | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
     "ninety": 90, "hundred": 100}  # fmt: skip
_BETWEEN = frozenset({"x", "of", "the", "more", "new", "your", "extra", "additional", "a"})
"""May stand between a number and what it counts."""
_ALONE_TOO_VAGUE = frozenset({
    "plan", "phone", "tv", "mobile", "wifi", "internet", "email", "service", "cloud", "backup", "point", "box",
    "complete", "pro", "security", "suite", "outdoor",
})  # fmt: skip
"""Words of names that say too little by themselves."""
_SHORT = 4
_TOKEN = re.compile(r"[a-z0-9]+")
_PLURAL = re.compile(r"(?:(?<=x)es|(?<=[^s])s)$")


def kinds_in(text: str) -> list[str]:
    """The product types that the text names, in the order in which they are first named.

    >>> kinds_in("a mobile plan and a TV box"), kinds_in("which plan is right for me?")
    (['mobile', 'tv'], ['internet'])
    """
    found = [(match.start(), kind) for kind, words in _KINDS if (match := words.search(text))]
    if not found and _PLAN.search(text):
        return ["internet"]
    return [kind for _, kind in sorted(found)][:KINDS_LIMIT]


def read_wishes(text: str, products: Sequence[ProductListed]) -> list[Wish]:
    """The products that the text names, each once, in its order. A name may be shortened as long as it can be nothing
    else: "two mesh points" are Wi-Fi mesh points, but "nova" may be either phone and is none."""
    tokens, found = _tokens(text), dict[str, Wish]()
    for start, product in sorted(_places(tokens, products), key=lambda place: place[0]):
        found.setdefault(product.product_id, Wish(product, _quantity_before(tokens, start) or 1))
    return list(found.values())[:WISHES_LIMIT]


def read_quantity(text: str) -> int | None:
    """The only number in a short answer: "just one then". None if there is none, or several."""
    numbers = [number for token in _tokens(text) if (number := _number(token)) is not None]
    return numbers[0] if len(numbers) == 1 else None


def read_code(text: str) -> str | None:
    """The code of an offer, as the customer spells it: "I have a code NORTH10"."""
    match = _CODE.search(text)
    return (match[1] or match[2]).upper() if match else None


def wants_to_buy(text: str) -> bool:
    """Whether the customer wants to order something, rather than hear of an order they have made.

    >>> wants_to_buy("I want to order two mesh points"), wants_to_buy("I want to know where my order is")
    (True, False)
    """
    return bool(_BUYS.search(text)) and not _EXISTING_ORDER.search(text)


def takes_up(text: str) -> bool:
    """Whether the words take what was just proposed: "I'll take it"."""
    return bool(_TAKES_UP.search(text))


def wants_other_terms(text: str) -> bool:
    """Whether other terms or prices are asked for than the catalogue's."""
    return bool(_OTHER_TERMS.search(text))


def asks_about_terms(text: str) -> bool:
    """Whether the question is about the contract: minimum term, notice, withdrawal."""
    return bool(_TERMS.search(text))


def _places(tokens: list[str], products: Sequence[ProductListed]) -> Iterator[tuple[int, ProductListed]]:
    """Where which product is named; the longest name wins a place."""
    taken: set[int] = set()
    spellings = sorted(_spellings(products), key=lambda spelling: -len(spelling[0]))
    for spelling, product in spellings:
        for start in range(len(tokens) - len(spelling) + 1):
            place = range(start, start + len(spelling))
            if tokens[start : start + len(spelling)] == list(spelling) and not taken & set(place):
                taken |= set(place)
                yield start, product


def _spellings(products: Sequence[ProductListed]) -> Iterator[tuple[tuple[str, ...], ProductListed]]:
    """Each product's whole name and the parts of it that are no other's."""
    parts = {product.product_id: set(_parts(_tokens(product.name))) for product in products}
    for product in products:
        whole = tuple(_tokens(product.name))
        others = set[tuple[str, ...]]().union(*(parts[o.product_id] for o in products if o != product))
        for part in parts[product.product_id]:
            if part == whole or (part not in others and _tells(part)):
                yield part, product


def _parts(name: list[str]) -> Iterator[tuple[str, ...]]:
    """All runs of words of the name, and those with a number left out ("nova pro")."""
    for start, end in combinations(range(len(name) + 1), 2):
        run = tuple(name[start:end])
        yield run
        yield tuple(word for word in run if not word.isdigit())


def _tells(part: tuple[str, ...]) -> bool:
    if not part or part[0].isdigit():
        return False
    return len(part) > 1 or (part[0] not in _ALONE_TOO_VAGUE and len(part[0]) >= _SHORT)


def _quantity_before(tokens: list[str], start: int) -> int | None:
    place = start - 1
    while place >= 0 and tokens[place] in _BETWEEN:
        place -= 1
    return _number(tokens[place]) if place >= 0 else None


def _number(token: str) -> int | None:
    if token.isdigit():
        return int(token[:4])
    return _NUMBERS.get(token)


def _tokens(text: str) -> list[str]:
    """Words in lower case without plural: ``["2", "wifi", "mesh", "point"]``."""
    plain = text.lower().replace("wi-fi", "wifi").replace("e-mail", "email").replace("×", " x ")
    return [_PLURAL.sub("", word) if len(word) >= _SHORT else word for word in _TOKEN.findall(plain)]
