"""Bring PostgreSQL and Temporal to what this release expects: schema, demo data, search attributes, retention."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

from temporalio.client import Client
from temporalio.service import RPCError

from adapters.postgres.migrate import migrate
from adapters.settings import Settings
from adapters.temporal import TemporalUnavailable, connect_temporal, prepare_namespace
from cli.preparation import Preparation
from cli.servers.postgres import create_database, postgres_ready
from cli.servers.processes import wait_until
from workflows.search_attributes import SEARCH_ATTRIBUTES


async def prepare(settings: Settings, wanted: Preparation) -> list[str]:
    """Database and namespace at once; return a line for each thing done.

    Raises ``NotReady``, ``NamespaceRefused``, or a migration's error.
    """
    work = [prepare_database(settings, wanted)]
    if wanted.temporal:
        work.append(prepare_temporal(settings, wait_seconds=wanted.wait_seconds))
    return [line for lines in await asyncio.gather(*work) for line in lines]


async def prepare_database(settings: Settings, wanted: Preparation) -> list[str]:
    """Wait for PostgreSQL, migrate, seed; return a line for each thing done."""
    url = settings.database_url
    base, name = _maintenance_database(url)
    await wait_until(lambda: postgres_ready(base if wanted.create else url), "PostgreSQL", wanted.wait_seconds)
    done = []
    if wanted.create and await create_database(base, name):
        done.append(f"created database {name}")
    done += [f"applied migration {migration}" for migration in await migrate(url)]
    if wanted.demo:
        from adapters.demo import seed

        await seed(url)
        done.append("demo data is there")
    return done


async def prepare_temporal(settings: Settings, *, wait_seconds: float) -> list[str]:
    """Wait for Temporal, then register search attributes and set the retention.

    Raises ``NamespaceRefused`` if the server lets nobody do that.
    """
    async with asyncio.timeout(wait_seconds + 5.0):
        client = await _connected(settings, wait_seconds)
        return [f"registered search attribute {name}" for name in await prepare_namespace(client, SEARCH_ATTRIBUTES)]


async def _connected(settings: Settings, wait_seconds: float) -> Client:
    deadline = asyncio.get_running_loop().time() + wait_seconds
    while True:
        try:
            client = await connect_temporal(settings)
            await client.service_client.check_health()
        except (RPCError, TemporalUnavailable):
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            return client


def _maintenance_database(url: str) -> tuple[str, str]:
    """The same server's ``postgres`` database, and the name of the database in ``url``."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/postgres")), parts.path.lstrip("/")
