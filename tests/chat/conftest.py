"""Fixtures for the widget: one browser and one scripted server a module, a clean page and script for each test.

Not longer than a module: while Playwright runs, no asynchronous test of another folder can.
"""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.chat.browser import ChatPage, chat_page, chromium
from tests.chat.scripted_server import ScriptedServer


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def running_server() -> Iterator[ScriptedServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = ScriptedServer(port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running_server: ScriptedServer) -> ScriptedServer:
    running_server.reset()
    return running_server


@pytest.fixture
def chat(browser: Browser, server: ScriptedServer) -> Iterator[ChatPage]:
    """The full page, opened. Afterwards: no script error, no violated policy, no dialog."""
    with chat_page(browser, server.chat_url) as opened:
        opened.input.wait_for()
        yield opened
        assert opened.violations == []


@pytest.fixture
def open_chat(browser: Browser, server: ScriptedServer) -> Iterator[Callable[..., ChatPage]]:
    """Open the chat with context options of the test's own; several at once if need be."""
    managers = []

    def opener(url: str = server.chat_url, **options: Any) -> ChatPage:
        manager = chat_page(browser, url, **options)
        managers.append(manager)
        return manager.__enter__()

    yield opener
    for manager in managers:
        manager.__exit__(None, None, None)
