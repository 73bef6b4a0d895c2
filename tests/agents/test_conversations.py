"""Whole conversations with the offline minds on the real back office: what a customer would read, turn by turn."""

import pytest

from agents import Minds
from domain.messages import ToolOutcome, ToolRequest
from domain.state import AgentType
from tests.activities.office import Office
from tests.agents.classifier.test_accuracy import HOSTILE
from tests.agents.talk import Talk, a_customer

pytestmark = pytest.mark.integration


@pytest.fixture
def talk(minds: Minds, office: Office) -> Talk:
    return Talk(minds, office.tools.run)


async def credits_of(office: Office, customer_id: str = "CUST_001") -> int:
    outcome = await office.run("get_billing_information", {"customer_id": customer_id})
    return len(outcome.result["recent_credits"])  # type: ignore[arg-type]


async def test_a_duplicate_charge_from_first_word_to_survey(talk: Talk, office: Office) -> None:
    found = await talk.say("I was charged twice for the same service")
    assert found.agent_type is AgentType.BILLING
    assert found.tools_executed == ["get_billing_information"]
    assert "duplicate charge" in found.message
    assert "$49.99" in found.message
    assert found.offer is not None
    assert "".join(talk.deltas) == found.message
    assert await credits_of(office) == 0

    done = await talk.say("Yes please")
    assert done.tools_executed == ["apply_credit_adjustment"]
    assert "TX-" in done.message
    assert done.outcome == "resolution_offered"
    assert await credits_of(office) == 1

    goodbye = await talk.say("yes thanks")
    assert goodbye.outcome == "resolution_confirmed"
    assert "?" not in goodbye.message
    assert talk.state.resolution_status == "resolved"
    assert talk.core.carry.survey is not None
    assert await credits_of(office) == 1


async def test_the_conversation_of_the_requirements(talk: Talk, office: Office) -> None:
    """PRD [1763-1797]: statement, double charge, investigation."""
    first = await talk.say("I'm having trouble with my billing statement")
    assert first.agent_type is AgentType.BILLING
    second = await talk.say("I was charged twice for the same service")
    assert "duplicate charge" in second.message.lower()
    third = await talk.say("Yes, please investigate the duplicate charge")
    assert third.tools_executed == ["get_billing_information"]
    assert third.resolution_offered
    assert await credits_of(office) == 0, "to look is not to book"
    assert (await talk.say("yes, do it")).tools_executed == ["apply_credit_adjustment"]
    assert await credits_of(office) == 1


async def test_after_a_no_to_the_credit_it_is_paid_out_to_the_card(talk: Talk, office: Office) -> None:
    await talk.say("you charged me twice!!")
    await talk.say("no thanks")
    assert await credits_of(office) == 0
    payout = await talk.say("can you pay it to my card instead?")
    assert payout.tools_executed == ["get_billing_information"]
    assert payout.offer is not None
    assert payout.offer.tool == "refund_manager"
    assert await credits_of(office) == 0, "to offer is not to pay"


async def test_a_hedged_yes_books_nothing(talk: Talk, office: Office) -> None:
    await talk.say("I was charged twice")
    again = await talk.say("yes but only if I get it on my card")
    assert again.offer is not None
    assert await credits_of(office) == 0


async def test_a_large_duplicate_waits_for_a_persons_approval(minds: Minds, office: Office) -> None:
    talk = Talk(minds, office.tools.run, customer=a_customer("Priya Raman", "CUST_003"))
    reply = await talk.say("I was charged twice for the same service")
    assert "duplicate charge" in reply.message
    assert "approved by a colleague" in reply.message
    assert reply.offer is not None
    waiting = await talk.say("yes please")
    assert "within 24 hours" in waiting.message
    assert waiting.outcome == "continue"
    assert await credits_of(office, "CUST_003") == 0


async def test_login_trouble_is_tried_in_two_ways_then_a_person_is_offered(talk: Talk) -> None:
    first = await talk.say("I can't log into my account")
    assert first.agent_type is AgentType.TIER1
    assert first.tools_executed == ["get_troubleshooting_guide"]
    second = await talk.say("that didn't help")
    assert second.tools_executed == ["search_knowledge_base"]
    assert second.articles
    third = await talk.say("still not working")
    assert "colleague" in third.message
    assert (await talk.say("yes please")).outcome == "wants_person"
    assert talk.state.requires_human


async def test_a_price_comes_from_the_catalogue(talk: Talk) -> None:
    reply = await talk.say("What's the price for the standard plan?")
    assert "34.99" in reply.message
    assert "pricing_engine" in reply.tools_executed
    assert (await talk.say("thanks")).outcome == "resolution_confirmed"


async def test_what_is_no_product_comes_from_an_article_by_name(talk: Talk) -> None:
    reply = await talk.say("How much is roaming in Spain?")
    assert "Our article “" in reply.message
    assert reply.articles
    assert talk.state.knowledge_articles_referenced == reply.articles
    assert (await talk.say("thanks")).outcome == "resolution_confirmed"


async def test_who_cancels_is_offered_something_once_then_told_then_brought_to_a_person(talk: Talk) -> None:
    reply = await talk.say("I want to cancel my subscription")
    assert reply.agent_type is AgentType.SALES
    assert "Standard plan" in reply.message
    told = await talk.say("no, I really want to cancel")
    assert "notice" in told.message
    assert told.outcome == "continue"
    assert (await talk.say("yes please")).outcome == "wants_person"


async def test_services_are_listed(talk: Talk) -> None:
    await talk.say("hi")
    reply = await talk.say("which services do I have?")
    assert reply.tools_executed == ["get_account_services"]
    assert "Premium plan" in reply.message


async def test_a_new_address_takes_a_proof_and_a_yes(minds: Minds, office: Office) -> None:
    talk = Talk(minds, office.tools.run, customer=a_customer("Clara Nowak", "CUST_035"))
    asked = await talk.say("Please change my e-mail address to clara.n@example.com")
    assert asked.tools_executed == ["verify_customer_identity"]
    offer = await talk.say("1059")
    assert "clara.n@example.com" in offer.message
    assert "update_account" not in offer.tools_executed
    done = await talk.say("Yes please")
    assert done.tools_executed == ["update_account"]
    assert done.outcome == "resolution_offered"


async def test_an_address_in_a_question_about_a_bill_changes_nothing(talk: Talk) -> None:
    await talk.say("Please explain my last invoice")
    reply = await talk.say("Please send my last invoice to my accountant at acc@firm.example")
    assert not {"update_account", "verify_customer_identity"} & set(reply.tools_executed)
    assert reply.offer is None


@pytest.mark.parametrize("text", ["please call me back about my bill", "Can somebody call me back tomorrow?"])
async def test_a_call_is_arranged_after_a_yes(talk: Talk, text: str) -> None:
    await talk.say("What are your opening hours?")
    offer = await talk.say(text)
    assert offer.agent_type is AgentType.SUPERVISOR
    assert "Shall I arrange that?" in offer.message
    done = await talk.say("Yes please")
    assert "schedule_callback" in done.tools_executed
    assert "It's arranged" in done.message


async def test_an_answer_is_mailed_on_request(talk: Talk) -> None:
    answer = await talk.say("how do I reset my password?")
    sent = await talk.say("can you email me that?")
    assert sent.tools_executed == ["send_customer_notification"]
    assert "e-mail" in sent.message
    assert talk.calls[0].call.arguments["message"] == answer.message


async def test_a_choice_of_the_clarification_is_understood(talk: Talk) -> None:
    asked = await talk.say("the thing is odd")
    assert asked.agent_type is AgentType.CLARIFICATION
    assert "is this about a charge that looks wrong" in asked.message
    taken = await talk.say("yes")
    assert taken.agent_type is AgentType.BILLING
    assert taken.tools_executed == ["get_billing_information"]


async def test_a_new_subject_goes_to_its_own_agent(talk: Talk) -> None:
    await talk.say("I was charged twice")
    reply = await talk.say("I also can't log in to my account")
    assert reply.agent_type is AgentType.TIER1
    assert (await talk.say("yes that helped")).outcome == "resolution_confirmed"


async def test_hostile_texts_are_met_with_a_question_and_never_echoed(talk: Talk) -> None:
    for text in HOSTILE:
        reply = await talk.say(text)
        assert text not in reply.message
        assert not any(part in reply.message for part in ("script", "DROP", "7*7", "49 ", "passwd", "AAAA"))
    assert talk.calls == []


async def test_hostile_texts_in_mid_conversation_change_nothing(talk: Talk, office: Office) -> None:
    await talk.say("I was charged twice for the same service")
    for text in HOSTILE:
        reply = await talk.say(text)
        assert text not in reply.message
        assert "apply_credit_adjustment" not in reply.tools_executed
    assert await credits_of(office) == 0


async def test_a_billing_system_that_is_away_is_told(minds: Minds) -> None:
    talk = Talk(minds, _away)
    reply = await talk.say("I was charged twice for the same service")
    assert "can't see your bills" in reply.message
    assert talk.state.requires_human


async def _away(request: ToolRequest) -> ToolOutcome:
    """What the engine hands to the agent when a tool's attempts are used up."""
    call = request.call
    return ToolOutcome(
        call_id=call.call_id, tool=call.tool, success=False, error_type="back-office-unavailable", error="Away."
    )
