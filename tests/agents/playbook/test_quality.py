"""Every rule of the offline quality check: what it finds, and what it lets pass."""

from typing import Any

import pytest

from agents.playbook import quality as rules
from agents.playbook.quality import RULES, QualityRule
from domain import quality
from domain.figures import FIGURES_LIMIT
from domain.quality import Deed, DeedKind, EffectShown, Fault, Finding, QualityEvidence, ToolRun, Utterance
from domain.state import AgentType, Sentiment

pytestmark = pytest.mark.unit

BILLING = AgentType.BILLING
CREDIT = "apply_credit_adjustment"


def customer(seq: int, text: str, sentiment: Sentiment | None = None, figures: tuple[str, ...] = ()) -> Utterance:
    return Utterance(seq=seq, speaker="customer", text=text, sentiment=sentiment, figures=list(figures))


def agent(seq: int, text: str) -> Utterance:
    return Utterance(seq=seq, speaker="agent", text=text, agent=BILLING)


def person(seq: int, text: str, figures: tuple[str, ...] = ()) -> Utterance:
    return Utterance(seq=seq, speaker="person", text=text, figures=list(figures))


def ran(seq: int, tool: str = CREDIT, *figures: str, error_type: str = "", by: AgentType = BILLING) -> ToolRun:
    return ToolRun(
        seq=seq, tool=tool, agent=by, success=not error_type, audit_level="high", error_type=error_type,
        figures=list(figures),
    )  # fmt: skip


def effect(seq: int = 4, agreed: int = 3, tool: str = CREDIT, by: AgentType = BILLING) -> EffectShown:
    yes = "m-2" if agreed else ""
    return EffectShown(tool=tool, agent=by, consent_message_id=yes, agreed_at_seq=agreed, seq=seq)


def found(*said: Utterance, **more: Any) -> list[tuple[Fault, int]]:
    """The faults that were found, each with its place."""
    evidence = QualityEvidence(conversation_id="c-1", utterances=list(said), **more)
    return [(_fault(rule, finding), finding.seq) for rule in RULES for finding in rule(evidence)]


LOOKS_FOR = {
    rules.money_without_consent: [quality.NO_CONSENT],
    rules.told_before_identity: [quality.TOLD_TOO_EARLY],
    rules.secrets_shown: [quality.SECRET_SHOWN],
    rules.rude_words: [quality.RUDE],
    rules.blaming_words: [quality.BLAMING],
    rules.no_sympathy: [quality.NO_SYMPATHY],
    rules.broken_promises: [quality.BROKEN_PROMISE],
    rules.unproven_figures: [quality.UNPROVEN_AMOUNT, quality.UNPROVEN_DATE, quality.UNCHECKED],
}
"""The faults of each rule; those of one rule differ in severity."""


def _fault(rule: QualityRule, finding: Finding) -> Fault:
    [fault] = [one for one in LOOKS_FOR[rule] if one.severity is finding.severity]
    assert fault.check is finding.check
    return fault


def test_every_fault_is_looked_for_by_one_rule() -> None:
    assert tuple(LOOKS_FOR) == RULES
    assert tuple(fault for faults in LOOKS_FOR.values() for fault in faults) == quality.FAULTS


def test_nothing_said_is_nothing_wrong() -> None:
    assert found() == []


# ---------------------------------------------------------------------- policy


def test_money_with_the_customer_s_yes_before_it() -> None:
    assert found(effects=[effect()]) == []
    assert found(effects=[effect(seq=0)]) == [], "run by the engine, after an approval"


@pytest.mark.parametrize("tool", [CREDIT, "process_order", "process_payment", "refund_manager", "setup_payment_plan"])
def test_money_without_a_yes(tool: str) -> None:
    assert found(effects=[effect(agreed=0, tool=tool)]) == [(quality.NO_CONSENT, 4)]


def test_money_before_the_yes() -> None:
    assert found(effects=[effect(seq=3, agreed=5)]) == [(quality.NO_CONSENT, 3)]


def test_other_effects_and_a_person_s_need_no_yes_in_the_log() -> None:
    assert found(effects=[effect(agreed=0, tool="send_customer_notification")]) == []
    assert found(effects=[effect(agreed=0, by=AgentType.HUMAN)]) == []


def test_what_an_earlier_check_judged_is_not_judged_again() -> None:
    assert found(effects=[effect(agreed=0)], since_seq=4) == []
    assert found(agent(3, "You stupid"), since_seq=3) == []
    assert found(agent(4, "You stupid"), since_seq=3) == [(quality.RUDE, 4)]


IDENTITY_WANTED = ran(2, "get_billing_information", error_type="not-authorized")
ADDRESS = "We have ada@example.com on file."


def test_personal_data_before_the_identity_that_a_tool_wanted() -> None:
    assert found(agent(3, ADDRESS), tool_runs=[IDENTITY_WANTED]) == [(quality.TOLD_TOO_EARLY, 3)]


@pytest.mark.parametrize(
    ("said", "runs"),
    [
        ([agent(1, ADDRESS)], [IDENTITY_WANTED]),
        ([agent(3, ADDRESS)], []),
        ([agent(3, "We have a***@example.com on file.")], [IDENTITY_WANTED]),
        ([agent(6, ADDRESS)], [IDENTITY_WANTED, ran(5, "get_billing_information")]),
        ([customer(1, "I am ada@example.com"), agent(3, ADDRESS)], [IDENTITY_WANTED]),
        ([agent(3, ADDRESS)], [ran(2, "process_order", error_type="not-authorized")]),
        ([agent(3, ADDRESS)], [ran(2, "get_billing_information", error_type="not-found")]),
        ([agent(3, "Our article “Contact” says: Write to help@example.com")], [IDENTITY_WANTED]),
    ],
    ids=["before", "not wanted", "masked", "proved", "the customer's own", "not its tool", "not found", "article"],
)
def test_personal_data_that_may_be_told(said: list[Utterance], runs: list[ToolRun]) -> None:
    assert found(*said, tool_runs=runs) == []


@pytest.mark.parametrize(
    "text",
    [
        "I charged 4111 1111 1111 1111.",
        "Card 4111-1111-1111-1111 is on file",
        "Your password is Hunter2!",
        "Your new PIN: 4711.",
    ],
)
def test_secrets_in_our_words(text: str) -> None:
    assert found(agent(2, text)) == [(quality.SECRET_SHOWN, 2)]


def test_a_password_of_the_customer_s_is_not_repeated() -> None:
    asked = customer(1, "I can't log in, my password is Tr0ub4dor!")
    assert len(found(asked, agent(2, "Try Tr0ub4dor! again"))) == 1
    assert found(asked, agent(2, "Please write no passwords here.")) == []


@pytest.mark.parametrize(
    "text",
    [
        "It was charged to the Visa card that ends in 1111.",
        "Your password is case sensitive, and the PIN is printed on the letter.",
        "Your reference is TX-4111111111111112.",
        "The number 1234 5678 9012 3456 is no card.",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    assert found(agent(2, text)) == []


# ---------------------------------------------------------------------- tone


@pytest.mark.parametrize("text", ["Don't be stupid.", "Calm down, please.", "That is not my problem.", "Nonsense!"])
def test_rude_words(text: str) -> None:
    assert found(agent(2, text)) == [(quality.RUDE, 2)]
    assert found(person(2, text)) == [(quality.RUDE, 2)], "people are held to it, too"
    assert found(customer(2, text)) == [], "customers may say what they like"


@pytest.mark.parametrize(
    "text",
    [
        "That is your own fault.",
        "You should have read the terms.",
        "You clearly didn't read my message.",
        "As I already told you, it is paid.",
    ],
)
def test_blame(text: str) -> None:
    assert found(agent(2, text)) == [(quality.BLAMING, 2)]


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, I don't want to waste your time with more of the same.",
        "If you forgot your password, you can reset it.",
        "You should see a green light.",
        "That is for a colleague who may deal with it.",
        "Our article “Rude callers” says: Nobody is called stupid here.",
    ],
)
def test_what_is_neither_rude_nor_blame(text: str) -> None:
    assert found(agent(2, text)) == []


UPSET = customer(1, "This is the third time!!", Sentiment.FRUSTRATED)


def test_a_frustrated_customer_hears_a_kind_word() -> None:
    assert found(UPSET, agent(2, "Which invoice?"), agent(4, "Done.")) == [(quality.NO_SYMPATHY, 2)]
    assert found(UPSET, agent(2, "Which invoice?"), agent(4, "I'm sorry about that.")) == []
    assert found(UPSET, person(2, "I understand, that must be annoying.")) == []
    assert found(UPSET) == [], "nobody has answered"
    assert found(customer(1, "Hello", Sentiment.NEGATIVE), agent(2, "Which invoice?")) == []
    assert found(agent(1, "I'm sorry."), UPSET.model_copy(update={"seq": 2}), agent(3, "Which?")) == [
        (quality.NO_SYMPATHY, 3)
    ]


# ---------------------------------------------------------------------- promises


CREDITED = agent(6, "I've credited it to your account.")


def test_a_promise_is_kept_by_an_effect_whose_run_was_before_it() -> None:
    assert found(CREDITED, effects=[effect()], tool_runs=[ran(4)]) == []
    assert found(CREDITED, effects=[effect(seq=0)]) == [], "the engine ran it, after an approval"


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        {"effects": [effect()], "tool_runs": [ran(7)]},
        {"tool_runs": [ran(4)]},
        {"tool_runs": [ran(4, error_type="not-found")]},
        {"effects": [effect(tool="process_payment")], "tool_runs": [ran(4, "process_payment")]},
        {"deeds": [Deed(seq=7, kind=DeedKind.HANDOFF)]},
    ],
    ids=["nothing", "run later", "no effect", "refused", "another effect", "a handoff"],
)
def test_a_promise_that_nothing_keeps(evidence: dict[str, Any]) -> None:
    assert found(CREDITED, **evidence) == [(quality.BROKEN_PROMISE, 6)]


@pytest.mark.parametrize("kind", [DeedKind.HANDOFF, DeedKind.ESCALATION, DeedKind.APPROVAL])
def test_somebody_was_asked(kind: DeedKind) -> None:
    asked = agent(6, "I've asked a colleague to take over.")
    assert found(asked, deeds=[Deed(seq=7, kind=kind)]) == []
    assert found(asked, deeds=[Deed(seq=1, kind=DeedKind.TICKET)]) == [(quality.BROKEN_PROMISE, 6)]


def test_a_visit_needs_a_booking_and_not_only_a_look_at_the_calendar() -> None:
    visit = "schedule_technician_visit"
    comes = agent(6, "A technician will come.")
    assert found(comes, tool_runs=[ran(4, visit)]) == [(quality.BROKEN_PROMISE, 6)]
    assert found(comes, tool_runs=[ran(4, visit)], effects=[effect(tool=visit, agreed=0)]) == []


def test_what_a_person_or_an_article_says_is_no_promise_of_an_agent() -> None:
    assert found(person(6, "I've credited it, in the old system.")) == []
    assert found(agent(6, "Our article “Faults” says: A technician will come.\n\nDid that help?")) == []


# ---------------------------------------------------------------------- facts


@pytest.mark.parametrize(
    "evidence",
    [
        {"tool_runs": [ran(2, CREDIT, "49.99", "2026-11-03")]},
        {"tool_runs": [ran(2, CREDIT, "49.99", "2026-11-03", error_type="not-possible")]},
        {"said": [customer(1, "", figures=("49.99", "--11-03", "2026-11"))]},
        {"said": [person(1, "", figures=("49.99", "2026-11-03"))]},
        {"tool_runs": [ran(2, CREDIT, "49.99")], "days": ["2026-11-03"]},
    ],
    ids=["result", "refusal", "customer", "person", "today"],
)
def test_figures_that_stand_somewhere(evidence: dict[str, Any]) -> None:
    states = agent(6, "It is $49.99 of 3 November 2026, so of November 2026.")
    assert found(*evidence.pop("said", []), states, **evidence) == []


def test_an_amount_from_nowhere() -> None:
    assert found(agent(6, "It is $49.98."), tool_runs=[ran(2, CREDIT, "49.99")]) == [(quality.UNPROVEN_AMOUNT, 6)]


PRICES = ran(5, "product_catalog", "49.99", "29.99")


@pytest.mark.parametrize("text", ["$20.00 less than now", "$79.98 for both", "$149.97 for three", "$29.99"])
def test_an_agent_may_add_up_what_it_has_in_front_of_it(text: str) -> None:
    assert found(customer(4, "And?"), agent(6, text), tool_runs=[PRICES]) == []


def test_sums_of_anything_ever_seen_prove_nothing() -> None:
    asked = customer(5, "And?")
    assert found(asked, agent(6, "It is $20.00."), tool_runs=[PRICES.model_copy(update={"seq": 4})]) == [
        (quality.UNPROVEN_AMOUNT, 6)
    ]


def test_a_calculation_that_cannot_be_followed_is_no_lie() -> None:
    year = agent(6, "At list prices that is $2,159.64 in the first year. A plan costs $1.11.")
    assert found(year, tool_runs=[PRICES]) == [(quality.UNCHECKED, 6), (quality.UNPROVEN_AMOUNT, 6)]


def test_the_tools_own_limits_may_be_told() -> None:
    assert found(agent(6, "A credit above $100.00 has to be approved.")) == []
    assert found(agent(6, "A credit above $101.00 has to be approved.")) == [(quality.UNPROVEN_AMOUNT, 6)]


def test_an_example_states_nothing() -> None:
    assert found(agent(6, "Please tell me your date of birth (like 1985-03-12).")) == []
    assert found(agent(6, "You were born on 1985-03-12.")) == [(quality.UNPROVEN_DATE, 6)]


def test_an_amount_that_came_too_late() -> None:
    assert found(agent(6, "It is $49.99."), tool_runs=[ran(7, CREDIT, "49.99")]) == [(quality.UNPROVEN_AMOUNT, 6)]


def test_a_date_from_nowhere() -> None:
    assert found(agent(6, "On 4 November."), tool_runs=[ran(2, CREDIT, "2026-11-03")]) == [(quality.UNPROVEN_DATE, 6)]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("Wednesday, 25 November, is free. Shall I book it?", []),
        ("Wednesday, 25 November, is free. Did that help?", [quality.UNPROVEN_DATE]),
        ("You paid on 13 November. Shall I look again?", [quality.UNPROVEN_DATE]),
        ("Shall I book 25 March 2027?", [quality.UNPROVEN_DATE]),
        ("Shall I book 25 November 2025?", [quality.UNPROVEN_DATE]),
    ],
)
def test_a_day_may_be_proposed_and_not_made_up(text: str, faults: list[Fault]) -> None:
    assert found(agent(6, text), days=["2026-11-19", "2026-11-20"]) == [(fault, 6) for fault in faults]


def test_an_amount_that_an_agent_made_up_does_not_prove_itself() -> None:
    assert len(found(agent(2, "It is $7.77."), agent(4, "As said, $7.77."))) == 2


def test_where_figures_are_missing_nobody_is_called_a_liar() -> None:
    full = ran(2, "x", *(f"{number}.00" for number in range(FIGURES_LIMIT)))
    late = agent(70, "It is $7,777.77.")
    assert found(late, tool_runs=[full]) == [(quality.UNCHECKED, 70)]
    assert found(late, complete=False) == [(quality.UNCHECKED, 70)]
    assert found(late, tool_runs=[full.model_copy(update={"figures": full.figures[1:]})]) == [
        (quality.UNPROVEN_AMOUNT, 70)
    ]


def test_what_a_person_knows_stands_in_no_tool() -> None:
    assert found(person(6, "It is $49.99.")) == []
