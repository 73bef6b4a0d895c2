"""Answering from the knowledge base: say which article it is, give the part that fits, and ask whether it helped."""

import re

from agents.playbook.manners import SURE_TO_ASK
from agents.playbook.moves import Move, Rule, Say, Use
from agents.playbook.phrases import DID_IT_HELP, OFFER_PERSON, named, started
from agents.playbook.situation import Situation
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, Article

EXTRACT_LIMIT = 460
QUERY_LIMIT = 240
RESULTS_WANTED = 4
ITEMS_SHOWN = 5
_SHORT_WORD = 3

SEARCH_WORDS: dict[str, str] = {
    "account_access_issue": "sign in login problems reset password locked",
    "account_update": "update change name address contact details",
    "billing_dispute": "dispute a charge wrong amount",
    "billing_question": "understand invoice bill due date",
    "cancellation_request": "cancel subscription contract cancellation policy notice",
    "complaint": "complaint complain",
    "compliance_request": "privacy personal data gdpr",
    "connection_problem": "internet connection",
    "duplicate_charge": "duplicate charge charged twice",
    "email_service": "email",
    "general_faq": "",
    "order_status": "delivery activation how long",
    "payment_issue": "payment methods failed payment pay invoice",
    "payment_plan": "payment plan instalments",
    "plan_change": "upgrade change plan",
    "pricing_inquiry": "price cost monthly",
    "product_inquiry": "plan include features",
    "refund_request": "refund money back how long",
    "service_outage": "service status outage fault maintenance",
    "setup_help": "",
    "technical_issue": "error does not work",
}
"""Words in which the articles speak of an intent; the customer's own words refine them."""

_MARKS = re.compile(r"\*\*|__|^#+\s*|`", re.MULTILINE)
_ITEM = re.compile(r"^(?:-|\d+\.) ", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]{2,}|\d{1,3}")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def search(situation: Situation) -> Move:
    return _search(situation, _query(situation))


def search_further(situation: Situation) -> Move:
    """The best article is known to the customer already: fetch the whole of another one."""
    other = _unseen(situation)
    assert other is not None, "the rule has looked"
    return _search(situation, other.title)


def answer(situation: Situation) -> Move:
    """The part of the article that fits, under its title."""
    article = _best(situation)
    if article is None:
        return nothing_found(situation)
    again = "Let's try it another way. " if situation.feedback == "unsolved" and situation.replied else ""
    lead = again or started(situation, "I found this for you. ")
    return Say(
        f"{lead}{quote(article, situation.said)}\n\n{DID_IT_HELP}",
        outcome="resolution_offered",
        articles=(article.article_id,),
        confidence=0.8,
    )


def explain_then_offer_person(situation: Situation, limits: str) -> Move:
    """What the article says, what this assistant cannot do itself, and who can."""
    told, articles = quote_best(situation)
    return Say(f"{started(situation, limits)}\n\n{told}{OFFER_PERSON}", articles=articles, confidence=0.8)


def quote_best(situation: Situation) -> tuple[str, tuple[str, ...]]:
    """What the best article says, as a paragraph of its own, and its id; nothing if there is none."""
    article = _best(situation)
    return (f"{quote(article, situation.said)}\n\n", (article.article_id,)) if article else ("", ())


def quote(article: Article, words: str) -> str:
    told = extract(article.content, words)
    return f"Our article “{article.title}” says:{'' if told.startswith(chr(10)) else ' '}{told}"


def nothing_found(situation: Situation) -> Say:
    return Say(
        f"I'm sorry{named(situation)}, I couldn't find anything more about that in our help articles, "
        f"and I don't want to guess. {OFFER_PERSON}",
        confidence=SURE_TO_ASK,
        reason="No article fits.",
    )


def nothing_fits(situation: Situation) -> bool:
    """The search brought nothing that the customer has not seen."""
    return situation.result(SEARCH_KNOWLEDGE_BASE) is not None and _best(situation) is None


def extract(content: str, words: str) -> str:
    """Whole sentences of the paragraph that has most of ``words``, the first one if none stands out."""
    paragraphs = [_MARKS.sub("", part).strip() for part in re.split(r"\n\s*\n", content) if part.strip()]
    if not paragraphs:
        return ""
    wanted = {word.lower() for word in _WORD.findall(words) if len(word) > _SHORT_WORD}
    best = max(paragraphs, key=lambda part: _hits(part, wanted))
    return _items(best, wanted) if _ITEM.search(best) else _shortened(" ".join(best.split()))


def _items(text: str, wanted: set[str]) -> str:
    """The items of a list that have most of ``wanted``, one a line: all of them if none stands out."""
    items = [_ITEM.sub("", line).strip() for line in text.splitlines() if line.strip()]
    most = max(_hits(item, wanted) for item in items)
    chosen = [item for item in items if _hits(item, wanted) == most]
    return "\n" + "\n".join(f"• {item}" for item in chosen[:ITEMS_SHOWN])


def _hits(text: str, wanted: set[str]) -> int:
    lowered = text.lower()
    return sum(word in lowered for word in wanted)


def has_unseen_article(situation: Situation) -> bool:
    """The search gave articles, the best was shown before, and another was not."""
    found = situation.result(SEARCH_KNOWLEDGE_BASE)
    if found is None or not found.articles or len(situation.results) > 1:
        return False
    return found.articles[0].article_id in situation.context.articles_shown and _unseen(situation) is not None


def _search(situation: Situation, query: str) -> Move:
    arguments: dict[str, object] = {"query": query[:QUERY_LIMIT], "max_results": RESULTS_WANTED}
    if situation.context.knowledge:
        arguments["category_filter"] = situation.context.knowledge
    return Use(SEARCH_KNOWLEDGE_BASE, arguments)


def _query(situation: Situation) -> str:
    """Plain words only: whatever else a customer writes is nothing to search for."""
    own = " ".join(_WORD.findall(situation.said)[:25])
    return f"{SEARCH_WORDS.get(situation.intent, '')} {own}".strip() or "help"


def _best(situation: Situation) -> Article | None:
    """The best article that the customer has not been shown."""
    found = situation.result(SEARCH_KNOWLEDGE_BASE)
    if found is None or not found.articles:
        return None
    best: Article = found.articles[0]
    repeated = best.article_id in situation.context.articles_shown and situation.feedback == "unsolved"
    return None if repeated else best


def _unseen(situation: Situation) -> Article | None:
    found = situation.result(SEARCH_KNOWLEDGE_BASE)
    shown = situation.context.articles_shown
    return next((article for article in found.articles if article.article_id not in shown), None) if found else None


def _shortened(text: str) -> str:
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        if kept and len(kept) + len(sentence) >= EXTRACT_LIMIT:
            break
        kept = f"{kept} {sentence}".strip()
    return kept[:EXTRACT_LIMIT]


ANSWER_FROM_ARTICLES = (
    Rule(
        "knowledge not searched yet",
        lambda s: s.can(SEARCH_KNOWLEDGE_BASE) and not s.ran(SEARCH_KNOWLEDGE_BASE),
        search,
    ),
    Rule("article shown before", lambda s: s.feedback == "unsolved" and has_unseen_article(s), search_further),
    Rule("article found", lambda s: s.result(SEARCH_KNOWLEDGE_BASE) is not None, answer),
)
