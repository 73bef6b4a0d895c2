"""The chat page on the real product: what a customer sees from the first word to the survey."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, expect

from tests.chat.browser import PHONE, ChatPage, chat_page, chromium

pytestmark = pytest.mark.e2e

REPLY_MS = 30_000
"""A turn's bound; on a busy machine a reply may need much of it."""
DOUBLE_CHARGE = "I was charged twice for the same service"


class Stack(Protocol):
    """The running product."""

    @property
    def chat_url(self) -> str: ...


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Iterator[Browser]:
    """``stack`` comes first: its event loop cannot run while Playwright's does."""
    with chromium() as running:
        yield running


@pytest.fixture
def open_chat(browser: Browser, stack: Stack) -> Iterator[Callable[..., ChatPage]]:
    """Open the page in a browser profile of its own. Afterwards: no script error, no violated policy."""
    opened: list[tuple[Any, ChatPage]] = []

    def opener(**options: Any) -> ChatPage:
        manager = chat_page(browser, stack.chat_url, **options)
        opened.append((manager, manager.__enter__()))
        return opened[-1][1]

    yield opener
    for manager, chat in opened:
        manager.__exit__(None, None, None)
        assert chat.violations == []


def replies(chat: ChatPage) -> list[str]:
    return [text for text in chat.texts() if not text.startswith("You: ")]


def ask(chat: ChatPage, text: str) -> str:
    """Say something and wait for the answer. Returns the answer's text."""
    before = len(replies(chat))
    chat.say(text)
    chat.page.wait_for_function(
        "(count) => document.querySelector('#chat').shadowRoot.querySelectorAll('[role=log] .theirs').length > count",
        arg=before,
        timeout=REPLY_MS,
    )
    return replies(chat)[before]


def test_a_double_charge_is_found_credited_and_rated(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    chat.page.get_by_role("button", name=DOUBLE_CHARGE).click()
    finding = chat.log.locator(".theirs .bubble").first
    expect(finding).to_contain_text(re.compile("duplicate charge", re.IGNORECASE), timeout=REPLY_MS)
    expect(finding).to_contain_text("Billing: ")
    if "Shall I" in (finding.text_content() or ""):  # on a stack that others use too, it may have been credited before
        ask(chat, "Yes, please")
    assert "credited" in replies(chat)[-1]
    ask(chat, "No, that's all. Thank you!")
    rating = chat.page.get_by_role("button", name="5 of 5")
    rating.click(timeout=REPLY_MS)
    chat.page.get_by_role("button", name="Send rating").click()
    expect(chat.page.get_by_text("This conversation is closed. Writing again reopens it.")).to_be_visible(
        timeout=REPLY_MS
    )
    expect(rating).to_have_attribute("aria-pressed", "true")
    expect(chat.draft).to_be_hidden()
    assert chat.serious_findings() == []


def test_a_reload_in_the_middle_loses_and_doubles_nothing(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    ask(chat, "What's the price for the premium plan?")
    before = chat.texts()
    chat.page.reload()
    expect(chat.bubbles).to_have_text(before)
    ask(chat, "And how do I upgrade?")
    texts = chat.texts()
    assert texts[: len(before)] == before
    assert texts.count("You: And how do I upgrade?") == 1


def test_a_message_sent_and_left_at_once_is_answered_all_the_same(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    chat.say("I can't log into my account")
    chat.page.reload()
    expect(chat.log.locator(".theirs").first).to_be_visible(timeout=REPLY_MS)
    assert chat.texts().count("You: I can't log into my account") == 1


def test_two_windows_show_the_same(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    ask(chat, "What's the price for the premium plan?")
    other = ChatPage(chat.page.context.new_page())
    other.page.goto(chat.page.url)
    expect(other.bubbles).to_have_text(chat.texts())
    ask(other, "I can't log into my account")
    expect(chat.bubbles).to_have_text(other.texts())


@pytest.mark.parametrize(
    "text",
    ["<script>alert('xss')</script>", "'; DROP TABLE customers; --", "{{7*7}}", "../../etc/passwd", "x" * 10_000],
)
def test_hostile_text_is_shown_as_text_and_answered(open_chat: Callable[..., ChatPage], text: str) -> None:
    chat = open_chat()
    answer = ask(chat, text)
    assert chat.texts()[0] == f"You: {text}"
    assert text not in answer


def test_a_closed_conversation_is_reopened_by_writing(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    ask(chat, "What's the price for the premium plan?")
    ask(chat, "Thanks, that answers my question. Goodbye!")
    chat.page.get_by_role("button", name="4 of 5").click(timeout=REPLY_MS)
    chat.page.get_by_role("button", name="Send rating").click()
    closed = chat.page.get_by_text("This conversation is closed. Writing again reopens it.")
    expect(closed).to_be_visible(timeout=REPLY_MS)
    ask(chat, "I can't log into my account")
    expect(closed).to_be_hidden()
    expect(chat.notes.filter(has_text="You have reopened the conversation.")).to_be_visible()


def test_a_person_is_asked_for_and_awaited(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat()
    ask(chat, "I want to talk to a human being")
    expect(chat.page.locator(".phase")).to_have_text("Waiting for a person to join", timeout=REPLY_MS)
    expect(chat.notes).to_contain_text(["A person will join. You are in the queue."])


def test_it_works_on_a_phone(open_chat: Callable[..., ChatPage]) -> None:
    chat = open_chat(viewport=PHONE, is_mobile=True, has_touch=True, color_scheme="dark")
    chat.page.get_by_role("button", name="What's the price for the premium plan?").tap()
    expect(chat.log.locator(".theirs").first).to_be_visible(timeout=REPLY_MS)
    assert chat.page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert chat.serious_findings() == []
