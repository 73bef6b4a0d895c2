"""The prometheus metrics of API and worker. Labels are closed sets: never an id, never a customer's words."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from adapters.settings import Settings

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds. 2 s and 5 s are the PRD's reply target and alert, 30 s the turn's bound."""

HTTP_REQUESTS = Counter(
    "switchboard_http_requests_total", "Requests answered by the API.", ["method", "route", "status"]
)
HTTP_SECONDS = Histogram(
    "switchboard_http_request_seconds", "Time to answer a request.", ["method", "route"], buckets=LATENCY_BUCKETS
)
OPEN_STREAMS = Gauge("switchboard_open_streams", "Live event streams held by the API.", ["kind"])
RATE_LIMITED = Counter("switchboard_rate_limited_total", "Requests refused by a rate limit.", ["role"])
MESSAGES = Counter("switchboard_messages_total", "Messages accepted by the API.", ["channel", "speaker"])

TURNS = Counter("switchboard_turns_total", "Turns that ended with a reply, by agent and outcome.", ["agent", "outcome"])
STEPS = Counter("switchboard_steps_total", "Thoughts, by agent and by what came of them.", ["agent", "result"])
TOOL_CALLS = Counter(
    "switchboard_tool_calls_total", "Tool calls, by outcome: ok or the error's type.", ["tool", "outcome"]
)
STAGE_SECONDS = Histogram(
    "switchboard_stage_seconds", "Run time of one attempt of a step.", ["stage", "outcome"], buckets=LATENCY_BUCKETS
)
QUEUE_WAIT_SECONDS = Histogram(
    "switchboard_queue_wait_seconds", "Time a step waited for a worker.", ["stage"], buckets=LATENCY_BUCKETS
)
INTENTS = Counter("switchboard_classifications_total", "Classifications, by whether they were sure.", ["sure"])


def serve_worker_metrics(settings: Settings) -> None:
    """Answer ``GET /metrics`` on the worker's metrics port, from a thread of its own; does nothing at port 0."""
    if settings.worker_metrics_port:
        start_http_server(settings.worker_metrics_port, addr=settings.worker_metrics_host)
