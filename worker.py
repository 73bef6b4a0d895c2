"""The worker: the one place where activities receive their dependencies."""

import asyncio
import gc
import hashlib
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from temporalio.worker._workflow_instance import _WorkflowLogicFlag
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.classify import ClassifyActivities
from activities.escalation import EscalationActivities
from activities.ports import Agents, BackOffice, Classifier, ConversationLog, Room, TokenStream
from activities.quality import QualityActivities
from activities.registry import Continuations, RegistryActivities, Unlimited
from activities.survey import SurveyActivities
from activities.think import ThinkActivities
from activities.tools import ToolActivities
from adapters.connectors import connected_back_office
from adapters.postgres.back_office import postgres_back_office
from adapters.postgres.conversation_log import PostgresConversationLog
from adapters.postgres.pool import open_pool
from adapters.postgres.room import PostgresRoom
from adapters.redis.bell import RedisBell
from adapters.redis.client import open_redis
from adapters.redis.publisher import Publisher
from adapters.redis.stream import RedisTokenStream
from adapters.settings import Settings
from adapters.telemetry.interceptor import ObservedActivities
from adapters.telemetry.metrics import serve_worker_metrics
from adapters.telemetry.runtime import temporal_runtime
from adapters.temporal import connect_temporal
from adapters.temporal.continuations import TemporalContinuations
from agents import offline_agents
from workflows.approval import ApprovalWorkflow
from workflows.conversation import ConversationWorkflow
from workflows.escalation import EscalationWorkflow
from workflows.ids import conversation_id_of
from workflows.saga import SagaWorkflow
from workflows.sla import SlaWorkflow
from workflows.survey import SurveyWorkflow
from workflows.tool_run import ToolRunWorkflow

WORKFLOWS: Sequence[type] = (
    ApprovalWorkflow,
    ConversationWorkflow,
    EscalationWorkflow,
    SagaWorkflow,
    SlaWorkflow,
    SurveyWorkflow,
    ToolRunWorkflow,
)
STICKY_TIMEOUT = timedelta(seconds=10)
"""How long a conversation waits for the worker that has it in memory, before any other takes it (ADR 7)."""
SHARED_QUEUE_POLLS = 0.5
"""The share of polls that look for conversations nobody has in memory: half, so that in a crowd these are not last."""


@dataclass(frozen=True)
class Ports:
    """Everything outside that activities need."""

    log: ConversationLog
    agents: Agents
    classifier: Classifier
    stream: TokenStream
    back_office: BackOffice
    continuations: Continuations
    room: Room = field(default_factory=Unlimited)


def activities_of(ports: Ports) -> list[Callable[..., Any]]:
    think = ThinkActivities(ports.log, ports.agents, ports.stream)
    registry = RegistryActivities(
        ports.log, ports.back_office.customers, ports.back_office.tickets, ports.continuations, ports.room
    )
    return [
        think.think,
        think.append,
        registry.open_conversation,
        registry.has_room,
        registry.continue_elsewhere,
        ClassifyActivities(ports.classifier).classify,
        SurveyActivities(ports.back_office.notifier).send_survey,
        EscalationActivities(
            ports.back_office.support.oversight, ports.back_office.support.compliance
        ).assess_escalation,
        QualityActivities(ports.log, ports.back_office.support.compliance, ports.agents).check,
        *ToolActivities(ports.back_office).activities(),
    ]


def build_worker(client: Client, settings: Settings, ports: Ports) -> Worker:
    with _collector_paused():
        worker = Worker(
            client,
            task_queue=settings.temporal_task_queue,
            build_id=build_id(),
            workflows=WORKFLOWS,
            activities=activities_of(ports),
            workflow_runner=sandboxed_runner() if settings.sandboxed else UnsandboxedWorkflowRunner(),
            interceptors=[ObservedActivities(_conversation_of)],
            max_cached_workflows=settings.worker_max_cached_workflows,
            max_concurrent_workflow_tasks=settings.worker_max_workflow_tasks,
            max_concurrent_activities=settings.worker_max_activities,
            max_concurrent_local_activities=settings.worker_max_activities,
            max_concurrent_workflow_task_polls=10,
            max_concurrent_activity_task_polls=10,
            sticky_queue_schedule_to_start_timeout=STICKY_TIMEOUT,
            nonsticky_to_sticky_poll_ratio=SHARED_QUEUE_POLLS,
            graceful_shutdown_timeout=timedelta(seconds=settings.worker_graceful_seconds),
        )
    _show_results_with_signals(worker)
    return worker


@contextmanager
def _collector_paused() -> Iterator[None]:
    """While the SDK imports the workflows once more, into its sandbox: before Python 3.12 an import breaks when a
    finalizer that the collector runs in its midst imports, too (python/cpython#91351, temporalio/sdk-python#585)."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _show_results_with_signals(worker: Worker) -> None:
    """A message that arrives together with the end of a thought must not void the thought: the SDK shows a workflow
    the signals of an activation before its results, unless told so. It is to become its default; each history says
    whether it was made this way, so replay does not depend on it."""
    worker._set_default_workflow_logic_flag(  # noqa: SLF001
        _WorkflowLogicFlag.PROCESS_WORKFLOW_ACTIVATION_JOBS_AS_SINGLE_BATCH, enabled=True
    )


def build_id() -> str:
    """Names the code that makes histories. The SDK's own name hashes every module in memory: four seconds of a start,
    and of the way back after a crash."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for house in ("domain", "workflows", "activities"):
        for source in sorted((here / house).rglob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def sandboxed_runner() -> SandboxedWorkflowRunner:
    """Every test runs so; production does not, for it doubles the cost. Domain and activity interfaces pass through."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules("domain", "activities", "pydantic_core")
    return SandboxedWorkflowRunner(restrictions=restrictions)


def work(settings: Settings) -> None:
    """Run a worker in this process until SIGTERM or SIGINT, on uvloop where there is one, as the API does."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run_worker(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        from uvloop import new_event_loop
    except ImportError:
        return None
    return new_event_loop


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT. Postgres and Redis may be away, at start and later."""
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    metrics_port = settings.worker_sdk_metrics_port
    metrics_address = f"{settings.worker_metrics_host}:{metrics_port}" if metrics_port else ""
    client = await connect_temporal(settings, runtime=temporal_runtime(metrics_address))
    async with AsyncExitStack() as stack:
        ports = await connect_ports(client, settings, stack)
        serve_worker_metrics(settings)
        # What is loaded by now stays: the collector need not walk through it again and again.
        gc.freeze()
        async with build_worker(client, settings, ports):
            await stopping.wait()


async def connect_ports(client: Client, settings: Settings, stack: AsyncExitStack) -> Ports:
    pool = await open_pool(settings.database_url, max_size=settings.database_pool_size)
    stack.push_async_callback(pool.close)
    redis = open_redis(settings.redis_url)
    stack.push_async_callback(redis.aclose)
    publisher = Publisher(redis)
    stack.push_async_callback(publisher.aclose)
    minds = offline_agents(settings.state_dir, settings.agent_models)
    return Ports(
        log=PostgresConversationLog(pool, RedisBell(publisher)),
        agents=minds.agents,
        classifier=minds.classifier,
        stream=RedisTokenStream(redis, publisher),
        back_office=await connected_back_office(postgres_back_office(pool), settings.connectors, stack),
        continuations=TemporalContinuations(client, settings.temporal_task_queue, settings.engine),
        room=PostgresRoom(pool, settings.max_concurrent_conversations),
    )


def _conversation_of(workflow_id: str) -> str:
    try:
        return conversation_id_of(workflow_id)
    except ValueError:
        return ""


if __name__ == "__main__":
    work(Settings())
