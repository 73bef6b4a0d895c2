"""What the customer is told on the way from the first word to the last: who speaks, who is awaited, how it ends."""

import pytest
from playwright.sync_api import expect

from tests.chat.browser import ChatPage
from tests.chat.scripted_server import ScriptedServer
from tests.chat.test_messages import QUESTION, start

pytestmark = pytest.mark.integration


def ask_to_rate(server: ScriptedServer) -> None:
    expires_at = "2099-01-01T00:00:00Z"
    server.log("survey_requested", survey_id="s1", question="How satisfied are you?", expires_at=expires_at)


def test_the_agent_in_charge_is_named(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("agent_assigned", agent_type="tier1", previous=None, reason="route")
    expect(chat.page.locator(".phase")).to_have_text("Support · AI assistant")
    expect(chat.notes).to_have_count(0)
    server.log("agent_assigned", agent_type="billing", previous="tier1", reason="topic_change")
    expect(chat.notes).to_have_text(["You are now with Billing."])
    server.reply("Let me look.", agent_type="billing")
    expect(chat.log.locator(".byline .name")).to_have_text(["Billing"])


def test_a_handoff_is_told_step_by_step(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    phase = chat.page.locator(".phase")
    server.log("handoff_requested", handoff_id="h1", queue="billing", reason="customer_request")
    expect(phase).to_have_text("Waiting for a person to join")
    expect(chat.draft).to_be_hidden()
    server.log("interim_message", message="You are still in line.", agent_type=None)
    expect(chat.bubbles.last).to_contain_text("You are still in line.")
    server.log("handoff_claimed", handoff_id="h1", person_id="maria.silva")
    expect(phase).to_have_text("You are talking with Maria Silva")
    server.delta("turn-1", "The machine talks on")
    server.log("agent_assigned", agent_type="human", previous="tier1", reason="claimed")
    server.log("human_message", message_id="p1", person_id="maria.silva", message="Hello!", answers=[])
    expect(chat.bubbles.last).to_have_text("Maria Silva: Hello!")
    expect(chat.draft).to_be_hidden()
    server.log("handoff_completed", handoff_id="h1", person_id="maria.silva", outcome="returned")
    server.log("agent_assigned", agent_type="tier1", previous="human", reason="returned")
    expect(phase).to_have_text("Support · AI assistant")
    expect(chat.notes).to_have_text(
        [
            "A person will join. You are in the queue.",
            "Maria Silva has joined the conversation.",
            "Maria Silva has left. The assistant is back.",
        ]
    )


def test_a_person_whose_id_is_no_name_is_a_colleague(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("handoff_claimed", handoff_id="h1", person_id="agent_tier1")
    expect(chat.notes).to_have_text(["A colleague has joined the conversation."])


def test_a_survey_is_answered_by_two_buttons(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("All done.")
    ask_to_rate(server)
    chat.page.get_by_role("group", name="How satisfied are you?").get_by_role("button", name="4 of 5").click()
    assert server.rated == []
    chat.page.get_by_role("button", name="Send rating").click()
    assert server.wait_for_rating() == {"csat": 4, "nps": None, "effort": None, "comment": ""}
    server.log("survey_answered", survey_id="s1", score=4)
    expect(chat.page.get_by_text("You rated this 4 / 5")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Send rating")).to_be_hidden()
    expect(chat.draft).to_be_hidden()
    chat.page.get_by_role("button", name="1 of 5").click(force=True)
    server.log("conversation_closed", reason="resolved")
    expect(chat.notes).to_have_text(["Resolved. This conversation is closed."])
    assert (len(server.received), len(server.rated)) == (1, 1)
    chat.page.reload()
    expect(chat.page.get_by_role("button", name="4 of 5")).to_have_attribute("aria-pressed", "true")


def test_an_expired_survey_takes_no_answer(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("All done.")
    ask_to_rate(server)
    server.log("survey_expired", survey_id="s1")
    expect(chat.page.get_by_text("This survey has ended.")).to_be_visible()
    chat.page.get_by_role("button", name="5 of 5").click(force=True)
    expect(chat.bubbles).to_have_count(2)


def test_a_survey_is_dropped_when_the_customer_goes_on(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("status_changed", status="resolved", previous="pending_customer")
    ask_to_rate(server)
    chat.say("Wait, it happens again")
    server.wait_for_message(2)
    server.log("status_changed", status="in_progress", previous="resolved")
    expect(chat.page.get_by_text("This survey has ended.")).to_be_visible()
    expect(chat.draft.locator(".dots")).to_be_visible()
    server.reply("Does it work now?", "turn-2")
    server.log("status_changed", status="resolved", previous="in_progress")
    expect(chat.page.get_by_text("This survey has ended.")).to_be_hidden()
    chat.page.get_by_role("button", name="3 of 5").click()
    chat.page.get_by_role("button", name="Send rating").click()
    assert server.wait_for_rating()["csat"] == 3


def test_writing_again_reopens_a_closed_conversation(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("idle_warning", message="Are you still there?", closes_at="2099-01-01T00:00:00Z")
    server.log("conversation_closed", reason="idle")
    notice = chat.page.get_by_text("This conversation is closed. Writing again reopens it.")
    expect(notice).to_be_visible()
    expect(chat.draft).to_be_hidden()
    chat.say("One more thing")
    server.wait_for_message(2)
    server.log("conversation_reopened", closed_at="2026-01-01T00:00:00Z")
    expect(notice).to_be_hidden()
    assert len(server.started_with) == 1


def test_a_new_conversation_after_a_closed_one(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("conversation_closed", reason="resolved")
    chat.page.get_by_role("button", name="New conversation").click()
    expect(chat.page.get_by_text("Hello, how can we help?")).to_be_visible()
    chat.say("Something else")
    expect(chat.bubbles).to_have_text(["You: Something else"])
    server.wait_for_message(2)
    assert len({key for key, _ in server.started_with}) == 2


def test_leaving_an_open_conversation_asks_first(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    leave = chat.page.get_by_role("button", name="New conversation")
    leave.click()
    chat.page.get_by_role("button", name="Keep this one").click()
    expect(chat.bubbles).to_have_count(1)
    expect(leave).to_be_focused()
    leave.click()
    chat.page.get_by_role("button", name="Start new").click()
    expect(chat.bubbles).to_have_count(0)
    chat.page.reload()
    expect(chat.page.get_by_text("Hello, how can we help?")).to_be_visible()


def test_a_conversation_continued_elsewhere_is_followed(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("Solved.")
    server.log("conversation_closed", reason="resolved")
    chat.say("It is back")
    message = server.wait_for_message(2)
    closed = server.current
    server.add_conversation("c-next")
    server.log("conversation_continued", into=closed, continued_in="c-next", message_ids=[message.message_id])
    server.wait_for_socket()
    server.log("customer_message", message_id=message.message_id, message=message.text)
    server.log("agent_message", turn_id="1", agent_type="tier1", message="Here we are.", answers=[message.message_id])
    expect(chat.bubbles).to_have_text(
        [f"You: {QUESTION}", "Support: Solved.", "You: It is back", "Support: Here we are."]
    )
    chat.page.reload()
    expect(chat.bubbles).to_have_text(["You: It is back", "Support: Here we are."])
