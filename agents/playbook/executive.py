"""Executive escalations: who is upset about us gets facts instead of fine words, and a call from who can decide."""

from datetime import UTC, datetime, time, timedelta

from agents.playbook.consent import agreed_otherwise, agreed_to, carry_out, offered, put_again, turned_down
from agents.playbook.diagnosis import is_technical
from agents.playbook.manners import BARE_NO, wants_call
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, OFFER_PERSON, named
from agents.playbook.situation import Situation
from domain.appointments import SATURDAY
from domain.intents import INTENTS
from domain.matrix import NEGATIVE
from domain.state import CustomerTier
from domain.toolbox.compliance import AUDIT_LOG_ACTION
from domain.toolbox.customer import GET_CUSTOMER_INTERACTION_HISTORY, InteractionHistory
from domain.toolbox.field_service import SCHEDULE_CALLBACK, CallbackScheduled
from domain.toolbox.oversight import CALCULATE_CUSTOMER_SATISFACTION, CustomerSatisfaction
from domain.tools import AnyTool

CALLBACK_HOUR = 10
"""UTC: in business hours of everybody we serve."""
HISTORY_DAYS = 90
REASON_LIMIT = 300


def look_at_history(situation: Situation) -> Move:
    return Use(GET_CUSTOMER_INTERACTION_HISTORY, {"customer_id": situation.customer_id, "days_back": HISTORY_DAYS})


def measure_satisfaction(situation: Situation) -> Move:
    return Use(CALCULATE_CUSTOMER_SATISFACTION, {"customer_id": situation.customer_id})


def offer_callback(situation: Situation) -> Move:
    """Somebody who can decide calls; what they will decide nobody promises."""
    at = _callback_time(situation)
    arguments = {
        "customer_id": situation.customer_id,
        "callback_at": at.isoformat(),
        "reason": f"Executive escalation. {_history_words(situation)}{_satisfaction_words(situation)}"[:REASON_LIMIT],
    }
    return Say(
        f"I'm very sorry{named(situation)}, and I don't want to put you off with fine words. "
        f"{_history_words(situation)} I can't decide about this myself, but I can have somebody call you who "
        "can, on the number we have on file: "
        f"{_spoken(at)}. Shall I arrange that?",
        offer=Proposal(SCHEDULE_CALLBACK, arguments, f"a call on {_spoken(at)}"),
    )


def offer_wanted_callback(situation: Situation) -> Move:
    """They asked for a call, whatever it is about; who calls sees the conversation."""
    at = _callback_time(situation)
    topic = INTENTS[situation.intent].topic if situation.intent in INTENTS else ""
    reason = f"The customer asked to be called back{f': {topic}' if topic else ''}."
    arguments = {"customer_id": situation.customer_id, "callback_at": at.isoformat(), "reason": reason[:REASON_LIMIT]}
    return Say(
        f"Of course{named(situation)}. The next time I can have a colleague call you is {_spoken(at)}, on the number "
        "we have on file. Shall I arrange that?",
        offer=Proposal(SCHEDULE_CALLBACK, arguments, f"a call on {_spoken(at)}"),
    )


def record_callback(situation: Situation) -> Move:
    call: CallbackScheduled = situation.result(SCHEDULE_CALLBACK)
    why = " after a complaint" if situation.intent == "complaint" else ""
    details = f"Callback {call.callback_id} arranged{why}. The customer agreed."
    return Use(AUDIT_LOG_ACTION, {"action": "callback_arranged", "details": details})


def confirm_callback(situation: Situation) -> Move:
    call: CallbackScheduled = situation.result(SCHEDULE_CALLBACK)
    return Say(
        f"It's arranged{named(situation)}: we call the number we have on file, {_spoken(call.callback_at)}. Your "
        f"reference is {call.callback_id}. Is there anything else {ANYTHING_ELSE}",
        confidence=1.0,
    )


def explain_no_callback(situation: Situation) -> Move:
    """Taken, or planned already: a person here and now is the other way."""
    return Say(
        f"I'm sorry{named(situation)}, I couldn't arrange that call: the hour is full, or one is planned already. "
        f"{OFFER_PERSON}",
        confidence=0.7,
    )


def accept_no_callback(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}, then nobody calls. If you'd rather write to somebody: {OFFER_PERSON}")


def _history_words(situation: Situation) -> str:
    """What our own books say about it: facts, no excuses."""
    history: InteractionHistory | None = situation.result(GET_CUSTOMER_INTERACTION_HISTORY)
    if history is None:
        return "I can't see the earlier contacts right now."
    unsolved = sum(not contact.resolved for contact in history.interactions)
    if not history.total:
        return "I see no earlier contact of the last three months that would explain it."
    contacts = f"{history.total} {'contact' if history.total == 1 else 'contacts'}"
    return f"I see {contacts} in the last three months, {unsolved or 'none'} of them without a solution."


def _satisfaction_words(situation: Situation) -> str:
    """For who calls, not for the customer."""
    measured: CustomerSatisfaction | None = situation.result(CALCULATE_CUSTOMER_SATISFACTION)
    return f" Satisfaction now about {measured.predicted:.1f} of 5, risk {measured.risk}." if measured else ""


def _callback_time(situation: Situation) -> datetime:
    """The next working day (Monday to Saturday) after today."""
    on = situation.context.today + timedelta(days=1)
    on += timedelta(days=1 if on.isoweekday() > SATURDAY else 0)
    return datetime.combine(on, time(CALLBACK_HOUR), UTC)


def _spoken(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B}, at {at:%H:%M} UTC"


def _executive(situation: Situation) -> bool:
    """Somebody who can decide should hear of it: a complaint that came this far, or one of our best customers upset
    about what does not work."""
    customer, mood = situation.context.customer, situation.context.sentiment
    upset = customer is not None and customer.tier is CustomerTier.PLATINUM and mood in NEGATIVE
    fresh = is_technical(situation) and not offered(situation, SCHEDULE_CALLBACK)
    return situation.intent == "complaint" or (upset and fresh)


def _wants(situation: Situation, tool: AnyTool) -> bool:
    return _executive(situation) and situation.can(tool) and not situation.ran(tool)


def _needs_no_call(situation: Situation) -> bool:
    """Who has technical trouble and wants no call wants it mended: the diagnosis goes on."""
    return turned_down(situation, SCHEDULE_CALLBACK) and not is_technical(situation)


def _wants_call(situation: Situation) -> bool:
    """Who complains gets our own books first, and the offer of a call with them."""
    return wants_call(situation) and situation.can(SCHEDULE_CALLBACK) and not _executive(situation)


CALL_ANSWERS = (
    Rule("call not in the audit trail", lambda s: s.result(SCHEDULE_CALLBACK) is not None and s.can(AUDIT_LOG_ACTION)
         and not s.ran(AUDIT_LOG_ACTION), record_callback),
    Rule("call arranged", lambda s: s.result(SCHEDULE_CALLBACK) is not None, confirm_callback),
    Rule("call refused", lambda s: s.refusal(SCHEDULE_CALLBACK) is not None, explain_no_callback),
    Rule("agreed to a call", lambda s: agreed_to(s, SCHEDULE_CALLBACK), carry_out),
)  # fmt: skip

SIMPLY_DECLINED = Rule("simply declined a call", lambda s: _needs_no_call(s) and bool(BARE_NO.match(s.said)),
                       accept_no_callback)  # fmt: skip

NOT_THAT_CALL = (
    Rule("declined a call", _needs_no_call, accept_no_callback),
    Rule("agreed to a call on other terms", lambda s: agreed_otherwise(s, SCHEDULE_CALLBACK), put_again),
)  # fmt: skip

WANTED_CALL = Rule("wants a call", _wants_call, offer_wanted_callback)
"""As ``WANTS_CALL`` of the others, before ``MANNERS``: a call is no wish for somebody here and now."""

UPSET = (
    Rule("upset: history", lambda s: _wants(s, GET_CUSTOMER_INTERACTION_HISTORY), look_at_history),
    Rule("upset: satisfaction", lambda s: _wants(s, CALCULATE_CUSTOMER_SATISFACTION), measure_satisfaction),
    Rule("upset", lambda s: _executive(s) and s.can(SCHEDULE_CALLBACK), offer_callback),
)  # fmt: skip

EXECUTIVE = (*CALL_ANSWERS, *NOT_THAT_CALL, *UPSET)
