"""`gapura demo`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import rich_click as click

from gateway.cli.demo.collector import Collector
from gateway.cli.demo.processes import GatewayNotStarted
from gateway.cli.demo.story import Story, Untrue
from gateway.cli.demo.town import ExamplesMissing, Town
from gateway.cli.exits import NOT_SO, Ends, ending, out


@click.command()
@click.option("--once", is_flag=True, help="End after the story; without a terminal it does so anyway.")
@click.option(
    "--keep", type=click.Path(path_type=Path), default=None, help="Keep everybody's data in this empty folder."
)
@ending
def demo(*, once: bool, keep: Path | None) -> None:
    """Watch one application travel through the agencies of a town, survive a kill -9 and come back as one joint output.

    Exit 0 only when everything that was claimed was seen to be true.
    """
    folder = (keep or Path(tempfile.mkdtemp(prefix="gapura-demo-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Ends(2, f"{folder} is not empty; name an empty folder.")
    stays = not once and sys.stdin.isatty() and sys.stdout.isatty()
    try:
        asyncio.run(_play(folder, stays=stays))
    except (Untrue, GatewayNotStarted, ExamplesMissing, TimeoutError) as error:
        log = folder / "gateway.log"
        tail = log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else ""
        raise Ends(NOT_SO, f"The demonstration failed: {str(error) or type(error).__name__}\n{tail}") from error
    except KeyboardInterrupt:
        out.print("Ended.")
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


async def _play(folder: Path, *, stays: bool) -> None:
    async with Collector() as collector:
        # The agencies' processes inherit the address; each says its own name.
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
        os.environ["OTEL_BSP_SCHEDULE_DELAY"] = "500"
        town = Town(folder)
        story = Story(town, collector, out)
        try:
            receipt = await story.tell()
            if stays:
                await story.leave_open(receipt)
                await _until_interrupted()
            else:
                out.print("[bold green]All of it was seen to be true.[/]")
        finally:
            await asyncio.to_thread(town.stop)


async def _until_interrupted() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    out.print("Ended.")
