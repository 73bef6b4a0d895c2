"""With a keyboard and with a screen reader: what axe can tell, and what it cannot."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.chat.browser import PHONE, ChatPage
from tests.chat.scripted_server import Refusal, ScriptedServer
from tests.chat.test_conversation_life import ask_to_rate
from tests.chat.test_messages import start

pytestmark = pytest.mark.integration

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "forced colours": {"forced_colors": "active"},
}


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious(open_chat: Callable[..., ChatPage], server: ScriptedServer, look: str) -> None:
    chat = open_chat(**LOOKS[look])
    chat.page.get_by_text("Hello, how can we help?").wait_for()
    findings = {"empty": chat.serious_findings()}
    start(chat, server)
    server.delta("turn-1", "One moment")
    expect(chat.draft).to_have_text("One moment")
    findings["streaming"] = chat.serious_findings()
    server.reply("See https://example.com/help")
    server.log("handoff_claimed", handoff_id="h1", person_id="maria.silva")
    server.log("human_message", message_id="p1", person_id="maria.silva", message="Hello!", answers=[])
    server.script.refusals = [Refusal(422, "No.")]
    chat.say("x" * 9_500)
    chat.log.get_by_role("alert").wait_for()
    ask_to_rate(server)
    chat.page.get_by_text("Tell us more (optional)").click()
    chat.page.get_by_role("button", name="4 of 5").click()
    findings["eventful"] = chat.serious_findings()
    server.log("conversation_closed", reason="resolved")
    chat.page.get_by_role("button", name="New conversation").wait_for()
    findings["closed"] = chat.serious_findings()
    assert findings == {moment: [] for moment in findings}


def test_axe_looks_into_the_widget(chat: ChatPage, server: ScriptedServer) -> None:
    """The check above would be worth nothing if axe stopped at the shadow root: plant a fault and see it found."""
    chat.send_button.evaluate("button => button.removeAttribute('aria-label') || button.removeAttribute('title')")
    assert any("button-name" in finding for finding in chat.serious_findings())


def test_only_finished_messages_are_announced(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    expect(chat.log).to_have_attribute("aria-live", "polite")
    expect(chat.log).to_have_attribute("aria-relevant", "additions")
    server.delta("turn-1", "Half a sen")
    expect(chat.draft).to_have_text("Half a sen")
    assert "Half a sen" not in chat.log.inner_text()
    assert chat.draft.evaluate("node => node.closest('[aria-hidden=true]') !== null")
    server.reply("Half a sentence, finished.")
    expect(chat.log).to_contain_text("Half a sentence, finished.")


def test_messages_keep_their_nodes(chat: ChatPage, server: ScriptedServer) -> None:
    """A node that is replaced is announced again: state changes and later events must touch what is there."""
    start(chat, server)
    first = chat.bubbles.first.element_handle()
    server.reply("Hello.")
    expect(chat.bubbles).to_have_count(2)
    assert first.evaluate("(node) => node.isConnected")
    chat.say("Second")
    expect(chat.log.locator("[data-state=sent]")).to_have_count(2)
    assert first.evaluate("(node) => node.isConnected")


def test_history_is_not_read_out(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("Hello.")
    chat.page.add_init_script(
        "new MutationObserver(() => {"
        "  const log = document.querySelector('#chat')?.shadowRoot?.querySelector('[role=log]');"
        "  if (log?.childElementCount && window.liveAtReplay === undefined) window.liveAtReplay = log.ariaLive;"
        "}).observe(document, {subtree: true, childList: true, attributes: true});"
    )
    chat.page.reload()
    expect(chat.bubbles).to_have_count(2)
    assert chat.page.evaluate("window.liveAtReplay ?? 'off'") == "off"
    expect(chat.log).to_have_attribute("aria-live", "polite")


def test_everything_is_reached_by_keyboard(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("See https://example.com/help")
    ask_to_rate(server)
    chat.page.locator(".survey").wait_for()
    chat.page.evaluate("document.activeElement?.shadowRoot?.activeElement?.blur()")
    names = []
    for _ in range(12):
        chat.page.keyboard.press("Tab")
        names.append(
            chat.page.evaluate(
                "(() => { const node = document.activeElement?.shadowRoot?.activeElement;"
                " return node ? (node.ariaLabel || node.textContent || node.id) : '' })()"
            )
        )
    visited = [name for name in names if name]
    assert visited[:10] == [
        "New conversation",
        "Messages",
        "https://example.com/help",
        "1 of 5, Very poor",
        "2 of 5",
        "3 of 5",
        "4 of 5",
        "5 of 5, Very good",
        "Tell us more (optional)",
        "Send rating",
    ]
    assert "message" in visited
    chat.page.get_by_role("button", name="5 of 5").focus()
    chat.page.keyboard.press("Enter")
    for _ in range(2):
        chat.page.keyboard.press("Tab")
    chat.page.keyboard.press("Enter")
    assert server.wait_for_rating()["csat"] == 5
    expect(chat.input).to_be_focused()


def test_focus_is_visible(chat: ChatPage, server: ScriptedServer) -> None:
    chip = chat.page.get_by_role("button", name="I can't log into my account")
    chat.input.focus()
    chat.page.keyboard.press("Shift+Tab")
    focused = "document.activeElement.shadowRoot.activeElement"
    assert chat.page.evaluate(f"getComputedStyle({focused}).outlineStyle") == "solid"
    chip.focus()
    assert chip.evaluate("node => getComputedStyle(node).outlineWidth") == "2px"


def test_calm_where_motion_is_unwelcome(open_chat: Callable[..., ChatPage], server: ScriptedServer) -> None:
    chat = open_chat(reduced_motion="reduce")
    start(chat, server)
    dot = chat.draft.locator(".dots i").first
    assert dot.evaluate("node => getComputedStyle(node).animationName") == "none"
