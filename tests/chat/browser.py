"""Headless Chromium for tests of the chat, and what they look for in the page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_core_python
from playwright.sync_api import Browser, BrowserContext, Locator, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
FADES_END = """() => {
    const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
    const animations = roots.flatMap((root) => root.getAnimations());
    for (const animation of animations) if (animation.effect.getTiming().iterations === 1) animation.finish();
}"""
"""Half faded in, text has too little contrast: axe should see what the reader will see."""
PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1100, "height": 760}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's browser, or the one that ``playwright install chromium`` has fetched."""
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class ChatPage:
    """The chat as a reader of the page sees it. Collects whatever must never happen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.violations: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.violations.append(f"uncaught: {error}"))
        page.on("dialog", self._dialog)

    def _console(self, message: Any) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.violations.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.violations.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("Your message")

    @property
    def send_button(self) -> Locator:
        return self.page.get_by_role("button", name="Send message")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def bubbles(self) -> Locator:
        return self.log.locator(".bubble")

    @property
    def draft(self) -> Locator:
        """The reply being written."""
        return self.page.locator(".progress .bubble")

    @property
    def notes(self) -> Locator:
        return self.log.locator(".note")

    @property
    def banner(self) -> Locator:
        return self.page.locator(".banner")

    def say(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def texts(self) -> list[str]:
        """The messages in the log, top to bottom, as screen readers get them: ``"You: hello"``."""
        return self.bubbles.all_text_contents()

    def serious_findings(self) -> list[str]:
        """What axe calls serious or critical on the page as it is. Empty is good."""
        self.page.evaluate(FADES_END)
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        result = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{found['id']}: {node['html']}"
            for found in result["violations"]
            if found["impact"] in {"serious", "critical"}
            for node in found["nodes"]
        ]


@contextmanager
def chat_page(browser: Browser, url: str, **options: Any) -> Iterator[ChatPage]:
    """Open ``url`` in a browser profile of its own; options are those of a Playwright context."""
    context = browser.new_context(**{"viewport": DESKTOP, "locale": "en-GB", **options})
    try:
        yield open_in(context, url)
    finally:
        context.close()


def open_in(context: BrowserContext, url: str) -> ChatPage:
    chat = ChatPage(context.new_page())
    chat.page.goto(url)
    return chat
