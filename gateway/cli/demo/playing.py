"""Playing the demonstration: everything that it starts is ended, whatever happens and whoever ends it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Final

from gateway.cli.demo.collector import Collector
from gateway.cli.demo.processes import GatewayNotStarted
from gateway.cli.demo.story import Story, Untrue
from gateway.cli.demo.town import ExamplesMissing, Town, TownNotStarted, in_thread
from gateway.cli.exits import INTERRUPTED, NOT_SO, Ends, out

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HERE: Final = "127.0.0.1,localhost"


def play(folder: Path, *, stays: bool) -> None:
    """Play in an empty folder; `stays`: leave everything up afterwards, until Ctrl-C.

    Raises:
        Ends: something that was to be claimed was not so, with the reason and the end of the gateway's log; or somebody
            ended it early.

    """
    try:
        asyncio.run(_play(folder, stays=stays))
    except asyncio.CancelledError as stop:
        raise Ends(INTERRUPTED, "Ended early; nothing is left running.") from stop


async def _play(folder: Path, *, stays: bool) -> None:
    begun = time.monotonic()
    _cancel_on_signals()
    try:
        town = Town(folder)
    except ExamplesMissing as missing:
        raise Ends(NOT_SO, str(missing)) from missing
    async with Collector() as collector:
        _settle_environment(collector.url)
        story = Story(town, collector, out)
        try:
            receipt = await story.tell()
            out.print(f"[bold green]All of it was seen to be true[/], in {time.monotonic() - begun:.0f} s.")
            if stays:
                await story.leave_open(receipt)
                await _until_interrupted()
        except Exception as error:
            raise Ends(NOT_SO, _told(error, town)) from error
        finally:
            await in_thread(town.stop)


def _cancel_on_signals() -> None:
    """Let the first signal end the story, and no further one disturb its end."""
    loop, playing = asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        for number in _SIGNALS:
            loop.add_signal_handler(number, lambda: None)
        if playing is not None:
            playing.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, end)


async def _until_interrupted() -> None:
    """Wait for Ctrl-C: the end that a person wants."""
    stopped = asyncio.Event()
    for number in _SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    out.print("Ended.")


def _settle_environment(collector: str) -> None:
    """Let our processes, which inherit it, tell their spans to our collector, directly; each says its own name."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        del os.environ[name]
    os.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    os.environ |= {"NO_PROXY": _HERE, "no_proxy": _HERE}


def _told(error: Exception, town: Town) -> str:
    """Say what went wrong, and where the gateway was then."""
    known = isinstance(error, Untrue | Ends | GatewayNotStarted | TownNotStarted)
    reason = str(error) if known else f"{type(error).__name__}: {error}"
    end = town.gateway.end_of_log()
    log = f"\n\nThe gateway's log ends:\n{end}" if end and not isinstance(error, GatewayNotStarted) else ""
    return f"The demonstration failed: {reason}{log}"
