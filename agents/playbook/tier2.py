"""Tier 2: diagnoses technical trouble, reads logs, compares cases, sends a technician; what takes a change to a system
goes to the expert."""

from agents.playbook import passwords
from agents.playbook.concerns import Concern, concern_of, lost_data, product_of
from agents.playbook.consent import agreed_otherwise, agreed_to, carry_out, put_again, turned_down
from agents.playbook.diagnosis import DIAGNOSIS, found_so_far, is_technical, tried_before
from agents.playbook.findings import suspicious, wrong_setting
from agents.playbook.manners import ENDINGS, MANNERS, WANTS_CALL, offer_person
from agents.playbook.moves import Move, Proposal, Rule, Say
from agents.playbook.phrases import ANYTHING_ELSE, named, started
from agents.playbook.situation import Situation
from agents.playbook.visits import VISITS
from domain.toolbox.crm import RESET_PASSWORD
from domain.toolbox.technical import CHECK_SYSTEM_LOGS, CONFIGURATION_VALIDATOR
from domain.triggers import Trigger


def bring_in_expert(situation: Situation) -> Move:
    wrong = wrong_setting(situation)
    assert wrong is not None, "the rule has looked"
    return Say(
        f"{found_so_far(situation)}\n\nThat is the cause. {wrong.why} Such a setting is changed by our expert, so I'm "
        "bringing them in; they see everything that I found.",
        outcome="cannot_help",
        because=Trigger.SYSTEM_CHANGE,
        confidence=0.95,
        reason=f"{wrong.setting} of {wrong.device_id} should be {wrong.recommended}.",
    )


def pass_on_loss(situation: Situation) -> Move:
    """Bringing data back is work on our systems; until then nothing must be overwritten."""
    return Say(
        started(situation, "I'm very sorry. Please change nothing for now, so that nothing is overwritten.")
        + " Bringing data back is work for our expert, whom I'm bringing in right now.",
        outcome="cannot_help",
        because=Trigger.SYSTEM_CHANGE,
        confidence=0.9,
        reason="Data is lost: restoring it is a change to our systems.",
    )


def pass_on_integration(situation: Situation) -> Move:
    """Nothing wrong at the customer's devices: what is left is how the systems are joined."""
    return Say(
        f"{found_so_far(situation)}\n\nSo it isn't your devices. How our systems and yours are joined is our expert's "
        "field, so I'm bringing them in; they see everything that I found.",
        outcome="cannot_help",
        because=Trigger.SYSTEM_CHANGE,
        confidence=0.8,
        reason="An integration fails, and the customer's devices are in order.",
    )


def offer_reset(situation: Situation) -> Move:
    lead = started(situation, f"I can send you {passwords.CODE_SENT}, which unlocks the account, too.")
    return Say(
        f"{lead} It goes to the e-mail address we have on file. Shall I send it?",
        offer=Proposal(RESET_PASSWORD, {"customer_id": situation.customer_id}, passwords.CODE_SENT),
    )


def accept_no_reset(situation: Situation) -> Move:
    return Say(f"All right{named(situation)}, I haven't sent anything. Is there anything else {ANYTHING_ELSE}")


def _locked_out(situation: Situation) -> bool:
    fresh = not situation.ran(RESET_PASSWORD) and not tried_before(situation, RESET_PASSWORD)
    return situation.intent == "account_access_issue" and situation.can(RESET_PASSWORD) and fresh


def _beyond_devices(situation: Situation) -> bool:
    joined = is_technical(situation) and concern_of(situation) is Concern.INTEGRATION
    checked = situation.ran(CONFIGURATION_VALIDATOR) and situation.ran(CHECK_SYSTEM_LOGS)
    return joined and checked and product_of(situation) is None and not suspicious(situation)


_ACCOUNT = (
    *passwords.RULES,
    Rule("agreed to a reset", lambda s: agreed_to(s, RESET_PASSWORD), carry_out),
    Rule("declined a reset", lambda s: turned_down(s, RESET_PASSWORD), accept_no_reset),
    Rule("agreed to a reset on other terms", lambda s: agreed_otherwise(s, RESET_PASSWORD), put_again),
    Rule("locked out", _locked_out, offer_reset),
    Rule("locked out all the same", lambda s: s.intent == "account_access_issue", offer_person),
)

RULES = (
    WANTS_CALL,
    *MANNERS,
    *ENDINGS,
    *VISITS,
    *_ACCOUNT,
    Rule("data lost", lambda s: is_technical(s) and lost_data(s), pass_on_loss),
    Rule("a setting is wrong", lambda s: wrong_setting(s) is not None, bring_in_expert),
    Rule("an integration beyond the devices", _beyond_devices, pass_on_integration),
    *DIAGNOSIS,
)
