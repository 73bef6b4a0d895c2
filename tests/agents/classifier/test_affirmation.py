import time

import pytest

from agents.classifier.affirmation import (
    changes_terms,
    closes,
    declines,
    read_affirmation,
    read_feedback,
    tells_outcome,
)

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
    "Yes please, credit it",
    "Yes please, that would be great",
    "yes go ahead",
    "Yes, go ahead",
    "yep do it",
    "yes thanks",
    "Yes, thank you",
    "Yes, order it",
    "Yes, apply the credit to my account",
    "yes, book the visit please",
    "yes, pay it back please",
    "yes, ask for the approval",
    "Yes, I do",
    "I do",
    "I would, thanks",
    "agreed",
    "Agreed, thank you",
    "confirmed",
    "do it now please",
    "I would like that",
    "yes, that works for me",
    "yes, of course",
    "Yes!!! 🙏",
    "yes — go ahead",
    "Yes, as soon as possible please",
    "yes, let's do it",
    "Yes, that solved it, thank you",
    "Yes, that helped",
    "ja, gerne",
    "Ja, machen Sie das bitte",
    "oui, merci",
    "oui, s\u2019il vous plaît",
    "d'accord",
    "claro, gracias",
    "si\u0301, adelante",
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
    "yes please, when will I get it?",
    "Yes I agree to the credit of 49.99",
]
SOMETHING_ELSE = [
    "I would like to know why this happened",
    "I would like to see the invoice",
    "I would like to think about it",
    "I do have a question about that",
    "I do wonder about that",
    "I am on holiday",
    "I confirmed this with my bank already",
    "I accepted it last year",
    "Confirmed by my bank",
    "agreed with your colleague already",
    "they did it again",
    "my bill was confirmed yesterday",
    "we agreed on something else",
    "yes, what does it cost?",
    "yes what does it cost",
    "yes, how long does that take",
    "yes, is it free",
    "yes, can I see the bill",
    "ok and when",
    "Yes?!",
    "yes, send me the invoice",
    "yes, I have to ask my wife",
    "yes, I need to think",
    "yes I have another problem",
    "Yes, my internet is down",
    "yes, it works now",
    "yes, it works again",
    "yes, cancel it",
    "yes, cancel everything",
    "yes and close my account",
    "yes, stop that",
    "yes 👎",
    "yes, not",
    "yes, no",
    "yes\nno",
    "yes\nbut not now",
    "Yes, later",
    "ok if it is free",
    "sure, once I have spoken to my bank",
    "right now I am at work",
    "great, charging me twice",
    "good for you",
    "it says go ahead on the screen",
    "she said yes",
    "your colleague told me to go ahead",
    "I said please do",
]
OTHER_TERMS = [
    "Yes, credit 20 of it",
    "Yes, credit $20",
    "yes, credit the 49.99",
    "Yes, take $20 now and the rest next month",
    "Yes please charge half of it",
    "yes, a third",
    "yes, part of it",
    "yes, ½ of it",
    "yes, 50%",
    "yes, order two of them",
    "yes, both",
    "yes, all of them",
    "yes, twice",
    "Yes please, once more",
    "Yes, to my Mastercard please",
    "yes, with my other card",
    "Yes, by PayPal",
    "yes, to my bank account",
    "yes, in cash",
    "Yes, in six instalments",
    "yes, in 6 installments",
    "yes, on Friday please",
    "yes, Monday is better",
    "yes, tomorrow",
    "Yes, tomorrow morning please",
    "yes, next week",
    "yes, in December",
    "yes, on the 24th",
    "yes, today",
    "do it next month please",
    "do it later",
    "go ahead on Friday",
    "sure, but only half",
    "ok, two of them",
    "sure, tomorrow",
    "please credit the first one",
    "agreed, but only for one month",
    "Yes, the other one instead",
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


@pytest.mark.parametrize("text", SOMETHING_ELSE)
def test_what_only_sounds_like_a_yes_is_none(text: str) -> None:
    assert read_affirmation(text) != "yes"


@pytest.mark.parametrize("text", OTHER_TERMS)
def test_a_yes_with_terms_of_its_own_is_none(text: str) -> None:
    assert read_affirmation(text) == "unclear"
    assert changes_terms(text)


@pytest.mark.parametrize("text", YES)
@pytest.mark.parametrize("more", [" 20", ", half", " on Friday", "?", " if it is free", ", what is that", " xyzzy"])
def test_no_yes_survives_a_word_that_may_change_it(text: str, more: str) -> None:
    assert read_affirmation(f"{text}{more}") != "yes"


def test_an_outcome_is_told_apart_from_a_yes() -> None:
    assert tells_outcome("Yes, that solved it, thank you")
    assert tells_outcome("yes it did")
    assert not tells_outcome("Yes, do it please")
    assert not changes_terms("yes please")
    assert not changes_terms("no, half of it")
    assert not changes_terms("yes, I have another problem")
    assert not changes_terms("yes, what does the second one cost?")


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
