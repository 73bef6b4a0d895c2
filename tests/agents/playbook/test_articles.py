import pytest

from agents.playbook.articles import EXTRACT_LIMIT, SEARCH_WORDS, extract
from agents.playbook.phrases import OFFER_PERSON
from domain.agents import AGENTS
from domain.classification import Classification
from domain.intents import INTENTS, is_small_talk
from domain.state import AgentType
from domain.toolbox.knowledge import SEARCH_KNOWLEDGE_BASE, ArticlesFound
from tests.agents.playbook.rules import said, used
from tests.agents.thoughts import gave, thought

pytestmark = pytest.mark.unit


def test_the_paragraph_that_fits_is_given_in_whole_sentences() -> None:
    content = "Plans have **names**. Choose one.\n\nCancelling takes a month. You get a letter."
    assert extract(content, "how long does cancelling take") == "Cancelling takes a month. You get a letter."
    assert extract(content, "?") == "Plans have names. Choose one."
    assert extract("", "x") == ""


def test_an_extract_is_bounded() -> None:
    long = "This sentence has some length to it. " * 60
    told = extract(long, "x")
    assert len(told) <= EXTRACT_LIMIT
    assert told.endswith(".")
    assert len(extract("x" * 5_000, "x")) == EXTRACT_LIMIT


def test_of_a_list_the_items_that_fit_are_given() -> None:
    prices = "- Basic plan: 19.99 a month\n- Premium plan: 49.99 a month"
    assert extract(prices, "price of the premium plan") == "\n• Premium plan: 49.99 a month"
    assert extract(prices, "what do they cost?") == "\n• Basic plan: 19.99 a month\n• Premium plan: 49.99 a month"


def test_search_words_are_for_known_intents() -> None:
    assert set(SEARCH_WORDS) <= {name for name in INTENTS if not is_small_talk(name)}


@pytest.mark.parametrize("agent", [AgentType.TIER1, AgentType.BILLING, AgentType.SALES, AgentType.SUPERVISOR])
def test_that_nothing_was_found_is_heard_by_the_customer(agent: AgentType) -> None:
    """Below the agents' floor the conversation would change hands instead."""
    reading = Classification(intent="general_faq", confidence=0.9)
    found = gave(SEARCH_KNOWLEDGE_BASE, ArticlesFound(articles=[]))
    move = said(thought("what about it?", agent=agent, reading=reading, results=(found,)))
    assert move.text.endswith(OFFER_PERSON)
    assert move.confidence >= AGENTS[agent].confidence_floor


@pytest.mark.parametrize("text", ["<script>alert('xss')</script>", "'; DROP TABLE conversations; --", "{{7*7}}", "🤷"])
def test_only_plain_words_are_searched_for(text: str) -> None:
    reading = Classification(intent="general_faq", confidence=0.9)
    query = str(used(thought(text, agent=AgentType.TIER1, reading=reading)).arguments["query"])
    assert not set(query) & set("<>{};*=()")
    assert query
