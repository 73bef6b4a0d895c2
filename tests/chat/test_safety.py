"""Text is text: nothing that anybody writes becomes markup, script or a link that does more than lead somewhere.

The page is served under a strict content policy with Trusted Types; the ``chat`` fixture fails on any violation.
"""

import pytest
from playwright.sync_api import expect

from tests.chat.browser import ChatPage
from tests.chat.scripted_server import Refusal, ScriptedServer
from tests.chat.test_messages import QUESTION, start

pytestmark = pytest.mark.integration

HOSTILE = [
    "<script>alert('xss')</script>",
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE customers; --",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "../../etc/passwd",
    "</div></section><h1>Free money</h1>",
    "javascript:alert(1) [click](javascript:alert(1))",
    "<svg/onload=alert(1)><iframe src='javascript:alert(1)'>",
    "\u202eright to left override\u202c &lt;b&gt;",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_whoever_says_it(chat: ChatPage, server: ScriptedServer, text: str) -> None:
    start(chat, server, text)
    server.delta("turn-1", text)
    expect(chat.draft).to_have_text(text)
    server.reply(text)
    server.log("agent_assigned", agent_type=text, previous=text, reason=text)
    server.log("handoff_claimed", handoff_id="h", person_id="x", person_name=text)
    server.log("human_message", message_id="p", person_id="x", message=text, answers=[])
    server.log("idle_warning", message=text, closes_at="2099-01-01T00:00:00Z")
    server.log("survey_requested", survey_id=text, question=text, expires_at="2099-01-01T00:00:00Z")
    expect(chat.page.locator(".survey-question")).to_have_text(text)
    assert chat.texts()[0] == f"You: {text}"
    assert chat.texts()[1] == f"Support: {text}"
    assert chat.page.locator("script, img, iframe, h1, .panel svg[onload]").count() == 2  # the loader and the title


def test_a_hostile_refusal_stays_text(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.script.refusals = [Refusal(422, HOSTILE[1])]
    chat.say("again")
    expect(chat.log.get_by_role("alert")).to_contain_text(HOSTILE[1])


def test_web_addresses_are_links_that_tell_nothing(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.reply("See https://example.com/a?b=1&c=%3C, (http://example.org/x). Not ftp://example.com or javascript:x.")
    links = chat.bubbles.last.get_by_role("link")
    expect(links).to_have_text(["https://example.com/a?b=1&c=%3C", "http://example.org/x"])
    expect(links.first).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(links.first).to_have_attribute("target", "_blank")


def test_events_of_a_newer_server_do_no_harm(chat: ChatPage, server: ScriptedServer) -> None:
    start(chat, server)
    server.log("moon_phase_changed", phase="full")
    server.log("agent_message", turn_id="1", agent_type="astrologer", message="All is well.", answers=[])
    expect(chat.bubbles).to_have_text([f"You: {QUESTION}", "Support: All is well."])
