"""Random conversations on the escalation table: every place has an exit, agents do not play ping-pong, and whatever
moves is in the table or in the two rules above it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.escalation import (
    EDGES,
    HOPS_BOUND,
    PAIR_BOUND,
    SPEAKERS,
    STAND_INS,
    Move,
    Node,
    Stop,
    escalation,
    move,
)
from domain.matrix import COLUMNS
from domain.state import AgentType, CustomerTier
from domain.triggers import FLOW, Facts, Hop, Trigger

AI = frozenset(AgentType) - {AgentType.HUMAN}
ARROWS = {(edge.source, edge.trigger, edge.target) for edge in EDGES}
EXITS = {edge.source: sorted({e.trigger for e in EDGES if e.source == edge.source}) for edge in EDGES}
PASSED_ON = {
    edge.source: sorted({e.trigger for e in EDGES if e.source == edge.source and e.target in AI} - FLOW)
    for edge in EDGES
    if edge.target in AI and edge.trigger not in FLOW
}
STEPS_TO_THE_END = 4
"""An agent fails, nobody works here, a person is there: with the queue between that is the longest way out."""

observations = st.fixed_dictionaries(
    {
        "happened": st.frozensets(st.sampled_from(sorted(set(Trigger) - FLOW)), max_size=3),
        "technical": st.booleans(),
        "complexity": st.floats(0, 1),
        "failed_attempts": st.integers(0, 5),
        "confidence": st.none() | st.floats(0, 1),
        "customer_tier": st.none() | st.sampled_from(list(CustomerTier)),
        "revenue_at_stake": st.sampled_from([0.0, 999.0, 1_000.0]),
        "satisfaction_risk": st.sampled_from(["low", "high"]),
        "sla_breach_risk": st.booleans(),
        "escalation_risk": st.floats(0, 1),
        "adjustment": st.sampled_from([0, 100, 101]),
        "deal": st.sampled_from([0, 10_000, 10_001]),
        "clarifications_in_a_row": st.integers(0, 3),
        "routed_to": st.none() | st.sampled_from(COLUMNS),
    }
)


class Walk(RuleBasedStateMachine):
    """One conversation, its place and its path; the staff differs from walk to walk. In a stubborn one nothing ends and
    nobody asks for a person, so that agents pass it on as long as they can: there the bounds matter."""

    @initialize(staffed=st.just(AI) | st.frozensets(st.sampled_from(sorted(AI))), stubborn=st.booleans())
    def contact(self, staffed: frozenset[AgentType], stubborn: bool) -> None:
        self.staffed = staffed
        self.stubborn = stubborn
        self.place: Node = Stop.START
        self.hops: list[Hop] = []
        self.raised: frozenset[Trigger] = frozenset()
        self.previous: AgentType | None = None
        self.follow(move(Stop.START, Trigger.CONTACT, Facts(), staffed))

    def facts(self, observed: dict[str, object]) -> Facts:
        path = {"hops": tuple(self.hops), "previous": self.previous, "raised": self.raised}
        return Facts.model_validate({**observed, **path})

    @precondition(lambda self: self.place != Stop.RESOLVED)
    @rule(observed=observations, pick=st.integers(0, 999))
    def something_happens(self, observed: dict[str, object], pick: int) -> None:
        """Anything this place has an edge for, in any order."""
        exits = EXITS[self.place]
        self.follow(move(self.place, exits[pick % len(exits)], self.facts(observed), self.staffed))

    @precondition(lambda self: self.place in PASSED_ON)
    @rule(observed=observations, pick=st.integers(0, 999))
    def an_agent_passes_it_on(self, observed: dict[str, object], pick: int) -> None:
        """To another agent: only here do the bounds matter."""
        exits = PASSED_ON[self.place]
        self.follow(move(self.place, exits[pick % len(exits)], self.facts(observed), self.staffed))

    @precondition(lambda self: self.place in SPEAKERS)
    @rule(observed=observations)
    def what_is_due_happens(self, observed: dict[str, object]) -> None:
        """The engine's way: the most urgent trigger that holds."""
        assert isinstance(self.place, AgentType)
        self.follow(escalation(self.place, self.facts(observed), self.staffed))

    @precondition(lambda self: self.place == Stop.RESOLVED)
    @rule()
    def the_customer_comes_back(self) -> None:
        self.place = Stop.START
        self.follow(move(Stop.START, Trigger.CONTACT, self.facts({}), self.staffed))

    def follow(self, moved: Move | None) -> None:
        if moved is None:
            return
        assert moved.source == self.place
        self.check_against_the_table(moved)
        if self.stubborn and moved.because == "edge" and moved.target in (AgentType.HUMAN, Stop.RESOLVED):
            return
        if moved.trigger not in FLOW:
            self.raised |= {moved.trigger}
        if isinstance(moved.source, AgentType) and isinstance(moved.target, AgentType):
            self.remember(moved.source, moved.target, moved.trigger)
        self.place = moved.target

    def check_against_the_table(self, moved: Move) -> None:
        aims = {target for source, trigger, target in ARROWS if (source, trigger) == (moved.source, moved.trigger)}
        assert aims, "only what the table knows moves"
        if moved.because == "edge":
            assert moved.target in aims or (Stop.PREVIOUS in aims and moved.target in (*SPEAKERS, Stop.QUEUE))
        elif moved.because == "bound":
            assert moved.target is AgentType.HUMAN
        else:
            replaced = {aim for aim in aims if isinstance(aim, AgentType) and aim not in self.staffed}
            assert replaced
            assert moved.target in {AgentType.HUMAN, *STAND_INS.values()}

    def remember(self, source: AgentType, target: AgentType, trigger: Trigger) -> None:
        if source in SPEAKERS:
            self.previous = source
        if target is AgentType.HUMAN:
            self.hops = []
        elif trigger not in FLOW:
            self.hops.append(Hop(source=source, target=target))

    @invariant()
    def who_holds_it_works_here(self) -> None:
        if isinstance(self.place, AgentType) and self.place is not AgentType.HUMAN:
            assert self.place in self.staffed

    @invariant()
    def nobody_plays_ping_pong(self) -> None:
        assert len(self.hops) <= HOPS_BOUND
        assert all(self.hops.count(hop) <= PAIR_BOUND for hop in self.hops)

    @invariant()
    def there_is_a_way_out(self) -> None:
        """From here, with this path behind it, the conversation can end within a few steps."""
        places = {self.place}
        for _ in range(STEPS_TO_THE_END):
            if Stop.RESOLVED in places:
                return
            moves = [move(p, t, self.facts({}), self.staffed) for p in places for t in EXITS.get(p, [])]
            assert all(any(m.source == p for m in moves if m) for p in places if p != Stop.RESOLVED), "a dead end"
            places = {m.target for m in moves if m}
        assert Stop.RESOLVED in places


TestWalk = pytest.mark.unit(Walk.TestCase)
TestWalk.settings = settings(max_examples=40, stateful_step_count=40, deadline=None, derandomize=True, database=None)
