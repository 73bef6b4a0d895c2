"""The agents' minds behind the port ``activities.ports.Agents``: each agent's prompt, tools and model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from langchain_core.language_models.chat_models import BaseChatModel

from agents import conclude, loop, quality
from agents.context import context_of
from agents.models import AgentsConfig, ModelConfig, build_model
from agents.prompting import Prompt, agent_prompt
from agents.transcript import messages_for
from domain.agents import AGENTS, STAFF, AgentSpec
from domain.errors import ModelFailed
from domain.messages import Decision, ThinkInput
from domain.quality import QualityEvidence, QualityReport
from domain.state import AgentType
from domain.tools import AnyTool


@dataclass(frozen=True)
class _Mind:
    spec: AgentSpec
    prompt: Prompt
    config: ModelConfig
    model: BaseChatModel

    @property
    def label(self) -> str:
        """Model and prompt with its version, as it stands in the log: ``playbook billing@1``."""
        return f"{self.config.label} {self.prompt.label}"


class AgentMinds:
    """Every agent that works here. Models and prompts are built at once, so that a wrong setting stops the start."""

    def __init__(self, config: AgentsConfig | None = None, specs: Iterable[AgentSpec] | None = None) -> None:
        """Raises ``ModelMisconfigured`` or ``BrokenPrompt``."""
        config = config or AgentsConfig()
        self._minds = {spec.type: _mind(spec, config) for spec in specs or STAFF}
        self._reviewer = _mind(AGENTS[AgentType.QUALITY_ASSURANCE], config)
        self._bound: dict[tuple[AgentType, tuple[str, ...]], loop.BoundModel] = {}

    def tools_of(self, agent: AgentType) -> Sequence[AnyTool]:
        mind = self._minds.get(agent)
        return mind.spec.tools if mind else ()

    async def decide(self, thought: ThinkInput, tools: Sequence[AnyTool], on_delta: loop.OnDelta) -> Decision:
        """One model call (two when its answer had to be repaired). Raises ``ModelUnavailable`` or ``ModelFailed``."""
        mind = self._minds.get(thought.agent)
        if mind is None:
            raise ModelFailed(f"There is no mind for the agent {thought.agent}.")
        context = context_of(thought, mind.spec)
        call = loop.Call(
            model=self._with_tools(mind, tools),
            label=mind.label,
            timeout_seconds=mind.config.timeout_seconds,
            messages=messages_for(thought, context, mind.prompt.text),
            tools=tools,
            customer_id=context.customer.customer_id if context.customer else "",
            steps=len(thought.tool_results),
            agent=thought.agent,
        )
        decision = await loop.decide(call, on_delta)
        if decision.reply is None:
            return decision
        return Decision(reply=decision.reply.model_copy(update={"model": mind.label}))

    async def review(self, evidence: QualityEvidence) -> QualityReport:
        """The check of a conversation. Raises ``ModelUnavailable`` or ``ModelFailed``."""
        mind = self._reviewer
        call = loop.ModelCall(
            model=mind.model.bind_tools([quality.schema_for_models()]),
            label=mind.label,
            timeout_seconds=mind.config.timeout_seconds,
            messages=quality.messages_for(evidence, mind.prompt.text),
            repair=quality.REPAIR,
        )
        return await quality.review(call, evidence)

    def _with_tools(self, mind: _Mind, tools: Sequence[AnyTool]) -> loop.BoundModel:
        """The model that knows these tools; making their schemas costs more than a call, so it is done once."""
        key = (mind.spec.type, tuple(tool.name for tool in tools))
        if key not in self._bound:
            schemas = [*(tool.schema_for_models() for tool in tools), conclude.schema_for_models()]
            self._bound[key] = mind.model.bind_tools(schemas)
        return self._bound[key]


def _mind(spec: AgentSpec, config: AgentsConfig) -> _Mind:
    chosen = config.model_for(spec)
    return _Mind(spec, agent_prompt(spec, config.company), chosen, build_model(chosen))
