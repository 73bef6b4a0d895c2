"""Writing: keys, limits, and what is refused before it leaves."""

import pytest
from playwright.sync_api import expect

from tests.chat.browser import ChatPage
from tests.chat.scripted_server import ScriptedServer

pytestmark = pytest.mark.integration


def test_enter_sends_and_shift_enter_breaks_the_line(chat: ChatPage, server: ScriptedServer) -> None:
    chat.input.press_sequentially("first")
    chat.input.press("Shift+Enter")
    chat.input.press_sequentially("second")
    chat.input.press("Enter")
    assert server.wait_for_message().text == "first\nsecond"
    expect(chat.input).to_have_value("")
    expect(chat.input).to_be_focused()


def test_enter_that_ends_a_composition_does_not_send(chat: ChatPage, server: ScriptedServer) -> None:
    chat.input.fill("にほん")
    composing = {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    chat.input.dispatch_event("keydown", composing)
    expect(chat.input).to_have_value("にほん")
    assert server.received == []


@pytest.mark.parametrize("blank", ["", "   ", "\n\n\t"])
def test_blank_text_is_not_sent(chat: ChatPage, server: ScriptedServer, blank: str) -> None:
    chat.input.fill(blank)
    expect(chat.send_button).to_be_disabled()
    chat.input.press("Enter")
    expect(chat.bubbles).to_have_count(0)


def test_the_counter_appears_near_the_limit_and_refuses_beyond(chat: ChatPage, server: ScriptedServer) -> None:
    counter = chat.page.locator(".counter")
    chat.input.fill("x" * 8_000)
    expect(counter).to_be_hidden()
    chat.input.fill("x" * 9_500)
    expect(counter).to_have_text("9,500 / 10,000")
    chat.input.fill("x" * 10_001)
    expect(counter).to_have_text("The message is too long: 10,001 / 10,000")
    expect(chat.send_button).to_be_disabled()
    chat.input.press("Enter")
    assert server.received == []
    chat.input.fill("😀" * 10_000)  # 20,000 UTF-16 units, and yet 10,000 characters
    expect(chat.send_button).to_be_enabled()
    chat.input.press("Enter")
    assert len(server.wait_for_message().text) == 10_000
    expect(counter).to_be_hidden()


def test_the_field_grows_with_the_text_and_shrinks_again(chat: ChatPage, server: ScriptedServer) -> None:
    def height() -> float:
        box = chat.input.bounding_box()
        assert box
        return box["height"]

    one_line = height()
    chat.input.fill("\n".join("line" for _ in range(4)))
    assert height() > one_line * 2
    chat.input.fill("\n".join("line" for _ in range(40)))
    assert height() < 180
    chat.input.press("Enter")
    assert height() == one_line
