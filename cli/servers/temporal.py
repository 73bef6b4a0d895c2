"""Temporal's dev server on a file, so that conversations survive a restart."""

from pathlib import Path

from cli.servers.processes import Command, port_answers

DYNAMIC_CONFIG = {
    "system.enableActivityEagerExecution": "true",
    "matching.useNewMatcher": "true",
    "matching.enableFairness": "true",
}
"""The first saves a round trip for each step, the others give task queues priorities and fairness. As in compose."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL")
"""Twice the throughput of the defaults, and nothing lost when the process is killed."""
_OWN_CONFIGURATION = ("--disable-config-file", "--disable-config-env")


def temporal_command(
    binary: Path, *, port: int, database: Path | None, ui_port: int | None = None, namespace: str = "default"
) -> Command:
    """``database`` None keeps everything in memory; ``ui_port`` None serves no Web UI."""
    argv = [str(binary), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(port), *_OWN_CONFIGURATION]
    argv += ["--log-level", "warn", "--log-format", "json"]
    argv += ["--namespace", namespace] if namespace != "default" else []
    argv += ["--ui-port", str(ui_port)] if ui_port else ["--headless"]
    if database is not None:
        database.parent.mkdir(parents=True, exist_ok=True)
        argv += ["--db-filename", str(database)]
        argv += [part for pragma in _PRAGMAS for part in ("--sqlite-pragma", pragma)]
    argv += [part for item in DYNAMIC_CONFIG.items() for part in ("--dynamic-config-value", "=".join(item))]
    return Command(tuple(argv))


async def temporal_ready(port: int) -> bool:
    """Whether the frontend serves the default namespace."""
    if not port_answers(port):
        return False
    from temporalio.client import Client
    from temporalio.service import RPCError

    try:
        client = await Client.connect(f"127.0.0.1:{port}")
        return await client.service_client.check_health()
    except (RPCError, RuntimeError):
        return False
