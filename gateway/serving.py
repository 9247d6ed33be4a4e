"""Serving the application: one process, one loop, gone within seconds when it is told to (docs/adr/0005-server.md)."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar
from msgspec import structs

from gateway.app import create_app
from gateway.bootstrap import open_parts
from gateway.calls import Calls
from gateway.doctor import refuse_foreign_packages
from gateway.pages import pages
from gateway.settings import Settings
from gateway.upkeep import keep_tidy
from workflows.ports import Outage

BACKLOG = 2048
PAUSE_S = 0.05
GC_THRESHOLDS = (10_000, 20, 20)
LAST_WORDS_S = 0.5
"""For replies that are given and still on their way out."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)
LARGEST_HEAD = 64 * 1024
"""Bytes of a request's line and headers; 20 cases in a browser's cookies are some 2 KiB."""
HEADER_TIMEOUT_MS = 10_000
"""Within which a request's head must have arrived; slow bodies are bounded where they are read."""


class AddressTaken(Exception):
    """The address to listen on cannot be had."""


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

    At the end streams and waits end first, then, side by side, requests under way and what is under way with agencies;
    what is left is owed at the next start.

    Raises:
        AddressTaken: somebody else listens on the port.
        JournalLocked: another gateway has the data folder.
        ForeignPackages: another distribution owns one of our package names.

    """
    refuse_foreign_packages()
    settings, stopping = with_port(settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stopping.set)
    try:
        async with open_parts(settings) as parts:
            with suppress(Outage):  # who cannot write yet decides nothing either, and owes this first
                await parts.engine.presence.show()
            app = create_app(parts, pages())
            _leave_what_stays_alone()
            try:
                async with asyncio.TaskGroup() as group:
                    upkeep = group.create_task(keep_tidy(parts.journal, parts.clock))
                    present = group.create_task(parts.engine.presence.keep())
                    telling = group.create_task(parts.hooks.run())
                    await run(
                        app, settings, stopping=stopping, ready=ready, up=parts.engine.start, down=parts.engine.drain
                    )
                    upkeep.cancel()
                    present.cancel()
                    telling.cancel()
            finally:
                await parts.engine.drain()
    except BaseExceptionGroup as group:
        # The parts are held by task groups, which wrap what is raised inside of them: one fault is told as itself.
        raise _single(group) from group
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def _leave_what_stays_alone() -> None:
    """Let the garbage collector pass over what was loaded so far: it stays, and a look at it all takes 80 ms.

    What comes and goes with cases and requests is looked at less often too: nearly all of it needs no collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def run(
    app: Litestar,
    settings: Settings,
    *,
    stopping: asyncio.Event,
    ready: Callable[[str], None],
    up: Callable[[], Awaitable[None]] | None = None,
    down: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Run an application's server until `stopping` is set, and then end its streams first.

    `up` is awaited once the port answers: what is owed is taken up only then, since agencies that are asked may fetch
    our keys here, or call back at once. Until then the gateway says that it is not ready. `down` is awaited at the end,
    beside the last requests.

    Raises:
        AddressTaken: somebody else listens on the port.

    """
    calls: Calls = app.state["calls"]
    check_free(settings.host, settings.port)
    server = Server(
        app,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS, max_buffer_size=LARGEST_HEAD),
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )
    calls.starting = up is not None
    async with asyncio.TaskGroup() as group:
        served = group.create_task(server.serve())
        await _answering(settings, served)
        if up is not None:
            await up()
            calls.starting = False
        carrying = group.create_task(calls.bulk.carrying.go_on())
        ready(settings.base_url)
        await _until(stopping, served)
        calls.drain()
        carrying.cancel()
        server.stop()  # type: ignore[no-untyped-call]  # granian's own
        async with asyncio.TaskGroup() as ending:
            ending.create_task(_finished(calls, served, settings.drain_s))
            if down is not None:
                ending.create_task(_coroutine(down))
        served.cancel()


def check_free(host: str, port: int) -> None:
    """Find out before anything else starts whether the port can be had.

    Raises:
        AddressTaken: it cannot.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AddressTaken(
                f"{host}:{port} cannot be listened on: {error.strerror}. Choose another port."
            ) from error


def _single(group: BaseExceptionGroup[BaseException]) -> BaseException:
    inner = group.exceptions[0]
    if len(group.exceptions) > 1:
        return group
    return _single(cast("BaseExceptionGroup[BaseException]", inner)) if isinstance(inner, BaseExceptionGroup) else inner


async def _coroutine(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _finished(calls: Calls, served: asyncio.Task[None], drain_s: float) -> None:
    """Wait until nothing is under way; connections on which nobody asks anything are not waited for."""
    quiet_s = 0.0
    for _ in range(round(drain_s / PAUSE_S)):
        await asyncio.wait({served}, timeout=PAUSE_S)
        quiet_s = quiet_s + PAUSE_S if calls.limits.idle else 0.0
        if served.done() or quiet_s >= LAST_WORDS_S:
            return


async def _answering(settings: Settings, served: asyncio.Task[None]) -> None:
    """Wait until the port answers."""
    while not served.done():
        try:
            _, writer = await asyncio.open_connection(settings.host, settings.port)
        except OSError:
            await asyncio.sleep(0.01)
            continue
        writer.close()
        await writer.wait_closed()
        return


async def _until(stopping: asyncio.Event, served: asyncio.Task[None]) -> None:
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(stopping.wait())
        await asyncio.wait({stopped, served}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
