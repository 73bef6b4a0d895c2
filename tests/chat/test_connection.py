"""Whatever happens to the line: nothing missing, nothing twice, and a quiet word when it takes long."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.chat.browser import ChatPage
from tests.chat.scripted_server import ScriptedServer
from tests.chat.test_messages import QUESTION, start

pytestmark = pytest.mark.integration


def test_events_of_an_outage_appear_once_and_in_order(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("Before.", "turn-1")
    for number in range(3):
        server.script.sockets_blocked = True
        server.drop_sockets()
        server.reply(f"During {number}.", f"turn-{number + 2}")
        server.script.sockets_blocked = False
        server.wait_for_socket()
    server.reply("After.", "turn-9")
    spoken = ["Before.", "During 0.", "During 1.", "During 2.", "After."]
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", *(f"Support: {text}" for text in spoken)])


def test_an_outage_is_told_quietly_and_ends_by_itself(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("Hello.")
    expect(chat.bubbles).to_have_count(2)
    place = chat.bubbles.last.bounding_box()
    server.script.unavailable = True
    server.drop_sockets()
    expect(chat.banner).to_have_text("Reconnecting…")
    assert chat.bubbles.last.bounding_box() == place
    server.script.unavailable = False
    expect(chat.banner).to_be_hidden(timeout=10_000)


def test_half_a_reply_is_not_shown_after_an_outage(chat: ChatPage, server: ScriptedServer) -> None:
    """Words were missed while the line was down: dots, then the finished message."""
    start(chat, server)
    server.delta("turn-1", "I found")
    expect(chat.draft).to_have_text("I found")
    server.drop_sockets()
    server.wait_for_socket()
    expect(chat.draft.locator(".dots")).to_be_visible()
    server.delta("turn-1", " charge.")
    server.log("tool_called", call_id="1", tool="get_billing_information", agent_type="billing")
    expect(chat.draft).to_have_text("Checking your bills…")
    server.reply("I found a duplicate charge.", "turn-1")
    expect(chat.bubbles).to_have_count(2)


def test_a_message_written_offline_is_sent_when_the_line_is_back(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    chat.page.context.set_offline(True)
    server.drop_sockets()
    expect(chat.banner).to_contain_text("You are offline")
    chat.say("Written in a tunnel")
    expect(chat.log.locator("[data-state=sending]")).to_have_count(1)
    chat.page.context.set_offline(False)
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2, timeout=10_000)
    assert [message.text for message in server.received].count("Written in a tunnel") == 1


def test_the_first_message_survives_an_api_that_is_away(chat: ChatPage, server: ScriptedServer) -> None:
    server.script.unavailable = True
    chat.say(QUESTION)
    chat.page.wait_for_timeout(700)
    server.script.unavailable = False
    expect(chat.log.locator("[data-state=sent]")).to_have_count(1, timeout=10_000)
    assert len(server.conversations) == 1


def test_a_page_opened_while_the_api_is_away_says_so_and_recovers(
    open_chat: Callable[..., ChatPage], server: ScriptedServer
) -> None:
    server.script.unavailable = True
    chat = open_chat()
    expect(chat.banner).to_contain_text("cannot be reached")
    server.script.unavailable = False
    expect(chat.page.get_by_text("Hello, how can we help?")).to_be_visible(timeout=10_000)
    expect(chat.banner).to_be_hidden()


def test_a_page_without_a_session_says_so(open_chat: Callable[..., ChatPage], server: ScriptedServer) -> None:
    server.script.demo_off = True
    chat = open_chat()
    expect(chat.banner).to_have_text("The chat is not available here.")


def test_where_sockets_are_blocked_the_log_is_polled(chat: ChatPage, server: ScriptedServer) -> None:
    server.script.sockets_blocked = True
    chat.say(QUESTION)
    assert server.wait_for_message().way == "request"
    server.reply("It works without sockets.")
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "Support: It works without sockets."], timeout=15_000)
    expect(chat.banner).to_be_hidden(timeout=10_000)
    chat.say("Good")
    assert server.wait_for_message(2).way == "request"


def test_a_reload_finds_the_conversation_again(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    for number in range(60):  # more than one page of the log
        server.reply(f"Line {number}", f"turn-{number}")
    chat.page.reload()
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", *(f"Support: Line {number}" for number in range(60))])
    server.wait_for_socket()
    server.reply("And on.", "turn-99")
    expect(chat.bubbles).to_have_count(62)
    assert len(server.started_with) == 1


def test_an_unsent_message_survives_a_reload(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.unavailable = True
    server.drop_sockets()
    chat.say("Do not lose me")
    chat.page.reload()
    server.script.unavailable = False
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "You: Do not lose me"], timeout=10_000)
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2)


def test_a_second_tab_joins_the_same_conversation(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    other = ChatPage(chat.page.context.new_page())
    other.page.goto(server.chat_url)
    expect(other.bubbles).to_have_text([f"You: {QUESTION}"])
    other.say("From the other tab")
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "You: From the other tab"])


def test_an_expired_token_is_renewed(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.valid_token = "token-2"
    server.drop_sockets()
    chat.say("Still me")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2, timeout=10_000)
    server.wait_for_socket()


def test_a_conversation_the_server_has_forgotten_is_let_go(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.conversations.clear()
    chat.page.reload()
    expect(chat.page.get_by_text("Hello, how can we help?")).to_be_visible()
    chat.say("A new start")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(1)
    assert len(server.started_with) == 2


def test_a_silent_socket_is_not_trusted_for_ever(chat: ChatPage, server: ScriptedServer) -> None:
    """The socket looks open, but the server has lost sight of it: the log is asked when a reply is overdue."""
    start(chat, server)
    server.current.sockets.clear()
    server.reply("Did you miss me?")
    expect(chat.bubbles.last).to_have_text("Support: Did you miss me?", timeout=15_000)
