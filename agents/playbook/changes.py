"""A change of a setting: name it and why, ask the customer, run it, and say what happens while a person approves it."""

from agents.context import OfferFacts
from agents.playbook.concerns import turned_to_another_product
from agents.playbook.consent import (
    agreed_otherwise,
    agreed_to,
    by_when,
    carry_out,
    offered,
    put_again,
    turned_down,
    waits_for_approval,
)
from agents.playbook.diagnosis import is_technical, look_with, looked_with
from agents.playbook.findings import setting_name, wrong_setting
from agents.playbook.moves import Move, Proposal, Rule, Say, Use
from agents.playbook.phrases import ANYTHING_ELSE, DID_IT_HELP, OFFER_PERSON, named
from agents.playbook.situation import Situation
from domain.toolbox.compliance import AUDIT_LOG_ACTION
from domain.toolbox.technical import (
    APPLY_CONFIGURATION_CHANGE,
    CONFIGURATION_VALIDATOR,
    RUN_DIAGNOSTIC_TEST,
    ConfigurationChanged,
    ConfigurationReport,
)
from domain.triggers import Trigger

APPROVAL_REQUIRED = "approval-required"
REASON_LIMIT = 200


def offer_change(situation: Situation) -> Move:
    """The recommended value of the first wrong setting. What a validator found in this turn needs no second look."""
    wrong = wrong_setting(situation)
    assert wrong is not None, "the rule has looked"
    arguments = {
        "customer_id": situation.customer_id,
        "device_id": wrong.device_id,
        "setting": wrong.setting,
        "value": wrong.recommended,
        "reason": f"{wrong.setting} is {wrong.value}. {wrong.why}"[:REASON_LIMIT],
    }
    summary = f"{setting_name(wrong.setting)} from {wrong.value} to {wrong.recommended}"
    return Say(
        f"{_lead(situation)} I'd like to change {summary}. {wrong.why} It is a change to a system, so a "
        "colleague has to approve it before it is made. Shall I ask for that?",
        offer=Proposal(APPLY_CONFIGURATION_CHANGE, arguments, summary),
        confidence=0.95,
    )


def _lead(situation: Situation) -> str:
    """No greeting and no list: mostly somebody else has just told what was found, and brought in the expert."""
    return "I've compared the settings once more." if situation.context.offer else "The tests point to one thing."


def record_request(situation: Situation) -> Move:
    change = _change(situation)
    assert change is not None, "the rule has looked"
    done = situation.result(APPLY_CONFIGURATION_CHANGE) is not None
    arguments = change.arguments
    return Use(
        AUDIT_LOG_ACTION,
        {
            "action": "configuration_changed" if done else "configuration_change_requested",
            "details": f"{arguments['setting']} of {arguments['device_id']} to {arguments['value']}: "
            f"{arguments['reason']} The customer agreed.",
        },
    )


def tell_pending(situation: Situation) -> Move:
    change = _change(situation)
    what = change.summary if change else "the setting"
    return Say(
        f"Thank you{named(situation)}. I've asked for the approval to change {what}. A colleague decides "
        f"{by_when(situation)}. If they agree, the change is made by itself and you are told here; if not, you hear "
        "that, too. Until then nothing changes, so it may stay as it is for now. Is there anything else "
        f"{ANYTHING_ELSE}",
        confidence=1.0,
    )


def tell_changed(situation: Situation) -> Move:
    changed: ConfigurationChanged = situation.result(APPLY_CONFIGURATION_CHANGE)
    return Say(
        f"Done{named(situation)}: {setting_name(changed.setting)} is now {changed.value} instead of "
        f"{changed.previous}. Your reference is {changed.change_id}. Please try again now. {DID_IT_HELP}",
        outcome="resolution_offered",
        confidence=1.0,
    )


def ask_for_approval(situation: Situation) -> Move:
    return Say(
        f"Thank you{named(situation)}. Somebody has to approve this change first, so I'm bringing in who can. "
        "Nothing has been changed yet.",
        outcome="cannot_help",
        because=Trigger.APPROVAL_NEEDED,
        reason="The change of a setting needs an approval.",
    )


def explain_refusal(situation: Situation) -> Move:
    refusal = situation.refusal(APPLY_CONFIGURATION_CHANGE)
    assert refusal is not None, "the rule has looked"
    words = (
        "The system doesn't take this change now: the device may be offline, or it has the value already."
        if refusal.error_type == "not-possible"
        else "I couldn't make the change just now."
    )
    return Say(
        f"I'm sorry{named(situation)}. {words} Nothing has been changed. I'm asking a colleague to go on from here; "
        "they will see what I found.",
        outcome="cannot_help",
        confidence=0.5,
        reason=f"The change was refused: {refusal.error_type}.",
    )


def accept_no(situation: Situation) -> Move:
    return Say(
        f"All right{named(situation)}, everything stays as it is. If you'd like to talk it over first, a colleague can "
        f"do that with you. {OFFER_PERSON}"
    )


def no_change_needed(situation: Situation) -> Move:
    return Say(
        f"I'm glad it works again{named(situation)}! Then I won't ask for the change. Thank you for telling me.",
        outcome="resolution_confirmed",
    )


def compare_again(situation: Situation) -> Move:
    """The customer asks about the change: see once more what is set, and why it should be something else."""
    change = _change(situation)
    assert change is not None, "the rule has looked"
    return Use(
        CONFIGURATION_VALIDATOR,
        {"customer_id": situation.customer_id, "device_id": change.arguments["device_id"]},
    )


def tell_right_already(situation: Situation) -> Move:
    """Between offer and question somebody has set it right."""
    return Say(
        f"I've compared the settings once more{named(situation)}, and they are right now, so nothing has to be "
        f"changed. Please try again. {DID_IT_HELP}",
        outcome="resolution_offered",
    )


def _change(situation: Situation) -> OfferFacts | None:
    """The change that was offered before this turn."""
    offer = situation.context.consent or situation.context.offer
    return offer if offer and offer.tool == APPLY_CONFIGURATION_CHANGE.name else None


def _asked_for(situation: Situation) -> bool:
    """The change was made, or waits for its approval."""
    made = situation.result(APPLY_CONFIGURATION_CHANGE) is not None
    return made or waits_for_approval(situation, APPLY_CONFIGURATION_CHANGE)


def _refused_with(situation: Situation, *error_types: str) -> bool:
    refusal = situation.refusal(APPLY_CONFIGURATION_CHANGE)
    return refusal is not None and refusal.error_type in error_types


def _unrecorded(situation: Situation) -> bool:
    return _asked_for(situation) and situation.can(AUDIT_LOG_ACTION) and not situation.ran(AUDIT_LOG_ACTION)


def _impossible_untested(situation: Situation) -> bool:
    impossible = _refused_with(situation, "not-possible") and situation.can(RUN_DIAGNOSTIC_TEST)
    return impossible and not looked_with(situation, RUN_DIAGNOSTIC_TEST)


def _speaks_of_change(situation: Situation) -> bool:
    """A change was offered, nothing done about it yet in this turn, and the customer is still at it."""
    stands = offered(situation, APPLY_CONFIGURATION_CHANGE) and is_technical(situation)
    return stands and not turned_to_another_product(situation)


def _compared(situation: Situation) -> ConfigurationReport | None:
    report: ConfigurationReport | None = situation.result(CONFIGURATION_VALIDATOR)
    return report


def _right_now(situation: Situation) -> bool:
    report = _compared(situation)
    return _change(situation) is not None and report is not None and wrong_setting(situation) is None


CHANGES = (
    Rule("change not in the audit trail", _unrecorded, record_request),
    Rule("change made", lambda s: s.result(APPLY_CONFIGURATION_CHANGE) is not None, tell_changed),
    Rule("change waits for approval", lambda s: waits_for_approval(s, APPLY_CONFIGURATION_CHANGE), tell_pending),
    Rule("change needs an approver", lambda s: _refused_with(s, APPROVAL_REQUIRED), ask_for_approval),
    Rule("change impossible", _impossible_untested, lambda s: look_with(s, RUN_DIAGNOSTIC_TEST)),
    Rule("change refused", lambda s: s.refusal(APPLY_CONFIGURATION_CHANGE) is not None and not s.ran(
        RUN_DIAGNOSTIC_TEST), explain_refusal),
    Rule("agreed to the change", lambda s: agreed_to(s, APPLY_CONFIGURATION_CHANGE), carry_out),
    Rule("declined the change", lambda s: turned_down(s, APPLY_CONFIGURATION_CHANGE), accept_no),
    Rule("agreed to the change on other terms", lambda s: agreed_otherwise(s, APPLY_CONFIGURATION_CHANGE), put_again),
    Rule("works without the change", lambda s: _speaks_of_change(s) and s.feedback == "solved", no_change_needed),
    Rule("asks about the change", _speaks_of_change, compare_again),
    Rule("set right meanwhile", _right_now, tell_right_already),
    Rule("a setting is wrong", lambda s: wrong_setting(s) is not None
         and not s.ran(APPLY_CONFIGURATION_CHANGE), offer_change),
)  # fmt: skip
"""For who may change systems; before the rules of the diagnosis, which find what is wrong."""
