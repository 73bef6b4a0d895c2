"""``.switchboard/dev.json``: what runs here and how to reach it. Its keys are a contract with outside programs."""

import json
from collections.abc import Mapping
from pathlib import Path

from adapters.settings import Settings
from cli.files import write_private
from cli.tokens import dev_tokens


class DevFile:
    """Written once the API is ready, again when a process is restarted, and removed at the end."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._tokens = dev_tokens(settings)

    @property
    def tokens(self) -> Mapping[str, str]:
        return self._tokens

    def write(self, pids: Mapping[str, int]) -> None:
        content = {**addresses(self._settings), "pids": dict(pids), "tokens": self._tokens}
        write_private(self._path, json.dumps(content, indent=2) + "\n")

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)


def addresses(settings: Settings) -> dict[str, str]:
    host = "127.0.0.1" if settings.api_host in ("0.0.0.0", "::", "") else settings.api_host  # noqa: S104
    api_url = f"http://{host}:{settings.api_port}"
    return {
        "api_url": api_url,
        "chat_url": f"{api_url}/chat",
        "temporal_ui_url": f"http://127.0.0.1:{settings.ui_port}",
        "temporal_address": settings.temporal_address,
        "namespace": settings.temporal_namespace,
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
    }
