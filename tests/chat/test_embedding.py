"""The widget in somebody else's page: from another origin, beside other styles, as a corner button or in an element."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.chat.browser import PHONE, ChatPage
from tests.chat.scripted_server import CUSTOMER, ScriptedServer

pytestmark = pytest.mark.integration

HOSTILE_STYLES = "<style>* { font-size: 40px !important; } button { display: none } textarea { width: 10px }</style>"


@pytest.fixture
def embedded(open_chat: Callable[..., ChatPage], server: ScriptedServer) -> Callable[..., ChatPage]:
    """A shop's page with the given body, on another origin (localhost) than the API's (127.0.0.1)."""

    def opener(body: str, **options: object) -> ChatPage:
        head = "<title>Shop</title><meta name='viewport' content='width=device-width'>"
        server.pages["shop"] = f"<!doctype html><html lang='en'>{head}<h1>Shop</h1>{body}</html>"
        return open_chat(f"{server.url.replace('127.0.0.1', 'localhost')}/pages/shop", **options)

    return opener


def script_tag(server: ScriptedServer, attributes: str = "") -> str:
    credentials = f'data-token="{server.script.valid_token}" data-customer-id="{CUSTOMER}"'
    return f'<script src="{server.chat_url}/widget.js" {credentials} {attributes}></script>'


def test_one_script_tag_adds_the_corner_button(embedded: Callable[..., ChatPage], server: ScriptedServer) -> None:
    chat = embedded(script_tag(server))
    launcher = chat.page.get_by_role("button", name="Open the chat")
    launcher.click()
    expect(chat.page.get_by_role("dialog", name="Chat with support")).to_be_visible()
    expect(chat.input).to_be_focused()
    chat.say("Hello from the shop")
    assert server.wait_for_message().text == "Hello from the shop"
    server.wait_for_socket()
    server.reply("Welcome!")
    expect(chat.bubbles.last).to_have_text("Support: Welcome!")
    assert chat.serious_findings() == []
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_be_hidden()
    expect(launcher).to_be_focused()


def test_what_arrives_while_closed_is_counted(embedded: Callable[..., ChatPage], server: ScriptedServer) -> None:
    chat = embedded(script_tag(server))
    chat.page.get_by_role("button", name="Open the chat").click()
    chat.say("Hello")
    server.wait_for_message()
    server.wait_for_socket()
    chat.page.wait_for_timeout(800)  # history has settled; from here on it is news
    chat.page.get_by_role("button", name="Close the chat").first.click()
    server.reply("First", "turn-1")
    server.reply("Second", "turn-2")
    expect(chat.page.locator(".badge")).to_have_text("2")
    chat.page.get_by_role("button", name="Open the chat (2 unread)").click()
    expect(chat.page.locator(".badge")).to_be_hidden()
    expect(chat.bubbles.last).to_be_in_viewport()


def test_the_page_and_the_widget_leave_each_other_alone(
    embedded: Callable[..., ChatPage], server: ScriptedServer
) -> None:
    chat = embedded(f"{HOSTILE_STYLES}<button id='buy'>Buy</button>{script_tag(server)}")
    chat.page.get_by_role("button", name="Open the chat").click()
    assert chat.input.evaluate("node => getComputedStyle(node).fontSize") == "16px"
    assert chat.input.evaluate("node => node.getBoundingClientRect().width") > 200
    assert chat.page.locator("#buy").evaluate("node => getComputedStyle(node).fontSize") == "40px"


def test_a_target_is_filled(embedded: Callable[..., ChatPage], server: ScriptedServer) -> None:
    tag = script_tag(server, 'data-target="#help"')
    chat = embedded(f"<div id='help' style='height: 500px'></div>{tag}")
    expect(chat.page.get_by_text("Hello, how can we help?")).to_be_visible()
    box = chat.page.locator(".panel").bounding_box()
    assert box
    assert box["height"] == 500


def test_mount_takes_a_session_that_renews_itself(embedded: Callable[..., ChatPage], server: ScriptedServer) -> None:
    server.script.valid_token = "token-2"
    chat = embedded(f"<div id='here' style='height: 500px'></div><script src='{server.chat_url}/widget.js'></script>")
    chat.page.evaluate(
        """async ([customerId]) => {
            const tokens = ["token-1", "token-2"];
            const session = async () => ({ token: tokens.shift(), customerId });
            const options = { session, title: "Help desk", suggestions: ["Where is my order?"] };
            window.handle = await Switchboard.mount(document.querySelector("#here"), options);
        }""",
        [CUSTOMER],
    )
    expect(chat.page.get_by_role("heading", name="Help desk")).to_be_visible()
    chat.page.get_by_role("button", name="Where is my order?").click()
    assert server.wait_for_message().text == "Where is my order?"
    chat.page.evaluate("handle.destroy()")
    expect(chat.page.locator(".panel")).to_have_count(0)


def test_the_window_fills_a_phone(embedded: Callable[..., ChatPage], server: ScriptedServer) -> None:
    chat = embedded(script_tag(server), viewport=PHONE, is_mobile=True, has_touch=True)
    chat.page.get_by_role("button", name="Open the chat").tap()
    box = chat.page.get_by_role("dialog").bounding_box()
    assert box == {"x": 0, "y": 0, **PHONE}
    chat.page.get_by_role("button", name="Close the chat").tap()
    expect(chat.page.get_by_role("dialog")).to_be_hidden()
