"""The quality check by rule: one rule a fault (``domain.quality.FAULTS``), each a pure look at the evidence."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from domain import quality
from domain.errors import NotAuthorized
from domain.figures import FIGURES_LIMIT, amount_of, is_known, stated_amounts, stated_dates, works_out
from domain.masking import passes_luhn, private_parts
from domain.promises import SENTENCE_END, Promise, promises_in
from domain.quality import EffectShown, Fault, Finding, QualityEvidence, ToolRun, Utterance
from domain.state import AgentType, Sentiment
from domain.toolbox import TOOLBOX, policy_of, resolve
from domain.tools import SideEffect

QualityRule = Callable[[QualityEvidence], Iterator[Finding]]

_QUOTED = re.compile(r"Our article “[^”]*” says:.*?(?=\n\n|\Z)", re.DOTALL)
_EXAMPLE = re.compile(r"\((?:like|for example|e\.g\.)[^)]*\)", re.IGNORECASE)
PROPOSED_DAYS = 60
_PROPOSES = re.compile(r"\b(?:shall|should|may) i\b|\bwould you like\b|\bsuit you\b", re.IGNORECASE)
_CALCULATED = re.compile(
    r"\b(?:together|in total|altogether|in all|first year|a year|per year|difference|sav(?:e|es|ing)|left of|"
    r"(?:more|less) than)\b",
    re.IGNORECASE,
)
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SECRET_TOLD = re.compile(
    r"\b(?:password|passcode|pass phrase|pin)(?: code)?(?: is|:)\s+[\"'“]?(?P<secret>\S{3,}?)[\"'”]?(?=[\s.,;!?]|$)",
    re.IGNORECASE,
)
_RUDE = re.compile(
    r"\b(?:stupid|idiot(?:ic)?|dumb|moron|shut up|ridiculous|nonsense|rubbish|get lost|just deal with it|"
    r"stop complaining|calm down|not my problem|wast(?:e|ing) (?:my|our) time)\b",
    re.IGNORECASE,
)
_BLAMING = re.compile(
    r"\b(?:your (?:own )?(?:fault|mistake)|you (?:really )?should(?:['’]ve| have)(?: \w+)? (?:known|read|told|checked|"
    r"paid|called|said|thought)|you(?: clearly| obviously)? (?:failed to|did(?:n['’]t| not) (?:read|listen|bother|pay "
    r"attention))|as i(?:['’]ve| have)? (?:already )?(?:told|explained|said)|you must have (?:done|broken|pressed)|"
    r"you people)\b",
    re.IGNORECASE,
)
_SYMPATHY = re.compile(
    r"\b(?:sorry|apolog\w+|understand|frustrat\w+|appreciate|patience|that must|i can see why|not how it should|"
    r"shouldn['’]t have happened|you['’]re right)\b",
    re.IGNORECASE,
)


def findings_of(evidence: QualityEvidence) -> list[Finding]:
    """What all rules find, in the order of the faults."""
    return [finding for rule in RULES for finding in rule(evidence)]


# ---------------------------------------------------------------------- policy


def money_without_consent(evidence: QualityEvidence) -> Iterator[Finding]:
    """The gate refuses such a run; whoever finds one has found a hole in it. A person takes the yes in their own words,
    which no offer in the log shows."""
    for effect in evidence.effects:
        old = 0 < effect.seq <= evidence.since_seq
        if old or not _needs_yes(effect) or _agreed_before(effect):
            continue
        yield quality.NO_CONSENT.found(f"{effect.tool} has no yes of the customer before it.", effect.seq)


def told_before_identity(evidence: QualityEvidence) -> Iterator[Finding]:
    """From the refusal of a tool for want of identity until its success: nothing personal may be told, but what the
    customer wrote."""
    for refused in _identity_refusals(evidence.tool_runs):
        proved = [run.seq for run in evidence.tool_runs if run.success and run.tool == refused.tool]
        until = min((seq for seq in proved if seq > refused.seq), default=None)
        for said in evidence.judged():
            if said.seq < refused.seq or (until is not None and said.seq > until):
                continue
            if any(part not in _customers_words(evidence) for part in private_parts(_own_words(said))):
                yield quality.TOLD_TOO_EARLY.found(
                    f"Personal data was told while {refused.tool} waited for the customer's identity.", said.seq
                )


def secrets_shown(evidence: QualityEvidence) -> Iterator[Finding]:
    for said in evidence.judged():
        if any(passes_luhn(re.sub(r"\D", "", match[0])) for match in _CARD.finditer(said.text)):
            yield quality.SECRET_SHOWN.found("A full card number was written.", said.seq)
        if any(not match["secret"].isalpha() for match in _SECRET_TOLD.finditer(said.text)):
            yield quality.SECRET_SHOWN.found("A password or PIN was written.", said.seq)
        elif any(secret in said.text for secret in _passwords_of_customer(evidence)):
            yield quality.SECRET_SHOWN.found("The customer's password was repeated.", said.seq)


# ---------------------------------------------------------------------- tone


def _words_of(fault: Fault, pattern: re.Pattern[str]) -> QualityRule:
    def rule(evidence: QualityEvidence) -> Iterator[Finding]:
        for said in evidence.judged():
            if found := pattern.search(_own_words(said)):
                yield fault.found(f"“{found[0]}”", said.seq)

    return rule


rude_words = _words_of(quality.RUDE, _RUDE)
blaming_words = _words_of(quality.BLAMING, _BLAMING)


def no_sympathy(evidence: QualityEvidence) -> Iterator[Finding]:
    """One kind word after the first frustrated message is enough."""
    upset = [said.seq for said in evidence.utterances if said.sentiment is Sentiment.FRUSTRATED]
    first = next((seq for seq in upset if seq > evidence.since_seq), None)
    answers = [said for said in evidence.judged() if first is not None and said.seq > first]
    if answers and not any(_SYMPATHY.search(said.text) for said in answers):
        yield quality.NO_SYMPATHY.found("The customer was frustrated, and no reply takes it up.", answers[0].seq)


# ---------------------------------------------------------------------- promises


def broken_promises(evidence: QualityEvidence) -> Iterator[Finding]:
    """What an agent announced must be in the books. A person may have done it in another system."""
    for said in evidence.judged():
        if said.speaker != "agent":
            continue
        for promise, sentence in promises_in(_own_words(said)):
            if not _kept(promise, said, evidence):
                yield quality.BROKEN_PROMISE.found(f"Nothing shows that {promise.name}: “{sentence}”", said.seq)


def _kept(promise: Promise, said: Utterance, evidence: QualityEvidence) -> bool:
    """By a deed of the engine, which follows the words; or by an effect whose run was before them. An effect without a
    run was made by somebody else, such as the engine after an approval."""
    if any(deed.kind in promise.deeds for deed in evidence.deeds):
        return True
    tools = {tool.name for tool in promise.tools}
    ran = {run.tool for run in evidence.tool_runs if run.success and run.seq < said.seq}
    return any(effect.tool in tools and (effect.tool in ran or not effect.seq) for effect in evidence.effects)


# ---------------------------------------------------------------------- facts


def unproven_figures(evidence: QualityEvidence) -> Iterator[Finding]:
    """Each amount and date an agent states was there before: in a tool's result (articles come in one, too), in its
    refusal, in what the customer or a person wrote, or in the tools' own rules."""
    for said in evidence.judged():
        if said.speaker != "agent":
            continue
        known = _known_before(said.seq, evidence)
        for sentence in SENTENCE_END.split(_EXAMPLE.sub("", said.text)):
            yield from _untraced(sentence, said, known, evidence)


def _untraced(sentence: str, said: Utterance, known: set[str], evidence: QualityEvidence) -> Iterator[Finding]:
    for amount in stated_amounts(sentence):
        if is_known(amount, known) or works_out(amount, _figures_of_turn(said.seq, evidence)):
            continue
        yield _unproven(quality.UNPROVEN_AMOUNT, amount, said, sure=not _CALCULATED.search(sentence), of=evidence)
    for stated in stated_dates(sentence):
        if not is_known(stated, known) and not _is_proposed(stated, said, evidence):
            yield _unproven(quality.UNPROVEN_DATE, stated, said, sure=True, of=evidence)


def _is_proposed(stated: str, said: Utterance, evidence: QualityEvidence) -> bool:
    """A day in the near future, in words that ask whether it suits: that is the calendar, and no fact of ours."""
    if not _PROPOSES.search(said.text) or not evidence.days:
        return False
    today = date.fromisoformat(evidence.days[-1])
    soon = (today + timedelta(days=number) for number in range(1, PROPOSED_DAYS + 1))
    return any(is_known(stated, [day.isoformat()]) for day in soon)


def _unproven(fault: Fault, figure: str, said: Utterance, *, sure: bool, of: QualityEvidence) -> Finding:
    """Where figures are missing, or the agent says that it calculates, nobody is accused."""
    runs = (run for run in of.tool_runs if run.seq < said.seq)
    if not sure or not of.complete or any(len(run.figures) >= FIGURES_LIMIT for run in runs):
        return quality.UNCHECKED.found(f"{figure} could not be traced.", said.seq)
    return fault.found(f"{figure} stands in nothing that came before it.", said.seq)


def _figures_of_turn(seq: int, evidence: QualityEvidence) -> list[str]:
    """What the tools said since the customer last wrote: what an agent adds up, it has in front of it."""
    asked = [said.seq for said in evidence.utterances if said.speaker == "customer" and said.seq < seq]
    runs = (run for run in evidence.tool_runs if max(asked, default=0) < run.seq < seq)
    return [figure for run in runs for figure in run.figures]


def _house_figures() -> Iterator[str]:
    """The limits that the tools' policies set: an agent may tell them."""
    for tool in TOOLBOX.values():
        for limit in (tool.policy.approval_above, tool.policy.verified_above):
            if limit is not None:
                yield amount_of(str(limit))


_HOUSE_FIGURES = frozenset(_house_figures())


def _known_before(seq: int, evidence: QualityEvidence) -> set[str]:
    known = {*evidence.days, *_HOUSE_FIGURES}
    sources: list[ToolRun | Utterance] = [*evidence.tool_runs, *evidence.utterances]
    for source in sources:
        if source.seq < seq:
            known.update(source.figures)
    return known


# ---------------------------------------------------------------------- helpers


def _own_words(said: Utterance) -> str:
    """Without what is quoted from an article: that speaks for the company, to everybody."""
    return _QUOTED.sub("", said.text)


def _needs_yes(effect: EffectShown) -> bool:
    policy = policy_of(effect.tool)
    return (policy.needs_consent or policy.side_effect is SideEffect.MONEY) and effect.agent is not AgentType.HUMAN


def _agreed_before(effect: EffectShown) -> bool:
    return bool(effect.consent_message_id) and (not effect.seq or effect.agreed_at_seq < effect.seq)


def _identity_refusals(runs: Sequence[ToolRun]) -> list[ToolRun]:
    """Refused although the agent has the tool: so it was for want of identity."""
    refused = [run for run in runs if run.error_type == NotAuthorized.type]
    return [run for run in refused if (tool := resolve(run.tool)) is not None and tool.allows(run.agent)]


def _customers_words(evidence: QualityEvidence) -> str:
    return "\n".join(said.text for said in evidence.utterances if said.speaker == "customer")


def _passwords_of_customer(evidence: QualityEvidence) -> set[str]:
    found = _SECRET_TOLD.finditer(_customers_words(evidence))
    return {match["secret"] for match in found if not match["secret"].isalpha()}


RULES: tuple[QualityRule, ...] = (
    money_without_consent,
    told_before_identity,
    secrets_shown,
    rude_words,
    blaming_words,
    no_sympathy,
    broken_promises,
    unproven_figures,
)
