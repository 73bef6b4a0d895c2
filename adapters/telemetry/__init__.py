"""Logs and metrics: structlog JSON without customers' words, prometheus metrics, and the Temporal SDK's own of both."""

from adapters.telemetry.logs import configure_logging, log_context
from adapters.telemetry.runtime import temporal_runtime

__all__ = ["configure_logging", "log_context", "temporal_runtime"]
