"""What a quality check looks at, gathered from the log and from the books of what was changed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.events import (
    AgentMessage,
    ApprovalRequested,
    BaseEvent,
    CallbackScheduled,
    ConversationStarted,
    CustomerMessageLogged,
    Escalated,
    HandoffRequested,
    HumanMessage,
    IntentClassified,
    InterimMessage,
    LoggedEvent,
    ToolCompleted,
    ToolFailed,
)
from domain.figures import FIGURES_LIMIT, figures_in_text, figures_in_words
from domain.idempotency import effect_key, step_key
from domain.model import Record
from domain.quality import Deed, DeedKind, EffectShown, QualityEvidence, ToolRun, Utterance
from domain.state import AgentType, Offer, Sentiment
from domain.toolbox import saga_of

TEXT_LIMIT = 2_000
"""Characters of one utterance. What stands in the rest of a customer's is not lost: its figures are kept."""

_DEEDS: dict[type[BaseEvent], DeedKind] = {
    ConversationStarted: DeedKind.TICKET,
    HandoffRequested: DeedKind.HANDOFF,
    Escalated: DeedKind.ESCALATION,
    ApprovalRequested: DeedKind.APPROVAL,
    CallbackScheduled: DeedKind.CALLBACK,
}


class EffectBooked(Record):
    """One row of the books: what was changed, and the key it was changed under."""

    key: str
    tool: str
    agent: AgentType


def gather(
    conversation_id: str, log: Sequence[LoggedEvent], effects: Sequence[EffectBooked], *, since_seq: int = 0
) -> QualityEvidence:
    """The evidence of a conversation. ``log`` is in order; where its beginning is left out, that is noted."""
    utterances = list(_utterances(log))
    tool_runs = [run for logged in log if (run := _tool_run(logged)) is not None]
    shown = [_effect_shown(effect, _agreement(conversation_id, effect, log), tool_runs) for effect in effects]
    evidence = QualityEvidence(
        conversation_id=conversation_id,
        since_seq=since_seq,
        utterances=utterances,
        tool_runs=tool_runs,
        effects=list(dict.fromkeys(shown)),
        deeds=[Deed(seq=one.seq, kind=_DEEDS[type(one.event)]) for one in log if type(one.event) in _DEEDS],
        days=list(dict.fromkeys(logged.event.at.date().isoformat() for logged in log)),
    )
    all_shown = len(evidence.utterances) == len(utterances) and len(evidence.tool_runs) == len(tool_runs)
    from_beginning = not log or log[0].seq == 1
    return evidence if all_shown and from_beginning else evidence.model_copy(update={"complete": False})


@dataclass(frozen=True)
class _Agreement:
    """The customer's message that an effect's key names, and its place."""

    message_id: str = ""
    seq: int = 0


def _agreement(conversation_id: str, effect: EffectBooked, log: Sequence[LoggedEvent]) -> _Agreement:
    """The yes behind an effect, or behind the step of one. Its key was made of conversation, yes, tool and arguments:
    so an offer in the log and a later message that make the same key prove what the customer answered to."""
    offers: list[Offer] = []
    for logged in log:
        match logged.event:
            case AgentMessage(offer=Offer() as offer) if offer.tool == effect.tool:
                offers.append(offer)
            case CustomerMessageLogged(message_id=message_id):
                if any(effect.key in _keys(conversation_id, message_id, offer) for offer in offers):
                    return _Agreement(message_id, logged.seq)
            case _:
                pass
    return _Agreement()


def _keys(conversation_id: str, message_id: str, offer: Offer) -> set[str]:
    """What the books call the effect of this yes, and its steps if it takes several."""
    key = effect_key(conversation_id, message_id, offer.tool, offer.arguments_json)
    saga = saga_of(offer.tool)
    return {key, *(step_key(key, step.do) for step in saga.steps)} if saga else {key}


def _effect_shown(effect: EffectBooked, agreement: _Agreement, runs: Sequence[ToolRun]) -> EffectShown:
    """The effect with the run that made it: the first that came after the yes, else the last there was."""
    seqs = [run.seq for run in runs if run.success and run.tool == effect.tool]
    after = [seq for seq in seqs if agreement.seq and seq > agreement.seq]
    return EffectShown(
        tool=effect.tool,
        agent=effect.agent,
        consent_message_id=agreement.message_id,
        agreed_at_seq=agreement.seq,
        seq=after[0] if after else max(seqs, default=0),
    )


def _utterances(log: Sequence[LoggedEvent]) -> Iterator[Utterance]:
    """What was said, in order. The mood of a message is read after it, and belongs to it."""
    moods = _moods(log)
    for logged in log:
        match logged.event:
            case CustomerMessageLogged(message=text):
                yield Utterance(
                    seq=logged.seq,
                    speaker="customer",
                    text=text[:TEXT_LIMIT],
                    sentiment=moods.get(logged.seq),
                    figures=figures_in_words(text),
                )
            case HumanMessage(message=text):
                yield Utterance(
                    seq=logged.seq, speaker="person", text=text[:TEXT_LIMIT], figures=figures_in_words(text)
                )
            case AgentMessage(message=text, agent_type=agent, articles=articles):
                yield Utterance(seq=logged.seq, speaker="agent", text=text[:TEXT_LIMIT], agent=agent, articles=articles)
            case InterimMessage(message=text, agent_type=agent):
                yield Utterance(seq=logged.seq, speaker="agent", text=text[:TEXT_LIMIT], agent=agent)
            case _:
                pass


def _moods(log: Sequence[LoggedEvent]) -> dict[int, Sentiment]:
    """By the place of a customer's message, the mood that was read of it and of those with it."""
    moods: dict[int, Sentiment] = {}
    latest = 0
    for logged in log:
        if isinstance(logged.event, CustomerMessageLogged):
            latest = logged.seq
        elif isinstance(logged.event, IntentClassified) and latest:
            moods[latest] = logged.event.sentiment
    return moods


def _tool_run(logged: LoggedEvent) -> ToolRun | None:
    match logged.event:
        case ToolCompleted() as ran:
            return ToolRun(
                seq=logged.seq,
                tool=ran.tool,
                agent=ran.agent_type,
                success=True,
                audit_level=ran.audit_level,
                figures=ran.figures,
            )
        case ToolFailed() as refused:
            return ToolRun(
                seq=logged.seq,
                tool=refused.tool,
                agent=refused.agent_type,
                success=False,
                audit_level=refused.audit_level,
                error_type=refused.error_type,
                figures=figures_in_text(refused.error)[:FIGURES_LIMIT],
            )
        case _:
            return None
