"""The survey's card: what may be added, what goes wrong on the way, and the reminder."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.chat.browser import PHONE, ChatPage
from tests.chat.scripted_server import Refusal, ScriptedServer
from tests.chat.test_conversation_life import ask_to_rate
from tests.chat.test_messages import start

pytestmark = pytest.mark.integration


def asked(chat: ChatPage, server: ScriptedServer) -> Locator:
    """The card of a survey that has just come."""
    start(chat, server)
    server.reply("All done.")
    ask_to_rate(server)
    card = chat.page.locator(".survey")
    card.wait_for()
    return card


def rate(card: Locator, score: int) -> None:
    card.get_by_role("button", name=f"{score} of 5").click()
    card.get_by_role("button", name="Send rating").click()


def test_everything_that_may_be_added(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_text("Tell us more (optional)").click()
    card.get_by_label("Would you recommend us?").select_option("0")
    card.get_by_label("How much effort did it take you?").select_option("7")
    card.get_by_label("Your comment").fill("  <b>Slow</b>, but friendly\n")
    rate(card, 2)
    assert server.wait_for_rating() == {"csat": 2, "nps": 0, "effort": 7, "comment": "<b>Slow</b>, but friendly"}
    expect(card.get_by_text("You rated this 2 / 5")).to_be_visible()
    expect(card.get_by_label("Your comment")).to_be_hidden()


def test_the_choices_are_the_scales(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_text("Tell us more (optional)").click()
    for label, numbers in (("Would you recommend us?", range(11)), ("How much effort did it take you?", range(1, 8))):
        options = card.get_by_label(label).locator("option")
        assert options.all_text_contents() == ["–", *map(str, numbers)]
    card.get_by_label("Your comment").fill("x" * 1_200)
    assert len(card.get_by_label("Your comment").input_value()) <= 1_200
    assert card.get_by_label("Your comment").get_attribute("maxlength") == "1000"


def test_a_choice_may_be_changed_before_it_is_sent(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_role("button", name="1 of 5").click()
    rate(card, 5)
    assert server.wait_for_rating()["csat"] == 5
    expect(card.locator("[aria-pressed=true]")).to_have_text(["5"])


def test_without_a_score_nothing_is_sent(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_role("button", name="Send rating").click()
    expect(card.get_by_role("status")).to_have_text("Please choose from 1 to 5 first.")
    expect(card.get_by_role("button", name="1 of 5")).to_be_focused()
    assert server.rated == []
    rate(card, 3)
    assert server.wait_for_rating()["csat"] == 3


def test_what_could_not_be_sent_may_be_sent_again(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_text("Tell us more (optional)").click()
    card.get_by_label("Your comment").fill("kept")
    server.script.refusals = [Refusal(503)]
    rate(card, 4)
    expect(card.get_by_role("status")).to_have_text("Your rating could not be sent. Please try again.")
    card.get_by_role("button", name="Send rating").click()
    assert server.wait_for_rating(2) == {"csat": 4, "nps": None, "effort": None, "comment": "kept"}
    expect(card.get_by_role("status")).to_have_text("You rated this 4 / 5")


def test_one_click_too_many_sends_one_answer(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    server.script.reply_delay_seconds = 0.5
    rate(card, 4)
    card.get_by_role("button", name="Send rating").click(force=True)
    card.get_by_role("button", name="1 of 5").click(force=True)
    expect(card.get_by_role("status")).to_have_text("You rated this 4 / 5")
    assert [answer["csat"] for answer in server.rated] == [4]


def test_an_answer_that_came_too_late(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    server.script.refusals = [Refusal(409)]
    rate(card, 4)
    expect(card.get_by_role("status")).to_have_text("This survey has ended.")
    server.log("survey_answered", survey_id="s1", score=3)
    expect(card.get_by_role("status")).to_have_text("You rated this 3 / 5")
    expect(card.locator("[aria-pressed=true]")).to_have_text(["3"])


def test_an_answer_in_words_counts_too(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    chat.say("5, nps 9, effort 2, fast")
    server.log("survey_answered", survey_id="s1", score=5, nps=9, effort=2, comment="fast")
    expect(card.get_by_role("status")).to_have_text("You rated this 5 / 5")
    expect(card.get_by_role("button", name="Send rating")).to_be_hidden()


def test_the_reminder_is_a_line_of_its_own_and_takes_nothing_away(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    card.get_by_role("button", name="4 of 5").click()
    server.log("survey_reminded", survey_id="s1", message="If you have a moment: how satisfied are you?")
    expect(chat.notes).to_have_text(["If you have a moment: how satisfied are you?"])
    card.get_by_role("button", name="Send rating").click()
    assert server.wait_for_rating()["csat"] == 4


def test_by_keyboard_alone(chat: ChatPage, server: ScriptedServer) -> None:
    card = asked(chat, server)
    press = chat.page.keyboard.press
    card.get_by_role("button", name="3 of 5").focus()
    press("Space")
    for key in ("Tab", "Tab", "Tab", "Enter", "Tab"):
        press(key)
    expect(card.get_by_label("Would you recommend us?")).to_be_focused()
    chat.page.keyboard.type("9")
    press("Tab")
    press("Tab")
    chat.page.keyboard.type("Thanks")
    press("Tab")
    press("Enter")
    assert server.wait_for_rating() == {"csat": 3, "nps": 9, "effort": None, "comment": "Thanks"}
    expect(chat.input).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone(open_chat: Callable[..., ChatPage], server: ScriptedServer, scheme: str) -> None:
    chat = open_chat(viewport=PHONE, is_mobile=True, has_touch=True, color_scheme=scheme)
    card = asked(chat, server)
    card.get_by_text("Tell us more (optional)").tap()
    card.get_by_role("button", name="5 of 5").tap()
    for node in ("document.documentElement", "document.querySelector('#chat').shadowRoot.querySelector('.scroll')"):
        assert chat.page.evaluate(f"{node}.scrollWidth <= {node}.clientWidth")
    for label in ("Would you recommend us?", "How much effort did it take you?"):
        box = card.get_by_label(label).bounding_box()
        assert box is not None
        assert box["height"] >= 44
    assert chat.serious_findings() == []
    card.get_by_role("button", name="Send rating").tap()
    assert server.wait_for_rating()["csat"] == 5
