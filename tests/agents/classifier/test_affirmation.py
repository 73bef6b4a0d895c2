import time

import pytest

from agents.classifier.affirmation import closes, declines, read_affirmation, read_feedback

pytestmark = pytest.mark.unit

YES = [
    "yes",
    "Yes please",
    "YES",
    "yep",
    "Yup.",
    "yeah do it",
    "yes yes yes",
    "sure, go ahead",
    "Sure",
    "sure thing",
    "ok",
    "okay do it",
    "ok thanks",
    "alright",
    "of course",
    "please do",
    "go ahead",
    "sounds good",
    "I agree",
    "absolutely!",
    "Yes, that would be great",
    "perfect, thank you",
    "thanks, yes",
    "no problem, go ahead",
    "why not, yes",
    "do it",
    "Yes, apply the credit",
    "please apply the credit",
    "fine, apply the credit",
    "that's fine",
    "great, do that",
    "👍",
    "yes please, when will I get it?",
    "Yes I agree to the credit of 49.99",
    "please go ahead with that",
    "fine by me",
    "I'd like that",
    "ja bitte",
    "oui",
    "sí, por favor",
]
NO = [
    "no",
    "No thanks",
    "nope",
    "nah",
    "no, I don't want that",
    "not now",
    "I'd rather not",
    "don't do it",
    "no thank you",
    "never",
    "please don't",
    "not really",
    "I don't want a credit",
    "no way",
    "of course not",
    "I don't think so",
    "👎",
    "never mind",
    "that didn't help",
    "it did not work",
    "still not working",
    "still the same",
    "no, still the same",
    "it doesn't work",
    "that's not helpful",
    "no luck",
    "I already tried that",
    "nein danke",
    "non merci",
]
UNCLEAR = [
    "yes but not that one",
    "yes, but only half",
    "yes if it is free",
    "yes, unless it takes long",
    "yes or no",
    "yes?",
    "yes, don't do that",
    "no wait, yes",
    "no it's fine, go ahead",
    "sure, but later",
    "ok?",
    "sure?",
    "are you sure?",
    "maybe",
    "I don't know",
    "not sure",
    "what?",
    "let me think",
    "first tell me why",
    "can I get more instead",
    "",
    "...",
    "how long does it take",
    "what about my other bill",
    "I was charged twice",
    "no, that's all",
    "that's all thanks",
    "nothing else",
    "thanks",
    "hello",
    "it works now",
    "right now I have no internet",
    "good question",
    "I'm fine",
    "okay so my problem is that the internet keeps dropping every evening",
    "great service",
    "no but thanks",
    "great service you have there, charging me twice like that",
    "Yes, please investigate the duplicate charge",
    "yes, check it please",
    "yes, explain it to me",
]


@pytest.mark.parametrize("text", YES)
def test_agreement_is_read(text: str) -> None:
    assert read_affirmation(text) == "yes"


@pytest.mark.parametrize("text", NO)
def test_refusal_is_read(text: str) -> None:
    assert read_affirmation(text) == "no"


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_hedged_or_something_else_is_no_answer(text: str) -> None:
    assert read_affirmation(text) == "unclear"


@pytest.mark.parametrize(
    "text",
    [
        "it works now",
        "yes thanks",
        "Yes",
        "that worked",
        "perfect, thank you",
        "thanks, that's all",
        "solved",
        "I'm in",
        "no, that's all, thanks",
        "great, thanks!",
        "yes, it did",
        "problem solved",
        "that helped a lot",
        "thank you",
        "no more questions",
        "nothing else, thanks",
        "Got it, thank you",
    ],
)
def test_success_is_read(text: str) -> None:
    assert read_feedback(text) == "solved"


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "nope",
        "that didn't help",
        "still not working",
        "it doesn't work",
        "no, same problem",
        "I can't find it",
        "not really",
        "I already tried that",
        "that did not solve it",
        "thanks but it still doesn't work",
        "no change",
    ],
)
def test_failure_is_read(text: str) -> None:
    assert read_feedback(text) == "unsolved"


@pytest.mark.parametrize(
    "text", ["what about Tuesday?", "where is that", "hmm", "it says error 5", "I was charged twice"]
)
def test_a_new_matter_is_no_feedback(text: str) -> None:
    assert read_feedback(text) == "unclear"


def test_endings() -> None:
    assert closes("no, that's all, bye")
    assert closes("have a nice day")
    assert not closes("yes please")
    assert declines("bye then")
    assert declines("no thanks")
    assert declines("that's all for today")
    assert not declines("yes, that's all I want")
    assert not declines("how long does it take?")


@pytest.mark.parametrize(
    "text", ["yes " * 5_000, "no" * 5_000, "don't " * 5_000, "thanks, " * 3_000, "a" * 10_000, "?" * 9_999]
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()
    read_affirmation(text)
    read_feedback(text)
    assert time.process_time() - started < 0.05
