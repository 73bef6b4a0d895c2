"""Run the API in this process."""

import uvicorn

from adapters.settings import Settings
from api.app import create_app

_GRACE_SECONDS = 5
"""For requests under way and live streams when the process is told to stop."""


def serve(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. The access log is off: it would repeat metrics, with tokens in its URLs."""
    config = uvicorn.Config(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    uvicorn.Server(config).run()
