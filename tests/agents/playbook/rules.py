"""Ask a rule table what it would do about a thought."""

from agents.context import context_of
from agents.playbook.model import RULES
from agents.playbook.moves import Say, Use, first_move
from agents.playbook.situation import Situation, read_situation
from agents.transcript import messages_for
from domain.agents import AGENTS
from domain.messages import ThinkInput


def situation_of(given: ThinkInput, without: frozenset[str] = frozenset()) -> Situation:
    """Read from the messages, as the model does. ``without``: tools that are not at hand."""
    spec = AGENTS[given.agent]
    tools = frozenset(tool.name for tool in spec.tools) - without
    return read_situation(messages_for(given, context_of(given, spec), "You are an agent."), tools)


def moved(given: ThinkInput, without: frozenset[str] = frozenset()) -> tuple[str, Say | Use]:
    """The name of the rule that applies, and its move."""
    rule, move = first_move(RULES[given.agent], situation_of(given, without))
    return rule.name, move


def said(given: ThinkInput, without: frozenset[str] = frozenset()) -> Say:
    _, move = moved(given, without)
    assert isinstance(move, Say), move
    return move


def used(given: ThinkInput, without: frozenset[str] = frozenset()) -> Use:
    _, move = moved(given, without)
    assert isinstance(move, Use), move
    return move
