"""Every setting of the product, read from the environment once, at start (prefix ``SWITCHBOARD_``).

``docs/settings.md`` is generated from these descriptions: ``switchboard settings --markdown > docs/settings.md``.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field, PositiveInt, StringConstraints
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.messages import EnginePolicy

PREFIX = "SWITCHBOARD_"

SystemName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""Another system, as connectors.yaml, URLs and the log name it."""
SharedSecret = Annotated[str, StringConstraints(min_length=32)]
"""As long as the digest made with it (RFC 2104, section 3)."""


class TemporalSettings(BaseModel):
    """Temporal"""

    temporal_address: str = Field("127.0.0.1:7233", description="Host and port of the Temporal frontend.")
    temporal_namespace: str = Field("default", description="Namespace of all workflows.")
    temporal_task_queue: str = Field("switchboard", description="Task queue of all workflows and activities.")
    temporal_tls: bool = Field(False, description="Connect with TLS; implied by a certificate or an API key.")
    temporal_tls_cert: Path | None = Field(None, description="PEM file of the client certificate (mTLS).")
    temporal_tls_key: Path | None = Field(None, description="PEM file of the client certificate's private key.")
    temporal_tls_server_root: Path | None = Field(None, description="PEM file of the CA that signed the server.")
    temporal_tls_server_name: str = Field(
        "", description="Name to expect in the server's certificate, if not the host."
    )
    temporal_api_key: str = Field("", repr=False, description="API key of Temporal Cloud.")


class WorkerSettings(BaseModel):
    """Worker"""

    sandboxed: bool = Field(
        False, description="Run workflows in the SDK's sandbox: doubles their cost, on in tests, off in production."
    )
    worker_max_cached_workflows: PositiveInt = Field(
        500,
        description="Conversations and clocks kept in a worker's memory, about 90 KB each; the longest idle leave "
        "first. One that is not there is replayed from its history when a message comes (some 50 ms of CPU), so set it "
        "to the number in which something happens within a minute.",
    )
    worker_max_workflow_tasks: PositiveInt = Field(
        16,
        description="Workflow tasks a worker runs at once. They share one interpreter: more do not end sooner, and of "
        "too many replays at once after a restart none ends within its 3 s, and all begin again.",
    )
    worker_max_activities: PositiveInt = Field(200, description="Activities a worker runs at once.")
    worker_graceful_seconds: float = Field(
        10.0, ge=0, description="Time a stopping worker gives its activities to finish."
    )
    agent_models: dict[str, str] = Field(
        {}, description='Models of single agents, as JSON: `{"billing": "class:package.module:Class"}`.'
    )


class StorageSettings(BaseModel):
    """PostgreSQL and Redis"""

    database_url: str = Field(
        "postgresql://postgres@127.0.0.1:5433/switchboard", repr=False, description="PostgreSQL with our schema."
    )
    database_pool_size: PositiveInt = Field(10, description="Most connections one process opens.")
    redis_url: str = Field(
        "redis://127.0.0.1:6380/0", repr=False, description="Redis: the bell of live streams, and rate limits."
    )


class ApiSettings(BaseModel):
    """API"""

    api_host: str = Field("127.0.0.1", description="Address the API listens on.")
    api_port: int = Field(8000, ge=0, le=65535, description="Port the API listens on.")
    jwt_secret: str = Field("", repr=False, description="Key of HS256 bearer tokens; for development.")
    jwks_url: str = Field(
        "", description="Where to fetch the public keys of bearer tokens (RS256, ES256); for production."
    )
    jwt_issuer: str = Field("switchboard", description="`iss` that bearer tokens must carry.")
    jwt_audience: str = Field("switchboard", description="`aud` that bearer tokens must carry.")
    cors_origins: list[str] = Field([], description="Other origins that may embed the chat widget, as a JSON list.")
    max_request_bytes: PositiveInt = Field(262_144, description="Larger request bodies are refused with 413.")
    demo: bool = Field(
        False, description="Let the chat page sign visitors in as a demo customer; the launcher turns it on."
    )


class LimitSettings(BaseModel):
    """Limits"""

    customer_messages_per_minute: PositiveInt = Field(60, description="Messages a minute for one customer's token.")
    service_requests_per_second: PositiveInt = Field(200, description="Requests a second for one service token.")
    max_concurrent_conversations: PositiveInt = Field(
        5_000, description="Open conversations; further ones wait and are told so."
    )


class ConnectionSettings(BaseModel):
    """Other systems

    How to connect them: [connectors.md](connectors.md).
    """

    connectors: Path | None = Field(
        None,
        description="YAML or JSON file that says which operations other systems serve, by HTTP or MCP; without it our "
        "own tables serve all.",
    )
    integration_secrets: dict[SystemName, SharedSecret] = Field(
        {},
        repr=False,
        description='Secrets of the systems that report to us, at least 32 characters each, as JSON: `{"crm": "…"}`.',
    )


class TelemetrySettings(BaseModel):
    """Logs and metrics"""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level logged. Customers' words appear at DEBUG only."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="One JSON object a line, or text for a terminal."
    )
    worker_metrics_host: str = Field("127.0.0.1", description="Address of the worker's metrics.")
    worker_metrics_port: int = Field(
        9464, ge=0, le=65535, description="Port of the worker's own metrics; 0 turns them off."
    )
    worker_sdk_metrics_port: int = Field(
        9465, ge=0, le=65535, description="Port of the Temporal SDK's metrics in the worker; 0 turns them off."
    )


class LauncherSettings(BaseModel):
    """Launcher (`switchboard up`)"""

    state_dir: Path = Field(Path(".switchboard"), description="Folder of everything the launcher keeps.")
    temporal_download: bool = Field(
        True, description="Download the `temporal` program when it is not on PATH; off: build it from source."
    )
    temporal_port: int = Field(7233, ge=1, le=65535, description="Port of the launcher's Temporal server.")
    ui_port: int = Field(8233, ge=1, le=65535, description="Port of its Web UI.")
    postgres_port: int = Field(5433, ge=1, le=65535, description="Port of the launcher's PostgreSQL.")
    redis_port: int = Field(6380, ge=1, le=65535, description="Port of the launcher's Redis.")


class EngineSettings(BaseModel):
    """Engine

    One variable for each field, e.g. `SWITCHBOARD_ENGINE_IDLE_CLOSE_SECONDS`. A conversation keeps what held at its
    start.
    """

    engine: EnginePolicy = Field(default_factory=EnginePolicy, description="The engine's rules for a conversation.")


class Settings(
    EngineSettings,
    LauncherSettings,
    ConnectionSettings,
    TelemetrySettings,
    LimitSettings,
    ApiSettings,
    StorageSettings,
    WorkerSettings,
    TemporalSettings,
    BaseSettings,
):
    """All of them. ``Settings()`` reads the environment and raises ``pydantic.ValidationError`` for a wrong value."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="_", env_nested_max_split=1, extra="ignore", frozen=True
    )


GROUPS: tuple[type[BaseModel], ...] = (
    TemporalSettings,
    WorkerSettings,
    StorageSettings,
    ApiSettings,
    LimitSettings,
    EngineSettings,
    ConnectionSettings,
    TelemetrySettings,
    LauncherSettings,
)
"""The groups in the order of the documentation."""
