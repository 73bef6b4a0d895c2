"""Whether customers' questions find the article that answers them."""

import pytest

from domain.state import AgentType
from domain.toolbox.knowledge import OTHER_ARTICLE_LIMIT
from tests.activities.office import Office

pytestmark = pytest.mark.integration

QUESTIONS = {
    "What's the price for the premium plan?": "kb-premium-plan",
    "how much is premium": "kb-premium-plan",
    "what plans do you have and what do they cost": "kb-plan-prices",
    "I can't log into my account": "kb-login-problems",
    "I forgot my password": "kb-reset-password",
    "how do I reset my password?": "kb-reset-password",
    "two factor code not arriving": "kb-two-step-sign-in",
    "I was charged twice for the same service": "kb-duplicate-charge",
    "double charge on my bill": "kb-duplicate-charge",
    "I want to cancel my subscription": "kb-cancellation",
    "what is your cancellation policy": "kb-cancellation",
    "how long does a refund take": "kb-refund-how-long",
    "what is the refund policy": "kb-refund-policy",
    "I'm having trouble with my billing statement": "kb-understand-invoice",
    "which payment methods do you accept": "kb-payment-methods",
    "my card was declined": "kb-failed-payment",
    "can I pay in installments": "kb-payment-plan",
    "late fee": "kb-due-date-late-fee",
    "my internet is very slow": "kb-slow-internet",
    "internet is down": "kb-no-internet",
    "my wifi is weak in the bedroom": "kb-wifi-weak",
    "how do I set up email on my phone": "kb-email-setup",
    "I can't send emails": "kb-email-not-sending",
    "the tv screen is black": "kb-tv-no-picture",
    "is there an outage in my area": "kb-service-status",
    "I am moving to a new house": "kb-moving-house",
    "roaming costs in the USA": "kb-roaming-prices",
    "does my phone work abroad": "kb-roaming-setup",
    "I lost my phone": "kb-report-lost-phone",
    "how to activate an esim": "kb-sim-activation",
    "I want to talk to a human": "kb-speak-to-human",
    "I want to complain": "kb-complaints",
    "delete my data": "kb-close-account",
    "keep my phone number when switching": "kb-keep-your-number",
}


async def found(library: Office, query: str, **arguments: object) -> list[dict[str, object]]:
    outcome = await library.run("search_knowledge_base", {"query": query} | arguments, agent=AgentType.TIER1)
    assert outcome.success, outcome.error
    return outcome.result["articles"]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_finds_its_article_among_the_first_two(library: Office, question: str):
    assert QUESTIONS[question] in [article["article_id"] for article in (await found(library, question))[:2]]


async def test_most_questions_find_it_first(library: Office):
    firsts = [(await found(library, question))[0]["article_id"] == wanted for question, wanted in QUESTIONS.items()]
    assert sum(firsts) >= 0.9 * len(QUESTIONS)


async def test_the_premium_plans_price_is_in_the_answer(library: Office):
    [best, *_] = await found(library, "What's the price for the premium plan?")
    assert "49.99" in best["content"]


async def test_the_best_article_is_whole_and_the_others_are_beginnings(library: Office):
    best, *others = await found(library, "my internet is slow")
    assert len(best["content"]) > 500
    assert len(others) == 4
    assert all(len(article["content"]) <= OTHER_ARTICLE_LIMIT + 2 for article in others)
    scores = [article["score"] for article in (best, *others)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


async def test_categories_filter_in_any_spelling(library: Office):
    articles = await found(library, "refund money back", category_filter=["Policy"])
    assert articles
    assert {article["category"] for article in articles} == {"policy"}


async def test_max_results_is_kept(library: Office):
    assert len(await found(library, "invoice", max_results=1)) == 1


@pytest.mark.parametrize(
    "query", ["the of and", "zzzzqqqq", "'; DROP TABLE knowledge_articles; --", "& | ! <-> ((", "?!"]
)
async def test_odd_queries_find_little_and_break_nothing(library: Office, query: str):
    assert len(await found(library, query)) <= 5


async def guide(library: Office, issue: str, product: str, severity: str = "medium"):
    arguments = {"issue_category": issue, "product_type": product, "severity": severity}
    return await library.run("get_troubleshooting_guide", arguments, agent=AgentType.TIER1)


async def test_a_guide_fits_issue_and_product(library: Office):
    outcome = await guide(library, "Slow Speed", "internet", "high")
    assert outcome.result["guide_id"] == "guide-internet-slow-speed"
    assert outcome.result["severity"] == "high"
    assert len(outcome.result["steps"]) >= 5
    assert outcome.result["urgent_steps"]
    assert outcome.result["escalate_when"]


async def test_the_issue_counts_more_than_the_product(library: Office):
    assert (await guide(library, "connection", "satellite")).result["issue_category"] == "connection"
    assert (await guide(library, "strange", "tv")).result["product_type"] == "tv"


async def test_no_guide_names_those_there_are(library: Office):
    outcome = await guide(library, "haunted", "castle")
    assert outcome.error_type == "not-found"
    assert "slow_speed/internet" in outcome.error
