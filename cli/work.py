"""Run the worker in this process."""

import asyncio

import structlog

from adapters.settings import Settings
from cli.preparation import Preparation
from cli.prepare import prepare
from worker import work


def prepare_and_work(settings: Settings, preparation: Preparation | None) -> None:
    """Prepare database and namespace if asked to, then work until SIGTERM or SIGINT."""
    if preparation is not None:
        for line in asyncio.run(prepare(settings, preparation)):
            structlog.get_logger(__name__).info(line)
    work(settings)
