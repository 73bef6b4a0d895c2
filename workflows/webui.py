"""How a conversation reads in the Temporal Web UI."""

from domain.state import AgentState


def details_of(state: AgentState) -> str:
    """Markdown for the workflow's current details. No message text: it stands in the state and the log only."""
    lines = [
        f"**{state.status}** with **{state.current_agent_type or 'nobody yet'}**",
        f"- customer tier: {state.customer.tier if state.customer else 'unknown'}",
        f"- intent: {state.current_intent or 'none yet'} ({state.intent_confidence:.2f}), {state.sentiment}",
        f"- turns: {state.performance_metrics.turns}, tools used: {', '.join(state.tools_used) or 'none'}",
    ]
    if state.requires_human:
        lines.append(f"- waiting for a person in queue **{state.agent_queue}**")
    if state.sla_breach_risk:
        lines.append("- **SLA at risk**")
    return "\n".join(lines)
