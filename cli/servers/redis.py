"""Redis: the bell of live streams and the counter of rate limits. Nothing in it must survive, so nothing is saved."""

import shutil
from pathlib import Path

from cli.servers.errors import Missing
from cli.servers.processes import Command


def redis_command(folder: Path, port: int) -> Command:
    """Raises ``Missing`` when there is no redis-server on PATH."""
    binary = shutil.which("redis-server")
    if binary is None:
        raise Missing(
            "Switchboard needs redis-server: install it with 'sudo apt-get install redis-server' and try again."
        )
    folder.mkdir(parents=True, exist_ok=True)
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--daemonize", "no")
    return Command((binary, *options, "--dir", str(folder)), directory=folder)


def redis_url(port: int, database: int = 0) -> str:
    return f"redis://127.0.0.1:{port}/{database}"


async def redis_ready(url: str) -> bool:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(url)
    try:
        await client.ping()
    except (RedisError, OSError):
        return False
    finally:
        await client.aclose()
    return True
