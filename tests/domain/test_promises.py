import pytest

from domain.promises import PROMISES, promises_in
from domain.toolbox import TOOLBOX
from domain.tools import SideEffect

pytestmark = pytest.mark.unit

SAYINGS = {
    "a credit is booked": ("Done: I've credited $49.99 to your account.", "I have just booked the credit."),
    "money was paid back": ("I've refunded it.", "We've paid the money back.", "I've issued your refund."),
    "a payment was taken": ("I've taken the payment.", "I have charged your card."),
    "a payment plan is set up": ("I've set up a payment plan.", "I've split it into three instalments."),
    "an order is placed": ("I've placed your order.", "I have ordered the router."),
    "a quote is made": ("I've prepared a quote for you.",),
    "a technician comes": (
        "I've booked a technician for Tuesday.",
        "I've scheduled a visit.",
        "A technician will come on 24 November 2026.",
        "The engineer is going to call first.",
    ),
    "somebody calls back": ("I've arranged a callback.", "A colleague will call you at ten.", "We'll ring you."),
    "somebody else is asked": (
        "I've asked a colleague to take over.",
        "Of course, Alice. I've asked one of my colleagues to join.",
        "It has to be paid out by hand, so I've asked one to take over.",
        "I've passed it on with everything I found.",
        "I’ve forwarded your request to them.",
    ),
    "something was sent": ("I've sent an e-mail to a***@example.com.", "I have e-mailed you the steps."),
    "a ticket is open": ("I've opened a ticket for this.",),
    "a dispute is open or withdrawn": ("I've opened a dispute.", "I've withdrawn the dispute."),
    "a password is reset": ("I've reset your password.",),
    "the account is changed": ("I've changed your address.", "I have updated your e-mail."),
    "a setting is changed": ("I've changed the setting on your router.",),
    "a note is kept": ("I've added a note to your account.",),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SAYINGS.items() for text in texts])
def test_each_promise_is_heard(name: str, text: str) -> None:
    assert name in [promise.name for promise, _ in promises_in(text)]


def test_every_kind_of_promise_is_tried() -> None:
    assert list(SAYINGS) == [promise.name for promise in PROMISES]


@pytest.mark.parametrize(
    "text",
    [
        "I can credit $49.99 to your account right away. Shall I do that?",
        "Have you seen what I've sent?",
        "A colleague can do that.",
        "If you say yes, a technician will come on Tuesday.",
        "Once I've booked the credit, you will see it.",
        "I haven't sent anything, and I won't book anything.",
        "It has been credited to your account already.",
        "Nothing has been booked yet.",
        "This quote has been ordered already, so I've ordered nothing a second time.",
        "I've looked into it once more, and there is a duplicate charge.",
        "I've noted that for my colleague.",
        "I've tried what I know.",
        "",
    ],
)
def test_what_is_offered_asked_or_conditional_is_no_promise(text: str) -> None:
    assert list(promises_in(text)) == []


def test_a_promise_comes_with_its_whole_sentence() -> None:
    text = "Done, Alice: I've credited $49.99 to your account. Your reference is TX-1.\nI've sent you a copy."
    assert [sentence for _, sentence in promises_in(text)] == [
        "Done, Alice: I've credited $49.99 to your account.",
        "I've sent you a copy.",
    ]


def test_promises_are_kept_by_tools_that_change_something() -> None:
    for promise in PROMISES:
        assert promise.tools or promise.deeds, promise.name
        for tool in promise.tools:
            assert TOOLBOX[tool.name] is tool
            assert tool.policy.side_effect is not SideEffect.NONE, f"{promise.name}: {tool.name} shows nothing"
