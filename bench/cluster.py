"""Temporal as in production: its server on PostgreSQL, built from the module proxy, on Debian's PostgreSQL.

The PostgreSQL of ``switchboard up`` has no ``btree_gin``, which Temporal's visibility schema wants.
"""

import os
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

from bench.servers import PASSWORD, ROOT, START_SECONDS, Servers, kept_programs, running, say
from cli.servers.errors import Missing
from cli.servers.exclusive import alone
from cli.servers.go_build import go_install_all
from cli.servers.postgres import SUPERUSER, Postgres, create_database, postgres_ready
from cli.servers.processes import Command, free_port, port_answers, wait_until

VERSION = "v1.32.1"
MODULE = "go.temporal.io/server/cmd"
PROGRAMS = {"temporal-server": "server", "temporal-sql-tool": "tools/sql"}
"""What we call it, and its package below ``MODULE``."""
SHARDS = 4
DYNAMIC_CONFIG = ROOT / "infra" / "temporal" / "dynamic-config.yaml"
DATABASES = {"temporal": "temporal", "temporal_visibility": "visibility"}
"""Database and its schema's name."""
SERVICES = ("frontend", "history", "matching", "worker")


def cluster_programs() -> dict[str, Path]:
    """By our name for them; the first time this takes minutes and shows how far it is. Raises ``Missing``."""
    folder = kept_programs() / "bin"
    kept = {name: folder / f"{name}-{VERSION}" for name in PROGRAMS}
    with alone(folder / ".lock"):
        if not all(path.exists() for path in kept.values()):
            _build(kept)
    return kept


def _build(kept: dict[str, Path]) -> None:
    modules = [f"{MODULE}/{package}@{VERSION}" for package in PROGRAMS.values()]
    built = go_install_all(modules, kept_programs(), say, "Temporal's production server")
    for program, path in zip(built, kept.values(), strict=True):
        program.replace(path)


def debian_postgres() -> Path:
    """The folder of the newest PostgreSQL that apt installed. Raises ``Missing``."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        raise Missing("This benchmark needs PostgreSQL with btree_gin: run 'sudo apt-get install postgresql'.")
    return found[-1].parent


async def start_cluster(servers: Servers, stack: AsyncExitStack) -> None:
    """Start both and fill in what ``servers`` says of Temporal."""
    programs = cluster_programs()
    postgres = Postgres(servers.folder / "temporal-postgres", free_port(), PASSWORD, programs=debian_postgres())
    postgres.initialise()
    log = servers.folder / "temporal-postgres.log"
    servers.pids["temporal_postgres"] = stack.enter_context(running(postgres.command(), log)).pid
    await wait_until(lambda: postgres_ready(postgres.url()), "Temporal's PostgreSQL", START_SECONDS)
    for database, schema in DATABASES.items():
        await create_database(postgres.url(), database)
        _apply_schema(programs["temporal-sql-tool"], postgres, database, schema)
    ports = {service: free_port() for service in SERVICES} | {f"{service} gossip": free_port() for service in SERVICES}
    config = servers.folder / "temporal.yaml"
    config.write_text(_config(postgres.port, ports))
    command = Command((str(programs["temporal-server"]), "--config-file", str(config), "--allow-no-auth", "start"))
    servers.pids["temporal"] = stack.enter_context(running(command, servers.folder / "temporal.log")).pid
    servers.temporal_address = f"127.0.0.1:{ports['frontend']}"
    servers.databases["temporal"] = postgres.url("temporal")
    await wait_until(lambda: _answers(ports["frontend"]), "Temporal", START_SECONDS)


def _apply_schema(tool: Path, postgres: Postgres, database: str, schema: str) -> None:
    connection = ("--plugin", "postgres12", "--ep", "127.0.0.1", "--port", str(postgres.port), "--db", database)
    account = {"SQL_USER": SUPERUSER, "SQL_PASSWORD": PASSWORD}
    steps = (("setup-schema", "-v", "0.0"), ("update-schema", "--schema-name", f"postgresql/v12/{schema}"))
    for step in steps:
        done = subprocess.run(
            [tool, *connection, *step], check=False, capture_output=True, text=True, env={**os.environ, **account}
        )
        if done.returncode != 0:
            raise Missing(f"Temporal's schema could not be applied: {done.stderr.strip()[-500:]}")


async def _answers(port: int) -> bool:
    return port_answers(port)


def _config(postgres_port: int, ports: dict[str, int]) -> str:
    services = "\n".join(
        f"""  {service}:
    rpc: {{grpcPort: {ports[service]}, membershipPort: {ports[f"{service} gossip"]}, bindOnLocalHost: true}}"""
        for service in SERVICES
    )
    stores = "\n".join(
        f"""    {store}:
      sql: {{pluginName: postgres12, databaseName: {database}, connectAddr: "127.0.0.1:{postgres_port}",
            connectProtocol: tcp, user: {SUPERUSER}, password: {PASSWORD}, maxConns: 20, maxIdleConns: 20}}"""
        for store, database in (("default", "temporal"), ("visibility", "temporal_visibility"))
    )
    return f"""log: {{stdout: true, level: warn}}
persistence:
  defaultStore: default
  visibilityStore: visibility
  numHistoryShards: {SHARDS}
  datastores:
{stores}
global:
  membership: {{maxJoinDuration: 30s, broadcastAddress: 127.0.0.1}}
services:
{services}
clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active: {{enabled: true, initialFailoverVersion: 1, rpcName: frontend, rpcAddress: "127.0.0.1:{ports["frontend"]}"}}
dcRedirectionPolicy: {{policy: noop}}
archival:
  history: {{state: disabled}}
  visibility: {{state: disabled}}
publicClient: {{hostPort: "127.0.0.1:{ports["frontend"]}"}}
dynamicConfigClient: {{filepath: "{DYNAMIC_CONFIG}", pollInterval: 60s}}
"""
