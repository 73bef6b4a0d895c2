"""A message's way: shown at once, accepted, answered; each once, whatever is repeated on the way."""

import pytest
from playwright.sync_api import expect

from tests.chat.browser import ChatPage
from tests.chat.scripted_server import CUSTOMER, Refusal, ScriptedServer

pytestmark = pytest.mark.integration

QUESTION = "I was charged twice for the same service"


def start(chat: ChatPage, server: ScriptedServer, text: str = QUESTION) -> None:
    """Say the first words and wait until the conversation is live."""
    chat.say(text)
    server.wait_for_message()
    server.wait_for_socket()
    expect(chat.log.locator("[data-state=sent]")).to_have_count(1)


def test_the_first_message_starts_a_conversation(chat: ChatPage, server: ScriptedServer) -> None:
    chat.say(QUESTION)
    message = server.wait_for_message()
    key, body = server.started_with[0]
    assert key
    assert body == {"customer_id": CUSTOMER, "channel": "web"}
    assert message.text == QUESTION


def test_own_words_are_shown_before_the_server_has_them(chat: ChatPage, server: ScriptedServer) -> None:
    server.script.reply_delay_seconds = 1.5
    chat.say(QUESTION)
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}"])
    expect(chat.log.locator("[data-state=sending]")).to_have_count(1)
    expect(chat.log.locator("[data-state=sent]")).to_have_count(1)
    expect(chat.bubbles).to_have_count(1)


def test_a_suggestion_is_a_message(chat: ChatPage, server: ScriptedServer) -> None:
    chat.page.get_by_role("button", name="I can't log into my account").click()
    assert server.wait_for_message().text == "I can't log into my account"
    expect(chat.page.get_by_role("button", name="I can't log into my account")).to_be_hidden()


def test_a_reply_grows_and_is_replaced_by_the_finished_message(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    expect(chat.draft.locator(".dots")).to_be_visible()
    server.delta("turn-1", "I found a dupl")
    server.delta("turn-1", "icate charge")
    expect(chat.draft).to_have_text("I found a duplicate charge")
    server.reply("I found a duplicate charge of 29.99.", agent_type="billing")
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "Billing: I found a duplicate charge of 29.99."])
    expect(chat.draft).to_be_hidden()


def test_words_of_an_older_turn_are_dropped(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.delta("1.1", "This thought was given up")
    expect(chat.draft).to_have_text("This thought was given up")
    server.delta("1.2", "The second thought")
    server.delta("1.1", " and speaks on")
    server.delta("1.2", " counts")
    expect(chat.draft).to_have_text("The second thought counts")


def test_late_words_of_a_finished_turn_are_dropped(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("Done.", "turn-1")
    server.delta("turn-1", "Do")
    chat.say("Thank you")
    server.wait_for_message(2)
    server.delta("turn-1", "ne.")
    server.delta("turn-2", "You are welcome")
    expect(chat.draft).to_have_text("You are welcome")


def test_a_reply_begun_anew_after_a_crash_is_not_mixed_with_the_old(chat: ChatPage, server: ScriptedServer) -> None:
    """The worker dies in mid-sentence; another takes over the same turn from its beginning."""
    start(chat, server)
    server.delta("turn-1", "I found a dupl")
    expect(chat.draft).to_have_text("I found a dupl")
    chat.page.wait_for_timeout(2_600)
    server.delta("turn-1", "I found")
    server.delta("turn-1", " a duplicate charge.")
    expect(chat.draft).to_have_text("I found a dupl")
    server.reply("I found a duplicate charge.", "turn-1")
    expect(chat.bubbles.last).to_have_text("Support: I found a duplicate charge.")


def test_a_tool_at_work_is_named(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.delta("turn-1", "Let me see")
    chat.page.wait_for_timeout(400)
    server.log("tool_called", call_id="1", tool="get_billing_information", agent_type="billing")
    expect(chat.draft).to_have_text("Checking your bills…")
    server.delta("turn-1", "There it is")
    expect(chat.draft).to_have_text("There it is")


def test_words_that_overtake_the_log_stay(chat: ChatPage, server: ScriptedServer) -> None:
    """Words come straight from the model, the tool before them by way of the log: first words must not flicker."""
    start(chat, server)
    chat.page.evaluate(
        """() => {
            window.shown = [];
            const words = document.querySelector("#chat").shadowRoot.querySelector(".words");
            const note = () => window.shown.push(words.textContent);
            new MutationObserver(note).observe(words, { childList: true });
        }"""
    )
    server.delta("turn-1", "I have credited it.")
    server.log("tool_called", call_id="1", tool="apply_credit_adjustment", agent_type="billing")
    server.reply("I have credited it.", "turn-1", "billing")
    expect(chat.bubbles).to_have_count(2)
    assert chat.page.evaluate("shown") == ["I have credited it.", ""]


def test_an_event_that_comes_twice_is_shown_once(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    seq = server.reply("Only once.")
    server.send_again(1)
    server.send_again(seq)
    server.reply("And then this.", "turn-2")
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "Support: Only once.", "Support: And then this."])


def test_a_refused_message_can_be_tried_again_under_the_same_id(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.refusals = [Refusal(422, "We cannot take this message.")]
    chat.say("Once more")
    failure = chat.log.get_by_role("alert")
    expect(failure).to_contain_text("Not sent. We cannot take this message.")
    failure.get_by_role("button", name="Try again").click()
    expect(failure).to_be_hidden()
    tries = [message for message in server.received if message.text == "Once more"]
    assert len(tries) == 2
    assert tries[0].message_id == tries[1].message_id
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "You: Once more"])
    expect(chat.input).to_be_focused()


def test_a_refused_message_can_be_deleted(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.refusals = [Refusal(422)]
    chat.say("Never mind")
    chat.log.get_by_role("button", name="Delete").click()
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}"])
    chat.say("What I meant")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2)
    assert [message.text for message in server.received] == [QUESTION, "Never mind", "What I meant"]


def test_a_lost_acknowledgement_doubles_nothing(chat: ChatPage, server: ScriptedServer) -> None:
    """The server logs the message and dies before it says so; the widget sends it again under the same id."""
    start(chat, server)
    server.script.silent_about = 1
    chat.say("Did you get this?")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2)
    tries = [message for message in server.received if message.text == "Did you get this?"]
    assert [message.way for message in tries] == ["socket", "request"]
    assert len({message.message_id for message in tries}) == 1
    server.wait_for_socket()
    server.reply("Yes, once.")
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "You: Did you get this?", "Support: Yes, once."])


def test_too_many_messages_wait_as_long_as_the_server_asks(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.refusals = [Refusal(429, "Too many.", retry_after=1)]
    chat.say("Quick")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2)
    assert len(server.received) == 3


def test_messages_arrive_in_the_order_they_were_written(chat: ChatPage, server: ScriptedServer) -> None:
    server.script.reply_delay_seconds = 0.05
    texts = [f"message {number}" for number in range(8)]
    for text in texts:
        chat.say(text)
    expect(chat.log.locator("[data-state=sent]")).to_have_count(len(texts))
    assert [message.text for message in server.received] == texts
    expect(chat.bubbles).to_have_text([f"You: {text}" for text in texts])
    assert len(server.started_with) == 1
