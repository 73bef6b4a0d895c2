"""Nothing jumps, nothing overflows, and the reader decides where to look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.chat.browser import PHONE, ChatPage
from tests.chat.scripted_server import ScriptedServer
from tests.chat.test_conversation_life import ask_to_rate
from tests.chat.test_messages import start

pytestmark = pytest.mark.integration

LONG_WORD = "https://example.com/" + "a" * 300


def distance_from_end(chat: ChatPage) -> float:
    return chat.page.locator(".scroll").evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight")


def fill(server: ScriptedServer, lines: int = 30) -> None:
    for number in range(lines):
        server.reply(f"Line {number}", f"fill-{number}")


def test_the_newest_message_stays_in_sight(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    fill(server)
    expect(chat.bubbles).to_have_count(31)
    chat.say("Another question")
    server.wait_for_message(2)
    for number in range(40):
        server.delta("turn-1", f"word {number}\n")
    expect(chat.draft).to_contain_text("word 39")
    chat.page.wait_for_timeout(100)
    assert distance_from_end(chat) < 2


def test_a_reader_further_up_is_left_alone(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    fill(server)
    expect(chat.bubbles).to_have_count(31)
    chat.page.locator(".scroll").hover()
    chat.page.mouse.wheel(0, -600)
    chat.page.wait_for_timeout(500)
    before = chat.page.locator(".scroll").evaluate("node => node.scrollTop")
    server.reply("Something new", "turn-new")
    pill = chat.page.get_by_role("button", name="New messages")
    expect(pill).to_be_visible()
    assert chat.page.locator(".scroll").evaluate("node => node.scrollTop") == before
    pill.click()
    expect(pill).to_be_hidden()
    chat.page.wait_for_function("document.querySelector('#chat').shadowRoot.querySelector('.scroll').scrollTop > 0")
    expect(chat.bubbles.last).to_be_in_viewport()


def test_a_finished_message_stands_where_its_words_were(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.delta("turn-1", "The whole reply.")
    expect(chat.draft).to_have_text("The whole reply.")
    drafted = chat.draft.bounding_box()
    server.reply("The whole reply.")
    expect(chat.bubbles).to_have_count(2)
    said = chat.bubbles.last.bounding_box()
    assert drafted
    assert said
    assert (said["x"], said["width"], said["height"]) == (drafted["x"], drafted["width"], drafted["height"])
    assert abs(said["y"] - drafted["y"]) < 1


def test_an_accepted_message_does_not_move(chat: ChatPage, server: ScriptedServer) -> None:
    server.script.reply_delay_seconds = 0.5
    chat.say("Stay")
    own = chat.log.locator(".item")
    sending = own.bounding_box()
    expect(chat.log.locator("[data-state=sent]")).to_have_count(1)
    assert own.bounding_box() == sending


@pytest.mark.parametrize("width", [320, 360, 414])
def test_a_phone_shows_everything_without_scrolling_sideways(
    open_chat: Callable[..., ChatPage], server: ScriptedServer, width: int
) -> None:
    chat = open_chat(viewport={"width": width, "height": 640}, is_mobile=True, has_touch=True)
    start(chat, server, f"Look: {LONG_WORD}")
    server.reply(LONG_WORD)
    server.log("handoff_claimed", handoff_id="h1", person_id="maximiliane.von-und-zu-hohenlohe")
    ask_to_rate(server)
    chat.page.locator(".survey").wait_for()
    chat.input.fill("x" * 9_500)
    for node in ("document.documentElement", "document.querySelector('#chat').shadowRoot.querySelector('.scroll')"):
        assert chat.page.evaluate(f"{node}.scrollWidth <= {node}.clientWidth")
    for control in (chat.send_button, chat.input, chat.page.get_by_role("button", name="5 of 5")):
        expect(control).to_be_in_viewport()


def test_touching_a_suggestion_does_not_raise_the_keyboard(
    open_chat: Callable[..., ChatPage], server: ScriptedServer
) -> None:
    chat = open_chat(viewport=PHONE, is_mobile=True, has_touch=True)
    chat.page.get_by_role("button", name="I can't log into my account").tap()
    server.wait_for_message()
    expect(chat.input).not_to_be_focused()
