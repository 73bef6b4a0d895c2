"""Which words of an agent are a promise, and what shows that it was kept. One row a kind of promise.

A promise is something told as done ("I've sent you …") or as sure ("a technician will come"). What is asked, offered or
depends on something ("shall I …", "if you agree, …") is none.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.quality import DeedKind
from domain.toolbox.billing import APPLY_CREDIT_ADJUSTMENT
from domain.toolbox.crm import CREATE_TICKET, CRM_INTEGRATION, RESET_PASSWORD, UPDATE_ACCOUNT, UPDATE_CUSTOMER_NOTES
from domain.toolbox.field_service import SCHEDULE_CALLBACK, SCHEDULE_TECHNICIAN_VISIT
from domain.toolbox.oversight import ESCALATE_TICKET, TRANSFER_TO_HUMAN_AGENT
from domain.toolbox.payments import DISPUTE_TRACKER, PROCESS_PAYMENT, REFUND_MANAGER, SETUP_PAYMENT_PLAN
from domain.toolbox.sales import GENERATE_QUOTE, PROCESS_ORDER
from domain.toolbox.technical import APPLY_CONFIGURATION_CHANGE
from domain.toolbox.tickets import SEND_CUSTOMER_NOTIFICATION
from domain.tools import AnyTool

_HAVE = r"\b(?:I|we)(?:['’]ve| have)(?: (?:just|now|already|also))? "
_THE = r"(?:an?|the|your|that|this) "
_SOMEBODY = r"(?:somebody|someone|a colleague|one of (?:my|our) colleagues|a person|we)"
_CONDITIONAL = re.compile(r"\b(?:if|once|unless|would|could|can|until|as soon as)\b", re.IGNORECASE)
_NOTHING = re.compile(r"\s+(?:nothing|none|no)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Promise:
    """``words`` make the promise. It is kept by an effect of one of ``tools``, or by one of ``deeds``."""

    name: str
    words: re.Pattern[str]
    tools: tuple[AnyTool, ...] = ()
    deeds: frozenset[DeedKind] = frozenset()


def _words(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_ASKED = frozenset({DeedKind.HANDOFF, DeedKind.ESCALATION, DeedKind.APPROVAL})

PROMISES: tuple[Promise, ...] = (
    Promise(
        "a credit is booked",
        _words(rf"{_HAVE}(?:credited|(?:booked|applied) {_THE}(?:\w+ )?credit)"),
        (APPLY_CREDIT_ADJUSTMENT, REFUND_MANAGER),
    ),
    Promise(
        "money was paid back",
        _words(rf"{_HAVE}(?:refunded|paid .{{0,30}}\b(?:back|out)|(?:issued|made|sent) {_THE}(?:\w+ )?refund)"),
        (REFUND_MANAGER,),
    ),
    Promise(
        "a payment was taken",
        _words(
            rf"{_HAVE}(?:(?:taken|received|processed) {_THE}(?:\w+ )?payment|charged)",
        ),
        (PROCESS_PAYMENT, PROCESS_ORDER),
    ),
    Promise(
        "a payment plan is set up",
        _words(rf"{_HAVE}(?:set up|agreed|arranged|split) .{{0,40}}\b(?:plan|instal?lments?)\b"),
        (SETUP_PAYMENT_PLAN,),
    ),
    Promise("an order is placed", _words(rf"{_HAVE}(?:ordered|placed)\b"), (PROCESS_ORDER,)),
    Promise(
        "a quote is made",
        _words(rf"{_HAVE}(?:prepared|made|created|written|put together) .{{0,30}}\bquote\b"),
        (GENERATE_QUOTE,),
    ),
    Promise(
        "a technician comes",
        _words(
            rf"{_HAVE}(?:booked|scheduled|arranged) .{{0,60}}\b(?:technician|engineer|visit)\b",
            rf"\b{_THE}(?:technician|engineer)\b.{{0,20}} (?:will|is going to) ",
        ),
        (SCHEDULE_TECHNICIAN_VISIT,),
    ),
    Promise(
        "somebody calls back",
        _words(
            rf"{_HAVE}(?:booked|scheduled|arranged|planned) .{{0,40}}\bcall(?:-?back)?\b",
            rf"\b{_SOMEBODY}(?:['’]ll| will) (?:call|ring|phone) you\b",
        ),
        (SCHEDULE_CALLBACK,),
    ),
    Promise(
        "somebody else is asked",
        _words(
            rf"{_HAVE}(?:asked|told|informed|brought in|called in|involved|escalated|transferred|handed|forwarded)\b"
            r".{0,60}\b(?:colleagues?|person|specialists?|supervisor|experts?|team|one to)\b",
            rf"{_HAVE}(?:passed|handed|sent|forwarded|escalated) (?:it|this|that|you|everything|your \w+)\b"
            r".{0,10}\b(?:on|over|to|along)\b",
        ),
        (TRANSFER_TO_HUMAN_AGENT, ESCALATE_TICKET, DISPUTE_TRACKER, CREATE_TICKET),
        _ASKED,
    ),
    Promise(
        "something was sent",
        _words(rf"{_HAVE}(?:sent|e-?mailed|mailed|texted|messaged)\b"),
        (
            SEND_CUSTOMER_NOTIFICATION,
            RESET_PASSWORD,
            REFUND_MANAGER,
            UPDATE_ACCOUNT,
            GENERATE_QUOTE,
            PROCESS_ORDER,
            TRANSFER_TO_HUMAN_AGENT,
            ESCALATE_TICKET,
        ),
        _ASKED,
    ),
    Promise(
        "a ticket is open",
        _words(rf"{_HAVE}(?:opened|created|raised|logged) .{{0,30}}\b(?:ticket|case)\b"),
        (CREATE_TICKET, ESCALATE_TICKET),
    ),
    Promise(
        "a dispute is open or withdrawn",
        _words(rf"{_HAVE}(?:opened|raised|filed|registered|withdrawn) .{{0,30}}\bdispute\b"),
        (DISPUTE_TRACKER,),
    ),
    Promise("a password is reset", _words(rf"{_HAVE}reset .{{0,20}}\bpassword\b"), (RESET_PASSWORD,)),
    Promise(
        "the account is changed",
        _words(
            rf"{_HAVE}(?:changed|updated|corrected) .{{0,40}}\b(?:address|e-?mail|phone|name|details|preferences?)\b"
        ),
        (UPDATE_ACCOUNT,),
    ),
    Promise(
        "a setting is changed",
        _words(rf"{_HAVE}(?:changed|applied|switched|set) .{{0,40}}\b(?:settings?|configuration)\b"),
        (APPLY_CONFIGURATION_CHANGE,),
    ),
    Promise(
        "a note is kept",
        _words(rf"{_HAVE}(?:added|made|left|put) .{{0,20}}\bnote\b"),
        (UPDATE_CUSTOMER_NOTES, CRM_INTEGRATION),
    ),
)


def promises_in(text: str) -> Iterator[tuple[Promise, str]]:
    """Each promise with the sentence that makes it."""
    for sentence in SENTENCE_END.split(text):
        if sentence.endswith("?"):
            continue
        for promise in PROMISES:
            made = promise.words.search(sentence)
            if made and not _CONDITIONAL.search(sentence[: made.end()]) and not _NOTHING.match(sentence, made.end()):
                yield promise, sentence
