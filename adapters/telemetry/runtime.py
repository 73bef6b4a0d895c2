"""The Temporal SDK's runtime with our telemetry: its logs through our loggers, its metrics for Prometheus."""

import logging

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

CORE_LOGGER = "temporalio.core"


def temporal_runtime(metrics_address: str = "") -> Runtime:
    """A runtime for ``Client.connect(runtime=...)``; make one a process, early.

    ``metrics_address`` ("127.0.0.1:9465") is where the SDK's metrics are served; empty means nowhere. Raises
    RuntimeError if that address is taken.
    """
    forwarding = LogForwardingConfig(
        logger=logging.getLogger(CORE_LOGGER),
        append_target_to_name=False,
        prepend_target_on_message=False,
        append_log_fields_to_message=False,
    )
    metrics = PrometheusConfig(bind_address=metrics_address, durations_as_seconds=True) if metrics_address else None
    return Runtime(
        telemetry=TelemetryConfig(
            logging=LoggingConfig(TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding),
            metrics=metrics,
            metric_prefix="temporal_",
        )
    )
