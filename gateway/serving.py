"""Serving the application: one process, one loop, gone within seconds when it is told to (docs/adr/0005-server.md)."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar
from msgspec import structs

from gateway.app import create_app
from gateway.bootstrap import open_parts
from gateway.calls import Calls
from gateway.settings import Settings

BACKLOG = 2048
HEADER_TIMEOUT_MS = 10_000
"""Within which a request's head must have arrived; slow bodies are bounded where they are read."""


def free_port(host: str) -> int:
    """Give a port that nobody listens on at the moment."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def with_port(settings: Settings) -> Settings:
    """Give the settings with a port that is known: 0 becomes a free one."""
    return structs.replace(settings, port=free_port(settings.host)) if settings.port == 0 else settings


async def serve(settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the address once requests are taken.

    At the end streams and waits end first, then requests under way, then what is under way with agencies; what is left
    is owed at the next start.

    Raises:
        OSError: the address cannot be bound.
        JournalLocked: another gateway has the data folder.

    """
    settings = with_port(settings)
    async with open_parts(settings) as parts:
        app = create_app(parts)
        await parts.engine.start()
        try:
            await run(app, settings, ready=ready)
        finally:
            await parts.engine.drain()


async def run(app: Litestar, settings: Settings, *, ready: Callable[[str], None]) -> None:
    """Run an application's server until a signal comes."""
    calls: Calls = app.state["calls"]
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        calls.drain()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )
    server.workers_kill_timeout = None
    try:
        async with asyncio.TaskGroup() as group:
            served = group.create_task(server.serve())
            await _announce(settings, ready, served)
            await _until(stopping, served)
            server.stop()
            async with asyncio.timeout(settings.drain_s):
                await asyncio.wait({served})
            served.cancel()
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def _announce(settings: Settings, ready: Callable[[str], None], served: asyncio.Task[None]) -> None:
    """Wait until the port answers, and say so."""
    while not served.done():
        try:
            _, writer = await asyncio.open_connection(settings.host, settings.port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        ready(settings.base_url)
        return


async def _until(stopping: asyncio.Event, served: asyncio.Task[None]) -> None:
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(stopping.wait())
        await asyncio.wait({stopped, served}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
